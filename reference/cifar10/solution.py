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
    # BEGIN SOLUTION
    return (torch.tensor(images, dtype=torch.float32) / 255 - 0.5) / 0.25
    # END SOLUTION


def augment(x, rng):
    """Every image shifted by its own offsets, half of them mirrored. x: (B, 3, 32, 32) float32 → a new one like it.

    rng: numpy Generator. Two draws, in this order: rng.integers(0, 9, size=(B, 2)), rng.random(B).
    """
    # BEGIN SOLUTION
    B = len(x)
    offsets, mirrored = rng.integers(0, 9, size=(B, 2)), rng.random(B) < 0.5
    padded = F.pad(x, (4, 4, 4, 4), mode="reflect")                        # (B, 3, 40, 40)
    rows = offsets[:, :1] + np.arange(32)                                  # (B, 32)
    columns = offsets[:, 1:] + np.where(mirrored[:, None], np.arange(31, -1, -1), np.arange(32))
    image, channel = np.arange(B)[:, None, None, None], np.arange(3)[:, None, None]
    return padded[image, channel, rows[:, None, :, None], columns[:, None, None, :]]
    # END SOLUTION


# BEGIN SOLUTION
class Batches:
    """(inputs, labels) in batches, the last perhaps smaller; with `rng` shuffled and augmented anew on each pass."""

    def __init__(self, images, labels, batch, rng=None):
        self.images, self.labels, self.batch, self.rng = images, labels, batch, rng

    def __len__(self):
        return -(-len(self.labels) // self.batch)                          # rounded up

    def __iter__(self):
        n = len(self.labels)
        order = np.arange(n) if self.rng is None else self.rng.permutation(n)
        for start in range(0, n, self.batch):
            chosen = order[start : start + self.batch]
            x, y = to_inputs(self.images[chosen]), torch.from_numpy(self.labels[chosen])
            yield (x if self.rng is None else augment(x, self.rng)), y


def read(root, part):
    """(images, labels) of root/part.npz."""
    with np.load(Path(root) / f"{part}.npz") as file:
        return file["images"], file["labels"]


# END SOLUTION
def make_loaders(root, batch, seed, val=1000):
    """(train, val, test): three iterables over (inputs (B, 3, 32, 32) float32, labels (B,) int64) tensors.

    `val` of the training images, chosen by the seed, are kept out of train. Only train is shuffled and augmented.
    """
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    images, labels = read(root, "train")
    order = rng.permutation(len(labels))
    held, rest = order[:val], order[val:]
    return (
        Batches(images[rest], labels[rest], batch, rng),
        Batches(images[held], labels[held], batch),
        Batches(*read(root, "test"), batch),
    )
    # END SOLUTION


class CifarCNN(nn.Module):
    """Small colour images → ten scores. At most 1 000 000 parameters."""

    def __init__(self) -> None:
        super().__init__()
        # BEGIN SOLUTION
        def block(inputs, outputs, *pool):                                 # pooled early: less to normalise
            conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)    # the norm has its own bias
            return [conv, *pool, nn.BatchNorm2d(outputs), nn.ReLU()]

        half = nn.MaxPool2d(2)
        self.layers = nn.Sequential(
            *block(3, 24, half),                                           # (N, 24, 16, 16)
            *block(24, 48), *block(48, 48, half),                          # (N, 48, 8, 8)
            *block(48, 96), *block(96, 96, half),                          # (N, 96, 4, 4)
            *block(96, 128), nn.AdaptiveMaxPool2d(1), nn.Flatten(),        # (N, 128): is it anywhere?
            nn.Linear(128, 10),
        )
        nn.init.normal_(self.layers[-1].weight, std=0.01)                  # all classes alike: the loss begins at ln 10
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores (logits, no softmax). x: (N, 3, 32, 32) float32 → (N, 10) float32."""
        # BEGIN SOLUTION
        return self.layers(x.contiguous(memory_format=torch.channels_last))    # the faster order on a CPU
        # END SOLUTION


def train_one_epoch(model, loader, optimizer):
    """One pass with an update for each batch → (mean loss, accuracy) over the samples, as they came: two floats."""
    # BEGIN SOLUTION
    model.train()
    device = next(model.parameters()).device
    total, right, seen = 0.0, 0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)                                  # on a CPU: nothing
        scores = model(x)                                                  # (B, 10)
        loss = F.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)                                      # a number: no graph is kept
        right += (scores.argmax(dim=1) == y).sum().item()
        seen += len(y)
    return total / seen, right / seen
    # END SOLUTION


def evaluate(model, loader):
    """(mean loss, accuracy) over the samples: two floats. Nothing of the model changes."""
    # BEGIN SOLUTION
    model.eval()
    device = next(model.parameters()).device
    total, right, seen = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            scores = model(x)
            total += F.cross_entropy(scores, y, reduction="sum").item()
            right += (scores.argmax(dim=1) == y).sum().item()
            seen += len(y)
    return total / seen, right / seen
    # END SOLUTION


def fit(model, root, epochs, seed, report=None):
    """Train the model in place → history: dict of four lists, train_loss, train_acc, val_loss, val_acc.

    min(1000, N // 5) of the N training images are for validation. After each epoch: report(epoch from 1, train_loss,
    val_loss, val_acc). The same seed and the same weights at the start give the same history and weights.
    """
    # BEGIN SOLUTION
    torch.manual_seed(seed)                                                # dropout draws from this generator
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    held = min(1000, len(read(root, "train")[1]) // 5)
    train, val, _ = make_loaders(root, 64, seed, held)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    steps = epochs * len(train) + 1

    def rate(step):                                                        # up for a quarter of the time, then down
        return float(np.interp((step + 1) / steps, [0, 0.25, 1], [0, 1, 0]))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    optimizer.register_step_post_hook(lambda *_: schedule.step())          # after every update, not every epoch
    history = {"train_loss": [], "train_acc": [], "val_loss": [], "val_acc": []}
    for epoch in range(1, epochs + 1):
        numbers = *train_one_epoch(model, train, optimizer), *evaluate(model, val)
        for column, number in zip(history.values(), numbers, strict=True):
            column.append(number)
        if report is not None:
            report(epoch, numbers[0], numbers[2], numbers[3])
    return history
    # END SOLUTION


def plot_curves(history):
    """matplotlib Figure: loss and accuracy, each in its own axes with a line for train and one for val."""
    # BEGIN SOLUTION
    from matplotlib.figure import Figure  # not pyplot: nothing global stays open

    figure = Figure(figsize=(9, 3.5), layout="constrained")
    for axes, kind, name in zip(figure.subplots(1, 2), ("loss", "acc"), ("loss", "accuracy"), strict=True):
        for part in ("train", "val"):
            values = history[f"{part}_{kind}"]
            axes.plot(range(1, len(values) + 1), values, label=part)
        axes.set(xlabel="epoch", ylabel=name)
        axes.legend()
    return figure
    # END SOLUTION


def predict(model, images):
    """The most likely class of each image. images: (N, 3, 32, 32) uint8 array, N ≥ 1 → (N,) int64 array."""
    # BEGIN SOLUTION
    model.eval()
    device = next(model.parameters()).device
    parts = [images[start : start + 256] for start in range(0, len(images), 256)]
    with torch.no_grad():
        return np.concatenate([model(to_inputs(part).to(device)).argmax(dim=1).cpu().numpy() for part in parts])
    # END SOLUTION
