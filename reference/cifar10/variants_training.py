"""Wrong variants of one epoch and of the evaluation, most frequent first."""

import torch
import torch.nn.functional as F
from torch import nn

from grader.checks import misconception, stateful

REAL = "real submission"
LIKELY = "a likely slip, without a slide that prints it"


def epoch(model, loader, optimizer, *, loss_of=F.cross_entropy, mode=True, clear="before", update="batch",
          weigh=lambda loss, y: loss.item() * len(y),
          give=lambda total, right, seen, batches: (total / seen, right / seen), forget=False, drop=False, again=False):
    """The right epoch with one part exchanged."""
    if mode is not None:
        model.train(mode)
    total, right, seen, batches, largest = 0.0, 0, 0, 0, 0
    for x, y in loader:
        largest = max(largest, len(y))
        if drop and len(y) < largest:
            continue
        if forget:
            total, right, seen = 0.0, 0, 0
        scores = model(x)
        loss = loss_of(scores, y)
        if clear == "before":
            optimizer.zero_grad()
        loss.backward()
        if update == "batch":
            optimizer.step()
        if again:
            with torch.no_grad():
                scores = model(x)
                loss = loss_of(scores, y)
        total = total + weigh(loss, y)
        right += (scores.argmax(dim=1) == y).sum().item()
        seen, batches = seen + len(y), batches + 1
    if update == "epoch":
        optimizer.step()
    return give(total, right, seen, batches)


@misconception("cifar10.train_one_epoch/zero-grad-missing", source=REAL,
    advice="backward() adds to the gradients that are there already: call optimizer.zero_grad() before it, for "
    "every batch.")
def zero_grad_missing(model, loader, optimizer):
    return epoch(model, loader, optimizer, clear="never")


@misconception("cifar10.train_one_epoch/mean-of-means", source=REAL,
    advice="The last batch is smaller, so the mean of the batch losses is not the mean over the samples: add "
    "loss · len(y), and divide by the number of samples.")
def mean_of_means(model, loader, optimizer):
    return epoch(model, loader, optimizer, weigh=lambda loss, y: loss.item(),
                 give=lambda total, right, seen, batches: (total / batches, right / seen))


@misconception("cifar10.train_one_epoch/train-mode-missing", source=REAL,
    advice="Call model.train() at the start: the last evaluation has left the model in eval mode, where dropout "
    "is off and batch norm does not learn its statistics.")
def train_mode_missing(model, loader, optimizer):
    return epoch(model, loader, optimizer, mode=None)


@misconception("cifar10.train_one_epoch/eval-mode", source=LIKELY,
    advice="Training needs model.train(): in eval mode dropout is off and batch norm keeps its old statistics.")
def eval_mode(model, loader, optimizer):
    model.train()
    return epoch(model, loader, optimizer, mode=False)


@misconception("cifar10.train_one_epoch/softmax-twice", source="S4 L1825",
    advice="cross_entropy wants raw scores and applies the softmax itself; a second one flattens the gradient.")
def softmax_twice(model, loader, optimizer):
    return epoch(model, loader, optimizer, loss_of=lambda s, y: F.cross_entropy(torch.softmax(s, dim=1), y))


@misconception("cifar10.train_one_epoch/last-batch-only", source=REAL,
    advice="Loss and accuracy are those of the whole epoch: initialise the sums before the loop, not in it.")
def last_batch_only(model, loader, optimizer):
    return epoch(model, loader, optimizer, forget=True)


@misconception("cifar10.train_one_epoch/accuracy-of-last-batch", source=REAL,
    advice="The accuracy is that of the whole epoch: count the right ones of every batch, not of the last alone.")
def accuracy_of_last_batch(model, loader, optimizer):
    counts = []

    class Counting:
        def __iter__(self):
            for x, y in loader:
                counts.append(len(y))
                yield x, y

    rights = []

    def loss_of(scores, y):
        rights.append((scores.argmax(dim=1) == y).float().mean().item())
        return F.cross_entropy(scores, y)

    loss, _ = epoch(model, Counting(), optimizer, loss_of=loss_of)
    return loss, rights[-1]


