"""The misconceptions of A4 by name, each with its advice and source. In each group the most frequent comes first.

The wrong code itself is in variants_steps.py, variants_layers.py and variants_regularisation.py. S1 and S4 are the
lectures of Cnam (Thome) and Liège (Boudart); L1383 is line 1383 of the extracted text.
"""

from grader.checks import misconception

from . import variants_layers as layers
from . import variants_regularisation as reg
from . import variants_steps as steps

LIKELY = "a likely slip, without a slide that prints it"
REAL = "real submission"
KEPT = "What was passed in belongs to the caller: w -= … writes into it, w = w - … makes a new array."
FORGOTTEN = "Return what the next step needs: the state that you give back is the one you get again."
ONE_MEMORY = "Keep nothing outside `state`: with one memory for all, a second parameter gets the moments of the first."


def declare(function, table):
    """One misconception of `function` for each row (short name, wrong variant, advice, source[, accepted])."""
    for name, wrong, advice, source, *accepted in table:
        card = misconception(f"optimizers.{function}/{name}", advice=advice, source=source, accepted=bool(accepted))
        card(wrong)


declare("sgd", [
    ("ascent", steps.sgd_ascent, "Descent goes against the gradient: w - lr·g.", "S4 L1286"),
    ("in-place", steps.in_place("sgd"), KEPT, REAL),
    ("no-rate", steps.sgd_no_rate, "Multiply the gradient by the learning rate.", LIKELY),
])

declare("momentum", [
    ("torch-velocity", steps.momentum_torch, "torch's v = α v + g, w - lr·v: the same path while lr is "
     "constant.", "torch.optim.SGD documentation", True),
    ("damping", steps.momentum_damped, "u = α u - lr·g: the gradient enters whole; (1-α) belongs to moving "
     "averages such as RMSProp's r.", "S4 L1316"),
    ("forgets", steps.forgetful("momentum"), FORGOTTEN, LIKELY),
    ("in-place", steps.in_place("momentum"), KEPT, REAL),
    ("shared-state", steps.shared("momentum"), ONE_MEMORY, REAL),
    ("uphill", steps.momentum_subtracted, "One minus sign is enough: u = α u - lr·g and then w + u; with two, or "
     "with none, w climbs.", LIKELY),
    ("old-velocity", steps.momentum_old_velocity, "Update u first, then move by the new u: here w moved by "
     "the old one, so the first step stands still.", LIKELY),
    ("rate-twice", steps.momentum_rate_twice, "lr is inside u already: move by u, not by lr·u.", LIKELY),
    ("no-rate", steps.momentum_no_rate, "The gradient enters u times lr: u = α u - lr·g.", LIKELY),
])

declare("nesterov", [
    ("gradient-at-w", steps.nesterov_at_w, "This is plain momentum: Nesterov takes the gradient at w + αu, "
     "where the velocity is about to carry w.", "S4 L1346"),
    ("looks-back", steps.nesterov_looks_back, "Look ahead, not back: the gradient belongs at w + αu.",
     LIKELY),
    ("whole-velocity", steps.nesterov_whole_velocity, "The look-ahead goes by αu, what is left of the "
     "velocity, and not by u.", LIKELY),
    ("steps-from-ahead", steps.nesterov_from_ahead, "The look-ahead is only for the gradient: the step "
     "starts at w, and u contains αu already.", LIKELY),
    ("drops-velocity", steps.nesterov_no_inertia, "Store u = αu - lr·g, the whole move: here only -lr·g is "
     "remembered, so the velocity never builds up.", LIKELY),
    ("asks-twice", steps.nesterov_asks_twice, "Call grad_fn once a step, at w + αu: a gradient is the "
     "expensive part.", LIKELY),
    ("forgets", steps.forgetful("nesterov"), FORGOTTEN, LIKELY),
    ("in-place", steps.in_place("nesterov"), KEPT, REAL),
    ("shared-state", steps.shared("nesterov"), ONE_MEMORY, REAL),
])

