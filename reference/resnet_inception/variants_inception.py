"""Wrong Inception modules."""

import torch
from torch import nn
from torch.nn import functional

from grader.checks import misconception

from . import solution as ref


def branches(net, x, first=torch.relu, last=torch.relu, pool=None):
    """The four branches of x (N, cin, H, W), each (N, its channels, H, W)."""
    pooled = net.pool(x) if pool is None else pool(x)
    return [
        last(net.conv1(x)),
        last(net.conv3(first(net.reduce3(x)))),
        last(net.conv5(first(net.reduce5(x)))),
        last(net.convp(pooled)),
    ]


def linear(u):
    """No activation."""
    return u


@misconception("resnet_inception.Inception/concatenated-along-the-batch", source="S2 L521; torch.cat",
    advice="torch.cat joins along axis 0, the batch, unless told otherwise: channels are axis 1.")
class AlongBatch(ref.Inception):
    def forward(self, x):
        return torch.cat(branches(self, x))


@misconception("resnet_inception.Inception/concatenated-along-the-width", source="S2 L521; torch.cat",
    advice="Axis -1 is the width here: channels come second in torch, axis 1 (they are last in Keras).")
class AlongWidth(ref.Inception):
    def forward(self, x):
        return torch.cat(branches(self, x), dim=-1)


@misconception("resnet_inception.Inception/summed", source="S2 L521",
    advice="The branches are concatenated, not added: each keeps channels of its own.")
class Summed(ref.Inception):
    def forward(self, x):
        return sum(branches(self, x))


@misconception("resnet_inception.Inception/pool-branch-first", source="Szegedy et al. 2015, table 1",
    advice="The order of the channels is 1×1, 3×3, 5×5, pooling: the pooling branch comes last.")
class PoolFirst(ref.Inception):
    def forward(self, x):
        one, three, five, pooled = branches(self, x)
        return torch.cat([pooled, one, three, five], dim=1)


@misconception("resnet_inception.Inception/other-order", source="Szegedy et al. 2015, table 1",
    advice="The order of the channels is 1×1, 3×3, 5×5, pooling; here the 5×5 branch comes before the 3×3.")
class FiveBeforeThree(ref.Inception):
    def forward(self, x):
        one, three, five, pooled = branches(self, x)
        return torch.cat([one, five, three, pooled], dim=1)


@misconception("resnet_inception.Inception/no-relu", source="Szegedy et al. 2015, section 5",
    advice="There is no activation: every convolution of the module, reductions included, is followed by "
    "ReLU.")
class NoRelu(ref.Inception):
    def forward(self, x):
        return torch.cat(branches(self, x, linear, linear), dim=1)


@misconception("resnet_inception.Inception/no-relu-after-reduction",
    source="Szegedy et al. 2015, section 4: dual-purpose",
    advice="The 1×1 reductions are followed by ReLU, too: otherwise reduction and convolution are one "
    "linear map.")
class NoReluAfterReduction(ref.Inception):
    def forward(self, x):
        return torch.cat(branches(self, x, first=linear), dim=1)


@misconception("resnet_inception.Inception/no-relu-at-the-end", source="Szegedy et al. 2015, section 5",
    advice="ReLU also follows the last convolution of each branch.")
class NoReluAtTheEnd(ref.Inception):
    def forward(self, x):
        return torch.cat(branches(self, x, last=linear), dim=1)


@misconception("resnet_inception.Inception/no-relu-after-1x1", source="Szegedy et al. 2015, section 5",
    advice="ReLU is missing after conv1: every convolution of the module has one, the 1×1 branch as well.")
class NoReluAfterOne(ref.Inception):
    def forward(self, x):
        return torch.cat([self.conv1(x), *branches(self, x)[1:]], dim=1)


@misconception("resnet_inception.Inception/no-relu-in-pool-branch", source="Szegedy et al. 2015, section 5",
    advice="ReLU is missing after convp: every convolution of the module has one, the pool projection as "
    "well.")
class NoReluAfterPool(ref.Inception):
    def forward(self, x):
        return torch.cat([*branches(self, x)[:3], self.convp(self.pool(x))], dim=1)


@misconception("resnet_inception.Inception/padding-missing", source="S2 L519-521",
    advice="Without padding the 3×3 and the 5×5 branch give smaller maps, which cannot be concatenated: "
    "padding=1 and 2.")
class PaddingMissing(ref.Inception):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__(cin, c1, c3, c5, cp)
        self.conv3.padding = self.conv5.padding = (0, 0)


@misconception("resnet_inception.Inception/padding-1-for-5x5", source="S2 L519-521",
    advice="A 5×5 kernel needs padding=2 to keep H and W: (k - 1)/2.")
class NarrowPadding(ref.Inception):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__(cin, c1, c3, c5, cp)
        self.conv5.padding = (1, 1)


@misconception("resnet_inception.Inception/1x1-shrinks-the-maps",
    source="S2 L519: standardizes the size of the outputs",
    advice="A 1×1 convolution changes the number of channels, not H and W: no stride anywhere in the module.")
class SmallerMaps(ref.Inception):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__(cin, c1, c3, c5, cp)
        self.conv1.stride = self.reduce3.stride = self.reduce5.stride = (2, 2)
        self.pool.stride = 2


