"""Wrong variants of the formulas, most frequent first within each function."""

import math

import numpy as np

from grader.checks import misconception

from . import solution as ref

# --- conv_out ----------------------------------------------------------------------------------------------

@misconception("conv_arithmetic.conv_out/no-floor", source="S2 L219, S3 L133",
    advice="A length is an integer: round (n + 2p − d(k−1) − 1)/s down with //, do not divide with /.")
def conv_no_floor(n, k, p=0, s=1, d=1):
    ref.conv_out(n, k, p, s, d)
    return (n + 2 * p - d * (k - 1) - 1) / s + 1


@misconception("conv_arithmetic.conv_out/forgot-plus-one", source="S4 L2384",
    advice="The window has one position before it moves at all: add 1 to the number of steps.")
def conv_forgot_plus_one(n, k, p=0, s=1, d=1):
    return ref.conv_out(n, k, p, s, d) - 1


@misconception("conv_arithmetic.conv_out/padding-once", source="S2 L219",
    advice="Padding is added on both sides: the input grows by 2p, not by p.")
def conv_padding_once(n, k, p=0, s=1, d=1):
    steps = n + p - d * (k - 1) - 1
    if steps < 0:
        raise ValueError("kernel larger than input")
    return steps // s + 1


@misconception("conv_arithmetic.conv_out/dilation-times-k", source="S2 L278, S4 L2384",
    advice="Dilation d puts holes between the k taps, and there are k−1 gaps: the span is d(k−1)+1, not d·k.")
def conv_dilation_times_k(n, k, p=0, s=1, d=1):
    if d * k > n + 2 * p:
        raise ValueError("kernel larger than input")
    return (n + 2 * p - d * k) // s + 1


@misconception("conv_arithmetic.conv_out/plus-one-before-division", source="S4 L2384",
    advice="Divide first, then add 1: ⌊steps/s⌋ + 1 and not ⌊(steps + 1)/s⌋. With s = 1 both agree.")
def conv_plus_one_inside(n, k, p=0, s=1, d=1):
    ref.conv_out(n, k, p, s, d)
    return (n + 2 * p - d * (k - 1)) // s


@misconception("conv_arithmetic.conv_out/ceil", source="S4 L2386: 200 → 99",
    advice="A window that hangs over the border is dropped: round down, not up.")
def conv_ceil(n, k, p=0, s=1, d=1):
    ref.conv_out(n, k, p, s, d)
    return math.ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1


@misconception("conv_arithmetic.conv_out/round", source="S4 L2386: 200 → 99",
    advice="Round down: where round() goes up, the last window would leave the image.")
def conv_round(n, k, p=0, s=1, d=1):
    ref.conv_out(n, k, p, s, d)
    return round((n + 2 * p - d * (k - 1) - 1) / s) + 1


@misconception("conv_arithmetic.conv_out/never-raises", source="torch.nn.Conv2d raises too",
    advice="A kernel larger than the padded input has no output: raise ValueError, do not return 0 or less.")
def conv_never_raises(n, k, p=0, s=1, d=1):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


@misconception("conv_arithmetic.conv_out/int-hides-the-error", source="Python: int(-0.5) == 0, -1 // 2 == -1",
    advice="int() rounds towards zero, so int(−0.5) + 1 is 1: an impossible layer looks possible. Use //.")
def conv_truncates(n, k, p=0, s=1, d=1):
    out = int((n + 2 * p - d * (k - 1) - 1) / s) + 1
    if out <= 0:
        raise ValueError("no output")
    return out


@misconception("conv_arithmetic.conv_out/zero-accepted", source="torch.nn.Conv2d raises too",
    advice="An output of length 0 is no output either: raise ValueError for out ≤ 0, not only for out < 0.")
def conv_accepts_zero(n, k, p=0, s=1, d=1):
    out = (n + 2 * p - d * (k - 1) - 1) // s + 1
    if out < 0:
        raise ValueError("no output")
    return out


@misconception("conv_arithmetic.conv_out/dilation-ignored", source="S4 L2384",
    advice="A dilated kernel covers d(k−1)+1 pixels: use this span in place of k.")
def conv_no_dilation(n, k, p=0, s=1, d=1):
    return ref.conv_out(n, k, p, s)


# --- pool_out and tconv_out --------------------------------------------------------------------------------

@misconception("conv_arithmetic.pool_out/stride-one", source="torch.nn.MaxPool2d",
    advice="Without a stride a pooling window moves by its own size: s = k, not 1.")
def pool_stride_one(n, k, s=None, p=0):
    return ref.pool_out(n, k, 1 if s is None else s, p)


@misconception("conv_arithmetic.pool_out/n-over-k", source="S2 L293",
    advice="n // k holds only if the window moves by its own size; overlapping windows follow conv_out.")