declare("rmsprop", [
    ("eps-inside", steps.rmsprop_eps_inside, "ε is added to the root: ε + √r. Inside, √(r + ε), it is "
     "another and much larger ε.", "S4 L1394; Goodfellow et al. put it inside"),
    ("no-square", steps.rmsprop_no_square, "r averages the squares g ⊙ g; averaging g itself lets signs "
     "cancel.", "S4 L1393"),
    ("swapped-weights", steps.rmsprop_swapped, "ρ weighs the past, 1-ρ the new square: r = ρ r + (1-ρ) g².",
     LIKELY),
    ("sums-up", steps.rmsprop_sums_up, "A sum of squares only grows and the steps die out (that is AdaGrad): "
     "average, r = ρ r + (1-ρ) g².", "S4 L1397"),
    ("no-root", steps.rmsprop_no_root, "Divide by the root of r: r is in squared units of the gradient.",
     LIKELY),
    ("forgets", steps.forgetful("rmsprop"), FORGOTTEN, LIKELY),
    ("in-place", steps.in_place("rmsprop"), KEPT, REAL),
    ("shared-state", steps.shared("rmsprop"), ONE_MEMORY, REAL),
    ("bias-corrected", steps.rmsprop_corrected, "RMSProp uses r as it is; dividing by 1-ρᵗ is Adam's idea.",
     LIKELY),
    ("one-scale", steps.rmsprop_mean_over_entries, "Each entry has its own r: g ⊙ g entry by entry, without "
     "a mean or a norm over the array.", LIKELY),
])

declare("adam", [
    ("from-two", steps.adam_from_two, "The first step is t = 1: count up once a step, before the correction "
     "or after it, not both.", REAL),
    ("from-zero", steps.adam_from_zero, "In the first step t is 1: with t = 0 the correction divides by 1 - "
     "β⁰ = 0.", "S4 L1381"),
    ("stuck-counter", steps.adam_stuck, "t is stuck at 1: count the steps in `state` and give it back.",
     REAL),
    ("no-correction", steps.adam_uncorrected, "The moments start at 0 and are too small at first: divide by "
     "1-β₁ᵗ and 1-β₂ᵗ.", "S4 L1380"),
    ("eps-inside", steps.adam_eps_inside, "ε is added to the root: ε + √r̂, not √(r̂ + ε).", "S4 L1383"),
    ("first-moment-only", steps.adam_first_only, "The second moment needs its correction as well: r̂ = r / "
     "(1-β₂ᵗ).", LIKELY),
    ("second-moment-only", steps.adam_second_only, "The first moment needs its correction as well: ŝ = s / "
     "(1-β₁ᵗ).", LIKELY),
    ("keeps-corrected", steps.adam_keeps_corrected, "Remember s and r uncorrected; ŝ and r̂ are for this "
     "step only.", LIKELY),
    ("swapped-betas", steps.adam_swapped_betas, "β₁ belongs to the mean s of the gradient, β₂ to the mean r "
     "of its square.", LIKELY),
    ("swapped-weights", steps.adam_swapped_weights, "β weighs the past, 1-β what is new: s = β₁ s + (1-β₁) "
     "g.", LIKELY),
    ("times-t", steps.adam_times_t, "The correction is 1 - βᵗ, β to the power of t, not β times t.", LIKELY),
    ("eps-uncorrected", steps.adam_uncorrected_eps, "Correct r before ε is added: ε + √r̂. The rearranged "
     "form with ε + √r makes ε larger in the first steps.", "Kingma and Ba 2015, end of section 2"),
    ("no-eps", steps.adam_no_eps, "Without ε an entry whose gradient is 0 gives 0/0 = nan.", LIKELY),
    ("no-root", steps.adam_no_root, "Divide by the root of r̂: r̂ is in squared units of the gradient.",
     LIKELY),
    ("forgets", steps.forgetful("adam"), FORGOTTEN, LIKELY),
    ("in-place", steps.in_place("adam"), KEPT, REAL),
    ("shared-state", steps.shared("adam"), ONE_MEMORY, REAL),
])

