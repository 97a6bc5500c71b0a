"""The misconceptions about the character RNN in torch: function → short name → (wrong code, advice, source)."""

from . import variants_charrnn as net
from . import variants_training as train

LIKELY = "a likely slip, without a slide that prints it"
REAL = "real submission"

TRAIN_PASS = {
    "state-not-carried": (
        train.pass_forgets_state,
        "Each window starts at the state that the window before returned, not at None: else nothing is remembered "
        "across a border.",
        REAL),
    "rest-dropped": (
        train.pass_drops_the_rest,
        "The last window may be shorter than length; its characters are trained on, too.",
        REAL),
    "targets-not-shifted": (
        train.pass_predicts_itself,
        "The target at step t is the character after it: y is tokens[:, 1:] where x is tokens[:, :-1]. Predicting the "
        "input itself needs no memory at all.",
        LIKELY),
    "borders-lost": (
        train.pass_loses_borders,
        "Shift first, cut afterwards: if each window of tokens is shifted by itself, the first character of the next "
        "window is never a target.",
        LIKELY),
    "one-window-too-many": (
        train.pass_one_window_too_many,
        "L + 1 tokens make L predictions: the windows start at 0, length, 2·length, … below L, so the last token is a "
        "target only.",
        LIKELY),
    "windows-overlap": (
        train.pass_slides,
        "The windows lie side by side: the next one starts `length` characters later, not one.",
        LIKELY),
    "one-update": (
        train.pass_one_update,
        "Each window has its own way back and its own update. Adding up all losses first goes back through the whole "
        "sequence, which truncation is meant to spare.",
        "Williams and Peng 1990"),
    "mean-loss": (
        train.pass_mean_loss,
        "Return the list of the losses, one for each window, not their mean.",
        LIKELY),
    "windows-reversed": (
        train.pass_in_reverse,
        "The windows come in the order of the text: the state is what the model remembers of the earlier ones.",
        LIKELY),
    "state-kept": (
        train.pass_keeps_state,
        "Each pass starts at None: a state kept from the last pass belongs to the end of the text.",
        REAL),
}

TRAIN_STEP = {
    "cell-not-detached": (
        train.step_keeps_cell_attached,
        "An LSTM has two states: detach c as well as h.",
        REAL),
    "detach-missing": (
        train.step_without_detach,
        "The returned state still hangs on this window's graph, which backward() has freed: detach it, so that the "
        "next window's way back ends at its own first step.",
        "PyTorch documentation of Tensor.detach"),
    "zero-grad-missing": (
        train.step_without_zero_grad,
        "backward() adds to the gradients that are there already: clear them before each step, with zero_grad().",
        REAL),
    "graph-retained": (
        train.step_retains_graph,
        "retain_graph=True only hides the cause: the way back still runs into earlier windows, whose weights have "
        "since changed. Detach the state instead.",
        "course forum"),
    "tuple-detached": (
        train.step_detaches_the_tuple,
        "The state of an LSTM is the tuple (h, c), and a tuple has no detach(): detach its two parts.",
        "course forum"),
    "state-unused": (
        train.step_ignores_state,
        "Hand the state to the model, model(x, state): without it each window starts from zeros.",
        REAL),
    "old-state-returned": (
        train.step_gives_old_state,
        "Return the state that the model gave after this window, not the one that came in.",
        LIKELY),
    "no-state-returned": (
        train.step_gives_no_state,
        "The second result is the state after the window; the next window needs it.",
        REAL),
    "reshaped-axes": (
        train.step_views_scores,
        "cross_entropy wants (N, V, T) or (N·T, V). reshape(N, V, T) does not exchange axes, it only cuts the same "
        "numbers into other rows: exchange the axes, or flatten the first two.",
        REAL),
    "view-of-a-slice": (
        train.step_views_a_slice,
        "view() needs numbers that lie side by side in memory; in a window cut from longer rows they do not. "
        "Use flatten() or reshape().",
        "course forum"),
    "rows-mixed": (
        train.step_mixes_rows,
        "Flatten scores and targets in the same order, sequence by sequence: here a score meets the target of another "
        "place.",
        LIKELY),
    "softmax-twice": (
        train.step_softmax_twice,
        "cross_entropy wants raw scores and applies the softmax itself; a second one flattens the gradient.",
        "S4 L1825"),
    "summed": (
        train.step_sums,
        "The loss is the mean of all N·T predictions, not their sum.",
        LIKELY),
    "summed-over-time": (
        train.step_sums_over_time,
        "The loss is the mean over the steps as well as over the batch: divide by T, too.",
        LIKELY),
    "last-loss-only": (
        train.step_last_loss_only,
        "Every step of the window makes a prediction and has its share of the loss, not the last alone.",
        "S4 L3235: predictions can be computed at each step"),
    "no-update": (
        train.step_without_update,
        "backward() only computes the gradients; the weights have to be moved against them.",
        LIKELY),
    "uphill": (
        train.step_uphill,
        "Descent goes against the gradient: w - lr · gradient.",
        LIKELY),
    "loss-after-the-step": (
        train.step_loss_afterwards,
        "Return the loss whose gradient you took, that of the weights as they came in, not of those after the step.",
        LIKELY),
    "own-rate": (
        train.step_own_rate,
        "The learning rate is the argument lr, not a constant of your own.",
        REAL),
}

