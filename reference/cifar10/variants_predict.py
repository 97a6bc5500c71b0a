"""Wrong variants of predict and plot_curves, most frequent first."""

import numpy as np
import torch

from grader.checks import misconception, stateful

from . import solution as ref

REAL = "real submission"
LIKELY = "a likely slip, without a slide that prints it"


def labels_of(model, images, *, mode=False, grad=False, size=256, give=lambda s: s.argmax(dim=1), inputs=None):
    """The right predictions with one part exchanged."""
    if mode is not None:
        model.train(mode)
    to_inputs = inputs or ref.to_inputs
    with torch.set_grad_enabled(grad):
        parts = [give(model(to_inputs(images[k : k + size]))).detach().numpy() for k in range(0, len(images), size)]
    return np.concatenate(parts)


@misconception("cifar10.predict/eval-mode-missing", source=REAL,
    advice="Call model.eval() first: in train mode an image's label depends on its neighbours in the batch and "
    "on dropout.")
def predict_in_any_mode(model, images):
    return labels_of(model, images, mode=None)


@misconception("cifar10.predict/train-mode", source=LIKELY,
    advice="Predictions need model.eval(), not model.train().")
def predict_in_train_mode(model, images):
    return labels_of(model, images, mode=True)


@misconception("cifar10.predict/gradients-recorded", source=REAL,
    advice="Wrap the loop in `with torch.no_grad():`; .detach() afterwards is too late, the graph has been built "
    "by then.")
def predict_records(model, images):
    return labels_of(model, images, grad=True)


@misconception("cifar10.predict/logits", source=REAL,
    advice="Return labels, not scores: the argmax over the ten classes, axis 1.")
def predict_logits(model, images):
    return labels_of(model, images, give=lambda s: s)


@misconception("cifar10.predict/largest-score", source="torch.max gives (values, indices)",
    advice="The label is the place of the largest score, argmax, not the score itself.")
def predict_largest_score(model, images):
    return labels_of(model, images, give=lambda s: s.max(dim=1).values)


@misconception("cifar10.predict/along-the-batch", source=LIKELY,
    advice="argmax runs over the classes: dim=1. Axis 0 counts the images.")
def predict_along_the_batch(model, images):
    return labels_of(model, images, give=lambda s: s.argmax(dim=0))


@misconception("cifar10.predict/column", source="torch.argmax: keepdim",
    advice="One label an image: the shape is (N,), not (N, 1).")
def predict_column(model, images):
    return labels_of(model, images, give=lambda s: s.argmax(dim=1, keepdim=True))


@misconception("cifar10.predict/floats", source=REAL,
    advice="Labels are integers, int64.")
def predict_floats(model, images):
    return labels_of(model, images).astype(np.float32)


@misconception("cifar10.predict/tensor", source=LIKELY,
    advice="The result is a numpy array: .numpy() at the end.")
def predict_tensor(model, images):
    return torch.from_numpy(labels_of(model, images))


@misconception("cifar10.predict/probabilities-rounded", source=LIKELY,
    advice="Take the place of the largest score; there is nothing to round.")
def predict_rounded(model, images):
    return labels_of(model, images, give=lambda s: torch.softmax(s, dim=1).max(dim=1).values.round().long())


@misconception("cifar10.predict/not-normalised", source=REAL,
    advice="The images go through `to_inputs`, as in training; /255 alone shows the network pictures that it has "
    "never seen.")
def predict_not_normalised(model, images):
    return labels_of(model, images, inputs=lambda part: torch.tensor(part, dtype=torch.float32) / 255)


@misconception("cifar10.predict/raw", source=REAL,
    advice="The images go through `to_inputs`, as in training; pixels up to 255 are far from what the network "
    "has learnt on.")
def predict_raw(model, images):
    return labels_of(model, images, inputs=lambda part: torch.tensor(part, dtype=torch.float32))


@misconception("cifar10.predict/rest-dropped", source=REAL,
    advice="The last batch may be smaller: every image needs a label, N in all.")
