# expect: failed optimizers.dropout_backward/no-scaling
# mistake: dropout_backward: the gradient passes the kept entries without the factor 1/(1 - p_drop) of the forward pass
import numpy as np
from math import exp, sqrt

# ---------- optimiseurs ----------

def sgd(w, g, state, lr):
    w_nouveau = w - lr * g
    return w_nouveau, state

def momentum(w, g, state, lr, alpha):
    vitesse = state.get('vitesse')
    if vitesse is None:
        vitesse = np.zeros_like(w)
    vitesse = alpha * vitesse - lr * g
    return w + vitesse, {'vitesse': vitesse}

def nesterov(w, grad_fn, state, lr, alpha):
    vitesse = state.get('vitesse')
    if vitesse is None:
        vitesse = np.zeros_like(w)
    grad = grad_fn(w + alpha * vitesse)
    vitesse = alpha * vitesse - lr * grad
    return w + vitesse, {'vitesse': vitesse}

def rmsprop(w, g, state, lr, rho, eps):
    r = state.get('r')
    if r is None:
        r = np.zeros_like(w)
    r = rho * r + (1 - rho) * (g * g)
    pas = lr / (eps + np.sqrt(r))
    return w - pas * g, {'r': r}

def adam(w, g, state, lr, beta1, beta2, eps):
    s, r, t = state.get('memoire', (0 * w, 0 * w, 0))
    t += 1
    s = beta1 * s + (1 - beta1) * g
    r = beta2 * r + (1 - beta2) * (g * g)
    s_corr = s / (1 - beta1**t)
    r_corr = r / (1 - beta2**t)
    return w - lr * s_corr / (eps + np.sqrt(r_corr)), {'memoire': (s, r, t)}

# ---------- pas d'apprentissage ----------

def lr_inverse(eta0, r, t):
    return eta0 / (1 + r*t)

def lr_exp(eta0, lam, t):
    return eta0 * exp(-lam*t)

def lr_step(eta0, r, tu, t):
    # palier
    return float(eta0 * r**(t // tu))

# ---------- initialisation ----------

def init_lecun_uniform(fan_in, fan_out, shape, rng):
    borne = sqrt(3 / fan_in)
    return rng.uniform(-borne, borne, size=shape)

def init_xavier_uniform(fan_in, fan_out, shape, rng):
    borne = sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-borne, borne, size=shape)

def init_he_normal(fan_in, fan_out, shape, rng):
    ecart_type = sqrt(2 / fan_in)
    return ecart_type * rng.standard_normal(size=shape)

# ---------- batch norm ----------

def batchnorm_forward(x, gamma, beta, state, train, momentum=0.1, eps=1e-5):
    if not train:
        x_norm = (x - state['mean']) / np.sqrt(state['var'] + eps)
        return gamma * x_norm + beta, None
    moyenne = x.mean(axis=0)
    variance = ((x - moyenne) ** 2).mean(axis=0)
    for cle, valeur in (('mean', moyenne), ('var', variance)):
        state[cle] = (1 - momentum) * state[cle] + momentum * valeur
    x_norm = (x - moyenne) / np.sqrt(variance + eps)
    return gamma * x_norm + beta, (x_norm, variance, eps, gamma)

def batchnorm_backward(dout, cache):
    x_norm, variance, eps, gamma = cache
    d = dout * gamma
    moy_d = np.mean(d, axis=0)
    moy_dx = np.mean(d * x_norm, axis=0)
    dx = (d - moy_d - x_norm * moy_dx) / np.sqrt(variance + eps)
    return dx, np.sum(dout * x_norm, axis=0), np.sum(dout, axis=0)

# ---------- dropout ----------

def dropout_forward(x, p_drop, train, rng):
    if p_drop < 0 or p_drop >= 1:
        raise ValueError('p_drop')
    if not train:
        return x * 1.0, np.ones(x.shape, dtype=bool)
    garde = rng.random(x.shape) >= p_drop
    return x * garde / (1 - p_drop), garde

def dropout_backward(dout, mask):
    return dout * mask

# ---------- regularisation ----------

def l2_penalty(params, alpha):
    R = alpha * sum(np.linalg.norm(W) ** 2 for W, _ in params)
    grads = [(2 * alpha * W, np.zeros_like(b)) for W, b in params]
    return float(R), grads
