"""The misconceptions of A1 by name, each with its advice.

Callers come before what they call: where a wrong caller and a wrong callee give the same result, the function
that was called is named. In each group the most frequent comes first.

The wrong code itself is in variants_regression.py, variants_softmax.py and variants_training.py. S0, S1 and
S4 are the lectures of INSA (Marza), Cnam (Thome) and Liège (Boudart); L326 is line 326 of the extracted text.
"""

from collections.abc import Callable

from grader.checks import misconception

from . import variants_regression as regression
from . import variants_softmax as classes
from . import variants_training as training

LIKELY = "a likely slip, without a slide that prints it"
SEEN = "real submission"
FORUM = "course forum"


def card(name: str, variant: Callable, advice: str, source: str = LIKELY, accepted: bool = False) -> None:
    """Declare one misconception of this assignment; `name` is function/short-name."""
    misconception(f"softmax_regression.{name}", advice=advice, source=source, accepted=accepted)(variant)


# --- softmax_regression_epoch
card("softmax_regression_epoch/drops-last", training.epoch_drops_last,
     "The last batch is kept even if it is smaller: ⌈N/batch⌉ steps, so no row is left out.", SEEN)
card("softmax_regression_epoch/nominal-size", training.epoch_nominal_size,
     "Divide a batch's gradient by the rows that it has: the last one may have fewer than `batch`.", SEEN)
card("softmax_regression_epoch/mean-of-means", training.epoch_mean_of_means,
     "A small last batch must not count like a full one: weight each batch's mean loss by its rows.", SEEN)
card("softmax_regression_epoch/in-place", training.epoch_in_place,
     "sgd_step writes into the arrays that it gets: give it copies, so that the caller's W and b stay.", SEEN)
card("softmax_regression_epoch/empty-batch", training.epoch_empty_batch,
     "N // batch + 1 batches end with an empty one if batch divides N, and the mean of nothing is nan; "
     "range(0, N, batch) gives the right starts.", SEEN)
card("softmax_regression_epoch/shuffles", training.epoch_shuffles,
     "Take the rows in the order given: whoever calls decides whether to shuffle.", FORUM)
card("softmax_regression_epoch/one-step", training.epoch_one_step,
     "One epoch is ⌈N/batch⌉ steps, one for each batch; this is a single step on all rows.", "S1 L454")
card("softmax_regression_epoch/single-rows", training.epoch_single_rows,
     "Step once for each batch, with its mean gradient, and not once for each row.", "S1 L423 and S4 L956")
card("softmax_regression_epoch/old-gradients", training.epoch_old_gradients,
     "Each batch's gradient belongs to the parameters that the batch before has left, not to the first ones.")
card("softmax_regression_epoch/first-batch", training.epoch_first_batch,
     "An epoch goes through all batches; this returns after the first (is `return` inside the loop?).", SEEN)
card("softmax_regression_epoch/sliding", training.epoch_sliding,
     "Start each batch where the last one ended: 0, batch, 2·batch … These batches overlap.")
card("softmax_regression_epoch/sum-of-losses", training.epoch_sum_of_losses,
     "Return the mean loss over the N rows; this is the sum of the batches' means.", SEEN)
card("softmax_regression_epoch/last-loss", training.epoch_last_loss,
     "Return the mean loss over all rows of the epoch; this is the last batch's alone.", SEEN)
card("softmax_regression_epoch/loss-after", training.epoch_loss_after,
     "Take each row's loss just before the step of its own batch; this is the loss after the whole epoch.")
card("softmax_regression_epoch/loss-before", training.epoch_loss_before,
     "Take each row's loss just before the step of its own batch; this is the loss at the first parameters.")
card("softmax_regression_epoch/bias-stays", training.epoch_bias_stays,
     "The bias learns as well: hand b and db to sgd_step with W and dW.")
card("softmax_regression_epoch/fixed-size", training.epoch_fixed_size,
     "Take N from len(X): a data set's size written into the code fails on the next one.", SEEN)
card("softmax_regression_epoch/loss-first", training.epoch_loss_first,
     "The order is (W, b, loss); logreg_grads is the one that begins with the loss.")