@misconception("resnet_inception.Inception/pool-stride",
    source="torch.nn.MaxPool2d: stride defaults to the window",
    advice="MaxPool2d(3) moves by 3 unless told otherwise: stride=1 keeps H and W.")
class PoolStride(ref.Inception):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__(cin, c1, c3, c5, cp)
        self.pool = nn.MaxPool2d(3, padding=1)


@misconception("resnet_inception.Inception/pool-padding", source="torch.nn.MaxPool2d",
    advice="The 3×3 pooling needs padding=1 to keep H and W.")
class PoolPadding(ref.Inception):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__(cin, c1, c3, c5, cp)
        self.pool = nn.MaxPool2d(3, stride=1)


@misconception("resnet_inception.Inception/no-pool", source="Szegedy et al. 2015, figure 2",
    advice="The last branch starts with a 3×3 max-pooling; here convp sees x itself.")
class NoPool(ref.Inception):
    def forward(self, x):
        return torch.cat(branches(self, x, pool=linear), dim=1)


@misconception("resnet_inception.Inception/average-pool",
    source="Szegedy et al. 2015, figure 2; averages came with Inception v3",
    advice="The pooling of this module takes the maximum, not the mean.")
class AveragePool(ref.Inception):
    def forward(self, x):
        return torch.cat(branches(self, x, pool=lambda u: functional.avg_pool2d(u, 3, 1, 1)), dim=1)


@misconception("resnet_inception.Inception/pool-pads-with-zeros", source="torch.nn.MaxPool2d pads with -inf",
    advice="The border of a max-pooling is no 0: where all neighbours are negative, 0 would win. "
    "MaxPool2d(padding=1) does it right.")
class ZeroPaddedPool(ref.Inception):
    def forward(self, x):
        padded = functional.pad(x, (1, 1, 1, 1))
        return torch.cat(branches(self, x, pool=lambda _: functional.max_pool2d(padded, 3, 1)), dim=1)


@misconception("resnet_inception.Inception/pool-after-projection", source="Szegedy et al. 2015, figure 2(b)",
    advice="First the pooling, then the 1×1 convolution; in the other branches the 1×1 comes first.")
class PoolAfterProjection(ref.Inception):
    def forward(self, x):
        pooled = torch.relu(self.pool(self.convp(x)))
        return torch.cat([*branches(self, x)[:3], pooled], dim=1)


@misconception("resnet_inception.Inception/no-reduction", source="Szegedy et al. 2015, figure 2(a)",
    advice="This is the naive module: the 3×3 and 5×5 convolutions must see the reduced channels of reduce3 "
    "and reduce5.")
class NoReduction(ref.Inception):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__(cin, c1, (cin, c3[1]), (cin, c5[1]), cp)
        self.reduce3 = self.reduce5 = nn.Identity()


@misconception("resnet_inception.Inception/reduced-and-out-swapped", source="Szegedy et al. 2015, table 1",
    advice="c3 and c5 are (reduced, out): the 1×1 gives the first number, the large kernel the second.")
class Swapped(ref.Inception):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__(cin, c1, c3[::-1], c5[::-1], cp)


@misconception("resnet_inception.Inception/3x3-for-5x5",
    source="torchvision.models.googlenet has this very slip",
    advice="conv5 is a 5×5 convolution with padding 2; torchvision's GoogLeNet has 3×3 here, a known slip.")
class Kernel3(ref.Inception):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__(cin, c1, c3, c5, cp)
        self.conv5 = nn.Conv2d(c5[0], c5[1], 3, padding=1)


@misconception("resnet_inception.Inception/no-bias", source="torchvision.models.googlenet has BN instead",
    advice="There is no BN in this module, so its convolutions keep their biases.")
class NoBias(ref.Inception):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__(cin, c1, c3, c5, cp)
        for layer in (self.conv1, self.reduce3, self.conv3, self.reduce5, self.conv5, self.convp):
            layer.bias = None


@misconception("resnet_inception.Inception/batch-normalised",
    source="torchvision.models.googlenet; Ioffe and Szegedy 2015",
    advice="The module of 2014 has no batch normalisation: a convolution with bias, then ReLU.")
class WithBN(ref.Inception):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__(cin, c1, c3, c5, cp)
        self.bn = nn.BatchNorm2d(c1 + c3[1] + c5[1] + cp)

    def forward(self, x):
        return torch.relu(self.bn(torch.cat(branches(self, x, last=linear), dim=1)))


@misconception("resnet_inception.Inception/relu-changes-input", source="torch.relu_",
    advice="An in-place ReLU on x changes the caller's images, and what the other branches see.")
class ReluChangesInput(ref.Inception):
    def forward(self, x):
        return super().forward(torch.relu_(x))


@misconception("resnet_inception.Inception/squeezed", source="torch.squeeze",
    advice="A batch of one image is still a batch: keep (1, C, H, W), do not squeeze.")
class Squeezed(ref.Inception):
    def forward(self, x):
        return super().forward(x).squeeze(0)


@misconception("resnet_inception.Inception/detached", source="torch.Tensor.detach",
    advice="detach(), no_grad() or numpy inside forward cut the graph: the convolutions behind it would "
    "never learn.")
class Detached(ref.Inception):
    def forward(self, x):
        return torch.cat([part.detach() for part in branches(self, x)], dim=1).requires_grad_()