declare("lr_inverse", [
    ("compounded", steps.inverse_compounded, "Divide η₀ once, by 1 + r t; dividing the last rate again and "
     "again decays far too fast.", LIKELY),
    ("power", steps.inverse_power, "η₀ / (1 + r t): t multiplies r, it is no exponent.", LIKELY),
    ("no-rate", steps.inverse_no_rate, "The decay rate r multiplies t.", LIKELY),
])
declare("lr_exp", [
    ("power-of-rate", steps.exp_power, "η₀ e^(-λt): λ stands in the exponent, it is not the base.", LIKELY),
    ("grows", steps.exp_grows, "The exponent is -λt: without the minus the rate grows.", LIKELY),
    ("linearised", steps.exp_linearised, "(1-λ)ᵗ is only near e^(-λt) for small λ.", LIKELY),
])
declare("lr_step", [
    ("no-floor", steps.step_smooth, "Without ⌊t/tᵤ⌋ this is an exponential decay: the rate must stay "
     "constant for tᵤ steps.", "S1 L467"),
    ("one-early", steps.step_early, "The rate drops at t = tᵤ, 2tᵤ, …, not one step earlier.", LIKELY),
    ("one-late", steps.step_late, "The rate has dropped at t = tᵤ already, not one step later.", LIKELY),
    ("rounded", steps.step_rounded, "Round down: ⌊t/tᵤ⌋ counts the whole periods that are over.", LIKELY),
    ("only-once", steps.step_once, "Times r after every tᵤ steps, again and again: the exponent is ⌊t/tᵤ⌋.",
     LIKELY),
    ("inverse", steps.step_inverse, "r to the power of ⌊t/tᵤ⌋, a factor for each period.", LIKELY),
])

for name, law in [("init_lecun_uniform", lambda i, o: 1 / i), ("init_xavier_uniform", lambda i, o: 2 / (i + o))]:
    declare(name, [
        ("variance-as-bound", layers.uniform(lambda i, o, law=law: law(i, o) ** 0.5), "U[-a, a] has the "
         "variance a²/3, so the bound is √3 times the standard deviation.", "S4 L1503"),
        ("no-root", layers.uniform(lambda i, o, law=law: 3 * law(i, o)), "The bound is a root: √(3/q), or "
         "√(6/(q+q')).", LIKELY),
        ("normal", layers.normal(lambda i, o, law=law: law(i, o) ** 0.5), "The variance is right, but a "
         "Gaussian has no bounds: draw uniformly.", LIKELY),
        ("fans-of-shape", layers.fans_of_shape(name), "Use the fans that are passed in: for a kernel (K, C, "
         "3, 3) the first axes are not the fans.", "S4 L1590"),
        ("unseeded", layers.unseeded(name), "Draw from the rng that is passed in, not from np.random: else "
         "no seed makes the run repeatable.", LIKELY),
    ])
