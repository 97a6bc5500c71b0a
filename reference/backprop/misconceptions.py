"""The misconceptions of A2 by name, each with its advice.

Callers come before what they call: where a wrong caller and a wrong callee give the same result, the function
that was called is named. In each group the most frequent comes first.

The wrong code itself is in variants_parts.py and variants_network.py. S0, S1, S2 and S4 are the lectures of
INSA (Marza), Cnam (Thome), IDRIS and Liège (Boudart); L380 is line 380 of the extracted text.
"""

from grader.checks import misconception

from . import variants_network as network
from . import variants_parts as parts

LIKELY = "a likely slip, without a slide that prints it"

# --- train_xor
misconception(
    "backprop.train_xor/no-hidden-layer",
    advice="No line separates XOR: without a hidden layer at most 3 of the 4 points are right.",
    source="S1 L246-253",
)(network.xor_without_hidden_layer)
misconception(
    "backprop.train_xor/two-units-one-try",
    advice="Two hidden units can represent XOR but get stuck for half of the seeds: widen or restart.",
    source="measured: 52 % of seeds with 2 tanh units, 100 % with 8",
)(network.xor_two_units)
misconception(
    "backprop.train_xor/zero-init",
    advice="From zero weights every hidden unit stays equal to every other: draw them at random.",
    source="S4 L1138",
)(network.xor_from_zeros)
misconception(
    "backprop.train_xor/seed-ignored",
    advice="Start from weights drawn with `seed`: two seeds must give two trained nets.",
    source=LIKELY,
)(network.xor_seed_ignored)

# --- mlp_train_step
misconception(
    "backprop.mlp_train_step/updated-weights",
    advice="Compute all gradients first, then update: here Δ went back through weights already moved.",
    source=LIKELY,
)(network.step_updated_weights)
misconception(
    "backprop.mlp_train_step/in-place",
    advice="W -= lr·dW writes into the caller's array; W - lr·dW makes a new one.",
    source=LIKELY,
)(network.step_in_place)
misconception(
    "backprop.mlp_train_step/ascent",
    advice="Descent goes against the gradient: θ - lr·∂L/∂θ.",
    source="S4 L879: ε = -γ∇L",
)(network.step_ascent)
misconception(
    "backprop.mlp_train_step/loss-after",
    advice="Return the loss of the parameters that came in; the forward pass of this step has computed it.",
    source=LIKELY,
)(network.step_loss_after)
misconception(
    "backprop.mlp_train_step/sum-of-losses",
    advice="The loss is the mean over the batch: keep the 1/N, or the step grows with the batch.",
    source="S1 L369",
)(network.step_sum_of_losses)
misconception(
    "backprop.mlp_train_step/biases-stay",
    advice="Update b as well as W.",
    source=LIKELY,
)(network.step_biases_stay)