card("softmax_regression_epoch/ascent", training.epoch_ascent,
     "Descent goes against the gradient: θ - lr·∂L/∂θ. Here the loss climbs.", "S1 L297")

# --- logreg_grads
card("logreg_grads/bias-not-summed", training.grads_bias_not_summed,
     "One b serves all N rows, so its gradient adds up over the rows: (K,), not (N, K).", "S1 L359 omits db")
card("logreg_grads/bias-keepdims", training.grads_bias_keepdims,
     "db has the shape of b, (K,): sum over the rows without keepdims.", SEEN)
card("logreg_grads/bias-mean", training.grads_bias_mean,
     "dS has the 1/N of the mean already: db is its sum over the rows, not its mean.", FORUM)
card("logreg_grads/bias-over-classes", training.grads_bias_over_classes,
     "Sum dS over the rows, axis 0, for db. Over the classes each row of dS sums to zero.")
card("logreg_grads/no-bias-gradient", training.grads_no_bias,
     "The bias learns as well: db is the sum of dS over the rows, not zero.")
card("logreg_grads/transposed", training.grads_transposed,
     "dW has the shape of W, (D, K): Xᵀ dS, not dSᵀ X.", "S1 L359")
card("logreg_grads/no-transpose", training.grads_no_transpose,
     "dW = Xᵀ dS: (D, N)(N, K). X dS has another shape, unless N = D, and is wrong even then.", "S1 L359")
card("logreg_grads/mean-twice", training.grads_mean_twice,
     "The 1/N of the mean is already in dS; dividing dW and db by N once more takes the mean twice.", FORUM)
card("logreg_grads/weights-mean-twice", training.grads_weights_mean_twice,
     "The 1/N of the mean is already in dS: dW = Xᵀ dS needs no other, just as db does not.", SEEN)
card("logreg_grads/summed-loss", training.grads_summed_loss,
     "The loss is the mean over the rows, like the gradients that belong to it; this one is the sum.", FORUM)
card("logreg_grads/scores-without-bias", training.grads_scores_without_bias,
     "The scores are X W + b; here loss and gradients belong to b = 0.")
card("logreg_grads/probabilities-as-logits", training.grads_probabilities_as_logits,
     "cross_entropy with from_logits=True takes the scores: given softmax(S) it applies softmax again.",
     "S4 L1825: \"requires the use of Softmax\"")
card("logreg_grads/softmax-twice", training.grads_softmax_twice,
     "Give the scores to the loss and to its gradient: both apply softmax themselves.",
     "S4 L1825: \"requires the use of Softmax\"")
card("logreg_grads/loss-last", training.grads_loss_last,
     "The order is (loss, dW, db).")
card("logreg_grads/weight-decay", training.grads_weight_decay,
     "No regularisation is asked here: neither a term of W² in the loss nor one of W in dW.",
     "CS231n softmax exercise has one")
card("logreg_grads/loops", training.grads_in_python,
     "Right, but slow: X @ W, Xᵀ dS and sums along an axis do the work of these loops in compiled code.",
     SEEN)

# --- sgd_step
card("sgd_step/rebinds", training.step_rebinds,
     "W = W - lr·dW makes a new array and gives it the old name; the caller's stays. W -= … writes in it.",
     FORUM)
card("sgd_step/replaces-entries", training.step_replaces_entries,
     "params[i] = params[i] - … puts a new array into the list; whoever holds the old one sees no change. "
     "Write into the array: -=.", SEEN)
card("sgd_step/ascent", training.step_ascent,
     "Descent goes against the gradient: θ - lr·∂L/∂θ.", "S1 L297")
card("sgd_step/scales-grads", training.step_scales_grads,
     "grad *= lr changes the caller's gradients; compute lr * grad as a new array.", SEEN)
card("sgd_step/first-only", training.step_first_only,
     "Every array of params moves, not the first alone (is `return` inside the loop?).")
card("sgd_step/momentum", training.step_momentum,
     "Plain SGD has no memory: nothing of one call may act on the next.", SEEN)
card("sgd_step/no-rate", training.step_no_rate,
     "Multiply the gradient by lr.")

# --- softmax_ce_backward
card("softmax_ce_backward/no-mean", classes.backward_no_mean,
     "The loss is a mean over N rows, so its gradient has the factor 1/N.", "S1 L358 is for one example")
