"""Wrong variants of the networks, most frequent first: here those in torch, in variants_*.py those in NumPy."""

import torch
import torch.nn.functional as F
from torch import nn

from grader.checks import misconception

from . import solution as ref
from . import variants_init, variants_numpy, variants_subsample  # noqa: F401  (they declare more)


def features(net, x, act=F.relu):
    """(N, 3, 32, 32) → (N, 16, 5, 5)."""
    return net.pool(act(net.conv2(net.pool(act(net.conv1(x))))))


def head(net, x, act=F.relu):
    """(N, 400) → (N, 10)."""
    return net.fc3(act(net.fc2(act(net.fc1(x)))))


@misconception("lenet.Net/fc1-128", source="S2 L369 has 128, S3 L211 has 120",
    advice="LeNet-5 has 120 units in its fifth layer (62 006 parameters); 128 gives 65 886.")
class Fc1With128(ref.Net):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(400, 128), nn.Linear(128, 84)


@misconception("lenet.Net/softmax", source="S4 L1825",
    advice="Return raw scores: CrossEntropyLoss applies the softmax; a second one flattens the gradient.")
class WithSoftmax(ref.Net):
    def forward(self, x):
        return torch.softmax(super().forward(x), dim=1)


@misconception("lenet.Net/log-softmax", source="S4 L1825",
    advice="Return raw scores, not log-probabilities: CrossEntropyLoss computes them itself.")
class WithLogSoftmax(ref.Net):
    def forward(self, x):
        return F.log_softmax(super().forward(x), dim=1)


@misconception("lenet.Net/relu-after-fc3", source="S3 L232",
    advice="No activation after the last layer: a score must be able to be negative.")
class ReluAtTheEnd(ref.Net):
    def forward(self, x):
        return F.relu(super().forward(x))


@misconception("lenet.Net/no-relu-in-head", source="S4 L492",
    advice="Without ReLU between them fc1, fc2 and fc3 are one linear map: put it after fc1 and fc2.")
class LinearHead(ref.Net):
    def forward(self, x):
        return head(self, features(self, x).flatten(1), act=lambda u: u)


@misconception("lenet.Net/no-relu-after-fc2", source="S3 L232",
    advice="ReLU follows fc2 as well; only fc3 stays without.")
class ForgotLastRelu(ref.Net):
    def forward(self, x):
        return self.fc3(self.fc2(F.relu(self.fc1(features(self, x).flatten(1)))))


@misconception("lenet.Net/no-relu-after-convolutions", source="S2 L376",
    advice="Each convolution is followed by ReLU; max-pooling does not replace it.")
class LinearFeatures(ref.Net):
    def forward(self, x):
        return head(self, features(self, x, act=lambda u: u).flatten(1))


@misconception("lenet.Net/no-activation", source="S4 L2480",
    advice="There is no activation at all: put ReLU after conv1, conv2, fc1 and fc2.")
class NoActivation(ref.Net):
    def forward(self, x):
        return head(self, features(self, x, act=lambda u: u).flatten(1), act=lambda u: u)


@misconception("lenet.Net/sigmoid", source="S1 L884: the network of 1998",
    advice="The activation of this network is ReLU; sigmoids belong to the LeNet of the nineties.")
class WithSigmoid(ref.Net):
    def forward(self, x):
        return head(self, features(self, x, torch.sigmoid).flatten(1), torch.sigmoid)


@misconception("lenet.Net/tanh", source="LeCun et al. 1998, section II.B",
    advice="The activation of this network is ReLU, not the tanh of the original paper.")
class WithTanh(ref.Net):
    def forward(self, x):
        return head(self, features(self, x, torch.tanh).flatten(1), torch.tanh)


@misconception("lenet.Net/leaky-relu", source="S4 L1206",
    advice="Use plain ReLU: negative values become 0, they are not scaled.")
class WithLeakyRelu(ref.Net):
    def forward(self, x):
        return head(self, features(self, x, F.leaky_relu).flatten(1), F.leaky_relu)


@misconception("lenet.Net/average-pool", source="S2 L293-310",
    advice="The pooling of this network takes the maximum, not the mean.")
class AveragePool(ref.Net):
    def __init__(self):
        super().__init__()
        self.pool = nn.AvgPool2d(2, 2)


@misconception("lenet.Net/pool-stride-1", source="torch.nn.MaxPool2d",
    advice="Pooling windows do not overlap here: MaxPool2d(2, 2) halves the maps.")
class OverlappingPool(ref.Net):
    def __init__(self):
        super().__init__()
        self.pool, self.fc1 = nn.MaxPool2d(2, 1), nn.Linear(16 * 22 * 22, 120)


@misconception("lenet.Net/flatten-channels-last", source="S3 L228",
    advice="Flatten channel by channel, as it lies in memory; permute gives fc1 another order.")
