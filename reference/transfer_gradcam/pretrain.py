"""Makes assignments/transfer_gradcam/pretrained.npz: ShapeNet(5), trained on the first five classes of shapes10.

    python reference/transfer_gradcam/pretrain.py

Half a minute of one core. One thread and fixed seeds: the same machine writes the same numbers again.
"""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import torch

from grader.datasets import shapes10

HERE = Path(__file__).resolve().parent
CHECKPOINT = HERE.parents[1] / "assignments" / "transfer_gradcam" / "pretrained.npz"
CLASSES = (0, 1, 2, 3, 4)  # disc, ring, square, frame, triangle
IMAGES, TESTS, EPOCHS, BATCH, LR, SEED = 6000, 1000, 14, 50, 0.004, 1111


def images(count, seed):
    """Images of CLASSES among `count` drawn: (about count / 2, 3, 32, 32) float32 in [0, 1], labels 0 to 4."""
    drawn = shapes10.draw(count, seed)
    chosen = np.isin(drawn.labels, CLASSES)
    return torch.from_numpy(drawn.images[chosen] / np.float32(255)), torch.from_numpy(drawn.labels[chosen])


def solution():
    """The reference, for its ShapeNet and its flips."""
    spec = importlib.util.spec_from_file_location("transfer_gradcam_solution", HERE / "solution.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def trained():
    """ShapeNet(5) after EPOCHS of Adam on flipped and shifted images, the learning rate falling to 0."""
    ref, rng = solution(), np.random.default_rng(SEED)
    torch.manual_seed(SEED)
    net, (x, y) = ref.ShapeNet(len(CLASSES)), images(IMAGES, SEED)
    steps = EPOCHS * (len(x) // BATCH)
    optimizer = torch.optim.Adam(net.parameters(), lr=LR)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, total_steps=steps)
    for epoch in range(EPOCHS):
        order = torch.from_numpy(rng.permutation(len(x)))
        for batch in order.split(BATCH):
            pictures = ref.random_crop(ref.hflip(x[batch].numpy(), rng), 2, rng)
            loss = torch.nn.functional.cross_entropy(net(torch.from_numpy(pictures)), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch}: loss of the last batch {loss.item():.3f}")
    return net.eval()


def main():
    """Train, measure, write: float32 arrays by the names of the state_dict."""
    torch.set_num_threads(1)
    net = trained()
    x, y = images(TESTS, SEED + 1)
    with torch.no_grad():
        print(f"accuracy on {len(x)} others: {(net(x).argmax(1) == y).float().mean():.3f}")
    arrays = {
        name: value.numpy().astype(np.float32) for name, value in net.state_dict().items() if value.is_floating_point()
    }
    np.savez(sys.argv[1] if len(sys.argv) > 1 else CHECKPOINT, **arrays)


if __name__ == "__main__":
    main()
