# expect: failed optimizers.batchnorm_forward/momentum-swapped
# mistake: batchnorm_forward: momentum weighs the old running value and 1 - momentum the new batch, the other way round than asked
# Uebung 4, Optimierer
import numpy as np


def sgd(w, g, state, lr):
    neu = w - lr * g
    return neu, state


def momentum(w, g, state, lr, alpha):
    # Variante wie in torch: v ohne Lernrate
    if "v" in state:
        v = alpha * state["v"] + g
    else:
        v = g.copy()
    return w - lr * v, {"v": v}


def nesterov(w, grad_fn, state, lr, alpha):
    geschw = state["u"] if "u" in state else np.zeros(w.shape)
    voraus = grad_fn(w + alpha * geschw)
    geschw = alpha * geschw - lr * voraus
    return w + geschw, {"u": geschw}


def rmsprop(w, g, state, lr, rho, eps):
    mittel = state["r"] if "r" in state else np.zeros(w.shape)
    mittel = rho * mittel + (1.0 - rho) * g ** 2
    schritt = lr * g / (eps + np.sqrt(mittel))
    return w - schritt, {"r": mittel}


def adam(w, g, state, lr, beta1, beta2, eps):
    if len(state) == 0:
        s, r, t = np.zeros(w.shape), np.zeros(w.shape), 0
    else:
        s, r, t = state["s"], state["r"], state["t"]
    t = t + 1
    s = beta1 * s + (1.0 - beta1) * g
    r = beta2 * r + (1.0 - beta2) * g ** 2
    # Korrektur am Anfang
    s_dach = s / (1.0 - beta1 ** t)
    r_dach = r / (1.0 - beta2 ** t)
    w_neu = w - lr * s_dach / (eps + np.sqrt(r_dach))
    return w_neu, {"s": s, "r": r, "t": t}


def lr_inverse(eta0, r, t):
    nenner = 1 + r * t
    return eta0 / nenner


def lr_exp(eta0, lam, t):
    return float(eta0 * np.exp(-t * lam))


def lr_step(eta0, r, tu, t):
    stufe = int(t) // int(tu)
    return float(eta0 * r ** stufe)


def gleichverteilt(grenze, shape, rng):
    return grenze * (2.0 * rng.random(shape) - 1.0)


def init_lecun_uniform(fan_in, fan_out, shape, rng):
    return gleichverteilt(np.sqrt(3.0 / fan_in), shape, rng)


def init_xavier_uniform(fan_in, fan_out, shape, rng):
    return gleichverteilt(np.sqrt(6.0 / (fan_in + fan_out)), shape, rng)


def init_he_normal(fan_in, fan_out, shape, rng):
    return rng.standard_normal(shape) * np.sqrt(2.0 / fan_in)


def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    if train:
        mittel = np.mean(x, axis=0)
        varianz = np.var(x, axis=0)      # durch N
        # laufende Werte, im selben dict
        state["mean"] = momentum * state["mean"] + (1 - momentum) * mittel
        state["var"] = momentum * state["var"] + (1 - momentum) * varianz
    else:
        mittel = state["mean"]
        varianz = state["var"]
    wurzel = np.sqrt(varianz + eps)
    x_dach = (x - mittel) / wurzel
    return gamma * x_dach + beta, [x_dach, wurzel, gamma]


def batchnorm_backward(dout, cache):
    x_dach, wurzel, gamma = cache
    N = len(dout)
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * x_dach, axis=0)
    dx = gamma / (N * wurzel) * (N * dout - dbeta - x_dach * dgamma)
    return dx, dgamma, dbeta


def dropout_forward(x, p_drop, train, rng):
    if not (p_drop >= 0 and p_drop < 1):
        raise ValueError("0 <= p_drop < 1 verletzt")
    if train:
        behalten = rng.binomial(1, 1 - p_drop, size=x.shape)
        maske = behalten / (1 - p_drop)
    else:
        maske = np.ones(x.shape)
    return x * maske, maske


def dropout_backward(dout, mask):
    return mask * dout


def l2_penalty(params, alpha):
    summe = 0.0
    ableitungen = []
    for gewichte, bias in params:
        summe = summe + np.sum(gewichte ** 2)
        ableitungen.append((2.0 * alpha * gewichte, 0.0 * bias))
    return float(alpha * summe), ableitungen
