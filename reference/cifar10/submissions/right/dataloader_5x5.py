"""Five-by-five filters as in the nineties, with batch norm, torch's own data sets and loaders, and Adam."""
import os

import matplotlib
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def to_inputs(images):
    x = torch.from_numpy(np.array(images)).to(torch.float32)
    return x.div(255).sub(0.5).div(0.25)


def augment(x, rng):
    B = x.shape[0]
    offsets = rng.integers(0, 9, size=(B, 2))
    flips = rng.random(B) < 0.5
    big = nn.ReflectionPad2d(4)(x)
    result = []
    for k in range(B):
        r, c = int(offsets[k, 0]), int(offsets[k, 1])
        crop = big[k, :, r:r + 32, c:c + 32]
        if flips[k]:
            crop = torch.flip(crop, dims=[2])
        result.append(crop)
    return torch.stack(result)


class Pictures(Dataset):
    def __init__(self, images, labels):
        self.x = to_inputs(images)
        self.y = torch.as_tensor(np.array(labels), dtype=torch.int64)

    def __len__(self):
        return self.y.shape[0]

    def __getitem__(self, index):
        return self.x[index], self.y[index]


def make_loaders(root, batch, seed, val=1000):
    with np.load(os.path.join(root, "train.npz")) as f:
        images, labels = f["images"], f["labels"]
    with np.load(os.path.join(root, "test.npz")) as f:
        test = Pictures(f["images"], f["labels"])
    perm = np.random.RandomState(seed).permutation(len(labels))
    draws = np.random.default_rng(seed + 1)
    generator = torch.Generator().manual_seed(seed)

    def collate(samples):
        x, y = zip(*samples)
        return augment(torch.stack(x), draws), torch.stack(y)

    keep, hold = perm[val:], perm[:val]
    train = DataLoader(Pictures(images[keep], labels[keep]), batch_size=batch, shuffle=True, generator=generator,
                       collate_fn=collate, num_workers=0)
    held = DataLoader(Pictures(images[hold], labels[hold]), batch_size=batch)
    return [train, held, DataLoader(test, batch_size=batch)]


class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 20, 5, padding=2)
        self.bn1 = nn.BatchNorm2d(20)
        self.conv2 = nn.Conv2d(20, 40, 5, padding=2)
        self.bn2 = nn.BatchNorm2d(40)
        self.conv3 = nn.Conv2d(40, 60, 5, padding=2)
        self.bn3 = nn.BatchNorm2d(60)
        self.pool = nn.MaxPool2d(2, 2)
        self.drop = nn.Dropout(0.05)
        self.fc = nn.Linear(60, 10)
        nn.init.uniform_(self.fc.weight, -0.02, 0.02)

    def forward(self, x):
        x = torch.relu(self.bn1(self.pool(self.conv1(x))))
        x = torch.relu(self.bn2(self.pool(self.conv2(x))))
        x = torch.relu(self.bn3(self.conv3(x)))
        x = nn.functional.max_pool2d(x, 8).reshape(x.size(0), -1)
        return self.fc(self.drop(x))


criterion = nn.CrossEntropyLoss()


def train_one_epoch(model, loader, optimizer):
    model.train()
    running_loss, correct = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad(set_to_none=False)
        out = model(images)
        loss = criterion(out, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * images.size(0)
        _, guesses = torch.max(out.data, 1)
        correct += (guesses == labels).sum().item()
    count = len(loader.dataset)
    return running_loss / count, correct / count


def evaluate(model, loader):
    was_training = model.training
    model.eval()
    outs, targets = [], []
    with torch.inference_mode():
        for images, labels in loader:
            outs.append(model(images))
            targets.append(labels)
        out, target = torch.cat(outs), torch.cat(targets)
        result = criterion(out, target).item(), (out.argmax(1) == target).double().mean().item()
    model.train(was_training)
    return result


class Cycle(torch.optim.AdamW):
    """AdamW whose rate goes up for three tenths of the steps, then down to nothing."""

    def __init__(self, params, peak, steps):
        super().__init__(params, lr=peak)
        self.peak, self.steps, self.count = peak, steps, 0

    def step(self, closure=None):
        t = (self.count + 0.5) / self.steps
        for group in self.param_groups:
            group["lr"] = self.peak * min(t / 0.3, (1 - t) / 0.7)
        self.count += 1
        return super().step(closure)


def fit(model, root, epochs, seed, report=None):
    torch.manual_seed(seed)
    with np.load(os.path.join(root, "train.npz")) as f:
        count = len(f["labels"])
    train, val, _ = make_loaders(root, 32, seed, min(1000, count // 5))
    optimizer = Cycle(model.parameters(), 1e-2, epochs * len(train))
    history = dict(train_loss=[], train_acc=[], val_loss=[], val_acc=[])
    for e in range(epochs):
        tl, ta = train_one_epoch(model, train, optimizer)
        vl, va = evaluate(model, val)
        for key, value in zip(["train_loss", "train_acc", "val_loss", "val_acc"], [tl, ta, vl, va]):
            history[key].append(value)
        if report:
            report(e + 1, tl, vl, va)
    return history


def plot_curves(history):
    epochs = np.arange(1, len(history["train_loss"]) + 1)
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    left.plot(epochs, history["train_loss"], "o-", label="Training")
    left.plot(epochs, history["val_loss"], "o-", label="Validation")
    left.set_xlabel("Epoch")
    left.set_ylabel("Cross-entropy loss")
    left.legend()
    right.plot(epochs, history["train_acc"], "o-", label="Training")
    right.plot(epochs, history["val_acc"], "o-", label="Validation")
    right.set_title("Accuracy")
    right.set_xlabel("Epoch")
    right.legend()
    right.grid()
    plt.close(fig)
    return fig


def predict(model, images):
    model.eval()
    result = np.zeros(len(images), dtype=np.int64)
    with torch.inference_mode():
        for start in range(0, len(images), 100):
            result[start:start + 100] = model(to_inputs(images[start:start + 100])).max(1)[1].numpy()
    return result
