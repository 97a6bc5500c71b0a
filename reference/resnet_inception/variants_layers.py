"""Residual blocks whose layers are wrong: another stride, bias, BN or projection."""

import torch
from torch import nn

from grader.checks import misconception

from . import solution as ref


def conv(cin, cout, size=3, stride=1, padding=1, bias=False):
    """A convolution with the defaults of the block."""
    return nn.Conv2d(cin, cout, size, stride=stride, padding=padding, bias=bias)


@misconception("resnet_inception.BasicBlock/no-projection", source="He et al. 2016, section 3.3",
    advice="Where the shape changes (stride or channels), x cannot be added as it is: the shortcut needs a 1×1 "
    "convolution `proj` with the same stride, and its BN `bn_proj`.")
class NoProjection(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        if self.projects:
            del self.proj, self.bn_proj
        self.projects = False


@misconception("resnet_inception.BasicBlock/projection-only-for-channels",
    source="He et al. 2016, section 3.3",
    advice="A stride alone changes the shape, too: the projection is needed if stride != 1 or cin != cout.")
class ProjectionForChannels(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.projects = cin != cout
        if stride != 1 and not self.projects:
            del self.proj, self.bn_proj


@misconception("resnet_inception.BasicBlock/projection-only-for-stride", source="He et al. 2016, section 3.3",
    advice="Other channels alone change the shape, too: the projection is needed if stride != 1 or cin != "
    "cout.")
class ProjectionForStride(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.projects = stride != 1
        if cin != cout and not self.projects:
            del self.proj, self.bn_proj


@misconception("resnet_inception.BasicBlock/projection-always",
    source="He et al. 2016, section 4.1: option C",
    advice="Where the shape stays, the shortcut is x itself, without weights: project only if stride != 1 "
    "or cin != cout.")
class ProjectionAlways(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.projects = True
        self.proj, self.bn_proj = conv(cin, cout, 1, stride, 0), nn.BatchNorm2d(cout)


@misconception("resnet_inception.BasicBlock/no-bn", source="He et al. 2016, section 3.4",
    advice="There is no batch normalisation: bn1 follows conv1, bn2 follows conv2, bn_proj the projection.")
class NoBN(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1, self.conv2 = conv(cin, cout, stride=stride), conv(cout, cout)
        self.proj = conv(cin, cout, 1, stride, 0) if stride != 1 or cin != cout else None

    def forward(self, x):
        side = x if self.proj is None else self.proj(x)
        return torch.relu(self.conv2(torch.relu(self.conv1(x))) + side)


@misconception("resnet_inception.BasicBlock/bias", source="He et al. 2016; torchvision.models.resnet",
    advice="The convolutions have no bias: the BN behind each subtracts the mean, bias included, and adds "
    "its own β.")
class WithBias(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.conv1, self.conv2 = conv(cin, cout, stride=stride, bias=True), conv(cout, cout, bias=True)
        if self.projects:
            self.proj = conv(cin, cout, 1, stride, 0, bias=True)


@misconception("resnet_inception.BasicBlock/projection-without-bn", source="He et al. 2016, section 3.4",
    advice="A BN follows every convolution, that of the shortcut, too: bn_proj is missing.")
class ProjectionWithoutBN(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        if self.projects:
            self.bn_proj = nn.Identity()


@misconception("resnet_inception.BasicBlock/projection-with-bias",
    source="He et al. 2016; torchvision.models.resnet",
    advice="proj has no bias either: bn_proj brings its own β.")
class ProjectionWithBias(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        if self.projects:
            self.proj = conv(cin, cout, 1, stride, 0, bias=True)


@misconception("resnet_inception.BasicBlock/projection-3x3", source="He et al. 2016, section 3.3",
    advice="The projection is a 1×1 convolution: it mixes channels, one pixel at a time.")
class Projection3x3(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        if self.projects:
            self.proj = conv(cin, cout, stride=stride)


@misconception("resnet_inception.BasicBlock/padding-missing", source="S1 L889; torch.nn.Conv2d",
    advice="A 3×3 convolution without padding shrinks its maps by 2, so F(x) does not fit x any more: "
    "padding=1.")
class PaddingMissing(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.conv1, self.conv2 = conv(cin, cout, stride=stride, padding=0), conv(cout, cout, padding=0)


@misconception("resnet_inception.BasicBlock/stride-on-both", source="He et al. 2016, table 1",
    advice="Only conv1 has the stride; with conv2 striding, too, F(x) is smaller than the shortcut.")
class StrideOnBoth(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.conv2 = conv(cout, cout, stride=stride)


@misconception("resnet_inception.BasicBlock/stride-on-conv2", source="He et al. 2016, table 1",
    advice="The stride belongs to conv1, so that conv2 already works on small maps; here conv2 has it.")
class StrideOnSecond(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.conv1, self.conv2 = conv(cin, cout), conv(cout, cout, stride=stride)


@misconception("resnet_inception.BasicBlock/stride-only-in-the-shortcut",
    source="He et al. 2016, section 3.3",
    advice="The shortcut strides, the main path does not: conv1 needs the stride as well.")
class StrideOnlyInShortcut(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.conv1 = conv(cin, cout)


@misconception("resnet_inception.BasicBlock/stride-not-in-the-shortcut", source="He et al. 2016, section 3.3",
    advice="The main path strides, the shortcut does not: give proj the same stride.")
class StrideNotInShortcut(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        if self.projects:
            self.proj = conv(cin, cout, 1, 1, 0)


@misconception("resnet_inception.BasicBlock/stride-of-two-only", source="hard-coded stride",
    advice="The stride is an argument, not always 2: pass it on to conv1 and proj.")
class StrideOfTwo(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, 1 if stride == 1 else 2)


@misconception("resnet_inception.BasicBlock/conv2-takes-cin", source="torch.nn.Conv2d",
    advice="conv1 gives cout channels, so conv2 takes cout channels, not cin.")
class Conv2TakesCin(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.conv2 = conv(cin, cout)


@misconception("resnet_inception.BasicBlock/channels-change-in-conv2", source="He et al. 2016, table 1",
    advice="The number of channels changes in conv1: it maps cin to cout, conv2 and both BN keep cout.")
class LateChannels(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.conv1, self.bn1, self.conv2 = conv(cin, cin, stride=stride), nn.BatchNorm2d(cin), conv(cin, cout)


@misconception("resnet_inception.BasicBlock/pre-activation", source="He et al. 2016b, Identity mappings",
    advice="This is the pre-activation block of the second paper (BN, ReLU, convolution); asked is "
    "convolution, BN, ReLU.")
class PreActivation(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.bn1 = nn.BatchNorm2d(cin)

    def forward(self, x):
        y = self.conv1(torch.relu(self.bn1(x)))
        y = self.conv2(torch.relu(self.bn2(y)))
        return y + (self.bn_proj(self.proj(x)) if self.projects else x)


@misconception("resnet_inception.BasicBlock/no-running-statistics", source="torch.nn.BatchNorm2d",
    advice="BN must keep running statistics for eval mode: leave track_running_stats as it is.")
class NoRunningStatistics(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.bn1, self.bn2 = (nn.BatchNorm2d(cout, track_running_stats=False) for _ in range(2))


@misconception("resnet_inception.BasicBlock/bn-not-affine", source="Ioffe and Szegedy 2015",
    advice="BN has a scale γ and a shift β to train: leave affine=True.")
class NotAffine(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.bn1, self.bn2 = (nn.BatchNorm2d(cout, affine=False) for _ in range(2))


@misconception("resnet_inception.BasicBlock/bn-momentum",
    source="Keras counts the momentum the other way: 0.99",
    advice="The running statistics move by a tenth a batch: momentum=0.1, torch's default. Keras' 0.99 "
    "means the rest.")
class OtherMomentum(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        for norm in (module for module in self.modules() if isinstance(module, nn.BatchNorm2d)):
            norm.momentum = 0.9


@misconception("resnet_inception.BasicBlock/names-of-torchvision", source="torchvision.models.resnet",
    advice="The layers are right, but weights are loaded by name: the shortcut's are called proj and "
    "bn_proj here.")
class NamesOfTorchvision(ref.BasicBlock):
    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.downsample = nn.Identity()
        if self.projects:
            self.downsample = nn.Sequential(self.proj, self.bn_proj)
            del self.proj, self.bn_proj

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.downsample(x))
