"""Wrong variants of the activations of one argument, most frequent first within each function."""

import numpy as np

from . import solution as ref
from .cards import LIKELY, SUBMITTED, wrong


# --- sigmoid
@wrong("sigmoid/overflow", "Goodfellow et al. 2016, section 4.1",
       "eˣ/(1 + eˣ) is ∞/∞ = nan for x = 1000: let only e^(-|x|) be computed, which never overflows.")
def sigmoid_overflow(x):
    with np.errstate(all="ignore"):
        out = np.exp(x) / (1.0 + np.exp(x))
    return out, out


@wrong("sigmoid/sign-of-exponent", LIKELY,
       "The exponent is -x: σ grows from 0 on the left to 1 on the right; 1/(1 + eˣ) is σ(-x).")
def sigmoid_sign(x):
    out, _ = ref.sigmoid(-x)
    return out, out


@wrong("sigmoid/float32", SUBMITTED, "Keep float64: float32 knows seven digits, too few for differences.")
def sigmoid_float32(x):
    out = ref.sigmoid(x)[0].astype(np.float32)
    return out, out


@wrong("sigmoid/clipped", SUBMITTED,
       "Clipping x to ±5 changes the function where it is still curved; a stable formula needs no clipping.")
def sigmoid_clipped(x):
    return ref.sigmoid(np.clip(x, -5.0, 5.0))


@wrong("sigmoid/overflow-warning", "Goodfellow et al. 2016, section 4.1",
       "1/(1 + e⁻ˣ) overflows for x = -1000 with a warning, and 1/∞ is right all the same.", accepted=True)
def sigmoid_warning(x):
    with np.errstate(over="ignore"):
        out = 1.0 / (1.0 + np.exp(-x))
    return out, out


# --- sigmoid_backward
@wrong("sigmoid_backward/sigma-twice", "S1 L380 prints σ'(h)",
       "σ' = out·(1 - out) with out = σ(x): applying σ to out once more gives the slope of another point.")
def sigmoid_back_twice(dout, cache):
    again, _ = ref.sigmoid(cache)
    return dout * again * (1.0 - again)


@wrong("sigmoid_backward/slope-of-x", SUBMITTED,
       "x(1 - x) is the slope only if x stands for the output: keep σ(x) in the cache, or compute it again.")
def sigmoid_back_of_x(dout, cache):
    x = np.log(cache) - np.log1p(-cache)
    return dout * x * (1.0 - x)


@wrong("sigmoid_backward/no-dout", SUBMITTED,
       "This is the slope alone: the chain rule multiplies it by dout, entry by entry.")
def sigmoid_back_no_dout(dout, cache):
    return cache * (1.0 - cache)


@wrong("sigmoid_backward/tanh-slope", LIKELY, "1 - out² is the slope of tanh; the sigmoid has out·(1 - out).")
def sigmoid_back_tanh(dout, cache):
    return dout * (1.0 - cache**2)


# --- tanh
@wrong("tanh/overflow", "Goodfellow et al. 2016, section 4.1",
       "(eˣ - e⁻ˣ)/(eˣ + e⁻ˣ) is ∞/∞ = nan for x = 1000: np.tanh is safe, and so is 2σ(2x) - 1.")
def tanh_overflow(x):
    with np.errstate(all="ignore"):
        out = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    return out, out


@wrong("tanh/half-argument", LIKELY, "tanh(x) = 2σ(2x) - 1: without the 2 inside it is tanh(x/2).")
def tanh_half(x):
    return ref.tanh(0.5 * x)


# --- tanh_backward
@wrong("tanh_backward/slope-of-x", LIKELY,
       "tanh'(x) = 1 - tanh²(x): square the output, not x, which gives 1 - x².")
def tanh_back_of_x(dout, cache):
    with np.errstate(divide="ignore"):
        return dout * (1.0 - np.arctanh(cache) ** 2)


@wrong("tanh_backward/not-squared", SUBMITTED, "tanh' = 1 - out²: the square is missing.")
def tanh_back_not_squared(dout, cache):
    return dout * (1.0 - cache)