@misconception("cifar10.train_one_epoch/accuracy-mean-of-means", source=REAL,
    advice="The last batch is smaller, so the mean of the batch accuracies is not that of the samples: count the "
    "right ones, and divide by the number of samples.")
def accuracy_mean_of_means(model, loader, optimizer):
    rates = []

    def loss_of(scores, y):
        rates.append((scores.argmax(dim=1) == y).float().mean().item())
        return F.cross_entropy(scores, y)

    loss, _ = epoch(model, loader, optimizer, loss_of=loss_of)
    return loss, sum(rates) / len(rates)


@misconception("cifar10.train_one_epoch/both-means-of-means", source=REAL,
    advice="The last batch is smaller, so means over batches are not means over samples: sum loss · len(y) and "
    "the right ones, and divide both by the number of samples.")
def both_means(model, loader, optimizer):
    rates = []

    def loss_of(scores, y):
        rates.append((scores.argmax(dim=1) == y).float().mean().item())
        return F.cross_entropy(scores, y)

    return epoch(model, loader, optimizer, loss_of=loss_of, weigh=lambda loss, y: loss.item(),
                 give=lambda total, right, seen, batches: (total / batches, sum(rates) / batches))


@misconception("cifar10.train_one_epoch/summed", source=LIKELY,
    advice="Divide the sum of the losses by the number of samples.")
def summed(model, loader, optimizer):
    return epoch(model, loader, optimizer, give=lambda total, right, seen, batches: (total, right / seen))


@misconception("cifar10.train_one_epoch/sum-of-means-by-samples", source=REAL,
    advice="loss.item() is already a mean over its batch: multiply it by len(y) before you divide by the number "
    "of samples.")
def sum_of_means_by_samples(model, loader, optimizer):
    return epoch(model, loader, optimizer, weigh=lambda loss, y: loss.item())


@misconception("cifar10.train_one_epoch/summed-loss", source=LIKELY,
    advice='The loss of a batch is a mean (reduction="mean"): a sum makes every step as many times too long as '
    "the batch is large.")
def summed_loss(model, loader, optimizer):
    return epoch(model, loader, optimizer, loss_of=lambda s, y: F.cross_entropy(s, y, reduction="sum"),
                 weigh=lambda loss, y: loss.item())


@misconception("cifar10.train_one_epoch/no-step", source=LIKELY,
    advice="The weights never move: call optimizer.step() after backward(), with no zero_grad() between the two.")
def no_step(model, loader, optimizer):
    return epoch(model, loader, optimizer, update="never")


@misconception("cifar10.train_one_epoch/one-step", source=LIKELY,
    advice="Every batch has its own update: optimizer.step() stands inside the loop.")
def one_step(model, loader, optimizer):
    return epoch(model, loader, optimizer, update="epoch")


@misconception("cifar10.train_one_epoch/last-batch-dropped", source=REAL,
    advice="The last, smaller batch is trained on and counted like the others.")
def last_batch_dropped(model, loader, optimizer):
    return epoch(model, loader, optimizer, drop=True)


@misconception("cifar10.train_one_epoch/smoothed", source="Szegedy et al. 2016, section 7",
    advice="Cross-entropy without label smoothing is asked for here: otherwise losses cannot be compared.")
def smoothed(model, loader, optimizer):
    return epoch(model, loader, optimizer, loss_of=lambda s, y: F.cross_entropy(s, y, label_smoothing=0.1))


@misconception("cifar10.train_one_epoch/percent", source=REAL,
    advice="The accuracy is a share between 0 and 1, not a percentage.")
def percent(model, loader, optimizer):
    return epoch(model, loader, optimizer, give=lambda total, right, seen, batches: (total / seen, 100 * right / seen))