CHAR_RNN = {
    "softmax": (
        net.Softmax,
        "Return raw scores: cross_entropy applies the softmax itself; a second one flattens the gradient.",
        "S4 L1825"),
    "log-softmax": (
        net.LogSoftmax,
        "Return raw scores, not log-probabilities: cross_entropy computes them itself.",
        "S4 L1825"),
    "time-first": (
        net.TimeFirst,
        "torch's recurrent layers take (T, N, H) unless you say batch_first=True: without it they run along the batch.",
        "PyTorch documentation of nn.RNN: batch_first=False"),
    "state-unused": (
        net.IgnoresState,
        "Hand the given state on to the layer, self.rnn(…, state); without it each call starts from zeros.",
        REAL),
    "no-state-returned": (
        net.NoState,
        "forward returns (logits, state): whoever reads a text in pieces needs the state after the last step.",
        REAL),
    "old-state-returned": (
        net.OldState,
        "Return the state that the layer gives after the last step, not the one that came in.",
        LIKELY),
    "logits-only": (
        net.LogitsOnly,
        "forward returns two things, (logits, state), not the logits alone.",
        REAL),
    "state-kept": (
        net.KeepsState,
        "state=None means zeros, on every call: a state kept on self leaks into the next text.",
        REAL),
    "states-swapped": (
        net.SwapsStates,
        "The state of an LSTM is (h, c) in this order, as nn.LSTM gives and takes it.",
        "PyTorch documentation of nn.LSTM"),
    "cell-dropped": (
        net.DropsCell,
        "An LSTM has two states, (h, c); the cell c is its long memory and must be handed on as well.",
        LIKELY),
    "state-squeezed": (
        net.SqueezesState,
        "The state is (1, N, H), as torch gives and takes it; its first axis counts the layers: leave it in.",
        "PyTorch documentation of nn.RNN: h_n"),
    "last-step-only": (
        net.LastStepOnly,
        "Scores are wanted at every step, (N, T, V), not after the last alone.",
        "S4 L3235: predictions can be computed at each step"),
    "flattened": (
        net.Flattened,
        "The scores keep their three axes, (N, T, V); flattening them for the loss is train_step's business.",
        REAL),
    "classes-second": (
        net.ClassesSecond,
        "The scores are (N, T, V); exchanging axes for cross_entropy, which wants (N, V, T), is train_step's business.",
        "PyTorch documentation of nn.CrossEntropyLoss"),
    "squeezed": (
        net.Squeezed,
        "A batch of one and a text of one character keep their axes: (1, 1, V). Do not squeeze.",
        REAL),
    "relu-before-head": (
        net.ReluBeforeHead,
        "No activation between layer and head: the cell squashes already, and negative states carry information, too.",
        LIKELY),
    "relu-on-scores": (
        net.ReluOnScores,
        "No activation after head: a score must be able to be negative.",
        "S3 L232"),
    "relu-cell": (
        net.ReluCell,
        'The plain RNN squashes with tanh, which is what nn.RNN does by itself: leave nonlinearity="relu" out.',
        "PyTorch documentation of nn.RNN"),
    "one-hot": (
        net.OneHot,
        "The characters enter through self.embedding, an nn.Embedding(V, H), so the layer takes H inputs, not V.",
        LIKELY),
    "always-lstm": (
        net.AlwaysLstm,
        'kind chooses the layer: nn.RNN for "rnn", nn.LSTM for "lstm". Here it is always the LSTM.',
        LIKELY),
    "always-rnn": (
        net.AlwaysRnn,
        'kind chooses the layer: nn.RNN for "rnn", nn.LSTM for "lstm". Here it is always the plain RNN.',
        LIKELY),
    "two-layers": (
        net.TwoLayers,
        "There is one recurrent layer here; leave num_layers at 1.",
        LIKELY),
}

CARDS = {"train_pass": TRAIN_PASS, "train_step": TRAIN_STEP, "CharRNN": CHAR_RNN}
