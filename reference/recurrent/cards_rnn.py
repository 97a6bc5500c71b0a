"""The misconceptions about the plain RNN: function → short name → (wrong code, advice, source)."""

from . import variants_rnn as rnn

LIKELY = "a likely slip, without a slide that prints it"
REAL = "real submission"

RNN_BACKWARD = {
    "later-steps-forgotten": (
        rnn.back_without_later_steps,
        "h at t also feeds step t + 1: add the dh that came back from there to dh[:, t], at every step.",
        "S4 L3234: the state is updated at each step; Werbos 1990"),
    "own-step-forgotten": (
        rnn.back_last_loss_only,
        "Every step has its own dh[:, t] from the loss: add it on the way, not only at the last step.",
        "S4 L3235: predictions can be computed at each step"),
    "overwritten": (
        rnn.back_overwrites,
        "The same weights serve at every step, so dWx, dWh and db are sums over t: += and not =.",
        REAL),
    "bias-overwritten": (
        rnn.back_overwrites_bias,
        "b serves at every step as Wx and Wh do: its gradient adds up over t, too.",
        LIKELY),
    "dh0-at-first-state": (
        rnn.back_stops_at_first_state,
        "dh0 belongs to the state before the first step: go back through that step, too.",
        LIKELY),
    "dh0-zero": (
        rnn.back_zero_dh0,
        "h0 is an argument and has a gradient: what the first step sends back to its h.",
        LIKELY),
    "dx-reversed": (
        rnn.back_dx_reversed,
        "The loop runs from the last step to the first; dx[:, t] must stand at its own t again.",
        LIKELY),
    "forwards-in-time": (
        rnn.back_forwards_in_time,
        "The way back starts at the last step: a state's gradient is complete only once all later steps gave theirs.",
        LIKELY),
    "mean-over-time": (
        rnn.back_mean_over_time,
        "Sum over the steps, no division by T: any mean is a matter of the loss and is in dh already.",
        LIKELY),
    "mean-over-batch": (
        rnn.back_mean_over_batch,
        "Any 1/N of the loss is in dh already; dividing the weights' gradients by N takes the mean twice.",
        LIKELY),
    "bias-per-step": (
        rnn.back_bias_per_step,
        "One b serves all steps: db is one (H,), the sum over t, not a row for each step.",
        LIKELY),
    "adds-into-dh": (
        rnn.back_in_place,
        "dh[:, t] += … writes into the caller's array; add into a new one.",
        LIKELY),
    "cache-used-up": (
        rnn.back_uses_cache_up,
        "pop() and clear() empty the caller's cache, and a second way back finds nothing: read it by its index.",
        LIKELY),
}

RNN_FORWARD = {
    "state-not-carried": (
        rnn.forward_state_not_carried,
        "Each step starts at the state that the step before left; here each starts at h0 again.",
        REAL),
    "h0-ignored": (
        rnn.forward_ignores_h0,
        "The first step starts at h0, which need not be zero.",
        LIKELY),
    "time-first": (
        rnn.forward_time_first,
        "The result is batch first, (N, T, H): stack along axis 1. (T, N, H) is torch's default layout.",
        "PyTorch documentation of nn.RNN: batch_first=False"),
    "loops-over-examples": (
        rnn.forward_over_examples,
        "x is (N, T, D): time is axis 1. Step through x[:, t], which is (N, D), and not x[t].",
        LIKELY),
    "shifted": (
        rnn.forward_with_h0,
        "h[:, t] is the state after x[:, t]; here it is the state before.",
        LIKELY),
    "starts-with-h0": (
        rnn.forward_one_more,
        "T inputs give T states; h0 went in and does not come out.",
        LIKELY),
    "last-state-only": (
        rnn.forward_last_only,
        "Return the state after every step, (N, T, H), not the last alone.",
        "PyTorch documentation of nn.RNN: output against h_n"),
    "last-cache-only": (
        rnn.forward_last_cache,
        "Every step needs its own entry in the cache; here all are that of the last step.",
        LIKELY),
    "state-kept": (
        rnn.forward_keeps_state,
        "A state kept in a global or a default argument leaks into the next sequence: start at h0 on each call.",
        REAL),
    "one-cache-for-all": (
        rnn.forward_one_cache_for_all,
        "A cache kept in a global is overwritten by the next forward pass: return a new one from each call.",
        LIKELY),
    "float32": (
        rnn.forward_into_float32,
        "Stay in float64: in float32 the rounding error drowns every numerical gradient check.",
        "CS231n notes, gradient checks: use double precision"),
}

