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
    raise NotImplementedError("hflip: not written yet")


def random_crop(x, pad, rng):
    """Pad with `pad` zeros on all four sides, then cut H × W out of each image, at a place of its own.

    x: (N, C, H, W) float32, pad: int ≥ 0. rng.integers(0, 2 * pad + 1, size=(N, 2)) are the first row and the first
    column of each cut → the same shape and dtype.
    """
    raise NotImplementedError("random_crop: not written yet")


def rotate90(x, rng):
    """Turn each image counter-clockwise by a quarter turn, so many times as rng.integers(0, 4, size=N) says.

    x: (N, C, H, H) float32 → the same shape and dtype. Raises ValueError if images are not square.
    """
    raise NotImplementedError("rotate90: not written yet")


def add_noise(x, std, rng):
    """Add Gaussian noise, x + std · rng.standard_normal(x.shape), and clip nothing.

    x: (N, C, H, W) float32, std: the standard deviation → float32 of the same shape.
    """
    raise NotImplementedError("add_noise: not written yet")


def augment(x, y, pad, std, rng):
    """hflip, random_crop, add_noise, in this order and with this one generator; the labels stay as they are.

    x: (N, C, H, W) float32, y: (N,) int64 → (new images, labels), row by row the same examples.
    """
    raise NotImplementedError("augment: not written yet")


# --- transfer: these change the network that they are given
def freeze(model, until):
    """Freeze the children of the model up to and including the one named `until`, in the order of named_children().

    No parameter in them requires a gradient any more, and they compute in eval mode, even after model.train(): their
    running statistics stay. All else is left as it is. Returns the model. Raises ValueError for an unknown name.
    """
    raise NotImplementedError("freeze: not written yet")


def replace_head(model, k):
    """Put a new nn.Linear with k outputs in the place of the last nn.Linear in named_modules(); returns the model.

    Same name, same inputs, with a bias, freshly initialised by torch, trainable. All else is left as it is.
    Raises ValueError if there is no nn.Linear.
    """
    raise NotImplementedError("replace_head: not written yet")


def trainable(model):
    """The parameters that require a gradient: list, in the order of model.parameters()."""
    raise NotImplementedError("trainable: not written yet")


def prepare(model, until, k, lr):
    """Make the model ready for k other classes: a new head, frozen until `until` → torch.optim.Adam.

    The optimiser holds exactly what is trainable afterwards, with learning rate lr and torch's defaults else.
    """
    raise NotImplementedError("prepare: not written yet")


def fit(model, optimizer, x, y, steps):
    """Train by `steps` steps of this optimiser, each on the whole of x and y, in train mode (model.train()).

    x: (N, C, H, W) float32 tensor, y: (N,) int64 tensor. Returns the losses (mean cross-entropy, float) before each
    step.
    """
    raise NotImplementedError("fit: not written yet")


# --- Grad-CAM
def grad_cam(model, x, layer, target):
    """The heat map of one class on one image: ReLU(Σ_k w_k A_k), w_k = mean over i, j of ∂score_target/∂A_kij.

    x: (1, C, H, W) tensor; layer: its name in named_modules(); A (1, K, h, w): its output; target: int, a class.
    → (h, w) tensor without gradient, neither scaled nor enlarged. In eval mode, with the score itself, not its softmax.
    Works on frozen models. Leaves modes, statistics, hooks, gradients and x as they were.
    """
    raise NotImplementedError("grad_cam: not written yet")


def upsample_cam(cam, size):
    """Enlarge a map by bilinear interpolation, align_corners=False. cam: (h, w) tensor, size: (H, W) → (H, W)."""
    raise NotImplementedError("upsample_cam: not written yet")