class ChannelsLast(ref.Net):
    def forward(self, x):
        return head(self, features(self, x).permute(0, 2, 3, 1).reshape(-1, 400))


@misconception("lenet.Net/flatten-mixes-images", source="S3 L228",
    advice="Each row must hold one image: keep the batch axis first when you reshape.")
class MixedImages(ref.Net):
    def forward(self, x):
        return head(self, features(self, x).permute(1, 2, 3, 0).reshape(-1, 400))


@misconception("lenet.Net/squeezed", source="torch.squeeze",
    advice="A batch of one is still a batch: keep the shape (1, 10), do not squeeze it.")
class Squeezed(ref.Net):
    def forward(self, x):
        return super().forward(x).squeeze()


@misconception("lenet.Net/flatten-batch-too", source="S3 L228: all dimensions except batch",
    advice="torch.flatten(x) also removes the batch axis: flatten from axis 1, torch.flatten(x, 1).")
class FlattenAll(ref.Net):
    def forward(self, x):
        return head(self, torch.flatten(features(self, x)))


@misconception("lenet.Net/fixed-batch-size", source="S3 L228",
    advice="The batch size is not a constant: use x.shape[0], or -1 in view, in place of a number.")
class FixedBatch(ref.Net):
    def forward(self, x):
        return head(self, features(self, x).view(4, -1))


@misconception("lenet.Net/returns-classes", source="S4 L1825",
    advice="Return the ten scores; the most likely class is chosen by whoever calls the network.")
class ReturnsClasses(ref.Net):
    def forward(self, x):
        return super().forward(x).argmax(1)


@misconception("lenet.Net/detached", source="torch.Tensor.detach",
    advice="detach(), no_grad() or numpy inside forward cut the graph: the convolutions would never learn.")
class Detached(ref.Net):
    def forward(self, x):
        return head(self, features(self, x).detach().flatten(1))


@misconception("lenet.Net/dropout", source="S4 L2863",
    advice="This network has no dropout: its scores are the same in train and eval mode.")
class WithDropout(ref.Net):
    def forward(self, x):
        return head(self, F.dropout(features(self, x).flatten(1), 0.5, self.training))


@misconception("lenet.Net/mixed-128-120", source="S2 L369 and S3 L212",
    advice="fc1 must give what fc2 takes, 120 numbers. Each of the two slides is consistent in itself.")
class MixedSlides(ref.Net):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(400, 128)


@misconception("lenet.Net/padding-2", source="S1 L889: no padding",
    advice="No padding: 32 → 28 → 14 → 10 → 5, so fc1 takes 16·5·5 = 400 numbers.")
class Padded(ref.Net):
    def __init__(self):
        super().__init__()
        self.conv1, self.fc1 = nn.Conv2d(3, 6, 5, padding=2), nn.Linear(576, 120)


@misconception("lenet.Net/pool-before-convolution", source="S3 L226",
    advice="Pool after the convolution, not before it: convolve, ReLU, pool, twice.")
class PoolFirst(ref.Net):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 120)

    def forward(self, x):
        x = F.relu(self.conv2(self.pool(F.relu(self.conv1(self.pool(x))))))
        return head(self, x.flatten(1))


@misconception("lenet.Net/second-pool-missing", source="S3 L227",
    advice="Pooling follows both convolutions: 16 maps of 5×5 reach fc1, not of 10×10.")
class PoolOnce(ref.Net):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(1600, 120)

    def forward(self, x):
        return head(self, F.relu(self.conv2(self.pool(F.relu(self.conv1(x))))).flatten(1))


@misconception("lenet.Net/grey-images", source="S1 L885 against S3 L208",
    advice="The images are in colour: conv1 takes 3 channels. LeNet of 1998 had one.")
class OneChannel(ref.Net):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)


@misconception("lenet.Net/kernel-3", source="S3 L208",
    advice="The convolutions are 5×5, not 3×3.")
class Kernel3(ref.Net):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 3), nn.Conv2d(6, 16, 3)
        self.fc1 = nn.Linear(576, 120)


@misconception("lenet.Net/no-bias", source="S1 L890",
    advice="The convolutions have biases, one per filter: leave bias=True.")
class NoBias(ref.Net):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 5, bias=False), nn.Conv2d(6, 16, 5, bias=False)


@misconception("lenet.Net/sequential", source="S3 L205-213",
    advice="Weights are loaded by name: call the layers conv1, pool, conv2, fc1, fc2, fc3.")
class AsSequential(nn.Module):
    def __init__(self):
        super().__init__()
        net = ref.Net()
        relu, self.pool = nn.ReLU(), net.pool
        self.net = nn.Sequential(net.conv1, relu, net.pool, net.conv2, relu, net.pool, nn.Flatten(),
                                 net.fc1, relu, net.fc2, relu, net.fc3)

    def forward(self, x):
        return self.net(x)