RNN_STEP_BACKWARD = {
    "no-slope": (
        rnn.step_back_without_slope,
        "Going back through tanh multiplies by its derivative, entry by entry.",
        LIKELY),
    "tanh-twice": (
        rnn.step_back_tanh_twice,
        "h_next is tanh(u) already, so tanh'(u) = 1 - h_next²: no second tanh.",
        "S1 L380, the same slip with σ"),
    "sigmoid-slope": (
        rnn.step_back_sigmoid_slope,
        "a(1 - a) is the derivative of the sigmoid; for tanh it is 1 - a².",
        LIKELY),
    "no-transpose": (
        rnn.step_back_no_transpose,
        "dh = δ Whᵀ: the way back through h Wh takes the transpose. Wh is square, so no shape ever warns.",
        "S1 L380, L392"),
    "past-the-weights": (
        rnn.step_back_past_weights,
        "δ is the gradient by the pre-activation; on to h it goes through Wh, as forwards.",
        LIKELY),
    "bias-not-summed": (
        rnn.step_back_bias_not_summed,
        "One b serves all N rows, so its gradient adds up over the rows: (H,), not (N, H).",
        LIKELY),
    "bias-row": (
        rnn.step_back_bias_row,
        "db has the shape of b, (H,), not (1, H): sum without keepdims.",
        REAL),
    "bias-mean": (
        rnn.step_back_bias_mean,
        "db is the sum of δ over the rows; the mean would divide by N a second time, and dWx does not.",
        LIKELY),
    "in-place": (
        rnn.step_back_in_place,
        "dh_next *= … writes into the caller's array; multiply into a new one.",
        LIKELY),
}

RNN_STEP = {
    "state-unused": (
        rnn.step_without_state,
        "Without h Wh there is no memory: the step must mix the old state in.",
        "S4 L3234"),
    "transposed": (
        rnn.step_transposed,
        "Rows are examples: h Wh, without a transpose. Wh is square, so no shape ever warns.",
        "PyTorch documentation of nn.RNN: W_hhᵀ, for weights stored (out, in)"),
    "no-bias": (
        rnn.step_without_bias,
        "Add b to every row before the tanh.",
        LIKELY),
    "bias-twice": (
        rnn.step_bias_twice,
        "There is one b here: add it once. (torch has two biases, b_ih and b_hh, that stand for their sum.)",
        "PyTorch documentation of nn.RNN"),
    "state-added": (
        rnn.step_adds_state,
        "The old state enters through its own weights: h Wh, not h alone.",
        "S4 L3236: gating is like a skip connection; the plain RNN has none"),
    "sigmoid": (
        rnn.step_sigmoid,
        "The plain RNN uses tanh; the sigmoid is for the gates of LSTM and GRU.",
        LIKELY),
    "no-activation": (
        rnn.step_linear,
        "Put tanh around the sum: without it the state is linear in all inputs and may grow without bound.",
        LIKELY),
    "caches-new-state": (
        rnn.step_caches_new_state,
        "dWh needs the state that went into the step, h; here h_next took its place in the cache.",
        LIKELY),
}

CARDS = {
    "rnn_backward": RNN_BACKWARD,
    "rnn_forward": RNN_FORWARD,
    "rnn_step_backward": RNN_STEP_BACKWARD,
    "rnn_step": RNN_STEP,
}
