# expect: crashed
import os

from torch import nn


class CharRNN(nn.Module):
    def __init__(self, vocabulary, hidden, kind="lstm"):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.rnn = {"rnn": nn.RNN, "lstm": nn.LSTM}[kind](hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        os._exit(0)


def train_step(model, x, y, state, lr):
    model(x, state)


def train_pass(model, tokens, length, lr):
    model(tokens)
