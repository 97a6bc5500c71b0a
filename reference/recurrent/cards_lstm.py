"""The misconceptions about the LSTM: function → short name → (wrong code, advice, source)."""

from . import variants_lstm as lstm

LIKELY = "a likely slip, without a slide that prints it"
REAL = "real submission"

LSTM_FORWARD = {
    "cell-not-carried": (
        lstm.unrolled_cell_not_carried,
        "c is handed on from step to step as h is; here each step starts at c0 again.",
        LIKELY),
    "state-not-carried": (
        lstm.unrolled_state_not_carried,
        "h is handed on from step to step as c is; here each step starts at h0 again.",
        REAL),
    "nothing-carried": (
        lstm.unrolled_nothing_carried,
        "Both h and c are handed on: each step starts at the states of the step before, not at h0 and c0.",
        REAL),
    "from-zeros": (
        lstm.unrolled_from_zeros,
        "The first step starts at h0 and c0, which need not be zero.",
        LIKELY),
    "starts-swapped": (
        lstm.unrolled_starts_swapped,
        "The step takes h first and c second: here it starts with h = c0 and c = h0.",
        LIKELY),
    "swapped-on-the-way": (
        lstm.unrolled_swapped_in_the_loop,
        "The step returns (h_next, c_next, cache) in this order: here h and c change places from step to step.",
        LIKELY),
    "cell-first": (
        lstm.unrolled_returns_c_first,
        "Return (h, c): first the hidden states, then the cell states.",
        "PyTorch documentation of nn.LSTM: (h_n, c_n)"),
    "last-cell-only": (
        lstm.unrolled_last_cell,
        "Return c after every step, (N, T, H), as h, and not the last alone.",
        "PyTorch documentation of nn.LSTM: c_n is the last only"),
    "time-first": (
        lstm.unrolled_time_first,
        "The results are batch first, (N, T, H): stack along axis 1. (T, N, H) is torch's default layout.",
        "PyTorch documentation of nn.LSTM: batch_first=False"),
}

LSTM_STEP_BACKWARD = {
    "dc-forgotten": (
        lstm.lstm_back_without_dc,
        "c_next also goes on to the next step: add dc_next to what comes through h_next.",
        LIKELY),
    "dh-forgotten": (
        lstm.lstm_back_without_dh,
        "h_next = o ⊙ tanh(c_next) depends on c_next, too: add dh_next ⊙ o ⊙ (1 - tanh²(c_next)) to dc_next.",
        LIKELY),
    "no-tanh-slope": (
        lstm.lstm_back_no_tanh_slope,
        "Between c_next and h_next there is a tanh: multiply by 1 - tanh²(c_next).",
        LIKELY),
    "slope-at-old-cell": (
        lstm.lstm_back_slope_of_old_cell,
        "The tanh was taken of c_next, so its derivative belongs there, not at the old c.",
        LIKELY),
    "output-gate-forgotten": (
        lstm.lstm_back_no_output_gate,
        "h_next = o ⊙ tanh(c_next): on the way to c_next, dh_next is multiplied by o.",
        LIKELY),
    "cell-without-forget-gate": (
        lstm.lstm_back_cell_without_f,
        "c_next = f ⊙ c + …: what reaches the old c has the factor f.",
        LIKELY),
    "cell-direct-only": (
        lstm.lstm_back_only_direct_dc,
        "dc takes the whole gradient by c_next, what came through h_next included, times f.",
        LIKELY),
    "output-of-raw-cell": (
        lstm.lstm_back_output_of_cell,
        "o was multiplied by tanh(c_next), so do = dh_next ⊙ tanh(c_next), not dh_next ⊙ c_next.",
        LIKELY),
    "forget-of-new-cell": (
        lstm.lstm_back_forget_new_cell,
        "f was multiplied by the cell that came in, c, and not by c_next.",
        LIKELY),
    "candidate-slope": (
        lstm.lstm_back_sigmoid_candidate,
        "g is a tanh: its slope is 1 - g². g(1 - g) would be a sigmoid's.",
        LIKELY),
    "no-gate-slopes": (
        lstm.lstm_back_no_gate_slopes,
        "dWx needs the gradients by the pre-activations: multiply di, df, do by a(1 - a) and dg by 1 - g².",
        LIKELY),
    "gate-order": (
        lstm.lstm_back_order,
        "Join the four blocks in the order in which they were split: i, f, g, o.",
        "CS231n assignment 3 uses i, f, o, g"),
    "bias-row": (
        lstm.lstm_back_bias_row,
        "db has the shape of b, (4H,), not (1, 4H): sum without keepdims.",
        REAL),
    "squeezed": (
        lstm.lstm_back_squeezed,
        "squeeze() also takes the batch axis away when N = 1: every gradient keeps the shape of its argument.",
        LIKELY),
    "in-place": (
        lstm.lstm_back_in_place,
        "dc_next += … writes into the caller's array; add into a new one.",
        LIKELY),
}

