"""Public checks of `conv_arithmetic`: the worked examples of the lectures. The grader runs these and more."""

import numpy as np

from grader.checks import agree, close, points, raises

LENET = [(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1), (5, 1, 1)]      # (k, s, d) of C1, S2, C3, S4, C5


@points(4)
def test_conv_out_on_the_slides(student):
    """Output lengths of the lectures: 32 → 28, 200 → 99 → 49, and 5 → 5 with padding."""
    agree(student.conv_out.batch, [(32, 5), (14, 5)])           # 28 and 10, as in LeNet
    cases = [
        (200, 3, 0, 2, 1),      # 99: (200 − 3)/2 is not an integer, the half step is dropped
        (99, 3, 0, 2, 1),       # 49
        (5, 3, 1, 1, 1),        # 5
        (7, 3, 2, 2, 2),        # 4: a kernel of 3 with dilation 2 spans 5 pixels
        (5, 3, 0, 1, 2),        # 1: it fits exactly once
    ]
    agree(student.conv_out.batch, cases)


@points(3)
def test_conv_out_refuses_a_kernel_that_does_not_fit(student):
    """A kernel larger than the padded input raises ValueError instead of returning 0 or less."""
    raises(ValueError, student.conv_out, 4, 5)
    raises(ValueError, student.conv_out, 3, 8, 1)
    raises(ValueError, student.conv_out, 4, 5, 0, 3)
    raises(ValueError, student.conv_out, 4, 3, 0, 1, 2)


@points(3)
def test_pool_out_on_the_slides(student):
    """Pooling halves 28 → 14 and 10 → 5; windows overlap only where a stride is given."""
    agree(student.pool_out.batch, [(28, 2), (10, 2), (5, 2)])
    agree(student.pool_out.batch, [(5, 3, 1, 0), (7, 3, 2, 0), (8, 3, 2, 1)])
    raises(ValueError, student.pool_out, 8, 2, 2, 2)


@points(3)
def test_tconv_out_undoes_the_size_of_a_convolution(student):
    """A transposed convolution brings back the length from which the convolution of the same k, p, s came."""
    agree(student.tconv_out, 28, 5)                             # 32
    cases = [(99, 3, 0, 2, 1, 1), (49, 3, 0, 2, 1, 0), (5, 3, 1, 1, 1, 0), (4, 4, 1, 2, 1, 0)]
    cases += [(3, 3, 0, 1, 2, 0)]
    agree(student.tconv_out.batch, cases)
    raises(ValueError, student.tconv_out, 4, 3, 1, 2, 1, 2)


@points(2)
def test_same_padding_keeps_the_length(student):
    """Padding 1 for a kernel of 3, padding 2 for 5 or for 3 dilated by 2; an even kernel has none."""
    agree(student.same_padding.batch, [(3,), (5,), (1,)])
    agree(student.same_padding.batch, [(3, 2), (4, 2)])
    raises(ValueError, student.same_padding, 4)


@points(4)
def test_receptive_field_of_lenet(student):
    """The receptive field grows 5, 6, 14, 16, 32 through C1, S2, C3, S4 and C5 of LeNet."""
    agree(student.receptive_field.batch, [(LENET[:depth],) for depth in range(1, 6)])


@points(4)
def test_conv_params_on_the_slides(student):
    """C1 has 156 parameters, C5 has 48 120; the network of the second lecture has 456 and 2 416."""
    agree(student.conv_params.batch, [(1, 6, 5), (16, 120, 5), (3, 6, 5), (6, 16, 5)])
    agree(student.conv_params.batch, [(3, 1, 5, False, 1), (8, 8, 3, True, 8)])           # 75 and 80


@points(4)
def test_fully_connected_counts_on_the_slides(student):
    """256 neurons on a 224×224 colour image need 38 535 424 parameters; C1 as a full layer 4 821 600."""
    agree(student.fc_params.batch, [(224 * 224 * 3, 256), (32 * 32, 28 * 28 * 6), (120, 84), (84, 10)])
    agree(student.fc_params, 75, 1, False)
    agree(student.mlp_vs_cnn, 224, 224, 3, 256, 5, 256)


@points(2)
def test_c3_column_sums(student):
    """C3 is sparse: six of its maps see 3 maps of S2, nine see 4 and the last one sees all 6."""
    table = student.c3_connections()
    close(np.array(np.shape(table)), np.array([6, 16]), what="shape of the table")
    close(np.sum(table, axis=0), np.array([3] * 6 + [4] * 9 + [6]), what="S2 maps per C3 map")


@points(3)
def test_lenet5_table(student):
    """The seven layers of LeNet-5 with shapes and parameters: 60 850 in total, and 48 120 in C5."""
    table = agree(student.lenet5_table)
    close(sum(row["params"] for row in table), 60850, what="sum of all parameters")