declare("init_lecun_uniform", [
    ("fan-out", layers.uniform(lambda i, o: (3 / o) ** 0.5), "The forward pass sums over the inputs: the "
     "variance is 1/fan_in.", "S4 L1503"),
    ("gain-two", layers.uniform(lambda i, o: (6 / i) ** 0.5), "√(6/fan_in) doubles the variance: that is "
     "He's rule for ReLU; LeCun's bound is √(3/fan_in).", LIKELY),
])
declare("init_xavier_uniform", [
    ("fan-in-only", layers.uniform(lambda i, o: (6 / i) ** 0.5), "Xavier is a compromise between the two "
     "passes: divide by fan_in + fan_out.", "S4 L1552"),
    ("half-variance", layers.uniform(lambda i, o: (3 / (i + o)) ** 0.5), "The variance is 2/(fan_in + "
     "fan_out), one over the mean of the fans: the bound has a 6.", LIKELY),
])
declare("init_he_normal", [
    ("gain-one", layers.normal(lambda i, o: (1 / i) ** 0.5), "ReLU halves the second moment: He's variance "
     "is 2/fan_in, twice LeCun's.", "S4 L1590"),
    ("variance-as-spread", layers.normal(lambda i, o: 2 / i), "rng.normal takes the standard deviation: "
     "√(2/fan_in), not the variance.", LIKELY),
    ("uniform", layers.uniform(lambda i, o: (6 / i) ** 0.5), "The variance is right, but a Gaussian is "
     "asked.", LIKELY),
    ("xavier", layers.normal(lambda i, o: (2 / (i + o)) ** 0.5), "He divides by fan_in alone; fan_in + "
     "fan_out is Xavier.", "S4 L1590"),
    ("fan-out", layers.normal(lambda i, o: (2 / o) ** 0.5), "The forward pass sums over the inputs: divide "
     "by fan_in.", LIKELY),
    ("no-scale", layers.normal(lambda i, o: 1.0), "N(0, 1) makes every layer √(q/2) times as loud as the "
     "last.", "S4 L1164"),
    ("truncated", layers.he_truncated, "He's Gaussian is not truncated here: 0.3 % of it lie beyond three "
     "standard deviations.", "Keras' he_normal is truncated"),
    ("fans-of-shape", layers.fans_of_shape("init_he_normal"), "Use the fans that are passed in: for a kernel "
     "(K, C, 3, 3) the first axes are not the fans.", "S4 L1590"),
    ("unseeded", layers.unseeded("init_he_normal"), "Draw from the rng that is passed in, not from "
     "np.random: else no seed makes the run repeatable.", LIKELY),
])

