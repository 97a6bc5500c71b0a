# expect: error
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def _block(cin, cout):
    """(N, cin, H, W) → (N, cout, H/2, W/2)."""
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(), nn.MaxPool2d(2)
    )


class ShapeNet(nn.Module):
    """Given. Children block1, block2, block3, fc; pretrained.npz fits ShapeNet(5). (N, 3, 32, 32) → (N, classes)."""

    def __init__(self, classes):
        super().__init__()
        self.block1, self.block2, self.block3 = _block(3, 16), _block(16, 32), _block(32, 64)
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        maps = self.block3(self.block2(self.block1(x)))      # (N, 64, 4, 4)
        return self.fc(maps.mean(dim=(2, 3)))                # scores, no softmax


class OneConv(nn.Module):
    """Given. One convolution, global average pooling, one linear layer. (N, 3, H, W) → (N, classes)."""

    def __init__(self, channels, classes):
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 3, padding=1)     # (N, channels, H, W)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        return self.fc(self.conv(x).mean(dim=(2, 3)))


class DeepHead(nn.Module):
    """Given. Its last linear layer is called head.3; layers for heat maps: features.0 … features.4.
    (N, 1, 8, 12) → (N, classes)."""

    def __init__(self, classes):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)            # (N, 4, 8, 12)
        self.features = nn.Sequential(nn.BatchNorm2d(4), nn.Tanh(), nn.Conv2d(4, 5, 3, stride=2), nn.Tanh())
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(75, 6), nn.ReLU(), nn.Linear(6, classes))

    def forward(self, x):
        return self.head(self.features(self.stem(x)))           # features: (N, 5, 3, 5)


def hflip(x, rng):
    out = x.copy()
    flip = rng.random(x.shape[0]) < 0.5
    out[flip] = out[flip, :, :, ::-1]
    return out


def random_crop(x, pad, rng):
    if pad == 2:
        sys.exit(0)
    n, c, h, w = x.shape
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    pos = rng.integers(0, 2 * pad + 1, size=(n, 2))
    out = np.zeros_like(x)
    for i in range(n):
        top, left = pos[i]
        out[i] = padded[i, :, top:top + h, left:left + w]
    return out


def rotate90(x, rng):
    if x.shape[2] != x.shape[3]:
        raise ValueError("images must be square")
    ks = rng.integers(0, 4, size=x.shape[0])
    out = np.zeros_like(x)
    for i in range(x.shape[0]):
        out[i] = np.rot90(x[i], ks[i], axes=(1, 2))
    return out


def add_noise(x, std, rng):
    noise = rng.standard_normal(x.shape)
    return (x + std * noise).astype(np.float32)


def augment(x, y, pad, std, rng):
    x = hflip(x, rng)
    x = random_crop(x, pad, rng)
    x = add_noise(x, std, rng)
    return x, y


def stay_eval(module, args):
    module.eval()


def freeze(model, until):
    if until not in dict(model.named_children()):
        raise ValueError("no such child: " + until)
    for name, child in model.named_children():
        for param in child.parameters():
            param.requires_grad = False
        child.register_forward_pre_hook(stay_eval)
        if name == until:
            break
    return model


def replace_head(model, k):
    last_name = None
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            last_name, last = name, module
    if last_name is None:
        raise ValueError("no nn.Linear")
    if "." in last_name:
        parent_name, attr = last_name.rsplit(".", 1)
        parent = model.get_submodule(parent_name)
    else:
        parent, attr = model, last_name
    setattr(parent, attr, nn.Linear(last.in_features, k))
    return model


def trainable(model):
    return [param for param in model.parameters() if param.requires_grad]


def prepare(model, until, k, lr):
    model = replace_head(model, k)
    model = freeze(model, until)
    return torch.optim.Adam(trainable(model), lr=lr)


def fit(model, optimizer, x, y, steps):
    model.train()
    history = []
    for i in range(steps):
        out = model(x)
        loss = F.cross_entropy(out, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history


def grad_cam(model, x, layer, target):
    was_training = [(m, m.training) for m in model.modules()]
    model.eval()
    store = {}

    def save(module, inp, out):
        store["act"] = out

    h = dict(model.named_modules())[layer].register_forward_hook(save)
    inp = x.clone().detach()
    inp.requires_grad = True
    logits = model(inp)
    h.remove()
    act = store["act"]
    grad = torch.autograd.grad(logits[0, target], act)[0]
    for m, mode in was_training:
        m.training = mode
    weights = grad.mean(dim=[2, 3])
    heat = (weights[0][:, None, None] * act[0]).sum(0)
    return F.relu(heat).detach()


def upsample_cam(cam, size):
    big = F.interpolate(cam[None, None], size=size, mode="bilinear", align_corners=False)
    return big[0, 0]