def predict_drops_the_rest(model, images):
    return labels_of(model, images[: max(1, len(images) // 32) * 32], size=32)


@misconception("cifar10.predict/first-batch-only", source=LIKELY,
    advice="Go through all batches and put their labels together.")
def predict_first_batch(model, images):
    return labels_of(model, images[:128])


@misconception("cifar10.predict/constant", source="a network that has collapsed",
    advice="The labels do not come from the model's scores: they are the same for every image.")
def predict_constant(model, images):
    return np.full(len(images), 3)


@misconception("cifar10.predict/by-index", source="real submission: hard-coded answers",
    advice="A label must come from the image; here it comes from the image's place in the array.")
def predict_by_index(model, images):
    return np.arange(len(images)) % 10


@misconception("cifar10.predict/remembers", source="real submission: a cache by shape",
    advice="Compute the labels anew in every call; here those of an earlier call come back.")
@stateful
def predict_remembers():
    kept = {}

    def predict(model, images):
        if len(images) not in kept:
            kept[len(images)] = labels_of(model, images)
        return kept[len(images)]

    return predict


# --- plot_curves
def drawn(history, *, start=1, kinds=(("loss", "loss"), ("acc", "accuracy")), parts=("train", "val"), rename=None,
          legend=True, xlabel="epoch", single=False, swap=False):
    """The right figure with one part exchanged."""
    from matplotlib.figure import Figure

    figure = Figure()
    places = [figure.subplots()] * 2 if single else figure.subplots(1, 2)
    for axes, (kind, name) in zip(places, kinds, strict=True):
        for part in parts:
            values = history[f"{part}_{kind}"]
            label = {"train": "val", "val": "train"}[part] if swap else part
            axes.plot(range(start, start + len(values)), values, label=(rename or (lambda text: text))(label))
        axes.set(xlabel=xlabel, ylabel=name)
        if legend:
            axes.legend()
    return figure


@misconception("cifar10.plot_curves/from-zero", source="matplotlib: plot(y) counts from 0",
    advice="plot(values) counts from 0: hand it the epochs, plot(range(1, E + 1), values).")
def from_zero(history):
    return drawn(history, start=0)


@misconception("cifar10.plot_curves/no-legend", source=REAL,
    advice="Labels are shown by axes.legend() only: call it on each axes.")
def no_legend(history):
    return drawn(history, legend=False)


@misconception("cifar10.plot_curves/unlabelled", source=REAL,
    advice='Every line needs a label, label="train" and label="val": nobody can tell them apart otherwise.')
def unlabelled(history):
    return drawn(history, rename=lambda text: None, legend=False)


@misconception("cifar10.plot_curves/no-axis-labels", source=REAL,
    advice='Write on the axes what they show: xlabel "epoch", ylabel "loss" or "accuracy".')
def no_axis_labels(history):
    return drawn(history, xlabel="", kinds=(("loss", ""), ("acc", "")))


@misconception("cifar10.plot_curves/no-epoch", source=REAL,
    advice='The x axes are labelled, too: xlabel "epoch".')
def no_epoch(history):
    return drawn(history, xlabel="")


@misconception("cifar10.plot_curves/one-axes", source=REAL,
    advice="Loss and accuracy have different scales: give each an axes of its own, plt.subplots(1, 2).")
def one_axes(history):
    return drawn(history, single=True)


@misconception("cifar10.plot_curves/train-only", source=LIKELY,
    advice="Draw the validation numbers, too: it is the gap between the two lines that says something.")
def train_only(history):
    return drawn(history, parts=("train",))


@misconception("cifar10.plot_curves/train-and-val-swapped", source=LIKELY,
    advice="The labels have changed places: the line of the train numbers is called val, and the other way "
    "round.")
def names_swapped(history):
    return drawn(history, swap=True)


@misconception("cifar10.plot_curves/loss-twice", source=LIKELY,
    advice="The second axes shows the accuracy: train_acc and val_acc.")
def loss_twice(history):
    return drawn(history, kinds=(("loss", "loss"), ("loss", "accuracy")))


@misconception("cifar10.plot_curves/axes-returned", source=LIKELY,
    advice="Return the figure, the first of the two things that plt.subplots() gives, not the axes.")
def axes_returned(history):
    return drawn(history).axes[0]


@misconception("cifar10.plot_curves/empties-the-history", source=LIKELY,
    advice="Only read the history: pop() takes the numbers away from whoever wants them next.")
def empties_the_history(history):
    figure = drawn(history)
    history.clear()
    return figure
