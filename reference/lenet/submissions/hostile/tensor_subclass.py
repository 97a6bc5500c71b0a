# expect: failed
"""The scores are a subclass of Tensor that claims to equal everything and hides its numbers."""
import torch
from torch import nn


class Agreeable(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        found = super().__torch_function__(func, types, args, kwargs or {})
        return True if func in (torch.Tensor.eq, torch.allclose, torch.equal) else found

    def __eq__(self, other):
        return True

    def __reduce_ex__(self, protocol):
        return eval, ("__import__('os')._exit(0)",)

    def numpy(self, *args, **kwargs):
        return self

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no array for you")

    __hash__ = torch.Tensor.__hash__


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        return torch.zeros(len(x), 10).as_subclass(Agreeable)
