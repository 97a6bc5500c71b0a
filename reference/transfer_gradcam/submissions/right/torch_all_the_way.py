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
    mask = torch.from_numpy(rng.random(len(x)) < 0.5)
    images = torch.from_numpy(x)
    return torch.where(mask.view(-1, 1, 1, 1), torch.flip(images, dims=[3]), images).numpy()


def random_crop(x, pad, rng):
    n, _, h, w = x.shape
    big = F.pad(torch.from_numpy(x), (pad, pad, pad, pad))
    rows, cols = rng.integers(0, 2 * pad + 1, size=(n, 2)).T
    return torch.stack([big[i, :, r:r + h, c:c + w] for i, (r, c) in enumerate(zip(rows, cols))]).numpy()


def rotate90(x, rng):
    assert_square = x.shape[2] == x.shape[3]
    if not assert_square:
        raise ValueError("not square")
    ks = rng.integers(0, 4, size=len(x))
    images = torch.from_numpy(x)
    turned = torch.stack([torch.rot90(im, int(k), dims=(1, 2)) for im, k in zip(images, ks)])
    return np.asfortranarray(turned.numpy())


def add_noise(x, std, rng):
    return np.add(x, rng.standard_normal(x.shape) * std, dtype=np.float64).astype("float32")


def augment(x, y, pad, std, rng):
    for step in (hflip, lambda a, g: random_crop(a, pad, g), lambda a, g: add_noise(a, std, g)):
        x = step(x, rng)
    return x, y


class FrozenNorm(nn.BatchNorm2d):
    """A batch norm that always uses its running statistics."""

    def forward(self, x):
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps)


def freeze(model, until):
    if until not in model._modules:
        raise ValueError("unknown child")
    for name, child in model.named_children():
        for m in child.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.__class__ = FrozenNorm
        for p in child.parameters():
            p.requires_grad_(False)
        if name == until:
            return None


def replace_head(model, k):
    def walk(module):
        for name in reversed(list(module._modules)):
            child = module._modules[name]
            if isinstance(child, nn.Linear):
                module._modules[name] = nn.Linear(child.in_features, k)
                return True
            if walk(child):
                return True
        return False

    if not walk(model):
        raise ValueError("no linear layer found")
    return model


def trainable(model):
    return (p for p in model.parameters() if p.requires_grad)


def prepare(model, until, k, lr):
    replace_head(model, k)
    freeze(model, until)
    return torch.optim.Adam(trainable(model), lr)


def fit(model, optimizer, x, y, steps):
    losses = []

    def closure():
        optimizer.zero_grad(set_to_none=False)
        loss = -F.log_softmax(model(x), dim=1)[torch.arange(len(y)), y].mean()
        loss.backward()
        return loss

    model.train()
    for _ in range(steps):
        losses.append(optimizer.step(closure).item())
    return tuple(losses)


def grad_cam(model, x, layer, target):
    training = {name: m.training for name, m in model.named_modules()}
    model.eval()
    acts, grads = [], []

    def hook(module, inputs, output):
        acts.append(output.detach())
        output.register_hook(grads.append)

    handle = dict(model.named_modules())[layer].register_forward_hook(hook)
    image = x.clone().requires_grad_(True)
    model(image)[:, target].sum().backward()
    handle.remove()
    model.zero_grad(set_to_none=True)
    for name, m in model.named_modules():
        m.training = training[name]
    alpha = grads[0].mean((-2, -1))
    return torch.relu(torch.einsum("nk,nkhw->hw", alpha, acts[0]))


def upsample_cam(cam, size):
    return nn.Upsample(size=tuple(size), mode="bilinear")(cam.unsqueeze(0).unsqueeze(0)).squeeze(0).squeeze(0)
