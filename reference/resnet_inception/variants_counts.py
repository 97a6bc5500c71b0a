"""Wrong counts of parameters."""

from grader.checks import misconception

from . import solution as ref


def changes(cin, cout, stride):
    """Has the block a projection?"""
    return stride != 1 or cin != cout


@misconception("resnet_inception.block_params/no-bn", source="torch.nn.BatchNorm2d",
    advice="Each BN has two numbers a channel to train, γ and β: 2·cout, for two or three of them.")
def without_bn(cin, cout, stride=1):
    return 9 * cin * cout + 9 * cout**2 + changes(cin, cout, stride) * cin * cout


@misconception("resnet_inception.block_params/no-projection", source="He et al. 2016, section 3.3",
    advice="Where the shape changes there is a projection with its BN: cin·cout + 2·cout more.")
def without_projection(cin, cout, stride=1):
    return 9 * cin * cout + 9 * cout**2 + 4 * cout


@misconception("resnet_inception.block_params/projection-without-bn", source="He et al. 2016, section 3.4",
    advice="The projection has a BN, too: 2·cout more.")
def without_projection_bn(cin, cout, stride=1):
    return without_projection(cin, cout) + changes(cin, cout, stride) * cin * cout


@misconception("resnet_inception.block_params/projection-ignores-stride",
    source="He et al. 2016, section 3.3",
    advice="With stride 2 there is a projection even if cin = cout.")
def projection_for_channels(cin, cout, stride=1):
    return ref.block_params(cin, cout, 1)


@misconception("resnet_inception.block_params/projection-always",
    source="He et al. 2016, section 4.1: option C",
    advice="Where the shape stays, the shortcut has no parameters.")
def projection_always(cin, cout, stride=1):
    return ref.block_params(cin, cout, 2)


@misconception("resnet_inception.block_params/bias", source="torchvision.models.resnet",
    advice="The convolutions of the block have no bias.")
def with_bias(cin, cout, stride=1):
    return ref.block_params(cin, cout, stride) + (2 + changes(cin, cout, stride)) * cout


@misconception("resnet_inception.block_params/running-statistics", source="torch.nn.BatchNorm2d: buffers",
    advice="Running means and variances are buffers, no parameters: nothing trains them.")
def with_buffers(cin, cout, stride=1):
    return ref.block_params(cin, cout, stride) + 2 * (2 + changes(cin, cout, stride)) * cout


@misconception("resnet_inception.block_params/state-dict", source="blind second author",
    advice="state_dict() also holds what nothing trains: running means and variances, and one counter for each BN. "
    "Sum over parameters() instead.")
def with_buffers_and_counters(cin, cout, stride=1):
    norms = 2 + changes(cin, cout, stride)
    return with_buffers(cin, cout, stride) + norms


@misconception("resnet_inception.block_params/conv2-takes-cin", source="torch.nn.Conv2d",
    advice="conv2 maps cout to cout channels: 9·cout², not 9·cin·cout.")
def second_takes_cin(cin, cout, stride=1):
    return ref.block_params(cin, cout, stride) + 9 * cout * (cin - cout)


@misconception("resnet_inception.block_params/divided-by-stride", source="S2: stride",
    advice="A stride makes the maps smaller, not the kernels: it does not change the weights of the 3×3 "
    "convolutions.")
def divided_by_stride(cin, cout, stride=1):
    return ref.block_params(cin, cout, stride) - 9 * cin * cout + 9 * cin * cout // stride**2


@misconception("resnet_inception.inception_params/no-bias",
    source="Szegedy et al. 2015, table 1 counts no biases",
    advice="Count the biases as well: one for each output channel of each convolution.")
def without_biases(cin, c1, c3, c5, cp, reduce=True):
    outs = c1 + c3[1] + c5[1] + cp + (c3[0] + c5[0] if reduce else 0)
    return ref.inception_params(cin, c1, c3, c5, cp, reduce) - outs


@misconception("resnet_inception.inception_params/reductions-forgotten",
    source="Szegedy et al. 2015, figure 2(b)",
    advice="The 1×1 reductions have weights and biases themselves.")
def without_reductions(cin, c1, c3, c5, cp, reduce=True):
    count = ref.inception_params(cin, c1, c3, c5, cp, reduce)
    return count - (cin + 1) * (c3[0] + c5[0]) if reduce else count


@misconception("resnet_inception.inception_params/reads-all-channels",
    source="Szegedy et al. 2015, section 4",
    advice="conv3 and conv5 read the reduced channels, not all cin: that is what the reduction saves.")
def reads_all_channels(cin, c1, c3, c5, cp, reduce=True):
    extra = (cin + 1) * (c3[0] + c5[0]) if reduce else 0
    return ref.inception_params(cin, c1, c3, c5, cp, False) + extra


@misconception("resnet_inception.inception_params/reduce-ignored", source="Szegedy et al. 2015, figure 2(a)",
    advice="reduce=False asks for the module without reduce3 and reduce5, where conv3 and conv5 read all "
    "cin channels.")
def ignores_reduce(cin, c1, c3, c5, cp, reduce=True):
    return ref.inception_params(cin, c1, c3, c5, cp)


@misconception("resnet_inception.inception_params/naive-reads-reduced-channels", source="blind second author",
    advice="With reduce=False there is nothing left that reduces: conv3 and conv5 read all cin channels, so their own "
    "weights grow to 9·cin·c3[1] and 25·cin·c5[1].")
def naive_reads_reduced_channels(cin, c1, c3, c5, cp, reduce=True):
    count = without_reductions if not reduce else ref.inception_params
    return count(cin, c1, c3, c5, cp)


@misconception("resnet_inception.inception_params/naive-without-convp",
    source="Szegedy et al. 2015, figure 2(a)",
    advice="Only reduce3 and reduce5 go with reduce=False; the pool branch keeps its 1×1 convolution here.")
def naive_without_convp(cin, c1, c3, c5, cp, reduce=True):
    return ref.inception_params(cin, c1, c3, c5, cp, reduce) - (0 if reduce else (cin + 1) * cp)


@misconception("resnet_inception.inception_params/pool-has-weights", source="torch.nn.MaxPool2d",
    advice="Max-pooling has no weights: convp is a 1×1 convolution of cin channels.")
def pool_has_weights(cin, c1, c3, c5, cp, reduce=True):
    return ref.inception_params(cin, c1, c3, c5, cp, reduce) + 8 * cin * cp


@misconception("resnet_inception.inception_params/3x3-for-5x5", source="torchvision.models.googlenet",
    advice="A 5×5 kernel has 25 weights for each pair of channels.")
def nine_for_twenty_five(cin, c1, c3, c5, cp, reduce=True):
    return ref.inception_params(cin, c1, c3, c5, cp, reduce) - 16 * (c5[0] if reduce else cin) * c5[1]


@misconception("resnet_inception.inception_params/reduced-and-out-swapped",
    source="Szegedy et al. 2015, table 1",
    advice="c3 and c5 are (reduced, out), in this order.")
def swapped(cin, c1, c3, c5, cp, reduce=True):
    return ref.inception_params(cin, c1, c3[::-1], c5[::-1], cp, reduce)
