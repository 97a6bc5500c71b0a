# expect: failed cifar10.fit/test-as-validation
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

loss_fn = nn.CrossEntropyLoss()


def to_inputs(images):
    x = torch.tensor(images, dtype=torch.float32)
    x = x / 255.0
    return (x - 0.5) / 0.25


def augment(x, rng):
    B = len(x)
    shift = rng.integers(0, 9, size=(B, 2))
    flip = rng.random(B) < 0.5
    p = F.pad(x, (4, 4, 4, 4), mode="reflect")
    out = x.clone()
    for i in range(B):
        a, b = shift[i]
        im = p[i, :, a:a + 32, b:b + 32]
        if flip[i]:
            im = im.flip(2)
        out[i] = im
    return out


class MyLoader:
    def __init__(self, images, labels, batch, rng=None):
        self.images = images
        self.labels = labels
        self.batch = batch
        self.rng = rng

    def __iter__(self):
        index = np.arange(len(self.labels))
        if self.rng is not None:
            self.rng.shuffle(index)
        for i in range(0, len(index), self.batch):
            idx = index[i:i + self.batch]
            x = to_inputs(self.images[idx])
            if self.rng is not None:
                x = augment(x, self.rng)
            yield x, torch.tensor(self.labels[idx])


def make_loaders(root, batch, seed, val=1000):
    train = np.load(os.path.join(root, "train.npz"))
    test = np.load(os.path.join(root, "test.npz"))
    images, labels = train["images"], train["labels"]
    rng = np.random.default_rng(seed)
    perm = rng.permutation(len(labels))
    v, t = perm[:val], perm[val:]
    train_loader = MyLoader(images[t], labels[t], batch, rng)
    val_loader = MyLoader(images[v], labels[v], batch)
    test_loader = MyLoader(test["images"], test["labels"], batch)
    return train_loader, val_loader, test_loader


class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(32)
        self.fc1 = nn.Linear(32 * 8 * 8, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        x = torch.flatten(x, 1)
        return self.fc2(F.relu(self.fc1(x)))


def train_one_epoch(model, loader, optimizer):
    model.train()
    total_loss, correct, n = 0.0, 0, 0
    for x, y in loader:
        optimizer.zero_grad()
        logits = model(x)
        loss = loss_fn(logits, y)
        loss.backward()
        optimizer.step()
        total_loss += loss.item() * x.size(0)
        correct += (logits.argmax(1) == y).sum().item()
        n += x.size(0)
    return total_loss / n, correct / n


def evaluate(model, loader):
    model.eval()
    total_loss, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            logits = model(x)
            total_loss += loss_fn(logits, y).item() * x.size(0)
            correct += (logits.argmax(1) == y).sum().item()
            n += x.size(0)
    return total_loss / n, correct / n


def fit(model, root, epochs, seed, report=None):
    torch.manual_seed(seed)
    N = len(np.load(os.path.join(root, "train.npz"))["labels"])
    train_loader, _, val_loader = make_loaders(root, 64, seed, min(1000, N // 5))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    history = {"train_loss": [], "train_acc": [], "val_loss": [], "val_acc": []}
    for epoch in range(epochs):
        train_loss, train_acc = train_one_epoch(model, train_loader, optimizer)
        val_loss, val_acc = evaluate(model, val_loader)
        history["train_loss"].append(train_loss)
        history["train_acc"].append(train_acc)
        history["val_loss"].append(val_loss)
        history["val_acc"].append(val_acc)
        if report is not None:
            report(epoch + 1, train_loss, val_loss, val_acc)
    return history


def plot_curves(history):
    import matplotlib.pyplot as plt
    epochs = range(1, len(history["train_loss"]) + 1)
    fig, axs = plt.subplots(1, 2)
    for ax, key, name in [(axs[0], "loss", "Loss"), (axs[1], "acc", "Accuracy")]:
        ax.plot(epochs, history["train_" + key], label="train")
        ax.plot(epochs, history["val_" + key], label="validation")
        ax.set_xlabel("epoch")
        ax.set_ylabel(name)
        ax.legend()
    return fig


def predict(model, images):
    model.eval()
    preds = []
    with torch.no_grad():
        for i in range(0, len(images), 200):
            logits = model(to_inputs(images[i:i + 200]))
            preds.append(logits.argmax(1).numpy())
    return np.concatenate(preds)