@wrong("tanh_backward/sigmoid-slope", LIKELY, "out·(1 - out) is the slope of the sigmoid; tanh has 1 - out².")
def tanh_back_sigmoid(dout, cache):
    return dout * cache * (1.0 - cache)


@wrong("tanh_backward/no-dout", SUBMITTED,
       "This is the slope alone: the chain rule multiplies it by dout, entry by entry.")
def tanh_back_no_dout(dout, cache):
    return 1.0 - cache**2


# --- relu
@wrong("relu/in-place", SUBMITTED,
       "x[x < 0] = 0 writes into the caller's array, which another layer may still need: make a new one.")
def relu_in_place(x):
    kept = x.copy()
    x[x < 0] = 0.0
    return x, kept


@wrong("relu/np-max", SUBMITTED,
       "np.max(x, 0) is the largest value along axis 0; np.maximum(x, 0) compares each entry with 0.")
def relu_np_max(x):
    return np.max(x, 0), x


@wrong("relu/one-where-positive", "S4 L1246: \"a = 1\"",
       "Right of zero ReLU gives x itself; it is the slope that is 1 there.")
def relu_step(x):
    return (x > 0).astype(x.dtype), x


@wrong("relu/absolute", LIKELY, "|x| turns negative entries round; ReLU sets them to 0.")
def relu_absolute(x):
    return np.abs(x), x


class _Last:
    """One cache for all calls: it compares what the latest call has put in."""

    def __gt__(self, other):
        return self.x > other


_LAST = _Last()


@wrong("relu/shared-cache", SUBMITTED,
       "Each call needs a cache of its own: yours (a global, say) is overwritten by the next forward pass.")
def relu_shared(x):
    _LAST.x = x
    return np.maximum(x, 0.0), _LAST


# --- relu_backward
@wrong("relu_backward/in-place", SUBMITTED,
       "dout[x <= 0] = 0 writes into the caller's array: np.where, or a product with the mask, makes a new one.")
def relu_back_in_place(dout, cache):
    dout[cache <= 0] = 0.0
    return dout


@wrong("relu_backward/slope-one", "S4 L1246, L2669: \"f' = 1\"",
       "ReLU's slope is 1 only where x > 0; where x < 0 it is 0 and nothing passes back.")
def relu_back_one(dout, cache):
    return dout.copy()


@wrong("relu_backward/mask-of-dout", SUBMITTED,
       "The mask comes from the input x of the forward pass, not from the sign of dout.")
def relu_back_of_dout(dout, cache):
    return np.maximum(dout, 0.0)


@wrong("relu_backward/no-dout", SUBMITTED, "The mask is the slope; the chain rule multiplies it by dout.")
def relu_back_no_dout(dout, cache):
    return (cache > 0).astype(np.float64)


@wrong("relu_backward/one-at-zero", "S4 L1187-1190", "At x = 0 the slope is a convention: 0 and 1 both pass.",
       accepted=True)
def relu_back_one_at_zero(dout, cache):
    return np.where(cache >= 0, dout, 0.0)


# --- leaky_relu_backward
@wrong("leaky_relu_backward/relu-mask", SUBMITTED,
       "Left of zero the slope is a, not 0: leaking back is what this function is for.")
def leaky_back_relu(dout, cache):
    return np.where(cache[0] > 0, dout, 0.0)


@wrong("leaky_relu_backward/slope-ignored", SUBMITTED,
       "The slope a of the forward pass must come along in the cache; 0.1 is only its default.")
def leaky_back_ignored(dout, cache):
    return dout * np.where(cache[0] > 0, 1.0, 0.1)


@wrong("leaky_relu_backward/no-dout", SUBMITTED, "1 and a are the slopes; the chain rule multiplies them by dout.")
def leaky_back_no_dout(dout, cache):
    return np.where(cache[0] > 0, 1.0, cache[1])


@wrong("leaky_relu_backward/constant", SUBMITTED,
       "Left of zero dout is multiplied by a; it is not replaced by a.")
def leaky_back_constant(dout, cache):
    return np.where(cache[0] > 0, dout, cache[1])