card("softmax_ce_backward/sign", classes.backward_sign,
     "It is prediction minus target: softmax(S) - onehot(y), not the other way round.", "S1 L358")
card("softmax_ce_backward/label-as-row", classes.backward_label_as_row,
     "dS[y] takes whole rows, those with number y. One entry of each row is dS[np.arange(N), y].", SEEN)
card("softmax_ce_backward/label-in-all-rows", classes.backward_label_in_all_rows,
     "dS[:, y] takes column y in every row. One entry of each row is dS[np.arange(N), y].", SEEN)
card("softmax_ce_backward/classes-from-labels", classes.backward_classes_from_labels,
     "The number of classes is S.shape[1]: y.max() + 1 is too small if the last class is absent.", SEEN)
card("softmax_ce_backward/ten-classes", classes.backward_ten_classes,
     "The number of classes is S.shape[1], not always 10.", SEEN)
card("softmax_ce_backward/over-n-k", classes.backward_over_n_k,
     "The mean is over the N rows; do not divide by the K classes, too.", SEEN)
card("softmax_ce_backward/no-onehot", classes.backward_no_onehot,
     "Take 1 off the probability of the right class: softmax(S) - onehot(y).")
card("softmax_ce_backward/from-scores", classes.backward_from_scores,
     "Subtract onehot(y) from the probabilities softmax(S), not from the scores.", FORUM)
card("softmax_ce_backward/by-probabilities", classes.backward_by_probabilities,
     "-1/p is the gradient by the probabilities; the chain rule through softmax gives p - onehot(y).",
     "S1 L357")
card("softmax_ce_backward/true-class-only", classes.backward_true_class_only,
     "All scores of a row share the sum below the fraction, so each class has a gradient.")
card("softmax_ce_backward/diagonal", classes.backward_diagonal,
     "p - onehot(y) is the whole chain already; p(1 - p) must not be multiplied on top.", FORUM)
card("softmax_ce_backward/labels-from-one", classes.backward_labels_from_one,
     "Labels count from 0: y is the column itself, not y - 1.")
card("softmax_ce_backward/in-place", classes.backward_in_place,
     "The scores are the caller's: compute in a new array, not in S.", SEEN)

# --- softmax
card("softmax/no-shift", classes.softmax_no_shift,
     "exp overflows above 709: subtract each row's maximum first, which changes no probability.", "S1 L230")
card("softmax/over-columns", classes.softmax_over_columns,
     "A row is an example: maximum and sum go along the classes, axis=1.", FORUM)
card("softmax/no-keepdims", classes.softmax_no_keepdims,
     "Divide by a column (N, 1), keepdims=True: (N, K) / (N,) fails, or with N = K takes other rows' sums.",
     FORUM)
card("softmax/shift-no-keepdims", classes.softmax_shift_no_keepdims,
     "Subtract a column (N, 1), keepdims=True: (N, K) - (N,) fails, or with N = K takes other rows' maxima.",
     FORUM)
card("softmax/one-shift", classes.softmax_one_shift,
     "Each row needs its own maximum: with the largest of the whole batch a row of small scores becomes 0/0.",
     SEEN)
card("softmax/over-everything", classes.softmax_over_everything,
     "Each row has its own sum; E.sum() without an axis makes the whole batch sum to one.", SEEN)
card("softmax/clips", classes.softmax_clips,
     "Clipping makes all scores beyond the bound equal; subtract each row's maximum instead.", SEEN)
card("softmax/twice", classes.softmax_twice,
     "Softmax once: applied to probabilities it presses them together.", "S4 L1825")
card("softmax/in-place", classes.softmax_in_place,
     "S -= … writes into the caller's scores; S - … makes a new array.", SEEN)
card("softmax/sigmoid", classes.softmax_sigmoid,
     "The sigmoid looks at one score alone; softmax divides by the sum over the row, so that it gives 1.",
     FORUM)
card("softmax/no-exponential", classes.softmax_of_magnitudes,
     "Take exp of the scores before you divide by the sum: scores may be negative.")
card("softmax/log", classes.softmax_log,
     "This is the logarithm of what is asked.", "torch has both, softmax and log_softmax")
