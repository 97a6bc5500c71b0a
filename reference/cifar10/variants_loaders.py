"""Wrong variants of make_loaders, most frequent first."""

import numpy as np
import torch

from grader.checks import misconception

from . import solution as ref

COURSE = "S0 L251-280: the roles of training, validation and test data"
REAL = "real submission"


class Pass:
    """Batches with switches: what goes wrong is an argument. make_order(n) is asked on every pass."""

    def __init__(self, images, labels, batch, make_order=np.arange, change=None, drop=False, convert=None):
        self.images, self.labels, self.batch, self.make_order = images, labels, batch, make_order
        self.change, self.drop, self.convert = change, drop, convert or ref.to_inputs

    def __len__(self):
        return len(self.labels) // self.batch if self.drop else -(-len(self.labels) // self.batch)

    def __iter__(self):
        order = self.make_order(len(self.labels))
        for start in range(0, len(self) * self.batch, self.batch):
            chosen = order[start : start + self.batch]
            x, y = self.convert(self.images[chosen]), torch.from_numpy(self.labels[chosen])
            yield (x if self.change is None else self.change(x)), y


def loaders(root, batch, seed, val, *, leak=False, tail=False, train=None, others=None, test=None):
    """The right loaders with some options of train, of the others, or of the split exchanged."""
    rng = np.random.default_rng(seed)
    images, labels = ref.read(root, "train")
    order = np.arange(len(labels))[::-1] if tail else rng.permutation(len(labels))
    held, rest = order[:val], order if leak else order[val:]
    options = {"make_order": rng.permutation, "change": lambda x: ref.augment(x, rng)} | (train or {})
    return (
        Pass(images[rest], labels[rest], batch, **options),
        Pass(images[held], labels[held], batch, **(others or {})),
        Pass(*ref.read(root, "test"), batch, **((others or {}) | (test or {}))),
    )


@misconception("cifar10.make_loaders/val-in-train", source=COURSE,
    advice="The validation images must be taken out of train: on images that the network was trained on it is "
    "always good.")
def val_in_train(root, batch, seed, val=1000):
    return loaders(root, batch, seed, val, leak=True)


@misconception("cifar10.make_loaders/val-is-test", source=COURSE,
    advice="Validation images come from train.npz. If test.npz chooses epochs and rates, it measures nothing in "
    "the end.")
def val_is_test(root, batch, seed, val=1000):
    train, _, test = loaders(root, batch, seed, 0)
    return train, test, test


@misconception("cifar10.make_loaders/val-augmented", source=REAL,
    advice="Augmentation is for train alone. Validation and test measure on images as they are, the same in "
    "every epoch.")
def val_augmented(root, batch, seed, val=1000):
    rng = np.random.default_rng([seed, 1])
    return loaders(root, batch, seed, val, others={"change": lambda x: ref.augment(x, rng)})


@misconception("cifar10.make_loaders/not-augmented", source=REAL,
    advice="The images of train go through `augment`, anew on every pass.")
def not_augmented(root, batch, seed, val=1000):
    return loaders(root, batch, seed, val, train={"change": None})


@misconception("cifar10.make_loaders/augmented-once", source=REAL,
    advice="Augment when a batch is made, not when the file is read: otherwise every epoch sees the same shifted "
    "images.")
def augmented_once(root, batch, seed, val=1000):
    train, held, test = loaders(root, batch, seed, val)
    train.images = ref.augment(ref.to_inputs(train.images), np.random.default_rng([seed, 1]))
    train.convert, train.change = (lambda x: x), None
    return train, held, test


@misconception("cifar10.make_loaders/same-order",
    source="PyTorch documentation of DataLoader: reshuffled at every epoch",
    advice="Shuffle at the start of every pass, not once: the order of an epoch should not be that of the last "
    "one.")
def same_order(root, batch, seed, val=1000):
    return loaders(root, batch, seed, val, train={"make_order": lambda n: np.random.default_rng(seed).permutation(n)})


@misconception("cifar10.make_loaders/not-shuffled", source="PyTorch documentation of DataLoader: shuffle=False",
    advice="Train has to be shuffled: in the order of the file, often sorted by class, batches are all alike.")
def not_shuffled(root, batch, seed, val=1000):
    def in_order(n):
        return np.argsort(order, kind="stable")

    train, held, test = loaders(root, batch, seed, val)
    order = np.random.default_rng(seed).permutation(len(train.labels) + len(held.labels))[len(held.labels):]
    train.make_order = in_order
    return train, held, test


@misconception("cifar10.make_loaders/last-batch-dropped", source=REAL,
    advice="Keep the last, smaller batch (drop_last=False): its images are training images, too.")
def last_batch_dropped(root, batch, seed, val=1000):
    return loaders(root, batch, seed, val, train={"drop": True})


