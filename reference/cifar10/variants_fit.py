"""Wrong variants of fit, most frequent first."""

import copy

import numpy as np
import torch

from grader.checks import misconception, stateful

from . import solution as ref

COURSE = "S0 L251-280: the roles of training, validation and test data"
REAL = "real submission"
LIKELY = "a likely slip, without a slide that prints it"


def fitted(model, root, epochs, seed, report=None, *, held=None, choose=lambda train, val, test: (train, val), rate=0.1,
           torch_seed=None, loader_seed=None, tell=lambda epoch, row: (epoch, row[0], row[2], row[3]), extra=None,
           report_all=True):
    """The right training, with a constant rate, with one part exchanged. `ref` looks up what it calls, so do we."""
    torch.manual_seed(seed if torch_seed is None else torch_seed)
    if held is None:
        held = min(1000, len(ref.read(root, "train")[1]) // 5)
    train, val = choose(*ref.make_loaders(root, 64, seed if loader_seed is None else loader_seed, held))
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
    history = {"train_loss": [], "train_acc": [], "val_loss": [], "val_acc": []}
    for epoch in range(1, epochs + 1):
        row = *ref.train_one_epoch(model, train, optimizer), *ref.evaluate(model, val)
        if extra is not None:
            extra(model, train, val, optimizer, row)
        for column, number in zip(history.values(), row, strict=True):
            column.append(number)
        if report is not None and (report_all or epoch == epochs):
            report(*tell(epoch, row))
    return history


class Both:
    """The batches of several loaders, one after the other."""

    def __init__(self, *loaders):
        self.loaders = loaders

    def __iter__(self):
        for loader in self.loaders:
            yield from loader


@misconception("cifar10.fit/test-as-validation", source=COURSE,
    advice="Validate on images kept out of train.npz. Whoever looks at the test images after every epoch will "
    "choose by them.")
def looks_at_test(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, choose=lambda train, val, test: (train, test))


@misconception("cifar10.fit/validates-on-training", source=COURSE,
    advice="val_loss and val_acc are those of the validation images: hand `evaluate` the val loader.")
def validates_on_training(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, choose=lambda train, val, test: (train, train))


@misconception("cifar10.fit/trains-on-validation", source=COURSE,
    advice="The validation images are only looked at, min(1000, N // 5) of them: they must not be in what is "
    "trained on.")
def trains_on_validation(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, choose=lambda train, val, test: (Both(train, val), val))


@misconception("cifar10.fit/trains-on-test", source=COURSE,
    advice="Never train on test.npz: what is measured on it afterwards says nothing about new images.")
def trains_on_test(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, choose=lambda train, val, test: (Both(train, test), val))


@misconception("cifar10.fit/thousand-held", source=REAL,
    advice="Do not write 1000 into fit: min(1000, N // 5) images are for validation, N of them being in "
    "train.npz.")
def thousand_held(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, held=1000)


@misconception("cifar10.fit/tenth-held", source=LIKELY,
    advice="A fifth of the training images is for validation, N // 5, but at most 1000.")
def tenth_held(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, held=max(1, len(ref.read(root, "train")[1]) // 10))


@misconception("cifar10.fit/copy-trained", source=REAL,
    advice="Train the model that is handed in, not a copy or a new CifarCNN(): its weights must have changed "
    "afterwards.")
def copy_trained(model, root, epochs, seed, report=None):
    return fitted(copy.deepcopy(model), root, epochs, seed, report)


@misconception("cifar10.fit/report-missing", source=REAL,
    advice="After each epoch call report(epoch, train_loss, val_loss, val_acc), unless it is None.")
def report_missing(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed)


@misconception("cifar10.fit/report-once", source=LIKELY,
    advice="Call report after every epoch, inside the loop.")
def report_once(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, report_all=False)


@misconception("cifar10.fit/epochs-from-zero", source=LIKELY,
    advice="report counts epochs from 1: the first call says 1, the last one says `epochs`.")
def epochs_from_zero(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, tell=lambda epoch, row: (epoch - 1, row[0], row[2], row[3]))


@misconception("cifar10.fit/report-train-accuracy", source=LIKELY,
    advice="report gets (epoch, train_loss, val_loss, val_acc), in this order, and no train_acc.")
def report_in_other_order(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, tell=lambda epoch, row: (epoch, row[0], row[1], row[2]))


@misconception("cifar10.fit/report-everything", source=LIKELY,
    advice="report takes four numbers: epoch, train_loss, val_loss, val_acc.")
def report_everything(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, tell=lambda epoch, row: (epoch, *row))


@misconception("cifar10.fit/epochs-ignored", source=REAL,
    advice="Train for as many epochs as the argument says, not for a number of your own.")
def epochs_ignored(model, root, epochs, seed, report=None):
    return fitted(model, root, 2, seed, report)


@misconception("cifar10.fit/history-of-pairs", source=REAL,
    advice="history has four lists: train_loss, train_acc, val_loss, val_acc. Unpack what train_one_epoch and "
    "evaluate return.")
def history_of_pairs(model, root, epochs, seed, report=None):
    found = fitted(model, root, epochs, seed, report)
    return {"train": list(zip(found["train_loss"], found["train_acc"], strict=True)),
            "val": list(zip(found["val_loss"], found["val_acc"], strict=True))}


@misconception("cifar10.fit/last-numbers-only", source=LIKELY,
    advice="history keeps the numbers of every epoch in lists: append, do not overwrite.")
def last_numbers_only(model, root, epochs, seed, report=None):
    return {key: values[-1:] for key, values in fitted(model, root, epochs, seed, report).items()}


@misconception("cifar10.fit/measured-before", source=LIKELY,
    advice="history has `epochs` entries, one after each epoch, and none from before the first.")
def measured_before(model, root, epochs, seed, report=None):
    held = min(1000, len(ref.read(root, "train")[1]) // 5)
    train, val, _ = ref.make_loaders(root, 64, seed, held)
    first = *ref.evaluate(model, train), *ref.evaluate(model, val)
    found = fitted(model, root, epochs, seed, report)
    return {key: [number, *values] for number, (key, values) in zip(first, found.items(), strict=True)}


@misconception("cifar10.fit/returns-model", source=REAL,
    advice="The model is trained in place; what fit returns is the history, a dict of lists.")
def returns_model(model, root, epochs, seed, report=None):
    fitted(model, root, epochs, seed, report)
    return model


@misconception("cifar10.fit/history-kept", source=REAL,
    advice="Make the lists inside fit: those at module level, or in a default argument, still hold the epochs of "
    "the last training.")
@stateful
def history_kept():
    kept = {}

    def fit(model, root, epochs, seed, report=None):
        for key, values in fitted(model, root, epochs, seed, report).items():
            kept.setdefault(key, []).extend(values)
        return kept

    return fit


@misconception("cifar10.fit/rate-10", source="S4 L1281: too large a learning rate diverges",
    advice="The loss does not fall: a learning rate of 10 jumps over every valley. Try 0.1 or less for SGD, "
    "0.001 for Adam.")
def rate_10(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, rate=10.0)


@misconception("cifar10.fit/rate-tiny", source=LIKELY,
    advice="The loss hardly falls: the learning rate is far too small for so few epochs.")
def rate_tiny(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, rate=1e-6)


@misconception("cifar10.fit/unseeded", source="PyTorch documentation: reproducibility",
    advice="Dropout draws from torch's own generator: call torch.manual_seed(seed) at the start of fit.")
def unseeded(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, torch_seed=int(torch.randint(1 << 30, ())))


@misconception("cifar10.fit/own-seed", source=REAL,
    advice="Use the seed that is given, for the loaders and for torch.manual_seed: with a constant every seed is "
    "the same run.")
def own_seed(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, 42, report)


@misconception("cifar10.fit/seed-of-the-clock", source=REAL,
    advice="Hand the seed on to make_loaders: its shuffling is another one in every run here.")
def seed_of_the_clock(model, root, epochs, seed, report=None):
    return fitted(model, root, epochs, seed, report, loader_seed=int(np.random.randint(1 << 30)))
