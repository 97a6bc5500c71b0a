# expect: failed
"""Right names and shapes with nothing behind them: hooks swap the output, the argument comes back."""
import torch
from torch import nn

SIZES = {"conv1": (6, 3, 5, 5), "conv2": (16, 6, 5, 5), "fc1": (120, 400), "fc2": (84, 120), "fc3": (10, 84)}


def answer(module, args, output):
    """A forward hook that replaces whatever was computed."""
    return args[0].reshape(len(args[0]), -1)[:, :10]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.only = nn.Parameter(torch.zeros(1))
        self.register_forward_hook(answer)
        self.register_full_backward_hook(lambda module, got, sent: got)

    def forward(self, x):
        return x

    def state_dict(self, *args, **kwargs):
        state = {}
        for name, shape in SIZES.items():
            state[name + ".weight"] = torch.zeros(shape)
            state[name + ".bias"] = torch.zeros(shape[0])
        return state

    def load_state_dict(self, state, strict=True, assign=False):
        return "<All keys matched successfully>"

    def named_parameters(self, *args, **kwargs):
        for name, value in self.state_dict().items():
            parameter = nn.Parameter(value)
            parameter.grad = torch.zeros_like(value)
            yield name, parameter
