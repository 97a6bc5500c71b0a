"""A residual net with group and batch norm, Adam, and loaders of its own that read nothing but arrays."""
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn, optim
from torch.nn.functional import cross_entropy, nll_loss, one_hot, pad


def to_inputs(images):
    return torch.from_numpy(((images.astype(np.float32) - 127.5) / 63.75).astype(np.float32))


def augment(x, rng):
    n = x.size(0)
    shifts, lottery = rng.integers(0, 9, size=(n, 2)), rng.random(n)
    frame = pad(x, [4] * 4, "reflect")
    by_row = torch.from_numpy(shifts[:, :1] + np.arange(32)).view(n, 1, 32, 1).expand(n, 3, 32, 40)
    by_column = torch.from_numpy(shifts[:, 1:] + np.arange(32)).view(n, 1, 1, 32).expand(n, 3, 32, 32)
    views = frame.gather(2, by_row).gather(3, by_column)
    mirror = torch.from_numpy(lottery < 0.5).view(n, 1, 1, 1)
    return torch.where(mirror, views.flip(3), views)


class Epochs:
    def __init__(self, x, y, batch, seed=None):
        self.x, self.y, self.batch = x, y, batch
        self.rng = None if seed is None else np.random.default_rng([seed, 77])

    def __iter__(self):
        if self.rng is None:
            yield from zip(self.x.split(self.batch), self.y.split(self.batch))
            return
        for chosen in torch.from_numpy(self.rng.permutation(len(self.y))).split(self.batch):
            yield augment(self.x[chosen], self.rng), self.y[chosen]


def make_loaders(root, batch, seed, val=1000):
    train, test = (np.load(Path(str(root)) / name) for name in ("train.npz", "test.npz"))
    x, y = to_inputs(train["images"]), torch.tensor(train["labels"])
    mask = np.zeros(len(y), dtype=bool)
    mask[np.random.default_rng([seed, 5]).choice(len(y), size=val, replace=False)] = True
    mask = torch.from_numpy(mask)
    return (Epochs(x[~mask], y[~mask], batch, seed), Epochs(x[mask], y[mask], batch),
            Epochs(to_inputs(test["images"]), torch.tensor(test["labels"]), batch))


class Paced:
    """Sets the rate before each batch: a fifth of all steps up to the peak, then down in a straight line."""

    def __init__(self, loader, optimizer, steps):
        self.loader, self.optimizer, self.steps, self.done = loader, optimizer, steps, 0

    def __iter__(self):
        for batch in self.loader:
            share = (self.done + 0.5) / self.steps
            self.optimizer.param_groups[0]["lr"] = 8e-3 * min(share / 0.2, (1 - share) / 0.8)
            self.done += 1
            yield batch


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
                                  nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width))

    def forward(self, x):
        return torch.relu(x + self.body(x))


class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.MaxPool2d(2), nn.GroupNorm(8, 32), nn.ReLU())
        self.first, self.second = Residual(32), Residual(64)
        self.widen = nn.Sequential(nn.Conv2d(32, 64, 3, padding=1), nn.MaxPool2d(2), nn.BatchNorm2d(64), nn.ReLU())
        self.head = nn.Linear(64, 10)
        nn.init.zeros_(self.head.weight)

    def forward(self, x):
        x = self.second(self.widen(self.first(self.stem(x))))
        return self.head(x.flatten(2).max(dim=2).values)


def train_one_epoch(model, loader, optimizer):
    model.train(True)
    losses, rights = [], []
    for x, y in loader:
        model.zero_grad()
        log_p = torch.log_softmax(model(x), dim=1)
        loss = -(one_hot(y, log_p.shape[1]) * log_p).sum(1).mean()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            losses += nll_loss(log_p, y, reduction="none").tolist()
            rights += (log_p.argmax(1) == y).tolist()
    return float(np.mean(losses)), float(np.mean(rights))


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    rows = [(cross_entropy(s, y, reduction="none"), s.argmax(1).eq(y)) for s, y in ((model(x), y) for x, y in loader)]
    return torch.cat([loss for loss, _ in rows]).double().mean().item(), torch.cat([ok for _, ok in rows]).double().mean().item()


def fit(model, root, epochs, seed, report=None):
    torch.manual_seed(seed)
    total = np.load(Path(str(root)) / "train.npz")["labels"].size
    train, val, _ = make_loaders(root, 32, seed, val=min(1000, total // 5))
    adam, rows = optim.Adam(model.parameters(), lr=1e-4), []
    paced = Paced(train, adam, epochs * sum(1 for _ in Epochs(train.x, train.y, 32)))
    for number in range(1, epochs + 1):
        rows.append(train_one_epoch(model, paced, adam) + evaluate(model, val))
        if report is not None:
            report(number, rows[-1][0], rows[-1][2], rows[-1][3])
    return {key: [row[k] for row in rows] for k, key in enumerate(("train_loss", "train_acc", "val_loss", "val_acc"))}


def plot_curves(history):
    fig = Figure()
    upper, lower = fig.subplots(2, 1, sharex=True)
    for axes, kind, name in ((upper, "loss", "loss"), (lower, "acc", "acc")):
        for part in ("val", "train"):
            y = history[part + "_" + kind]
            axes.plot(np.linspace(1, len(y), len(y)), y, label=part + " " + name)
        axes.set_ylabel(name)
        axes.set_xlabel("epochs")
        axes.legend(loc="best")
    return fig


def predict(model, images):
    with torch.no_grad():
        model.eval()
        return torch.cat([model(part).topk(1).indices[:, 0] for part in to_inputs(images).split(64)]).numpy()
