"""Wrong variants of scaled_dot_product_attention that differ with a mask, and of causal_mask; most frequent first."""

import math

import torch

from grader.checks import misconception

from .variants_scores import LIKELY, NAME, mix


def scored(Q, K):
    """(..., Tq, Tk) scores, as they should be."""
    return Q @ K.transpose(-2, -1) / math.sqrt(Q.shape[-1])


def filled(Q, K, V, mask, value):
    """Masked scores become `value`."""
    scores = scored(Q, K)
    w = torch.softmax(scores if mask is None else scores.masked_fill(~mask, value), dim=-1)
    return w @ V, w


@misconception(f"{NAME}/nan-without-keys", source="torch.softmax of a row of -inf",
    advice="A query that may attend to no key has only −∞ as scores, and their softmax is nan: give it "
           "weights 0, for instance by setting masked weights to 0 after the softmax, too.")
def nan_without_keys(Q, K, V, mask=None):
    return filled(Q, K, V, mask, -math.inf)


@misconception(f"{NAME}/minus-1e9", source="The Annotated Transformer (2018): masked_fill(mask == 0, -1e9)",
    advice="With −1e9 a query without any key spreads its weight evenly over all masked keys; it has to give "
           "0: fill with −∞ and set the weights of masked keys to 0 after the softmax, too (else nan).")
def minus_1e9(Q, K, V, mask=None):
    return filled(Q, K, V, mask, -1e9)


@misconception(f"{NAME}/renormalised-with-epsilon", source=LIKELY,
    advice="A masked key with a large score takes the weight of all others before it is set to 0, and no "
           "division gives it back: set the scores to −∞ before the softmax.")
def renormalised_with_epsilon(Q, K, V, mask=None):
    w = torch.softmax(scored(Q, K), dim=-1)
    if mask is not None:
        w = w * mask
        w = w / (w.sum(dim=-1, keepdim=True) + 1e-12)
    return w @ V, w


@misconception(f"{NAME}/mask-after-softmax", source=LIKELY,
    advice="Mask the scores, before the softmax: weights that are set to 0 afterwards leave a rest that does "
           "not sum to 1.")
def mask_after_softmax(Q, K, V, mask=None):
    w = torch.softmax(scored(Q, K), dim=-1)
    w = w if mask is None else w * mask
    return w @ V, w


@misconception(f"{NAME}/mask-inverted", source="torch.nn.MultiheadAttention: True = not allowed",
    advice="True means that the query may attend to the key. nn.MultiheadAttention has it the other way round.")
def mask_inverted(Q, K, V, mask=None):
    return mix(scored(Q, K), V, None if mask is None else ~mask)


@misconception(f"{NAME}/zero-fill", source="masked_fill(mask == 0, 1e-9), the minus sign lost",
    advice="A score of 0 (or 1e-9, or score · mask) is no mask: e⁰ = 1. Masked scores are −∞ before the "
           "softmax.")
def zero_fill(Q, K, V, mask=None):
    return filled(Q, K, V, mask, 0.0)


@misconception(f"{NAME}/minus-1", source="curriculum: a fill of −1",
    advice="e⁻¹ is 0.37 and not 0: masked scores are −∞ before the softmax.")
def minus_1(Q, K, V, mask=None):
    return filled(Q, K, V, mask, -1.0)


@misconception(f"{NAME}/mask-ignored", source=LIKELY,
    advice="The mask has no effect here: set the scores where it is False to −∞ before the softmax.")
def mask_ignored(Q, K, V, mask=None):
    return mix(scored(Q, K), V, None)


@misconception(f"{NAME}/mask-added", source="additive masks (0 and −∞), as nn.MultiheadAttention takes them, too",
    advice="The mask is bool. Added to the scores it is only 0 or 1; where it is False, the score has to "
           "become −∞.")
def mask_added(Q, K, V, mask=None):
    scores = scored(Q, K)
    return mix(scores if mask is None else scores + mask, V, None)


@misconception(f"{NAME}/renormalised", source=LIKELY,
    advice="Masked after the softmax and divided by the sum: that is 0/0 where a masked key had nearly all "
           "the weight, or where no key is left. Set the scores to −∞ before the softmax.")
def renormalised(Q, K, V, mask=None):
    w = torch.softmax(scored(Q, K), dim=-1)
    if mask is not None:
        w = w * mask
        w = w / w.sum(dim=-1, keepdim=True)
    return w @ V, w


@misconception(f"{NAME}/changes-the-mask", source=LIKELY,
    advice="mask[…] = True writes into the caller's mask: work on a clone, or set the weights to 0 afterwards.")
def changes_the_mask(Q, K, V, mask=None):
    if mask is None:
        return mix(scored(Q, K), V, None)
    empty = ~mask.any(dim=-1, keepdim=True)
    mask |= empty.expand_as(mask)
    w = mix(scored(Q, K), V, mask)[1].masked_fill(empty, 0.0)
    return w @ V, w


@misconception(f"{NAME}/always-causal", source="decoder-only code such as nanoGPT: the triangle inside the attention",
    advice="Only the mask that is given decides who may see what: without one, every query sees every key.")
def always_causal(Q, K, V, mask=None):
    scores = scored(Q, K)
    return mix(scores, V, torch.ones(scores.shape[-2:], dtype=torch.bool).tril())


@misconception("attention.causal_mask/excludes-itself", source="curriculum: triangle off by one",
    advice="A token may attend to itself, so the diagonal is True; otherwise the first one would see nothing "
           "at all.")
def excludes_itself(T):
    return torch.ones(T, T, dtype=torch.bool).tril(diagonal=-1)


@misconception("attention.causal_mask/one-ahead", source="curriculum: triangle off by one",
    advice="One diagonal too many: token t sees token t + 1, the very one that it is to predict.")
def one_ahead(T):
    return torch.ones(T, T, dtype=torch.bool).tril(diagonal=1)


@misconception("attention.causal_mask/blocked-is-true", source="torch.nn.MultiheadAttention: True = not allowed",
    advice="True means may attend: the triangle of the past with the diagonal, not that of the future.")
def blocked_is_true(T):
    return torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)


@misconception("attention.causal_mask/upper", source="curriculum: upper for lower triangle",
    advice="Rows are queries: row t is True in columns 0 … t, the lower triangle. Here each token sees only "
           "the future.")
def upper(T):
    return torch.ones(T, T, dtype=torch.bool).triu()


@misconception("attention.causal_mask/numbers", source="torch.tril(torch.ones(T, T))",
    advice="torch.ones is float32; the mask is bool: dtype=torch.bool, or compare with 0.")
def numbers(T):
    return torch.ones(T, T).tril()


@misconception("attention.causal_mask/additive", source="nn.Transformer, its subsequent mask: 0 and −∞",
    advice="0 and −∞ is a mask to be added to scores; here it is bool, True = may attend.")
def additive(T):
    return torch.full((T, T), -math.inf).triu(diagonal=1)


@misconception("attention.causal_mask/extra-axis", source="The Annotated Transformer (2018): subsequent_mask",
    advice="The shape is (T, T), without an axis of length 1 in front.")
def extra_axis(T):
    return torch.ones(1, T, T, dtype=torch.bool).tril()