declare("batchnorm_forward", [
    ("running-var-unbiased", layers.bn_unbiased, "torch's running variance divides by N-1: full marks as "
     "well.", "torch.nn.BatchNorm1d documentation", True),
    ("eps-outside", layers.bn_eps_outside, "√(σ² + ε), not σ + ε: with σ = 0 and ε = 1e-5 the slide's form "
     "multiplies by 100 000 instead of 316.", "S4 L1663"),
    ("eps-outside-in-test-mode", layers.bn_eps_outside_test, "√(σ² + ε) in both modes: in test mode ε stands "
     "outside the root.", REAL),
    ("eps-outside-in-train-mode", layers.bn_eps_outside_train, "√(σ² + ε) in both modes: in train mode ε "
     "stands outside the root.", REAL),
    ("axis-one", layers.bn_axis_one, "The statistics run over the batch, axis 0, one pair for each feature; "
     "axis 1 is layer normalisation.", "S4 L1655"),
    ("batch-at-test", layers.bn_batch_at_test, "In test mode use the running statistics: an answer must not "
     "depend on what else is in the batch.", "Ioffe and Szegedy 2015, 3.1"),
    ("updates-at-test", layers.bn_updates_at_test, "Test mode leaves the running statistics alone: else the "
     "test set leaks into the model.", LIKELY),
    ("running-in-train", layers.bn_running_in_train, "In train mode normalise with the batch's own mean and "
     "variance; the running ones are for test mode.", LIKELY),
    ("momentum-swapped", layers.bn_momentum_swapped, "new = (1-m) old + m batch: here m weighs the old value "
     "(that is Keras' convention).", "torch against Keras"),
    ("state-untouched", layers.bn_state_untouched, 'Write into the dict that came in, state["mean"] = …: a '
     "copy, or a new dict under the same name, is lost.", LIKELY),
    ("running-std", layers.bn_running_std, 'state["var"] holds variances: here a standard deviation goes in.',
     LIKELY),
    ("last-batch-only", layers.bn_last_batch_only, "Mix old and new, (1-m) old + m batch: here the last "
     "batch replaces everything.", LIKELY),
    ("unbiased", layers.bn_ddof_one, "Normalise with the biased variance (divide by N): ddof=1 gives nan for "
     "a batch of one.", "S4 L1655"),
    ("running-var-of-one", layers.bn_unbiased_of_one, "Dividing by N-1 gives 0/0 for a batch of one: take "
     "the variance 0 there.", "torch raises an error instead"),
    ("refuses-one", layers.bn_refuses_one, "A batch of one is defined: x - μ is 0, so out is β.",
     "torch raises an error there"),
    ("no-eps", layers.bn_no_eps, "A constant column has σ = 0: without ε it gives 0/0 = nan.", LIKELY),
    ("no-root", layers.bn_variance, "Divide by the root √(σ² + ε), not by the variance.", LIKELY),
    ("whole-array", layers.bn_whole_array, "One mean and one variance for each feature: axis=0, not over the "
     "whole array.", LIKELY),
    ("in-place", layers.bn_in_place, "x belongs to the caller (only `state` is updated): x -= … changes it, "
     "x - μ does not.", REAL),
])
declare("batchnorm_backward", [
    ("no-statistics", layers.bn_back(0, 0), "dout·γ/√(σ²+ε) is not all: μ and σ² depend on every x of the "
     "batch, too.", "CS231n, batch normalisation"),
    ("no-variance-path", layers.bn_back(1, 0), "The way through σ² is missing: - x̂ mean(d ⊙ x̂).", LIKELY),
    ("no-mean-path", layers.bn_back(0, 1), "The way through μ is missing: - mean(d). The rows of dx must add "
     "up to 0.", LIKELY),
    ("means-of-n-1", layers.bn_back(lost=1), "The forward pass divides by N, so does the backward pass; not "
     "by N-1.", LIKELY),
    ("sums-for-means", layers.bn_back_summed, "mean(d) and mean(d ⊙ x̂): without the 1/N the correction is N "
     "times too large.", LIKELY),
    ("no-gamma", layers.bn_back_no_gamma, "d = dout ⊙ γ: the gradient first passes the scaling.", LIKELY),
    ("averaged", layers.bn_back_means, "dγ and dβ are sums over the batch: any 1/N is in dout already.",
     LIKELY),
    ("not-summed", layers.bn_back_rows, "γ and β serve all rows: sum their gradients over the batch, to "
     "(D,).", LIKELY),
    ("row-vectors", layers.bn_back_keepdims, "dγ and dβ have the shape (D,) of γ and β, not (1, D).", REAL),
    ("dgamma-of-out", layers.bn_back_dgamma_of_out, "dγ = Σ dout ⊙ x̂, with x̂ before the scaling by γ.",
     LIKELY),
    ("in-place", layers.bn_back_in_place, "dout belongs to the caller: dout *= γ changes it.", REAL),
])