def pool_n_over_k(n, k, s=None, p=0):
    ref.pool_out(n, k, s, p)
    return (n + 2 * p) // (s or k)


@misconception("conv_arithmetic.pool_out/ceil-mode", source="torch.nn.MaxPool2d",
    advice="An incomplete window at the border is dropped here (ceil_mode=False): round down.")
def pool_ceil(n, k, s=None, p=0):
    ref.pool_out(n, k, s, p)
    s = s or k
    out = -(-(n + 2 * p - k) // s) + 1
    return out - 1 if (out - 1) * s >= n + p else out


@misconception("conv_arithmetic.pool_out/any-padding", source="torch.nn.MaxPool2d",
    advice="Padding above k/2 lets a window lie in the padding alone, with maximum −∞: raise ValueError.")
def pool_any_padding(n, k, s=None, p=0):
    return ref.conv_out(n, k, p, k if s is None else s)


@misconception("conv_arithmetic.tconv_out/op-ignored", source="torch.nn.ConvTranspose2d",
    advice="Add the output padding: it chooses among the s lengths that a strided convolution maps together.")
def tconv_no_op(n, k, p=0, s=1, d=1, op=0):
    return ref.tconv_out(n, k, p, s, d)


@misconception("conv_arithmetic.tconv_out/n-times-s", source="S4 L2782; torch.nn.ConvTranspose2d",
    advice="n pixels have n−1 gaps of s: the transposed convolution starts from (n−1)s, not from n·s.")
def tconv_n_times_s(n, k, p=0, s=1, d=1, op=0):
    return ref.tconv_out(n + 1, k, p, s, d, op)


@misconception("conv_arithmetic.tconv_out/padding-grows", source="torch.nn.ConvTranspose2d",
    advice="In a transposed convolution padding is cut off the output: subtract 2p, do not add it.")
def tconv_padding_grows(n, k, p=0, s=1, d=1, op=0):
    return ref.tconv_out(n, k, 0, s, d, op) + 2 * p


@misconception("conv_arithmetic.tconv_out/any-op", source="torch.nn.ConvTranspose2d",
    advice="An output padding of max(s, d) or more would add pixels that no tap can reach: raise ValueError.")
def tconv_any_op(n, k, p=0, s=1, d=1, op=0):
    out = (n - 1) * s - 2 * p + d * (k - 1) + op + 1
    if out < 1:
        raise ValueError("no output")
    return out


@misconception("conv_arithmetic.tconv_out/never-checks-size", source="torch.nn.ConvTranspose2d raises too",
    advice="If padding removes everything there is no output: raise ValueError for a length ≤ 0.")
def tconv_any_size(n, k, p=0, s=1, d=1, op=0):
    if op >= max(s, d):
        raise ValueError("output padding too large")
    return (n - 1) * s - 2 * p + d * (k - 1) + op + 1


# --- same_padding and receptive_field ----------------------------------------------------------------------

@misconception("conv_arithmetic.same_padding/half-kernel", source="S4 L2311",
    advice="k // 2 keeps the length only without dilation: the kernel takes away d(k−1) pixels.")
def same_half_kernel(k, d=1):
    ref.same_padding(k, d)
    return k // 2


@misconception("conv_arithmetic.same_padding/both-sides", source="S4 L2311",
    advice="d(k−1) is what both sides need together; the padding is given per side.")
def same_both_sides(k, d=1):
    ref.same_padding(k, d)
    return d * (k - 1)


@misconception("conv_arithmetic.same_padding/rounds-odd", source="torch.nn.Conv2d, padding='same'",
    advice="If d(k−1) is odd, no symmetric padding keeps the length: raise ValueError instead of rounding.")
def same_rounds(k, d=1):
    return d * (k - 1) // 2


@misconception("conv_arithmetic.same_padding/half-span", source="S4 L2358",
    advice="The padding is half of d(k−1), not d·⌊k/2⌋: with an even kernel and d = 2 they differ.")
def same_half_times_d(k, d=1):
    ref.same_padding(k, d)
    return d * (k // 2)


@misconception("conv_arithmetic.receptive_field/current-stride", source="Dumoulin & Visin 2016",
    advice="The taps of a layer are as far apart as the strides *before* it: update jump after rf.")
def rf_current_stride(layers):
    rf, jump = 1, 1
    for k, s, d in layers:
        jump *= s
        rf += d * (k - 1) * jump
    return rf, jump


@misconception("conv_arithmetic.receptive_field/strides-ignored", source="S0 L714",
    advice="After a stride of 2 each step of a later kernel is worth 2 input pixels: multiply by jump.")
def rf_no_stride(layers):
    return 1 + sum(d * (k - 1) for k, _, d in layers), ref.receptive_field(layers)[1]


@misconception("conv_arithmetic.receptive_field/last-kernel", source="S4 L2210 says h×w for every layer",
    advice="The kernel size is the receptive field of the first layer only; deeper pixels see more.")
def rf_last_kernel(layers):
    k, _, d = layers[-1] if layers else (1, 1, 1)
    return d * (k - 1) + 1, ref.receptive_field(layers)[1]


@misconception("conv_arithmetic.receptive_field/adds-kernels", source="Dumoulin & Visin 2016",
    advice="Every further layer adds d(k−1) steps, not d·k: neighbouring windows share a pixel.")
def rf_adds_kernels(layers):
    rf, jump = 0, 1
    for k, s, d in layers:
        rf += d * k * jump
        jump *= s
    return max(rf, 1), jump


@misconception("conv_arithmetic.receptive_field/dilation-ignored", source="S2 L278, S4 L2362",
    advice="Dilation widens the receptive field although it adds no weights: use d(k−1).")
def rf_no_dilation(layers):
    return ref.receptive_field([(k, s, 1) for k, s, _ in layers])


@misconception("conv_arithmetic.receptive_field/last-jump", source="Dumoulin & Visin 2016",
    advice="jump is the product of all strides so far, not the stride of the last layer.")
def rf_last_jump(layers):
    rf, jump = 1, 1
    for k, s, d in layers:
        rf += d * (k - 1) * jump
        jump = s
    return rf, jump


# --- parameters and multiplications ------------------------------------------------------------------------

@misconception("conv_arithmetic.conv_macs/bias-counted", source="the definition in the handout",
    advice="A bias is added, not multiplied: count the weights only.")
def macs_with_bias(cin, cout, k, h, w, p=0, s=1, d=1, groups=1):
    positions = ref.conv_out(h, k, p, s, d) * ref.conv_out(w, k, p, s, d)
    return positions * ref.conv_params(cin, cout, k, True, groups)


@misconception("conv_arithmetic.conv_params/no-bias", source="S1 L890 counts it, S2 L67 does not",
    advice="Each filter has a bias: add one parameter per output channel (unless bias=False).")
def params_no_bias(cin, cout, k, bias=True, groups=1):
    return ref.conv_params(cin, cout, k, False, groups)


@misconception("conv_arithmetic.conv_params/one-bias", source="S1 L890",
    advice="There is one bias per filter, not one for the whole layer: cout of them.")
def params_one_bias(cin, cout, k, bias=True, groups=1):
    return ref.conv_params(cin, cout, k, False, groups) + bool(bias)


@misconception("conv_arithmetic.conv_params/depth-forgotten", source="S1 L959: 5·5·16 + 1",
    advice="A filter reaches through all input channels: its kernel has cin/groups · k · k weights.")
def params_no_depth(cin, cout, k, bias=True, groups=1):
    ref.conv_params(cin, cout, k, bias, groups)
    return cout * (k * k + bool(bias))


@misconception("conv_arithmetic.conv_params/groups-ignored", source="torch.nn.Conv2d",
    advice="With groups a filter sees only cin/groups channels: divide the weights, not the biases.")
def params_no_groups(cin, cout, k, bias=True, groups=1):
    ref.conv_params(cin, cout, k, bias, groups)
    return cout * (cin * k * k + bool(bias))


@misconception("conv_arithmetic.conv_params/bias-always", source="torch.nn.Conv2d",
    advice="bias=False removes the biases: add them only when asked to.")
def params_bias_always(cin, cout, k, bias=True, groups=1):
    return ref.conv_params(cin, cout, k, True, groups)


@misconception("conv_arithmetic.conv_params/kernel-not-squared", source="S1 L890",
    advice="The kernel is two-dimensional: k·k weights per channel, not k.")
def params_k_once(cin, cout, k, bias=True, groups=1):
    ref.conv_params(cin, cout, k, bias, groups)
    return cout * (cin // groups * k + bool(bias))


@misconception("conv_arithmetic.conv_params/groups-unchecked", source="torch.nn.Conv2d raises too",
    advice="groups must divide the input and the output channels: raise ValueError otherwise.")
def params_any_groups(cin, cout, k, bias=True, groups=1):
    return cout * (cin // groups * k * k + bool(bias))


@misconception("conv_arithmetic.fc_params/no-bias", source="S0 L408: 256·(150528 + 1)",
    advice="Each neuron has a bias: n_out·(n_in + 1), unless bias=False.")
def fc_no_bias(n_in, n_out, bias=True):
    return n_in * n_out


@misconception("conv_arithmetic.fc_params/bias-per-input", source="S0 L408",
    advice="Biases belong to the outputs: n_out of them, not n_in.")
def fc_bias_per_input(n_in, n_out, bias=True):
    return n_in * (n_out + bool(bias))


@misconception("conv_arithmetic.conv_macs/input-size", source="S1 L889",
    advice="A filter is applied once per *output* pixel: multiply by the output size, not the input size.")
def macs_input_size(cin, cout, k, h, w, p=0, s=1, d=1, groups=1):
    ref.conv_macs(cin, cout, k, h, w, p, s, d, groups)
    return h * w * ref.conv_params(cin, cout, k, False, groups)


@misconception("conv_arithmetic.conv_macs/square-image", source="S1 L889",
    advice="Height and width have their own output length; the image need not be square.")
def macs_square(cin, cout, k, h, w, p=0, s=1, d=1, groups=1):
    return ref.conv_macs(cin, cout, k, h, h, p, s, d, groups)


# --- LeNet-5 -----------------------------------------------------------------------------------------------

def edited(f7, name, **changes):
    """The reference table with the row `name` changed."""
    return [{**row, **changes} if row["name"] == name else row for row in ref.lenet5_table(f7)]


@misconception("conv_arithmetic.lenet5_table/c3-dense", source="S1 L917",
    advice="C3 does not see all maps of S2: 60 kernels instead of 96, so 1516 parameters and not 2416.")
def table_c3_dense(f7="fc"):
    return edited(f7, "C3", params=2416)


@misconception("conv_arithmetic.lenet5_table/c5-48210", source="S1 L959",
    advice="(5·5·16 + 1)·120 is 48120; the slide has two digits swapped.")
def table_c5_slide(f7="fc"):
    return edited(f7, "C5", params=48210)


@misconception("conv_arithmetic.lenet5_table/pooling-without-parameters", source="S1 L903",
    advice="S2 and S4 are trained in LeNet-5: a coefficient and a bias per map, 12 and 32 parameters.")
def table_plain_pooling(f7="fc"):
    return [{**row, "params": 0} if row["name"] in ("S2", "S4") else row for row in ref.lenet5_table(f7)]


@misconception("conv_arithmetic.lenet5_table/c5-flat", source="S1 L955",
    advice="C5 is a convolution: its output is (120, 1, 1), flat only from F6 on.")
def table_c5_flat(f7="fc"):
    return edited(f7, "C5", out_shape=(120,))


@misconception("conv_arithmetic.lenet5_table/f7-always", source="LeCun et al. 1998, section II.B",
    advice='With f7="none" the table ends at F6: the paper has no trained output layer.')
def table_keeps_f7(f7="fc"):
    return ref.lenet5_table("fc") if f7 == "none" else ref.lenet5_table(f7)


@misconception("conv_arithmetic.c3_connections/no-wrap", source="LeCun et al. 1998, table I",
    advice="The runs of neighbouring maps wrap around: after map 5 comes map 0.")
def c3_no_wrap():
    table = ref.c3_connections()
    for j in range(12):
        length = 3 if j < 6 else 4
        table[:, j] = False
        table[min(j % 6, 6 - length):, j][:length] = True
    return table


@misconception("conv_arithmetic.c3_connections/as-extracted", source="S1 L923-929",
    advice="Columns of this table have slipped: C3 maps 0–5 need three crosses, 6–14 four, 15 six.")
def c3_as_extracted():
    rows = ("X..XXX..XXXX.XX.", "XX..XXX..XXXXX..", "XXX..XXX..XXX...",
            ".XXX.XXXX..XXX..", ".XXX..XXXX.XXX..", ".XXX..XXXX.XXX..")       # 59 crosses
    return np.array([[cell == "X" for cell in row] for row in rows])


@misconception("conv_arithmetic.c3_connections/dense", source="S1 L917",
    advice="C3 is sparse: only its last map sees all six maps of S2.")
def c3_dense():
    return np.ones((6, 16), dtype=bool)


@misconception("conv_arithmetic.c3_connections/transposed", source="S1 L923",
    advice="Rows are the 6 maps of S2, columns the 16 maps of C3: the shape is (6, 16).")
def c3_transposed():
    return ref.c3_connections().T


@misconception("conv_arithmetic.mlp_vs_cnn/one-channel", source="S0 L408: 224·224·3",
    advice="A colour image has c·h·w inputs: do not forget the channels.")
def mlp_one_channel(h, w, c, units, k, filters):
    return ref.fc_params(h * w, units), ref.conv_params(c, filters, k)


@misconception("conv_arithmetic.mlp_vs_cnn/no-sharing", source="S1 L891",
    advice="All positions share the filters: the image size does not enter the count of a convolution.")
def mlp_no_sharing(h, w, c, units, k, filters):
    return ref.fc_params(h * w * c, units), ref.conv_params(c, filters, k) * h * w