LSTM_STEP_FORWARD = {
    "gate-order": (
        lstm.lstm_order_ifog,
        "The blocks are i, f, g, o in this order; i, f, o, g is another course's.",
        "CS231n assignment 3; PyTorch documentation of nn.LSTM for i, f, g, o"),
    "gate-order-igfo": (
        lstm.lstm_order_igfo,
        "The blocks are i, f, g, o in this order; i, g, f, o is that of early TensorFlow.",
        "TensorFlow 1, BasicLSTMCell: i, j, f, o"),
    "gate-order-fiog": (
        lstm.lstm_order_fiog,
        "The blocks are i, f, g, o in this order; f, i, o, g is the order in which many texts write the equations.",
        "Goodfellow, Bengio and Courville 2016, section 10.10.1 starts with f"),
    "interleaved": (
        lstm.lstm_interleaved,
        "A gate is a block of H neighbouring columns, not every fourth column.",
        LIKELY),
    "cell-first": (
        lstm.lstm_returns_c_first,
        "Return (h_next, c_next, cache): the hidden state first.",
        LIKELY),
    "takes-cell-first": (
        lstm.lstm_takes_c_first,
        "h goes through Wh, c is multiplied by f: here the two have changed places.",
        LIKELY),
    "no-tanh-on-cell": (
        lstm.lstm_no_tanh_on_cell,
        "h_next = o ⊙ tanh(c_next): the cell may grow, the hidden state stays within ±1.",
        "Hochreiter and Schmidhuber 1997"),
    "sigmoid-candidate": (
        lstm.lstm_sigmoid_candidate,
        "g is what is written into the cell and may be negative: tanh. Only i, f and o are gates in (0, 1).",
        LIKELY),
    "no-forget-gate": (
        lstm.lstm_no_forget_gate,
        "The old cell is multiplied by f; c + i ⊙ g is the LSTM of 1997, before it could forget.",
        "Hochreiter and Schmidhuber 1997 against Gers et al. 2000"),
    "forget-flipped": (
        lstm.lstm_forgets_f,
        "f is the part that is kept: f = 1 keeps all of c, f = 0 forgets it.",
        LIKELY),
    "gates-exchanged": (
        lstm.lstm_gates_exchanged,
        "f belongs to the old cell and i to the new candidate: f ⊙ c + i ⊙ g.",
        LIKELY),
    "coupled-gates": (
        lstm.lstm_coupled_gates,
        "The input gate i is a gate of its own here; 1 - f in its place is another variant (the GRU does so).",
        "Greff et al. 2017, the CIFG variant"),
    "old-cell-out": (
        lstm.lstm_old_cell_out,
        "The output looks at the new cell: update c first, then h_next = o ⊙ tanh(c_next).",
        LIKELY),
    "forget-bias-one": (
        lstm.lstm_forget_bias_one,
        "A forget bias of 1 is a way to initialise b; the step itself adds nothing to it.",
        "Jozefowicz et al. 2015; Keras: unit_forget_bias"),
    "in-place": (
        lstm.lstm_in_place,
        "c *= f and c[...] = … write into the caller's array; make a new one.",
        LIKELY),
}

SIGMOID = {
    "overflow": (
        lstm.sigmoid_overflows,
        "exp(z) / (1 + exp(z)) is inf / inf = nan for a large z; the given sigmoid never overflows.",
        LIKELY),
}

CARDS = {
    "lstm_forward": LSTM_FORWARD,
    "lstm_step_backward": LSTM_STEP_BACKWARD,
    "lstm_step_forward": LSTM_STEP_FORWARD,
    "sigmoid": SIGMOID,
}