# --- mlp_backward
misconception(
    "backprop.mlp_backward/no-transpose",
    advice="∂L/∂H = Δ Wᵀ: the way back through H W takes the transpose; square layers hide it.",
    source="S1 L380, L392",
)(network.backward_no_transpose)
misconception(
    "backprop.mlp_backward/slope-of-activation",
    advice="The derivative belongs at the pre-activation: σ'(U) = H(1 - H); σ'(H) applies σ twice.",
    source="S1 L380 prints σ'(h)",
)(network.backward_slope_of_activation)
misconception(
    "backprop.mlp_backward/mean-twice",
    advice="The 1/N of the mean is already in dS; dividing dW and db by N once more takes the mean twice.",
    source="S1 L369",
)(network.backward_mean_twice)
misconception(
    "backprop.mlp_backward/no-bias-gradient",
    advice="The biases learn too: db is the sum of Δ over the rows of the batch, not zero.",
    source=LIKELY,
)(network.backward_no_bias_gradient)
misconception(
    "backprop.mlp_backward/bias-not-summed",
    advice="One b serves all N rows, so its gradient adds up over the rows: (K,), not (N, K).",
    source=LIKELY,
)(network.backward_bias_not_summed)
misconception(
    "backprop.mlp_backward/bias-keepdims",
    advice="db has the shape of b, (K,): without keepdims.",
    source=LIKELY,
)(network.backward_bias_keepdims)
misconception(
    "backprop.mlp_backward/bias-mean",
    advice="db is the sum of Δ over the rows; the mean would divide by N a second time, and dW does not.",
    source=LIKELY,
)(network.backward_bias_mean)
misconception(
    "backprop.mlp_backward/no-slope",
    advice="Going back through an activation multiplies by its derivative f'(U), entry by entry.",
    source="S1 L378",
)(network.backward_no_slope)
misconception(
    "backprop.mlp_backward/sigmoid-slope-always",
    advice="H(1 - H) is the derivative of the sigmoid only; tanh has 1 - H², ReLU a mask.",
    source="S1 L380, L392 show the sigmoid only",
)(network.backward_sigmoid_slope_always)
misconception(
    "backprop.mlp_backward/tanh-slope-of-u",
    advice="tanh'(U) = 1 - tanh²(U): square the activation, not the pre-activation.",
    source="S4 L1193",
)(network.backward_tanh_slope_of_u)
misconception(
    "backprop.mlp_backward/slope-on-output",
    advice="The last layer has no activation, so dS is already ∂L/∂U there: do not multiply it by f'.",
    source="S4 L1113: ∂L/∂S stands alone",
)(network.backward_slope_on_output)
misconception(
    "backprop.mlp_backward/preactivation-input",
    advice="dWˡ = Hˡ⁻¹ᵀ Δˡ takes what went into the layer, after the activation: H, not U.",
    source="S1 L390",
)(network.backward_preactivation_input)
misconception(
    "backprop.mlp_backward/reversed-order",
    advice="The loop runs from the last layer to the first, the list it returns from the first to the last.",
    source=LIKELY,
)(network.backward_reversed_order)
misconception(
    "backprop.mlp_backward/transposed-gradient",
    advice="dW has the shape of W, (D, K): Hᵀ Δ, not Δᵀ H.",
    source="S4's column convention has Δ Hᵀ",
)(network.backward_transposed_gradient)
misconception(
    "backprop.mlp_backward/slide-transpose",
    advice="The slide's Δᵀ W does not fit: Δ is (N, K) and W is (D, K), so it must be Δ Wᵀ.",
    source="S1 L380, L392",
)(network.backward_slide_transpose)
misconception(
    "backprop.mlp_backward/relu-kink",
    advice="ReLU has no derivative at 0; 0 is the usual choice (torch), 1 is as good.",
    source="PyTorch: threshold_backward uses x > 0",
    accepted=True,
)(network.backward_relu_kink)

# --- mlp_forward
misconception(
    "backprop.mlp_forward/activation-on-output",
    advice="The last layer is linear: its logits go straight into the loss, no activation after it.",
    source="S4 L1040: S = W³a²",
)(network.forward_activates_output)
misconception(
    "backprop.mlp_forward/no-activation",
    advice="Without an activation between them two linear layers are one linear layer.",
    source="S4 L492, L2480",
)(network.forward_without_activation)
misconception(
    "backprop.mlp_forward/no-bias",
    advice="Add b to every row: U = H W + b.",
    source="S1 L215",
)(network.forward_without_bias)
misconception(
    "backprop.mlp_forward/cache-overwritten",
    advice="Every layer needs its own entry in the cache; here the later layers overwrite the earlier.",
    source=LIKELY,
)(network.forward_overwrites_cache)
misconception(
    "backprop.mlp_forward/float32",
    advice="Stay in float64: in float32 the rounding error drowns every numerical gradient check.",
    source="CS231n notes, gradient checks: use double precision",
)(network.forward_in_float32)