card("softmax/over-largest", classes.softmax_hardest,
     "Divide by the sum of the row, not by its largest entry.")
card("softmax/float32", classes.softmax_float32,
     "float64 in, float64 out: do not convert.", SEEN)

# --- cross_entropy
card("cross_entropy/log-of-softmax", classes.ce_log_of_softmax,
     "ln(softmax(S)) is ln 0 as soon as a probability underflows: from scores compute ln Σ exp(s_j) - s_y.",
     SEEN)
card("cross_entropy/clipped", classes.ce_clipped,
     "Clipping p at 1e-12 caps the loss near 27.6; from scores compute ln Σ exp(s_j) - s_y instead.",
     SEEN)
card("cross_entropy/log10", classes.ce_log10,
     "The natural logarithm: -ln 0.8 = 0.223, while log10 gives 0.097.", "S1 L326")
card("cross_entropy/log2", classes.ce_log2,
     "The natural logarithm: -ln 0.8 = 0.223, while log2 gives 0.322.", "S1 L331 holds for log2 only")
card("cross_entropy/sum", classes.ce_sum,
     "The mean over the rows, not the sum: divide by N.", "S1 L329")
card("cross_entropy/over-n-k", classes.ce_mean_over_classes,
     "(onehot · ln P).mean() divides by N·K; one entry of each row counts, so divide by N.", SEEN)
card("cross_entropy/no-minus", classes.ce_no_minus,
     "ln p is negative: the loss is -ln p.")
card("cross_entropy/softmax-of-probabilities", classes.ce_softmax_of_probabilities,
     "With from_logits=False the rows are probabilities already: no softmax there.", "S4 L1825")
card("cross_entropy/probabilities-only", classes.ce_takes_probabilities_only,
     "With from_logits=True the rows are scores: softmax comes first (the logarithm of a score is nothing).")
card("cross_entropy/softmax-twice", classes.ce_softmax_twice,
     "One softmax is enough: here the probabilities go through it a second time.", "S4 L1825")
card("cross_entropy/switch-inverted", classes.ce_switch_inverted,
     "from_logits=True means that softmax is still to be applied; here the two cases are swapped.")
card("cross_entropy/all-pairs", classes.ce_all_pairs,
     "P[:, y] is an (N, N) table, every row with every label; P[np.arange(N), y] pairs them.", SEEN)
card("cross_entropy/of-the-largest", classes.ce_of_the_largest,
     "The probability of the right class counts, y, not that of the class which the model prefers.")
card("cross_entropy/per-row", classes.ce_per_row,
     "One number for the batch: the mean over its rows.", FORUM)
card("cross_entropy/log-of-mean", classes.ce_log_of_mean,
     "First the logarithm of each row's probability, then the mean: ln of a mean is another number.")
card("cross_entropy/binary-terms", classes.ce_binary_terms,
     "The terms ln(1 - p) of the other classes belong to the binary cross-entropy, not to this one.",
     "S4 L1790")
card("cross_entropy/classes-from-labels", classes.ce_classes_from_labels,
     "The number of classes is A.shape[1]: y.max() + 1 is too small if the last class is absent.", SEEN)
card("cross_entropy/ten-classes", classes.ce_ten_classes,
     "The number of classes is A.shape[1], not always 10.", SEEN)
card("cross_entropy/guarded", classes.ce_guarded,
     "From probabilities a guard such as ln(p + 1e-8) is harmless; from scores none is needed.", SEEN,
     accepted=True)

# --- mse
card("mse/broadcasts", regression.mse_broadcasts,
     "(N,) - (N, 1) is an (N, N) matrix to numpy, without a warning: raise ValueError if the shapes differ.",
     SEEN)
card("mse/sum", regression.mse_sum,
     "The mean, not the sum: divide by the number of entries.", "S4 L395 has the sum, L1739 the mean")
card("mse/half", regression.mse_half,
     "There is no ½ here; some books put it there to make the derivative simpler.", "S4 L1739")
card("mse/root", regression.mse_root,
     "Without a square root: that is the RMSE.")
card("mse/absolute", regression.mse_absolute,
     "Square the errors; their absolute values give the MAE.", "S4 L1750")