@misconception("cifar10.train_one_epoch/count", source=LIKELY,
    advice="The accuracy is the share of right ones: divide their number by that of the samples.")
def count(model, loader, optimizer):
    return epoch(model, loader, optimizer, give=lambda total, right, seen, batches: (total / seen, float(right)))


@misconception("cifar10.train_one_epoch/swapped", source=LIKELY,
    advice="The loss comes first, then the accuracy.")
def swapped(model, loader, optimizer):
    return epoch(model, loader, optimizer, give=lambda total, right, seen, batches: (right / seen, total / seen))


@misconception("cifar10.train_one_epoch/tensors-summed",
    source="PyTorch FAQ: don't accumulate history across your training loop",
    advice="Add up loss.item(), a number. The sum of loss tensors drags the graph of every batch along, and "
    "memory grows.")
def tensors_summed(model, loader, optimizer):
    return epoch(model, loader, optimizer, weigh=lambda loss, y: loss * len(y))


@misconception("cifar10.train_one_epoch/measured-after-the-step", source=LIKELY,
    advice="Loss and accuracy are those of the scores that the step was computed from; a second forward pass "
    "costs time, and in train mode it moves the statistics of batch norm again.")
def measured_after(model, loader, optimizer):
    return epoch(model, loader, optimizer, again=True)


@misconception("cifar10.train_one_epoch/clipped", source=LIKELY,
    advice="No clipping here: the optimiser gets the gradients as they are.")
def clipped(model, loader, optimizer):
    def clip(*_):
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)

    hook = optimizer.register_step_pre_hook(clip)
    try:
        return epoch(model, loader, optimizer)
    finally:
        hook.remove()


@misconception("cifar10.train_one_epoch/own-optimizer", source=REAL,
    advice="Use the optimiser that is handed in: it remembers momentum and learning rate from epoch to epoch.")