# --- mlp_init
misconception(
    "backprop.mlp_init/transposed",
    advice="Row-major convention: W is (D, K), inputs by outputs, so that X @ W works with X (N, D).",
    source="S4 L1040 uses the opposite convention",
)(parts.init_transposed)
misconception(
    "backprop.mlp_init/bias-row",
    advice="A bias is a vector (K,), not a row (1, K).",
    source=LIKELY,
)(parts.init_bias_row)
misconception(
    "backprop.mlp_init/random-biases",
    advice="Biases start at zero: the random weights alone break the symmetry between units.",
    source="Glorot and Bengio 2010, section 2.3",
)(parts.init_random_biases)
misconception(
    "backprop.mlp_init/xavier-fan-in",
    advice="Xavier averages fan-in and fan-out, variance 2/(D + K); variance 1/D is LeCun's rule.",
    source="S4 L1490-1554",
)(parts.init_xavier_fan_in)
misconception(
    "backprop.mlp_init/xavier-gaussian",
    advice="The variance is right, but a Gaussian is not bounded: here xavier is uniform on ±√(6/(D + K)).",
    source="Glorot and Bengio 2010, eq. 16",
)(parts.init_xavier_gaussian)
misconception(
    "backprop.mlp_init/small-normal",
    advice="Scheme 'normal' is N(0, 1), as on the slide; the factor 0.01 is another recipe.",
    source="S4 L1164",
)(parts.init_small_normal)
misconception(
    "backprop.mlp_init/same-draw-every-layer",
    advice="Make the generator once, before the loop: made anew for each layer it repeats the same numbers.",
    source=LIKELY,
)(parts.init_same_draw)
misconception(
    "backprop.mlp_init/seed-ignored",
    advice="Two seeds must give two sets of weights: pass `seed` to default_rng instead of a constant.",
    source=LIKELY,
)(parts.init_seed_ignored)

# --- count_params
misconception(
    "backprop.count_params/no-biases",
    advice="Every unit has a bias besides its weights: D·K + K parameters for a layer, not D·K.",
    source="S0 L408 counts the bias, S2 L67 does not",
)(parts.count_without_biases)
misconception(
    "backprop.count_params/output-bias-always",
    advice="With output_bias=False the last layer has no bias: the 3-2-2-1 net has 16 parameters, not 17.",
    source="S4 L1071",
)(parts.count_output_bias_always)
misconception(
    "backprop.count_params/bias-per-input",
    advice="A layer has one bias per output unit (K), not one per input (D).",
    source=LIKELY,
)(parts.count_bias_per_input)
misconception(
    "backprop.count_params/input-biases",
    advice="The input layer computes nothing and has no parameters, hence no biases.",
    source=LIKELY,
)(parts.count_input_biases)

# --- tiny_net_dw22
misconception(
    "backprop.tiny_net_dw22/slope-of-activation",
    advice="f'(h²₂) = a²₂(1 - a²₂); σ(a)(1 - σ(a)) applies the sigmoid a second time.",
    source="S1 L380, the same slip",
)(parts.tiny_slope_of_activation)
misconception(
    "backprop.tiny_net_dw22/row-convention",
    advice="This net is in the column convention: h² = W²a¹, so do not compute a¹W² here.",
    source="S4 L1011-1071 against S1 L359",
)(parts.tiny_row_convention)
misconception(
    "backprop.tiny_net_dw22/no-loss-gradient",
    advice="The chain starts at the loss: multiply by ∂L/∂S = 2(S - y).",
    source="S4 L1113",
)(parts.tiny_no_loss_gradient)
misconception(
    "backprop.tiny_net_dw22/half-loss",
    advice="L = (S - y)² has the derivative 2(S - y); the 2 only disappears for ½(S - y)².",
    source="S4 L1739: MSE without ½",
)(parts.tiny_half_loss)
misconception(
    "backprop.tiny_net_dw22/sign",
    advice="∂L/∂S = 2(S - y), prediction minus target.",
    source=LIKELY,
)(parts.tiny_sign)
misconception(
    "backprop.tiny_net_dw22/own-layer-activation",
    advice="w²₂₂ multiplies a¹₂, the output of the layer before; a²₂ is what it helps to compute.",
    source="S4 L1113",
)(parts.tiny_own_layer_activation)
misconception(
    "backprop.tiny_net_dw22/column-one",
    advice="The second index is the input: w²₂₂ carries a¹₂, while a¹₁ belongs to w²₂₁.",
    source=LIKELY,
)(parts.tiny_column_one)
misconception(
    "backprop.tiny_net_dw22/first-unit",
    advice="Subscripts count from 1, Python from 0: unit 2 is index 1.",
    source=LIKELY,
)(parts.tiny_first_unit)

