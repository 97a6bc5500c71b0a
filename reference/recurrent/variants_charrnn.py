"""Wrong variants of the character RNN; misconceptions.py gives each its name and advice."""

import torch
import torch.nn.functional as F
from torch import nn

from . import solution as ref


class Softmax(ref.CharRNN):
    def forward(self, tokens, state=None):
        logits, state = super().forward(tokens, state)
        return torch.softmax(logits, dim=-1), state


class LogSoftmax(ref.CharRNN):
    def forward(self, tokens, state=None):
        logits, state = super().forward(tokens, state)
        return F.log_softmax(logits, dim=-1), state


class TimeFirst(ref.CharRNN):
    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__(vocabulary, hidden, kind)
        self.rnn.batch_first = False


class IgnoresState(ref.CharRNN):
    def forward(self, tokens, state=None):
        return super().forward(tokens)


class NoState(ref.CharRNN):
    def forward(self, tokens, state=None):
        return super().forward(tokens, state)[0], None


class OldState(ref.CharRNN):
    def forward(self, tokens, state=None):
        return super().forward(tokens, state)[0], state


class LogitsOnly(ref.CharRNN):
    def forward(self, tokens, state=None):
        return super().forward(tokens, state)[0]


class KeepsState(ref.CharRNN):
    state = None

    def forward(self, tokens, state=None):
        if state is None and self.state is not None:
            state = self.state
        logits, self.state = super().forward(tokens, state)
        return logits, self.state


class SwapsStates(ref.CharRNN):
    def forward(self, tokens, state=None):
        logits, state = super().forward(tokens, state)
        return logits, (state[1], state[0]) if isinstance(state, tuple) else state


class DropsCell(ref.CharRNN):
    def forward(self, tokens, state=None):
        if isinstance(self.rnn, nn.LSTM) and isinstance(state, torch.Tensor):
            state = state, torch.zeros_like(state)
        logits, state = super().forward(tokens, state)
        return logits, state[0] if isinstance(state, tuple) else state


class SqueezesState(ref.CharRNN):
    def forward(self, tokens, state=None):
        if isinstance(state, torch.Tensor):
            state = state.unsqueeze(0)
        elif state is not None:
            state = tuple(part.unsqueeze(0) for part in state)
        logits, state = super().forward(tokens, state)
        bare = state.squeeze(0) if isinstance(state, torch.Tensor) else tuple(part.squeeze(0) for part in state)
        return logits, bare


class LastStepOnly(ref.CharRNN):
    def forward(self, tokens, state=None):
        logits, state = super().forward(tokens, state)
        return logits[:, -1], state


class Flattened(ref.CharRNN):
    def forward(self, tokens, state=None):
        logits, state = super().forward(tokens, state)
        return logits.flatten(0, 1), state


class ClassesSecond(ref.CharRNN):
    def forward(self, tokens, state=None):
        logits, state = super().forward(tokens, state)
        return logits.transpose(1, 2), state


class Squeezed(ref.CharRNN):
    def forward(self, tokens, state=None):
        logits, state = super().forward(tokens, state)
        return logits.squeeze(), state


class ReluBeforeHead(ref.CharRNN):
    def forward(self, tokens, state=None):
        states, state = self.rnn(self.embedding(tokens), state)
        return self.head(F.relu(states)), state


class ReluOnScores(ref.CharRNN):
    def forward(self, tokens, state=None):
        logits, state = super().forward(tokens, state)
        return F.relu(logits), state


class ReluCell(ref.CharRNN):
    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__(vocabulary, hidden, kind)
        if kind == "rnn":
            self.rnn = nn.RNN(hidden, hidden, nonlinearity="relu", batch_first=True)


class OneHot(ref.CharRNN):
    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__(vocabulary, hidden, kind)
        del self.embedding
        self.rnn = {"rnn": nn.RNN, "lstm": nn.LSTM}[kind](vocabulary, hidden, batch_first=True)


class AlwaysLstm(ref.CharRNN):
    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__(vocabulary, hidden, "lstm")


class AlwaysRnn(ref.CharRNN):
    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__(vocabulary, hidden, "rnn")


class TwoLayers(ref.CharRNN):
    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__(vocabulary, hidden, kind)
        self.rnn = {"rnn": nn.RNN, "lstm": nn.LSTM}[kind](hidden, hidden, num_layers=2, batch_first=True)


def without_history(state):
    """The state of an RNN or LSTM without its history."""
    return state.detach() if isinstance(state, torch.Tensor) else tuple(part.detach() for part in state)


class DetachesItself(ref.CharRNN):
    def forward(self, tokens, state=None):
        logits, state = super().forward(tokens, state)
        return logits, without_history(state)
