"""Facts on optimisers, initialisation, normalisation and regularisation that only exam questions compute."""

import math


def linear_gradient(c):
    """The gradient w ↦ c·w of the loss ½ c w²: what `nesterov` takes as grad_fn. Source: calculus."""
    return lambda w: c * w


def look_ahead(w, u, alpha):
    """The point w + α u at which Nesterov's step takes the gradient. Source: Sutskever et al. 2013, eq. 3."""
    return w + alpha * u


def terminal_step(g, lr, alpha):
    """What a step of momentum tends to while the gradient stays g: -lr·g / (1-α). Source: u = α u - lr·g."""
    return -lr * g / (1.0 - alpha)


def bias_correction(beta, t):
    """1 - βᵗ, by which Adam divides a moment in step t = 1, 2, … Source: Kingma and Ba 2015, algorithm 1."""
    return 1.0 - beta**t


def adam_uncorrected_ratio(beta1, beta2):
    """|first step| / lr of Adam without bias correction: (1-β₁) / √(1-β₂). Source: Kingma and Ba 2015, section 3."""
    return (1.0 - beta1) / math.sqrt(1.0 - beta2)


def half_life(lam):
    """Steps after which η₀ exp(-λ t) is half of η₀: ln 2 / λ. Source: calculus."""
    return math.log(2.0) / lam


def conv_fans(cin, cout, k):
    """(fan_in, fan_out) = (k² cin, k² cout) of a k×k convolution. Source: torch.nn.init."""
    return k * k * cin, k * k * cout


def lecun_bound(fan_in):
    """√(3/fan_in), the bound of init_lecun_uniform. Source: LeCun et al. 1998, Efficient BackProp, 4.6."""
    return math.sqrt(3.0 / fan_in)


def xavier_bound(fan_in, fan_out):
    """√(6/(fan_in + fan_out)), the bound of init_xavier_uniform. Source: Glorot and Bengio 2010, eq. 16."""
    return math.sqrt(6.0 / (fan_in + fan_out))


def he_std(fan_in):
    """√(2/fan_in), the standard deviation of init_he_normal. Source: He et al. 2015, eq. 10."""
    return math.sqrt(2.0 / fan_in)


def signal_variance(layers, fan_in, var_w, relu):
    """Mean square of a unit after `layers` layers, if that of the inputs is 1: (fan_in·var_w)^layers; with relu half
    of the bracket, for the mean square behind the activation.

    Weights are independent with mean 0, biases 0. Source: He et al. 2015, section 2.2.
    """
    return (fan_in * var_w / (2.0 if relu else 1.0)) ** layers


def normal_outside(k):
    """The probability that a Gaussian lies more than k standard deviations from its mean. Source: erfc(k/√2)."""
    return math.erfc(k / math.sqrt(2.0))


def running_mean(old, batch, m):
    """(1-m)·old + m·batch, torch's running statistics with momentum m. Source: torch.nn.BatchNorm1d."""
    return (1.0 - m) * old + m * batch


def batchnorm_trainable(channels):
    """Trainable parameters of batch norm: a γ and a β for each channel. Source: torch.nn.BatchNorm2d."""
    return 2 * channels


def batchnorm_buffers(channels):
    """Running statistics of batch norm: a mean and a variance for each channel. Source: torch.nn.BatchNorm2d."""
    return 2 * channels


def batchnorm_group(batch, height, width):
    """How many values the mean of one channel is over: N·H·W. Source: Ioffe and Szegedy 2015, section 3.2."""
    return batch * height * width


def dropped_sd(n, p):
    """Standard deviation √(n p (1-p)) of the number of n nodes that dropout drops. Source: binomial distribution."""
    return math.sqrt(n * p * (1.0 - p))


def inverted_scale(p_drop):
    """1/(1-p), the factor of the kept entries in dropout_forward. Source: Srivastava et al. 2014, section 10."""
    return 1.0 / (1.0 - p_drop)


def classic_test_scale(p_drop):
    """1-p, by which a net trained with dropout without rescaling is multiplied at test. Source: the same, section 4."""
    return 1.0 - p_drop


def torch_weight_decay(alpha):
    """The weight_decay of torch's SGD that acts as the penalty α‖w‖²: 2α. Source: torch.optim.SGD."""
    return 2.0 * alpha


def decayed_weight(w, lr, alpha, steps):
    """w after `steps` steps of SGD on α w² alone: w (1 - 2 lr α)^steps. Source: Krogh and Hertz 1992."""
    return w * (1.0 - 2.0 * lr * alpha) ** steps


def schedule(name, lr, steps, warmup=0):
    """Learning rates of the steps 0 to `steps`, a list of steps + 1 floats, rising linearly from 0 in `warmup` steps.

    Behind the warm-up, with u from 0 to 1: "constant", "linear" lr (1-u), "cosine" lr (1 + cos πu)/2, "exponential"
    lr e^(-4u), "inverse" lr/(1 + 9u), "step" lr 0.4^⌊3u⌋, "restarts": the cosine twice.
    Sources: Loshchilov and Hutter 2017, eq. 5; Goyal et al. 2017 for the warm-up. Raises KeyError for another name.
    """
    shapes = {
        "constant": lambda u: 1.0,
        "linear": lambda u: 1.0 - u,
        "cosine": lambda u: (1.0 + math.cos(math.pi * u)) / 2.0,
        "exponential": lambda u: math.exp(-4.0 * u),
        "inverse": lambda u: 1.0 / (1.0 + 9.0 * u),
        "step": lambda u: 0.4 ** min(math.floor(3.0 * u), 2),
        "restarts": lambda u: (1.0 + math.cos(2.0 * math.pi * (u % 0.5))) / 2.0 if u < 1.0 else 0.0,
    }
    shape = shapes[name]
    rising = [lr * t / warmup for t in range(warmup)]
    return rising + [lr * shape((t - warmup) / (steps - warmup)) for t in range(warmup, steps + 1)]