# --- numerical_gradient
misconception(
    "backprop.numerical_gradient/forward-difference",
    advice="(f(x+h) - f(x))/h has an error of order h; the centred (f(x+h) - f(x-h))/2h one of order h².",
    source="CS231n notes, gradient checks",
)(parts.numerical_forward)
misconception(
    "backprop.numerical_gradient/not-restored",
    advice="Put each entry of x back before the next moves: else the point drifts, and the caller's x too.",
    source=LIKELY,
)(parts.numerical_not_restored)
misconception(
    "backprop.numerical_gradient/restored-by-arithmetic",
    advice="x + h - 2h + h is not x in floating point: keep the old value and assign it, or use a copy.",
    source="Goldberg 1991, rounding error",
)(parts.numerical_restored_by_arithmetic)
misconception(
    "backprop.numerical_gradient/integer-step",
    advice="An integer array cannot hold x + h: the step is cut off; convert to float64 first.",
    source=LIKELY,
)(parts.numerical_integer_step)
misconception(
    "backprop.numerical_gradient/divides-by-h",
    advice="x + h and x - h are 2h apart: divide by 2h.",
    source=LIKELY,
)(parts.numerical_divides_by_h)
misconception(
    "backprop.numerical_gradient/moves-all-entries",
    advice="Move one entry at a time: moving all of x gives the sum of its partial derivatives.",
    source=LIKELY,
)(parts.numerical_moves_all)
misconception(
    "backprop.numerical_gradient/moves-rows",
    advice="x[i] of a matrix is a whole row; np.ndindex(x.shape) runs over the entries, of a 0-d x too.",
    source=LIKELY,
)(parts.numerical_moves_rows)

# --- rel_error
misconception(
    "backprop.rel_error/elementwise-max",
    advice="One ratio of norms for the array, not the worst entry's: a correct gradient has entries near 0.",
    source="CS231n rel_error; measured: entrywise 1e-6 rejects a quarter of correct sigmoid nets",
)(parts.error_elementwise_max)
misconception(
    "backprop.rel_error/zero-over-zero",
    advice="Two zero gradients agree: return 0 there instead of 0/0 = nan, which no threshold accepts.",
    source=LIKELY,
)(parts.error_zero_over_zero)
misconception(
    "backprop.rel_error/one-sided",
    advice="Divide by ‖a‖ + ‖b‖: with ‖a‖ alone the error changes when a and b swap places.",
    source=LIKELY,
)(parts.error_one_sided)
misconception(
    "backprop.rel_error/absolute",
    advice="‖a - b‖ alone grows with the gradient; divide by ‖a‖ + ‖b‖ to make it relative.",
    source=LIKELY,
)(parts.error_absolute)
misconception(
    "backprop.rel_error/squared",
    advice="A norm ends with a square root: 1e-6 in squares is only 1e-3 in norms.",
    source=LIKELY,
)(parts.error_squared)
misconception(
    "backprop.rel_error/spectral",
    advice="np.linalg.norm(A, 2) is the largest singular value; over all entries it is Frobenius' norm.",
    source="NumPy documentation of linalg.norm",
)(parts.error_spectral)