@misconception("cifar10.make_loaders/last-batch-dropped-everywhere", source=REAL,
    advice="The last, smaller batch counts in all three: without it validation and test skip images.")
def last_batch_dropped_everywhere(root, batch, seed, val=1000):
    return loaders(root, batch, seed, val, train={"drop": True}, others={"drop": True})


@misconception("cifar10.make_loaders/labels-stay", source=REAL,
    advice="Shuffle images and labels by the same order; here the labels stay behind, and there is nothing to be "
    "learnt.")
def labels_stay(root, batch, seed, val=1000):
    train, held, test = loaders(root, batch, seed, val)
    train.labels = np.sort(train.labels)
    return train, held, test


@misconception("cifar10.make_loaders/seed-ignored", source=REAL,
    advice="Everything random here must come from `seed`, else nobody can repeat your run: a Generator of your "
    "own, np.random.default_rng(seed), or generator= in DataLoader.")
def seed_ignored(root, batch, seed, val=1000):
    return loaders(root, batch, int(np.random.randint(1 << 30)), val)


@misconception("cifar10.make_loaders/shuffle-unseeded",
    source="PyTorch documentation: reproducibility of DataLoader",
    advice="The split follows the seed, the shuffling does not: give the DataLoader generator=…, or draw the "
    "order yourself.")
def shuffle_unseeded(root, batch, seed, val=1000):
    return loaders(root, batch, seed, val, train={"make_order": np.random.permutation})


@misconception("cifar10.make_loaders/augmentation-unseeded", source="PyTorch documentation: reproducibility",
    advice="Shifts and mirrors must follow the seed, too: hand `augment` a Generator that was made from it.")
def augmentation_unseeded(root, batch, seed, val=1000):
    rng = np.random.default_rng(np.random.randint(1 << 30))
    return loaders(root, batch, seed, val, train={"change": lambda x: ref.augment(x, rng)})


@misconception("cifar10.make_loaders/fixed-seed", source=REAL,
    advice="Use the seed that is given: with a constant, several runs are one run.")
def fixed_seed(root, batch, seed, val=1000):
    return loaders(root, batch, 42, val)


@misconception("cifar10.make_loaders/val-at-the-end", source=REAL,
    advice="Choose the validation images by the seed. The last ones of the file are always the same, and if it "
    "is sorted by class, all of one class.")
def val_at_the_end(root, batch, seed, val=1000):
    return loaders(root, batch, seed, val, tail=True)


@misconception("cifar10.make_loaders/test-shuffled", source=REAL,
    advice="Test stays in the order of the file: only train is shuffled.")
def shuffled_test(root, batch, seed, val=1000):
    return loaders(root, batch, seed, val, test={"make_order": np.random.default_rng(seed).permutation})


@misconception("cifar10.make_loaders/only-once", source="Python: a generator ends once",
    advice="A generator can be gone through once only, and the second epoch is empty: return an object with "
    "__iter__, or a DataLoader.")
def only_once(root, batch, seed, val=1000):
    return tuple(map(iter, loaders(root, batch, seed, val)))


@misconception("cifar10.make_loaders/not-normalised", source=REAL,
    advice="The inputs come from `to_inputs`; dividing by 255 alone leaves them between 0 and 1, where predict's "
    "are not.")
def not_normalised(root, batch, seed, val=1000):
    convert = {"convert": lambda images: torch.tensor(images, dtype=torch.float32) / 255}
    return loaders(root, batch, seed, val, train=convert, others=convert)


@misconception("cifar10.make_loaders/val-ignored", source=REAL,
    advice="`val` says how many images are kept for validation; 1000 is only its default.")
def val_ignored(root, batch, seed, val=1000):
    return loaders(root, batch, seed, 1000)


@misconception("cifar10.make_loaders/batch-ignored", source=REAL,
    advice="`batch` is the number of images in a batch, not a constant of your own.")
def batch_ignored(root, batch, seed, val=1000):
    return loaders(root, 64, seed, val)


@misconception("cifar10.make_loaders/labels-as-floats",
    source="PyTorch documentation of CrossEntropyLoss: class indices",
    advice="Labels are int64: cross_entropy takes floats for probabilities and refuses a single one per image.")
def labels_as_floats(root, batch, seed, val=1000):
    found = loaders(root, batch, seed, val)
    for loader in found:
        loader.labels = loader.labels.astype(np.float32)
    return found


@misconception("cifar10.make_loaders/test-in-train", source=COURSE,
    advice="The images of test.npz must not be trained on; train comes from train.npz alone.")
def learns_test_images(root, batch, seed, val=1000):
    train, held, test = loaders(root, batch, seed, val)
    train.images = np.concatenate([train.images, test.images])
    train.labels = np.concatenate([train.labels, test.labels])
    return train, held, test