declare("dropout_forward", [
    ("p-keeps", reg.dropout_keeps_p, "p_drop is the probability to drop: rng.random(shape) >= p_drop is "
     "kept.", REAL),
    ("p-keeps-scaled", reg.dropout_keeps_p_scaled, "rng.random(shape) < p_drop holds with probability "
     "p_drop: these are to be dropped, not kept.", REAL),
    ("no-scaling", reg.dropout_unscaled, "Divide what is kept by 1 - p_drop: else the next layer gets less "
     "in training than at test.", "S4 L2871"),
    ("gaussian-draw", reg.dropout_gaussian, "Compare uniform draws, rng.random, with p_drop; a Gaussian is "
     "below 0.5 in 69 % of cases.", REAL),
    ("classic-scaling", reg.dropout_classic, "Inverted dropout scales in training, by 1/(1-p_drop), so that "
     "test mode has nothing to do.", "Srivastava et al. 2014, section 10"),
    ("scales-at-test", reg.dropout_scales_test, "Scale once: training divides by 1 - p_drop, so test mode "
     "returns x as it is.", LIKELY),
    ("drops-at-test", reg.dropout_drops_at_test, "Dropout is for training only: in test mode out equals x.",
     "S4 L2874"),
    ("times-keep", reg.dropout_times_keep, "Divide by 1 - p_drop instead of multiplying: the mean must stay.",
     LIKELY),
    ("over-p", reg.dropout_over_p, "Divide by the probability to keep, 1 - p_drop, not by p_drop.", LIKELY),
    ("exact-count", reg.dropout_exact_count, "Each entry has its own draw: of 1000 entries 500 are dropped "
     "on average only, with a spread of 16.", "S4 L2873"),
    ("whole-columns", reg.dropout_whole_columns, "Draw one number for each entry, rng.random(x.shape): here "
     "all rows lose the same entries.", LIKELY),
    ("whole-rows", reg.dropout_whole_rows, "Draw one number for each entry, rng.random(x.shape): here whole "
     "rows are dropped.", LIKELY),
    ("fixed-seed", reg.dropout_fixed_seed, "Draw from the rng that is passed in; a generator made inside "
     "gives the same mask in every step.", LIKELY),
    ("unseeded", reg.dropout_unseeded, "Draw from the rng that is passed in, not from np.random: else no "
     "seed makes the run repeatable.", LIKELY),
    ("accepts-any-p", reg.dropout_accepts_all, "p_drop = 1 divides by 0 and p_drop < 0 means nothing: raise "
     "ValueError unless 0 <= p_drop < 1.", LIKELY),
    ("in-place", reg.dropout_in_place, "x belongs to the caller: x *= mask changes it.", REAL),
])
declare("dropout_backward", [
    ("new-mask", reg.backward_new_mask, "The gradient takes the way of the forward pass: the same mask, no "
     "new draw.", LIKELY),
    ("ignores-mask", reg.backward_ignores, "Entries that were dropped get no gradient, the others the factor "
     "1/(1-p_drop): dout ⊙ mask.", LIKELY),
    ("scale-only", reg.backward_no_mask, "Entries that were dropped had no influence: their gradient is 0.",
     LIKELY),
    ("no-scaling", reg.backward_unscaled, "out = x/(1-p_drop) where kept, so the gradient has the factor "
     "1/(1-p_drop), too.", LIKELY),
    ("scaled-twice", reg.backward_scaled_twice, "The factor 1/(1-p_drop) enters once: is it in your mask "
     "already?", LIKELY),
    ("in-place", reg.backward_in_place, "dout belongs to the caller: dout *= mask changes it.", REAL),
])

declare("l2_penalty", [
    ("gradient-without-2", reg.l2_as(of_gradient=1.0), "R = α‖W‖² has the gradient 2αW; αW belongs to "
     "½α‖W‖².", "S1 L505; real submission"),
    ("half-alpha", reg.l2_as(0.5, 1.0), "Here R = α‖W‖², as in the lecture: not ½α, although many texts "
     "write that.", "S1 L505; CS231n"),
    ("biases-too", reg.l2_as(biases=True, bias_gradient=True), "Only weights are penalised: a bias shifts a "
     "unit and makes no function less smooth.", "Goodfellow et al. 2016, 7.1"),
    ("biases-in-penalty", reg.l2_as(biases=True), "R counts the biases, the gradient does not: leave them "
     "out of both.", LIKELY),
    ("biases-in-gradient", reg.l2_as(bias_gradient=True), "The biases are not penalised: their gradient is "
     "zeros.", LIKELY),
    ("norm-not-squared", reg.l2_norms, "R sums squared norms, ΣW²; np.linalg.norm is the root of that.",
     LIKELY),
    ("last-layer-only", reg.l2_last_layer, "Add up the layers: R = … in a loop keeps the last one, R += … "
     "all.", LIKELY),
    ("mean-of-squares", reg.l2_mean, "‖W‖² is a sum over the entries, not a mean.", LIKELY),
    ("no-alpha-in-gradient", reg.l2_no_alpha_in_gradient, "The gradient has the factor α, too: 2αW.", REAL),
    ("none-for-bias", reg.l2_none_for_bias, "Give zeros of the shape of b, so that every gradient can be "
     "added alike.", LIKELY),
    ("in-place", reg.l2_in_place, "Only compute here: the parameters are moved by the optimiser.", LIKELY),
])
