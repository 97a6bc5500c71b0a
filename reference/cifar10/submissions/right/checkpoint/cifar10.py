"""Handed in with weights in checkpoint.pt: a narrow net, loops, and generators behind a small class."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

LEVELS = torch.tensor([(level / 255 - 0.5) / 0.25 for level in range(256)], dtype=torch.float32)


def to_inputs(images):
    return LEVELS[torch.tensor(images, dtype=torch.int64)]


def augment(x, rng):
    offsets, coins = rng.integers(0, 9, size=(len(x), 2)), rng.random(len(x))
    source = np.pad(x.numpy(), ((0, 0), (0, 0), (4, 4), (4, 4)), mode="reflect")
    out = np.empty(tuple(x.shape), dtype=np.float32)
    for k, ((i, j), coin) in enumerate(zip(offsets, coins)):
        view = source[k, :, i:i + 32, j:j + 32]
        out[k] = view[:, :, ::-1] if coin < 0.5 else view
    return torch.from_numpy(out)


class Again:
    """An iterable from a function that makes a new generator each time."""

    def __init__(self, start):
        self.start = start

    def __iter__(self):
        return self.start()


def make_loaders(root, batch, seed, val=1000):
    files = {part: np.load(f"{root}/{part}.npz") for part in ("train", "test")}
    images, labels = files["train"]["images"], files["train"]["labels"]
    torch_rng = torch.Generator()
    torch_rng.manual_seed(seed)
    order = torch.randperm(len(labels), generator=torch_rng).numpy()
    rng = np.random.default_rng(seed)

    def shuffled():
        mine = order[val:][torch.randperm(len(order) - val, generator=torch_rng).numpy()]
        for k in range(0, len(mine), batch):
            part = mine[k:k + batch]
            yield [augment(to_inputs(images[part]), rng), torch.from_numpy(labels[part])]

    def straight(x, y):
        def start():
            for k in range(0, len(y), batch):
                yield [to_inputs(x[k:k + batch]), torch.from_numpy(y[k:k + batch])]
        return start

    held = order[:val]
    return (Again(shuffled), Again(straight(images[held], labels[held])),
            Again(straight(files["test"]["images"], files["test"]["labels"])))


class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [3, 16, 24, 32, 40, 40]
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths, widths[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for b in widths[1:])
        self.out = nn.Linear(40, 10)
        self.out.weight.data.mul_(0.3)

    def forward(self, x):
        for k, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            x = conv(x)
            if k in (0, 2, 3):
                x = F.max_pool2d(x, 2)
            x = F.relu(norm(x))
        return self.out(x.amax(dim=(2, 3)))


def train_one_epoch(model, loader, optimizer):
    model.train()
    sums = np.zeros(3)
    for x, y in loader:
        for parameter in model.parameters():
            parameter.grad = None
        s = model(x)
        loss = s.logsumexp(1) - s[torch.arange(len(y)), y]
        loss.mean().backward()
        optimizer.step()
        sums += [float(loss.detach().sum()), int((s.detach().argmax(1) == y).sum()), len(y)]
    return sums[0] / sums[2], sums[1] / sums[2]


def evaluate(model, loader):
    model.eval()
    sums = np.zeros(3)
    for x, y in loader:
        with torch.no_grad():
            s = model(x)
        sums += [float(F.cross_entropy(s, y)) * len(y), int((s.argmax(1) == y).sum()), len(y)]
    return sums[0] / sums[2], sums[1] / sums[2]


def fit(model, root, epochs, seed, report=None):
    torch.manual_seed(seed)
    count = len(np.load(f"{root}/train.npz")["labels"])
    train, val, test = make_loaders(root, 50, seed, count // 5 if count < 5000 else 1000)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    history = {"val_acc": [], "val_loss": [], "train_acc": [], "train_loss": []}
    for epoch in range(epochs):
        loss, acc = train_one_epoch(model, train, optimizer)
        schedule.step()
        val_loss, val_acc = evaluate(model, val)
        history["train_loss"] += [loss]
        history["train_acc"] += [acc]
        history["val_loss"] += [val_loss]
        history["val_acc"] += [val_acc]
        if report is not None:
            report(epoch + 1, loss, val_loss, val_acc)
    return history


def plot_curves(history):
    import matplotlib.pyplot as plt
    figure = plt.figure()
    for place, kind in enumerate(("loss", "accuracy"), 1):
        plt.subplot(1, 2, place)
        for part in ("train", "val"):
            y = history[f"{part}_{kind[:3] if kind == 'accuracy' else kind}"]
            plt.plot(list(range(1, len(y) + 1)), y, label=part)
        plt.xlabel("Epoch")
        plt.ylabel(kind)
        plt.legend()
    return figure


def predict(model, images):
    model.eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(images), 128):
            found += model(to_inputs(images[start:start + 128])).argmax(1).tolist()
    return np.array(found, dtype=np.int64)
