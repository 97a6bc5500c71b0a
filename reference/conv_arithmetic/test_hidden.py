"""Hidden checks of `conv_arithmetic`: every small case, random large ones, impossible layers."""

import itertools

from grader.checks import agree, points, pure, raises


def grid(*axes):
    """All combinations of the axes, as a list of argument tuples."""
    return list(itertools.product(*axes))


@points(10)
def test_conv_out_everywhere(student):
    """conv_out is right, or raises ValueError, for every small n, k, p, s and d."""
    agree(student.conv_out.batch, grid(range(1, 41), range(1, 8), range(4), range(1, 5), range(1, 4)))


@points(5)
def test_pool_out_everywhere(student):
    """pool_out is right, or raises ValueError, with and without overlap, padding and a left-over border."""
    agree(student.pool_out.batch, grid((1, 2, 3, 5, 6, 9, 12), range(1, 5), (None, 1, 2, 3, 5), range(4)))


@points(5)
def test_tconv_out_everywhere(student):
    """tconv_out is right, or raises ValueError, with stride, dilation and output padding."""
    cases = grid((1, 2, 5, 8), (1, 2, 4), (0, 1, 3), range(1, 4), (1, 2), range(3))
    agree(student.tconv_out.batch, cases)


@points(3)
def test_same_padding_everywhere(student):
    """same_padding is right for odd and dilated kernels and raises ValueError where none exists."""
    agree(student.same_padding.batch, grid(range(1, 12), range(1, 6)))


@points(6)
def test_receptive_field_of_random_stacks(student, rng):
    """rf and jump are right for random stacks with strides and dilations, for one layer and for none."""
    stacks = [[], [(7, 4, 3)]]
    for depth in rng.integers(2, 9, size=30):
        columns = rng.integers(1, (8, 4, 4), size=(depth, 3))                    # k 1–7, s 1–3, d 1–3
        stacks.append([tuple(int(v) for v in row) for row in columns])
    agree(student.receptive_field.batch, [(stack,) for stack in stacks])
    pure(student.receptive_field, stacks[-1])


@points(5)
def test_conv_params_with_groups(student, rng):
    """conv_params counts kernels and biases, with and without groups, refusing groups that cannot be."""
    cases = [(6, 4, 3, True, 4), (4, 6, 3, True, 4), (5, 5, 1, False, 2)]         # impossible
    for _ in range(40):
        groups, a, b, k = (int(v) for v in rng.integers(1, 9, size=4))
        cases.append((groups * a, groups * b, k, bool(rng.integers(2)), groups))
    agree(student.conv_params.batch, cases)


@points(4)
def test_fully_connected_counts_on_random_sizes(student, rng):
    """fc_params and mlp_vs_cnn are right on random sizes, for images that are not square."""
    sizes = rng.integers(1, 400, size=(20, 2)).tolist()
    agree(student.fc_params.batch, [(n, m, bool(i % 2)) for i, (n, m) in enumerate(sizes)])
    agree(student.mlp_vs_cnn.batch, [tuple(row) for row in rng.integers(2, 60, size=(20, 6)).tolist()])


@points(4)
def test_conv_macs(student, rng):
    """conv_macs counts the multiplications of one image, for all strides, dilations and groups."""
    agree(student.conv_macs, 1, 6, 5, 32, 32)                                      # C1 of LeNet
    cases = [(3, 4, 7, 6, 9, 0, 1, 1, 1), (3, 4, 3, 9, 9, 1, 1, 1, 2)]              # impossible
    for _ in range(30):
        groups, a, b, k = (int(v) for v in rng.integers(1, 6, size=4))
        h, w = (int(v) for v in rng.integers(15, 40, size=2))
        p, s, d = (int(v) for v in rng.integers((0, 1, 1), (4, 4, 4)))
        cases.append((groups * a, groups * b, k, h, w, p, s, d, groups))
    agree(student.conv_macs.batch, cases)


@points(3)
def test_c3_connections(student):
    """Every link between S2 and C3 is the one of the paper, and asking twice gives the same table."""
    agree(student.c3_connections)
    pure(student.c3_connections)


@points(3)
def test_lenet5_table_without_f7(student):
    """Without F7 the table ends at F6 and sums to 60 000; asking repeatedly changes nothing."""
    agree(student.lenet5_table.batch, [("none",), ("fc",), ("none",)])
    raises(ValueError, student.lenet5_table, "rbf")
