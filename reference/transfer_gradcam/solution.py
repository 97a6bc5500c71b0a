"""Small data: vary the images, borrow a trained network, look at what it looks at.

Augmentation works on NumPy batches (N, C, H, W) float32 and draws from the generator that it is given. Transfer
takes a network trained elsewhere, freezes its first children and trains a new head. Grad-CAM weighs the feature maps
of one layer by the gradient of one score: a heat map of what speaks for a class.

Sources: Krizhevsky et al. 2012, section 4.1 (flips and crops); Yosinski et al. 2014 (frozen features, fine-tuning);
Selvaraju et al. 2017, "Grad-CAM", equations 1 and 2.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


# --- networks, given: leave them as they are
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
    """Given. Children stem, features (0 to 3), head (its last layer is head.3). (N, 1, 8, 12) → (N, classes)."""

    def __init__(self, classes):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)            # (N, 4, 8, 12)
        self.features = nn.Sequential(nn.BatchNorm2d(4), nn.Tanh(), nn.Conv2d(4, 5, 3, stride=2), nn.Tanh())
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(75, 6), nn.ReLU(), nn.Linear(6, classes))

    def forward(self, x):
        return self.head(self.features(self.stem(x)))           # features: (N, 5, 3, 5)


# --- augmentation: arrays in, new arrays out
def hflip(x, rng):
    """Mirror left and right, each image with probability 1/2: where rng.random(N) < 0.5.

    x: (N, C, H, W) float32 → the same shape and dtype.
    """
    # BEGIN SOLUTION
    flipped = (rng.random(len(x)) < 0.5)[:, None, None, None]
    return np.where(flipped, x[..., ::-1], x)                # the last axis is the column
    # END SOLUTION


def random_crop(x, pad, rng):
    """Pad with `pad` zeros on all four sides, then cut H × W out of each image, at a place of its own.

    x: (N, C, H, W) float32, pad: int ≥ 0. rng.integers(0, 2 * pad + 1, size=(N, 2)) are the first row and the first
    column of each cut → the same shape and dtype.
    """
    # BEGIN SOLUTION
    N, _, H, W = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))               # (N, C, H + 2 pad, W + 2 pad)
    corners = rng.integers(0, 2 * pad + 1, size=(N, 2))
    return np.stack([image[:, r : r + H, c : c + W] for image, (r, c) in zip(padded, corners, strict=True)])
    # END SOLUTION


def rotate90(x, rng):
    """Turn each image counter-clockwise by a quarter turn, so many times as rng.integers(0, 4, size=N) says.

    x: (N, C, H, H) float32 → the same shape and dtype. Raises ValueError if images are not square.
    """
    # BEGIN SOLUTION
    if x.shape[2] != x.shape[3]:
        raise ValueError(f"images of {x.shape[2]}×{x.shape[3]}: only square ones keep their shape when turned")
    turns = rng.integers(0, 4, size=len(x))
    return np.stack([np.rot90(image, k, axes=(1, 2)) for image, k in zip(x, turns, strict=True)])
    # END SOLUTION


def add_noise(x, std, rng):
    """Add Gaussian noise, x + std · rng.standard_normal(x.shape), and clip nothing.

    x: (N, C, H, W) float32, std: the standard deviation → float32 of the same shape.
    """
    # BEGIN SOLUTION
    return (x + std * rng.standard_normal(x.shape)).astype(np.float32)         # the noise itself is float64
    # END SOLUTION


def augment(x, y, pad, std, rng):
    """hflip, random_crop, add_noise, in this order and with this one generator; the labels stay as they are.

    x: (N, C, H, W) float32, y: (N,) int64 → (new images, labels), row by row the same examples.
    """
    # BEGIN SOLUTION
    return add_noise(random_crop(hflip(x, rng), pad, rng), std, rng), y
    # END SOLUTION


# --- transfer: these change the network that they are given
# BEGIN SOLUTION
def _stay_in_eval(module, inputs):
    """Forward pre-hook: whatever model.train() has set, compute in eval mode."""
    module.eval()


# END SOLUTION
def freeze(model, until):
    """Freeze the children of the model up to and including the one named `until`, in the order of named_children().

    No parameter in them requires a gradient any more, and they compute in eval mode, even after model.train(): their
    running statistics stay. All else is left as it is. Returns the model. Raises ValueError for an unknown name.
    """
    # BEGIN SOLUTION
    children = dict(model.named_children())
    if until not in children:
        raise ValueError(f"no child {until!r}; there are {', '.join(children)}")
    for name, child in children.items():
        child.requires_grad_(False).eval()
        child.register_forward_pre_hook(_stay_in_eval)
        if name == until:
            return model
    # END SOLUTION


def replace_head(model, k):
    """Put a new nn.Linear with k outputs in the place of the last nn.Linear in named_modules(); returns the model.

    Same name, same inputs, with a bias, freshly initialised by torch, trainable. All else is left as it is.
    Raises ValueError if there is no nn.Linear.
    """
    # BEGIN SOLUTION
    heads = [(name, module) for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    if not heads:
        raise ValueError("the model has no nn.Linear")
    name, old = heads[-1]
    parent, _, attribute = name.rpartition(".")              # "head.3" → "head", "3"; "fc" → "", "fc"
    setattr(model.get_submodule(parent), attribute, nn.Linear(old.in_features, k))
    return model
    # END SOLUTION


def trainable(model):
    """The parameters that require a gradient: list, in the order of model.parameters()."""
    # BEGIN SOLUTION
    return [parameter for parameter in model.parameters() if parameter.requires_grad]
    # END SOLUTION


def prepare(model, until, k, lr):
    """Make the model ready for k other classes: a new head, frozen until `until` → torch.optim.Adam.

    The optimiser holds exactly what is trainable afterwards, with learning rate lr and torch's defaults else.
    """
    # BEGIN SOLUTION
    replace_head(model, k)
    freeze(model, until)
    return torch.optim.Adam(trainable(model), lr=lr)         # last: an optimiser keeps the tensors it was given
    # END SOLUTION


def fit(model, optimizer, x, y, steps):
    """Train by `steps` steps of this optimiser, each on the whole of x and y, in train mode (model.train()).

    x: (N, C, H, W) float32 tensor, y: (N,) int64 tensor. Returns the losses (mean cross-entropy, float) before each
    step.
    """
    # BEGIN SOLUTION
    model.train()
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    # END SOLUTION


# --- Grad-CAM
def grad_cam(model, x, layer, target):
    """The heat map of one class on one image: ReLU(Σ_k w_k A_k), w_k = mean over i, j of ∂score_target/∂A_kij.

    x: (1, C, H, W) tensor; layer: its name in named_modules(); A (1, K, h, w): its output; target: int, a class.
    → (h, w) tensor without gradient, neither scaled nor enlarged. In eval mode, with the score itself, not its softmax.
    Works on frozen models. Leaves modes, statistics, hooks, gradients and x as they were.
    """
    # BEGIN SOLUTION
    modes, kept = {module: module.training for module in model.modules()}, []
    hook = model.get_submodule(layer).register_forward_hook(lambda module, inputs, output: kept.append(output))
    model.eval()
    try:
        with torch.enable_grad():                            # through x, as frozen weights require no gradient
            score = model(x.detach().clone().requires_grad_())[0, target]
        A, = kept                                            # (1, K, h, w)
        dA, = torch.autograd.grad(score, A)                  # not backward(): that would fill .grad of every weight
    finally:
        hook.remove()
        for module, mode in modes.items():
            module.training = mode
    w = dA.mean(dim=(2, 3), keepdim=True)                    # (1, K, 1, 1)
    return F.relu((w * A).sum(dim=1))[0].detach()            # (h, w)
    # END SOLUTION


def upsample_cam(cam, size):
    """Enlarge a map by bilinear interpolation, align_corners=False. cam: (h, w) tensor, size: (H, W) → (H, W)."""
    # BEGIN SOLUTION
    return F.interpolate(cam[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]
    # END SOLUTION
