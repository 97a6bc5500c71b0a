"""Wrong variants of the network, most frequent first."""

import torch
import torch.nn.functional as F
from torch import nn

from grader.checks import misconception

from . import solution as ref

REAL = "real submission"
LIKELY = "a likely slip, without a slide that prints it"


@misconception("cifar10.CifarCNN/softmax", source="S4 L1825",
    advice="Return raw scores: cross_entropy applies the softmax itself; a second one flattens the gradient.")
class WithSoftmax(ref.CifarCNN):
    def forward(self, x):
        return torch.softmax(super().forward(x), dim=1)


@misconception("cifar10.CifarCNN/log-softmax", source="S4 L1825",
    advice="Return raw scores, not log-probabilities: cross_entropy computes them itself.")
class WithLogSoftmax(ref.CifarCNN):
    def forward(self, x):
        return F.log_softmax(super().forward(x), dim=1)


@misconception("cifar10.CifarCNN/relu-at-the-end", source="S3 L232",
    advice="No activation after the last layer: a score must be able to be negative.")
class ReluAtTheEnd(ref.CifarCNN):
    def forward(self, x):
        return F.relu(super().forward(x))


@misconception("cifar10.CifarCNN/too-many-parameters", source=REAL,
    advice="Most parameters sit in the first fully connected layer after flattening: pool first, or make it "
    "narrower. The limit is 1 000 000.")
class TooMany(ref.CifarCNN):
    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(2048, 512)

    def forward(self, x):
        return super().forward(x) + 0 * self.wide(x.flatten(1)[:, :2048]).mean()


@misconception("cifar10.CifarCNN/squeezed", source="torch.squeeze",
    advice="A batch of one is still a batch: keep the shape (1, 10); flatten from axis 1 instead of squeeze().")
class Squeezed(ref.CifarCNN):
    def forward(self, x):
        return super().forward(x).squeeze()


@misconception("cifar10.CifarCNN/flatten-batch-too", source="S3 L228: all dimensions except batch",
    advice="torch.flatten(x) also removes the batch axis: flatten from axis 1.")
class FlattenAll(ref.CifarCNN):
    def forward(self, x):
        return torch.flatten(super().forward(x))


@misconception("cifar10.CifarCNN/neighbours-count",
    source="PyTorch documentation of BatchNorm2d: track_running_stats",
    advice="In eval mode an image's scores depend on the image alone: use running statistics there (leave "
    "track_running_stats on).")
class NeighboursCount(ref.CifarCNN):
    def __init__(self):
        super().__init__()
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.track_running_stats, layer.running_mean, layer.running_var = False, None, None


@misconception("cifar10.CifarCNN/dropout-always",
    source="PyTorch documentation of functional.dropout: training=True",
    advice="F.dropout is on by default, in eval mode, too: use nn.Dropout, or pass training=self.training.")
class DropoutAlways(ref.CifarCNN):
    def forward(self, x):
        return F.dropout(super().forward(x), 0.2)


@misconception("cifar10.CifarCNN/unused-layer", source=REAL,
    advice="A layer that forward never uses gets no gradient: use it or delete it.")
class UnusedLayer(ref.CifarCNN):
    def __init__(self):
        super().__init__()
        self.forgotten = nn.Linear(128, 64)


@misconception("cifar10.CifarCNN/detached", source="torch.Tensor.detach",
    advice="detach(), no_grad() or numpy inside forward cut the graph: the layers before the cut never learn.")
class Detached(ref.CifarCNN):
    def forward(self, x):
        for layer in self.layers[:-1]:
            x = layer(x)
        return self.layers[-1](x.detach())


@misconception("cifar10.CifarCNN/large-start", source="S4 L1400",
    advice="The scores of a fresh network are far too large, so it is confidently wrong: keep torch's own "
    "initialisation, or scale down the last layer.")
class LargeStart(ref.CifarCNN):
    def __init__(self):
        super().__init__()
        nn.init.normal_(self.layers[-1].weight)


@misconception("cifar10.CifarCNN/returns-classes", source="S4 L1825",
    advice="Return the ten scores; the most likely class is chosen by `predict`.")
class ReturnsClasses(ref.CifarCNN):
    def forward(self, x):
        return super().forward(x).argmax(1)


@misconception("cifar10.CifarCNN/hundred-classes", source="torchvision models: 1000 classes",
    advice="There are ten classes: the last layer has ten outputs.")
class HundredClasses(ref.CifarCNN):
    def __init__(self):
        super().__init__()
        self.layers[-1] = nn.Linear(128, 100)


@misconception("cifar10.CifarCNN/float64", source=LIKELY,
    advice="Weights and scores are float32, as the inputs are: no .double().")
class Double(ref.CifarCNN):
    def forward(self, x):
        return super().forward(x).double()


@misconception("cifar10.CifarCNN/blind", source=LIKELY,
    advice="The scores do not depend on the image: look for a variable that forward computes and then drops.")
class Blind(ref.CifarCNN):
    def forward(self, x):
        return super().forward(torch.zeros_like(x))