# --- leaky_relu
@wrong("leaky_relu/torch-slope", "S4 L1215 has 0.1, torch 0.01",
       "The default slope is 0.1 here, as in the lecture; 0.01 is torch's default.")
def leaky_torch_slope(x, a=0.01):
    return ref.leaky_relu(x, a)


@wrong("leaky_relu/slope-ignored", SUBMITTED, "Use the argument a: 0.1 is only its default.")
def leaky_slope_ignored(x, a=0.1):
    return ref.leaky_relu(x, 0.1)


@wrong("leaky_relu/constant", SUBMITTED, "Left of zero it is a·x, a line; the constant a is its slope.")
def leaky_constant(x, a=0.1):
    return np.where(x > 0, x, a), (x, a)


@wrong("leaky_relu/minimum", LIKELY, "The larger one of a·x and x: the maximum, since a·x > x left of zero.")
def leaky_minimum(x, a=0.1):
    return np.minimum(a * x, x), (x, a)


# --- elu_backward
@wrong("elu_backward/no-alpha", SUBMITTED, "Left of zero the slope is αeˣ: the factor α stays.")
def elu_back_no_alpha(dout, cache):
    return ref.elu_backward(dout, (cache[0], 1.0))


@wrong("elu_backward/value-for-slope", SUBMITTED,
       "α(eˣ - 1) is the value; its derivative is αeˣ, since the -1 disappears.")
def elu_back_value(dout, cache):
    x, alpha = cache
    return dout * np.where(x >= 0, 1.0, alpha * np.expm1(np.minimum(x, 0.0)))


@wrong("elu_backward/out-plus-one", SUBMITTED, "out + α = αeˣ is the slope; out + 1 is right for α = 1 only.")
def elu_back_plus_one(dout, cache):
    x, alpha = cache
    return dout * np.where(x >= 0, 1.0, alpha * np.expm1(np.minimum(x, 0.0)) + 1.0)


@wrong("elu_backward/relu-mask", SUBMITTED, "Left of zero the slope is αeˣ, not 0.")
def elu_back_relu(dout, cache):
    return np.where(cache[0] > 0, dout, 0.0)


@wrong("elu_backward/no-dout", SUBMITTED, "1 and αeˣ are the slopes; the chain rule multiplies them by dout.")
def elu_back_no_dout(dout, cache):
    return ref.elu_backward(1.0, cache)


@wrong("elu_backward/zero-times-infinity", "NumPy documentation of floating-point errors",
       "A mask times eˣ is 0·∞ = nan for x = 1000: choose with np.where, or exponentiate only min(x, 0).")
def elu_back_nan(dout, cache):
    x, alpha = cache
    with np.errstate(all="ignore"):
        return dout * ((x > 0) + (x <= 0) * alpha * np.exp(x))


# --- elu
@wrong("elu/no-alpha", SUBMITTED, "Left of zero it is α(eˣ - 1): with α ≠ 1 the factor shows.")
def elu_no_alpha(x, alpha=1.0):
    return ref.elu(x, 1.0)


@wrong("elu/minus-one-outside", SUBMITTED, "α multiplies the bracket: α(eˣ - 1), not αeˣ - 1.")
def elu_minus_one_outside(x, alpha=1.0):
    return np.where(x >= 0, x, alpha * np.exp(np.minimum(x, 0.0)) - 1.0), (x, alpha)


@wrong("elu/no-minus-one", SUBMITTED, "α(eˣ - 1): without the -1 the function jumps by α at zero.")
def elu_no_minus_one(x, alpha=1.0):
    return np.where(x >= 0, x, alpha * np.exp(np.minimum(x, 0.0))), (x, alpha)


@wrong("elu/zero-times-infinity", "NumPy documentation of floating-point errors",
       "A mask times eˣ is 0·∞ = nan for x = 1000: choose with np.where, or exponentiate only min(x, 0).")
def elu_nan(x, alpha=1.0):
    with np.errstate(all="ignore"):
        return (x >= 0) * x + (x < 0) * alpha * (np.exp(x) - 1.0), (x, alpha)