def own_optimizer(model, loader, optimizer):
    return epoch(model, loader, torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"]))


# --- evaluate
def look(model, loader, *, mode=False, grad=False, loss_of=F.cross_entropy, weigh=lambda loss, y: loss.item() * len(y),
         give=lambda total, right, seen, batches: (total / seen, right / seen), forget=False, first=False, drop=False):
    """The right evaluation with one part exchanged."""
    if mode is not None:
        model.train(mode)
    total, right, seen, batches, largest = 0.0, 0, 0, 0, 0
    with torch.set_grad_enabled(grad):
        for x, y in loader:
            largest = max(largest, len(y))
            if drop and len(y) < largest:
                continue
            if forget:
                total, right, seen = 0.0, 0, 0
            scores = model(x)
            total = total + weigh(loss_of(scores, y), y)
            right += (scores.argmax(dim=1) == y).sum().item()
            seen, batches = seen + len(y), batches + 1
            if first:
                break
    return give(total, right, seen, batches)


@misconception("cifar10.evaluate/eval-mode-missing", source=REAL,
    advice="Call model.eval() first: in train mode dropout throws units away, and batch norm judges an image by "
    "its neighbours and learns its statistics from the validation images.")
def eval_mode_missing(model, loader):
    return look(model, loader, mode=None)


@misconception("cifar10.evaluate/train-mode", source=LIKELY,
    advice="Evaluation needs model.eval(); train mode belongs to train_one_epoch.")
def train_mode(model, loader):
    model.eval()
    return look(model, loader, mode=True)


@misconception("cifar10.evaluate/gradients-recorded", source=REAL,
    advice="Wrap the loop in `with torch.no_grad():` (model.eval() does not do that): without it every batch "
    "builds a graph that nobody needs.")
def gradients_recorded(model, loader):
    return look(model, loader, grad=True)


@misconception("cifar10.evaluate/tensors",
    source="PyTorch FAQ: don't accumulate history across your training loop",
    advice="Return two Python floats: .item() makes a number of a tensor with one entry.")
def tensors(model, loader):
    return look(model, loader, weigh=lambda loss, y: loss * len(y))


@misconception("cifar10.evaluate/mean-of-means", source=REAL,
    advice="The last batch is smaller, so the mean of the batch losses is not the mean over the samples: add "
    "loss · len(y), and divide by the number of samples.")
def evaluate_mean_of_means(model, loader):
    return look(model, loader, weigh=lambda loss, y: loss.item(),
                give=lambda total, right, seen, batches: (total / batches, right / seen))


@misconception("cifar10.evaluate/sum-of-means-by-samples", source=REAL,
    advice='cross_entropy gives the mean of a batch: multiply it by len(y), or ask for reduction="sum", before '
    "you divide by the number of samples.")
def evaluate_sum_of_means(model, loader):
    return look(model, loader, weigh=lambda loss, y: loss.item())


@misconception("cifar10.evaluate/both-means-of-means", source=REAL,
    advice="Means over batches are not means over samples, as the last batch is smaller: sum up both, divide by "
    "the samples.")
def evaluate_both_means(model, loader):
    rates = []

    def loss_of(scores, y):
        rates.append((scores.argmax(dim=1) == y).float().mean().item())
        return F.cross_entropy(scores, y)

    return look(model, loader, loss_of=loss_of, weigh=lambda loss, y: loss.item(),
                give=lambda total, right, seen, batches: (total / batches, sum(rates) / batches))


@misconception("cifar10.evaluate/last-batch-only", source=REAL,
    advice="Loss and accuracy are those of all batches: initialise the sums before the loop, not in it.")
def evaluate_last_batch(model, loader):
    return look(model, loader, forget=True)


@misconception("cifar10.evaluate/first-batch-only", source=LIKELY,
    advice="Go through all batches: the return stands after the loop, not in it.")
def first_batch(model, loader):
    return look(model, loader, first=True)


@misconception("cifar10.evaluate/last-batch-dropped", source=REAL,
    advice="The last, smaller batch counts as well.")
def evaluate_drops(model, loader):
    return look(model, loader, drop=True)


@misconception("cifar10.evaluate/summed", source=LIKELY,
    advice="Divide the summed loss by the number of samples.")
def evaluate_summed(model, loader):
    return look(model, loader, give=lambda total, right, seen, batches: (total, right / seen))


@misconception("cifar10.evaluate/percent", source=REAL,
    advice="The accuracy is a share between 0 and 1, not a percentage.")
def evaluate_percent(model, loader):
    return look(model, loader, give=lambda total, right, seen, batches: (total / seen, 100 * right / seen))


@misconception("cifar10.evaluate/swapped", source=LIKELY,
    advice="The loss comes first, then the accuracy.")
def evaluate_swapped(model, loader):
    return look(model, loader, give=lambda total, right, seen, batches: (right / seen, total / seen))


@misconception("cifar10.evaluate/accuracy-only", source=REAL,
    advice="Return both, (mean loss, accuracy).")
def accuracy_only(model, loader):
    return look(model, loader)[1]


@misconception("cifar10.evaluate/softmax-twice", source="S4 L1825",
    advice="cross_entropy wants raw scores and applies the softmax itself.")
def evaluate_softmax(model, loader):
    return look(model, loader, loss_of=lambda s, y: F.cross_entropy(torch.softmax(s, dim=1), y))


@misconception("cifar10.evaluate/remembers", source=REAL,
    advice="Start the sums at 0 in every call: what an earlier evaluation counted does not belong here.")
@stateful
def remembers():
    sums = [0.0, 0, 0]

    def evaluate(model, loader):
        def give(total, right, seen, batches):
            for k, value in enumerate((total, right, seen)):
                sums[k] += value
            return sums[0] / sums[2], sums[1] / sums[2]

        return look(model, loader, give=give)

    return evaluate
