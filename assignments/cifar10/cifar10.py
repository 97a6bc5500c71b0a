"""A whole pipeline for small colour images: data, augmentation, network, training, curves, predictions.

Images are uint8 (N, 3, 32, 32); inputs of a network are float32 tensors of the same shape, −2 to 2; labels
are int64 (N,), 0 to 9. A folder `root` holds train.npz and test.npz, each with the arrays `images` and `labels`.

    train.npz ─┬─ training images ── augment ── train_one_epoch ─┐
               └─ validation images ────────── evaluate ─────────┴─ history ── plot_curves
    test.npz ───────────────────────────────── evaluate, once, at the very end

Sources: the crop-and-mirror augmentation of He et al. 2016 (section 4.2), there with zeros instead of a
reflection; batch normalisation: Ioffe and Szegedy 2015; the schedule: Smith and Topin 2019, "Super-convergence".
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def to_inputs(images):
    """Inputs of a network: (x/255 − 0.5)/0.25. images: (N, 3, 32, 32) uint8 array → float32 tensor of that shape."""
    raise NotImplementedError("to_inputs: not written yet")


def augment(x, rng):
    """Every image shifted by its own offsets, half of them mirrored. x: (B, 3, 32, 32) float32 → a new one like it.

    rng: numpy Generator. Two draws, in this order: rng.integers(0, 9, size=(B, 2)), rng.random(B).
    """
    raise NotImplementedError("augment: not written yet")


def make_loaders(root, batch, seed, val=1000):
    """(train, val, test): three iterables over (inputs (B, 3, 32, 32) float32, labels (B,) int64) tensors.

    `val` of the training images, chosen by the seed, are kept out of train. Only train is shuffled and augmented.
    """
    raise NotImplementedError("make_loaders: not written yet")


class CifarCNN(nn.Module):
    """Small colour images → ten scores. At most 1 000 000 parameters."""

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError("__init__: not written yet")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores (logits, no softmax). x: (N, 3, 32, 32) float32 → (N, 10) float32."""
        raise NotImplementedError("forward: not written yet")


def train_one_epoch(model, loader, optimizer):
    """One pass with an update for each batch → (mean loss, accuracy) over the samples, as they came: two floats."""
    raise NotImplementedError("train_one_epoch: not written yet")


def evaluate(model, loader):
    """(mean loss, accuracy) over the samples: two floats. Nothing of the model changes."""
    raise NotImplementedError("evaluate: not written yet")


def fit(model, root, epochs, seed, report=None):
    """Train the model in place → history: dict of four lists, train_loss, train_acc, val_loss, val_acc.

    min(1000, N // 5) of the N training images are for validation. After each epoch: report(epoch from 1, train_loss,
    val_loss, val_acc). The same seed and the same weights at the start give the same history and weights.
    """
    raise NotImplementedError("fit: not written yet")


def plot_curves(history):
    """matplotlib Figure: loss and accuracy, each in its own axes with a line for train and one for val."""
    raise NotImplementedError("plot_curves: not written yet")


def predict(model, images):
    """The most likely class of each image. images: (N, 3, 32, 32) uint8 array, N ≥ 1 → (N,) int64 array."""
    raise NotImplementedError("predict: not written yet")
