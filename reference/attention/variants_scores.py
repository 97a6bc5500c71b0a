"""Wrong variants of scaled_dot_product_attention without regard to the mask, most frequent first."""

import math

import torch

from grader.checks import misconception

from . import solution as ref

NAME = "attention.scaled_dot_product_attention"
LIKELY = "a likely slip, without a slide that prints it"


def attend(Q, K, V, mask, factor=None, keys=-1):
    """The right attention but for the factor on Q·K and the axis of the softmax."""
    factor = 1 / math.sqrt(Q.shape[-1]) if factor is None else factor
    return mix(Q @ K.transpose(-2, -1) * factor, V, mask, keys)


def mix(scores, V, mask, keys=-1):
    """(out, w) from scores."""
    if mask is None:
        w = torch.softmax(scores, dim=keys)
    else:
        w = torch.softmax(scores.masked_fill(~mask, -math.inf), dim=keys).masked_fill(~mask, 0.0)
    return w @ V, w


@misconception(f"{NAME}/no-scale", source="Vaswani, 3.2.1: dot-product attention without the factor",
    advice="Divide the scores by √d before the softmax: q·k of d numbers has variance d, and a softmax of "
           "large scores has hardly any gradient.")
def no_scale(Q, K, V, mask=None):
    return attend(Q, K, V, mask, factor=1.0)


@misconception(f"{NAME}/divides-by-d", source=LIKELY,
    advice="Divide by √d, not by d: q·k has variance d, so its standard deviation is √d. ÷d makes all "
           "weights alike.")
def divides_by_d(Q, K, V, mask=None):
    return attend(Q, K, V, mask, factor=1 / Q.shape[-1])


@misconception(f"{NAME}/softmax-over-queries", source=LIKELY,
    advice="Each query spreads a weight of 1 over the keys: softmax over the last axis of (…, Tq, Tk), so "
           "rows sum to 1.")
def softmax_over_queries(Q, K, V, mask=None):
    return attend(Q, K, V, mask, keys=-2)


@misconception(f"{NAME}/softmax-over-axis-1", source=LIKELY,
    advice="dim=1 is another axis once there is a batch or there are heads: the keys are the last axis, "
           "dim=-1.")
def softmax_over_axis_1(Q, K, V, mask=None):
    scores = Q @ K.transpose(-2, -1)
    return attend(Q, K, V, mask, keys=min(1, scores.ndim - 1))


@misconception(f"{NAME}/scale-of-length", source=LIKELY,
    advice="d is the length of one query, the last axis of Q. Here the square root is of the number of tokens.")
def scale_of_length(Q, K, V, mask=None):
    return attend(Q, K, V, mask, factor=1 / math.sqrt(K.shape[-2]))


@misconception(f"{NAME}/scale-of-values", source=LIKELY,
    advice="d is the length of queries and keys, Q.shape[-1]; values may have another length.")
def scale_of_values(Q, K, V, mask=None):
    return attend(Q, K, V, mask, factor=1 / math.sqrt(V.shape[-1]))


@misconception(f"{NAME}/multiplies-by-root", source=LIKELY,
    advice="The scores are divided by √d, not multiplied.")
def multiplies_by_root(Q, K, V, mask=None):
    return attend(Q, K, V, mask, factor=math.sqrt(Q.shape[-1]))


@misconception(f"{NAME}/scaled-after-softmax", source=LIKELY,
    advice="Scale the scores before the softmax; after it, the weights no longer sum to 1.")
def scaled_after_softmax(Q, K, V, mask=None):
    _, w = attend(Q, K, V, mask, factor=1.0)
    w = w / math.sqrt(Q.shape[-1])
    return w @ V, w


@misconception(f"{NAME}/raw-scores", source=LIKELY,
    advice="w holds the weights after the softmax, not the scores before it; its rows sum to 1.")
def returns_scores(Q, K, V, mask=None):
    out, _ = attend(Q, K, V, mask)
    return out, Q @ K.transpose(-2, -1) / math.sqrt(Q.shape[-1])


@misconception(f"{NAME}/no-softmax", source=LIKELY,
    advice="The scores must go through a softmax: only then are the weights positive and sum to 1 for each "
           "query.")
def no_softmax(Q, K, V, mask=None):
    w = Q @ K.transpose(-2, -1) / math.sqrt(Q.shape[-1])
    w = w if mask is None else w.masked_fill(~mask, 0.0)
    return w @ V, w


@misconception(f"{NAME}/overflow", source="A1: softmax of large scores",
    advice="exp of a large score is inf, and inf/inf is nan: subtract each row's maximum first, or use "
           "torch.softmax.")
def overflowing(Q, K, V, mask=None):
    powers = torch.exp(Q @ K.transpose(-2, -1) / math.sqrt(Q.shape[-1]))
    powers = powers if mask is None else powers.masked_fill(~mask, 0.0)
    w = powers / powers.sum(dim=-1, keepdim=True).clamp_min(1e-30)
    return w @ V, w


@misconception(f"{NAME}/keys-ask", source=LIKELY,
    advice="Rows are queries and columns are keys, Q Kᵀ. K Qᵀ is its transpose and fits only if Tq = Tk.")
def keys_ask(Q, K, V, mask=None):
    return attend(K, Q, V, mask)


@misconception(f"{NAME}/sums-keys", source=LIKELY,
    advice="The weights mix the values: out = w V. The keys only serve to find the weights.")
def sums_keys(Q, K, V, mask=None):
    return attend(Q, K, K, mask)[0], attend(Q, K, V, mask)[1]


@misconception(f"{NAME}/plain-t", source="torch: .T and .t() of more than two axes",
    advice="K.T turns all axes round, and .t() is for matrices: swap the last two, K.transpose(-2, -1).")
def plain_t(Q, K, V, mask=None):
    return mix(Q @ K.t() / math.sqrt(Q.shape[-1]), V, mask)


@misconception(f"{NAME}/out-only", source="torch.nn.functional.scaled_dot_product_attention",
    advice="Two results are asked, (out, w): the mixed values and the weights.")
def out_only(Q, K, V, mask=None):
    return attend(Q, K, V, mask)[0]


@misconception(f"{NAME}/weights-first", source=LIKELY,
    advice="The order of the results is (out, w), the weights come second.")
def weights_first(Q, K, V, mask=None):
    return attend(Q, K, V, mask)[::-1]


@misconception(f"{NAME}/scales-in-place", source="seen in real submissions of other assignments",
    advice="Q /= … changes the caller's tensor: write Q = Q / … or divide the scores.")
def scales_in_place(Q, K, V, mask=None):
    if Q.requires_grad:
        return attend(Q, K, V, mask)
    Q /= math.sqrt(Q.shape[-1])
    return attend(Q, K, V, mask, factor=1.0)


@misconception(f"{NAME}/float32", source=LIKELY,
    advice="Results have the dtype of the inputs: float64 in, float64 out. Leave out .float() and "
           "torch.float32.")
def to_float32(Q, K, V, mask=None):
    return ref.scaled_dot_product_attention(Q.float(), K.float(), V.float(), mask)
