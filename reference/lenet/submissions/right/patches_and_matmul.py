"""Convolution as a matrix product of patches, pooling as a maximum over views, ReLU after the pooling."""
import math

import torch
from torch import nn


class Conv(nn.Module):
    def __init__(self, cin, cout, k):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(cout, cin, k, k))
        self.bias = nn.Parameter(torch.zeros(cout))
        nn.init.normal_(self.weight, std=math.sqrt(2 / (cin * k * k)))

    def forward(self, x):
        cout, _, k, _ = self.weight.shape
        h, w = x.shape[2] - k + 1, x.shape[3] - k + 1
        columns = nn.functional.unfold(x, k)                              # (N, cin*k*k, h*w)
        out = self.weight.reshape(cout, -1) @ columns + self.bias[:, None]
        return out.reshape(x.shape[0], cout, h, w)


class Pool(nn.Module):
    def forward(self, x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).amax(dim=(3, 5))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = Conv(3, 6, 5)
        self.pool = Pool()
        self.conv2 = Conv(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(self.conv1(x)).clamp(min=0)
        x = self.pool(self.conv2(x)).clamp(min=0)
        x = x.view(x.size(0), -1)
        x = self.fc1(x).clamp(min=0)
        x = self.fc2(x).clamp(min=0)
        return self.fc3(x)