card("mse/one-term-too-many", regression.mse_one_term_too_many,
     "N points are N terms: a sum from i = 0 ends at N - 1.", "S4 L395, L413 print the sum from 0 to N")
card("mse/n-minus-one", regression.mse_one_less,
     "Divide by N: N - 1 belongs to the estimate of a variance.", FORUM)
card("mse/over-rows", regression.mse_over_rows,
     "The mean is over all entries, the columns of a matrix included.", "S0 L177 has one output")
card("mse/per-column", regression.mse_per_column,
     "One number for all entries: .mean() without an axis.")
card("mse/error-of-means", regression.mse_error_of_means,
     "Square each error before the mean: else errors of opposite sign cancel.")

# --- fit_least_squares
card("fit_least_squares/mixed-denominators", regression.line_mixed_denominators,
     "np.cov divides by N - 1 and np.var by N: use one denominator for both, or the plain sums.", SEEN)
card("fit_least_squares/intercept-first", regression.line_intercept_first,
     "The order is (w, b), slope first.", "numpy.polynomial returns the intercept first")
card("fit_least_squares/through-origin", regression.line_through_origin,
     "Σxy/Σx² is the best line through the origin; here the intercept b is free.", "S0 L137 draws y = ax")
card("fit_least_squares/uncentred-slope", regression.line_uncentred_slope,
     "Take the means off before the slope: w = Σ(x - x̄)(y - ȳ)/Σ(x - x̄)².")
card("fit_least_squares/x-on-y", regression.line_x_on_y,
     "Divide by the spread of x, Σ(x - x̄)²; by that of y you get the line that predicts x from y.")
card("fit_least_squares/mean-as-intercept", regression.line_intercept_is_the_mean,
     "The line goes through (x̄, ȳ), hence b = ȳ - w x̄.")
card("fit_least_squares/end-points", regression.line_between_the_ends,
     "All points count, not the first and the last alone.")
card("fit_least_squares/vertical", regression.line_vertical,
     "If all x are equal the slope is 0/0: raise ValueError.")

# --- poly_features
card("poly_features/falling", regression.powers_falling,
     "Rising order, x⁰ first: np.vander needs increasing=True.", "NumPy documentation of vander")
card("poly_features/no-ones", regression.powers_without_ones,
     "The first column is x⁰, all ones: d + 1 columns.", SEEN)
card("poly_features/one-short", regression.powers_one_short,
     "Degree d includes x^d: range(d + 1), and d + 1 columns.", SEEN)
card("poly_features/ones-last", regression.powers_ones_last,
     "The column of ones comes first: x⁰, x¹ … x^d.", "S0 L153 appends the 1 at the end")
card("poly_features/rows", regression.powers_as_rows,
     "A row is an example: (N, d + 1), not (d + 1, N).")
card("poly_features/integers", regression.powers_of_integers,
     "The result is float64 whatever x is: convert x first.", SEEN)
card("poly_features/converts-late", regression.powers_cast_late,
     "Convert x to float64 before you take powers: those of 64-bit integers overflow.",
     "NumPy documentation of power")
card("poly_features/multiples", regression.powers_are_multiples,
     "Powers x^j, not multiples j·x.")

# --- linear_forward
card("linear_forward/no-bias", regression.scores_without_bias,
     "Add b: X W alone always gives 0 for x = 0.", "S0 L137")
card("linear_forward/transposed", regression.scores_transposed,
     "W is (D, K) here: X W. Only torch stores it as (K, D), and a square one hides the difference.",
     "torch.nn.Linear")
card("linear_forward/bias-down-the-rows", regression.scores_bias_down_the_rows,
     "b has one entry for each class and is added to every row: X W + b, without b[:, None].")
card("linear_forward/squeezed", regression.scores_squeezed,
     "A batch of one is still a batch: (1, K), not (K,).", SEEN)
card("linear_forward/float32", regression.scores_float32,
     "float64 in, float64 out: do not convert.", SEEN)

# --- softmax_regression_epoch again: rarer than the slips of its callees with the same result
card("softmax_regression_epoch/rate-over-batch", training.epoch_rate_over_batch,
     "The gradient is a mean already: the step is lr times it, without another division by batch.")
