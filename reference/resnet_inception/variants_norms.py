"""Wrong measurements of the gradient in a tower."""

import numpy as np
import torch

from grader.checks import misconception
from grader.checks.misconception import stateful

from . import solution as ref


def states_of(layers, x, step):
    """h₀, …, of a tower whose layers do `step(layer, h, x)`; each (16, 64)."""
    states = [x.requires_grad_(True)]
    for layer in layers:
        states.append(step(layer, states[-1], states[0]))
    return states


def plain_or_residual(residual):
    """The right step."""
    return lambda layer, h, x: h + torch.relu(layer(h)) if residual else torch.relu(layer(h))


def measured(states, size=torch.linalg.norm):
    """The size of ∂L/∂h for each state."""
    return np.array([float(size(g)) for g in torch.autograd.grad(states[-1].sum(), states)])


def tower(depth, residual, seed, step=None):
    """The states of the right tower, or of one with another step."""
    return states_of(*ref.draw_tower(depth, seed), step or plain_or_residual(residual))


@misconception("resnet_inception.gradient_norms/relu-after-add", source="S2 L482: x + F(x)",
    advice="In this tower ReLU is part of F: h + ReLU(W h + b), and nothing after the addition.")
def relu_after_add(depth, residual, seed=0):
    step = (lambda layer, h, x: torch.relu(h + layer(h))) if residual else None
    return measured(tower(depth, residual, seed, step))


@misconception("resnet_inception.gradient_norms/weight-gradients", source="S4 L1206",
    advice="Asked are the gradients by the states h₀ … h_depth, depth + 1 of them, not those by the weights.")
def of_weights(depth, residual, seed=0):
    layers, x = ref.draw_tower(depth, seed)
    states = states_of(layers, x, plain_or_residual(residual))
    grads = torch.autograd.grad(states[-1].sum(), [layer.weight for layer in layers])
    return np.array([float(g.norm()) for g in grads])


@misconception("resnet_inception.gradient_norms/reversed", source="order of back-propagation",
    advice="Entry l belongs to h_l: h₀ first, though its gradient is computed last.")
def backwards(depth, residual, seed=0):
    return measured(tower(depth, residual, seed))[::-1].copy()


@misconception("resnet_inception.gradient_norms/h0-missing", source="S2 L482",
    advice="The first entry is that of h₀ = x: depth + 1 norms for depth layers.")
def without_input(depth, residual, seed=0):
    return measured(tower(depth, residual, seed))[1:]


@misconception("resnet_inception.gradient_norms/last-state-missing", source="S2 L482",
    advice="The last entry is that of h_depth, where ∂L/∂h is 1 everywhere: depth + 1 norms for depth "
    "layers.")
def without_output(depth, residual, seed=0):
    return measured(tower(depth, residual, seed))[:-1]


@misconception("resnet_inception.gradient_norms/residual-ignored", source="S2 L480-482",
    advice="Both values of `residual` give the plain tower: with residual=True each layer adds its input.")
def always_plain(depth, residual, seed=0):
    return measured(tower(depth, False, seed))


@misconception("resnet_inception.gradient_norms/residual-swapped", source="S2 L480-482",
    advice="residual=True and residual=False are exchanged.")
def the_other(depth, residual, seed=0):
    return measured(tower(depth, not residual, seed))


@misconception("resnet_inception.gradient_norms/shortcut-from-x",
    source="S2 L480: x is the result of the previous level",
    advice="The shortcut of layer l starts at the state before it, not at the input x of the tower.")
def from_the_input(depth, residual, seed=0):
    step = (lambda layer, h, x: x + torch.relu(layer(h))) if residual else None
    return measured(tower(depth, residual, seed, step))


@misconception("resnet_inception.gradient_norms/no-relu", source="S4 L492",
    advice="Each layer has a ReLU: ReLU(W h + b).")
def without_relu(depth, residual, seed=0):
    step = (lambda layer, h, x: h + layer(h)) if residual else (lambda layer, h, x: layer(h))
    return measured(tower(depth, residual, seed, step))


@misconception("resnet_inception.gradient_norms/mean-loss", source="torch.Tensor.mean",
    advice="L is the sum of all entries of the last state, not their mean: the last norm is √(16·64) = 32.")
def mean_loss(depth, residual, seed=0):
    return measured(tower(depth, residual, seed)) / (ref.ROWS * ref.WIDTH)


@misconception("resnet_inception.gradient_norms/batch-mean-loss", source="torch.Tensor.mean",
    advice="L is the sum over all examples, too: do not divide by the 16 of the batch.")
def batch_mean_loss(depth, residual, seed=0):
    return measured(tower(depth, residual, seed)) / ref.ROWS


@misconception("resnet_inception.gradient_norms/squared-loss", source="S4, mean squared error",
    advice="L is the plain sum of the entries of the last state, not that of their squares.")
def squared_loss(depth, residual, seed=0):
    states = tower(depth, residual, seed)
    return np.array([float(g.norm()) for g in torch.autograd.grad((states[-1] ** 2).sum(), states)])


@misconception("resnet_inception.gradient_norms/squared", source="Frobenius norm",
    advice="The norm is the root of the sum of squares; the root is missing.")
def squared(depth, residual, seed=0):
    return measured(tower(depth, residual, seed)) ** 2


@misconception("resnet_inception.gradient_norms/mean-absolute", source="Frobenius norm",
    advice="The norm is the root of the sum of squares over the whole gradient, not a mean of absolute "
    "values.")
def mean_absolute(depth, residual, seed=0):
    return measured(tower(depth, residual, seed), lambda g: g.abs().mean())


@misconception("resnet_inception.gradient_norms/spectral-norm",
    source="torch.linalg.norm(g, 2), numpy.linalg.norm(g, 2)",
    advice="norm(g, 2) of a matrix is its largest singular value; asked is the root of the sum of squares "
    "of all entries.")
def spectral(depth, residual, seed=0):
    return measured(tower(depth, residual, seed), lambda g: torch.linalg.matrix_norm(g, 2))


@misconception("resnet_inception.gradient_norms/mean-of-row-norms", source="blind second author",
    advice="One norm over all 16·64 entries together, g.norm() without dim: the mean of the 16 norms of rows is only "
    "about a quarter of it, 8 instead of 32 at h_depth.")
def mean_of_row_norms(depth, residual, seed=0):
    return measured(tower(depth, residual, seed), lambda g: g.square().sum(dim=1).sqrt().mean())


@misconception("resnet_inception.gradient_norms/one-norm-a-row", source="torch.linalg.norm(dim=1)",
    advice="One norm for the whole (16, 64) gradient of a layer, not one for each of the 16 examples.")
def per_example(depth, residual, seed=0):
    states = tower(depth, residual, seed)
    return torch.stack([g.norm(dim=1) for g in torch.autograd.grad(states[-1].sum(), states)]).numpy()


@misconception("resnet_inception.gradient_norms/norms-of-states", source="S2 L453",
    advice="These are the norms of the states themselves; asked are those of the gradient of L by them.")
def of_states(depth, residual, seed=0):
    return np.array([float(h.detach().norm()) for h in tower(depth, residual, seed)])


@misconception("resnet_inception.gradient_norms/gradient-added-up",
    source="torch.autograd: backward adds to .grad",
    advice="backward() adds to .grad: clear the gradients between two calls, or use torch.autograd.grad.")
def twice_backward(depth, residual, seed=0):
    return 2 * measured(tower(depth, residual, seed))


@misconception("resnet_inception.gradient_norms/float32", source="IEEE 754 single precision",
    advice="The layers are float64 for a reason: 50 plain layers leave 10⁻¹⁹, whose square float32 cannot hold. "
    "Do not convert.")
def single_precision(depth, residual, seed=0):
    layers, x = ref.draw_tower(depth, seed)
    states = states_of([layer.float() for layer in layers], x.float(), plain_or_residual(residual))
    return measured(states).astype(np.float32)


@misconception("resnet_inception.gradient_norms/no-gradient-kept", source="torch.Tensor.retain_grad",
    advice="backward() fills .grad of leaves that require it, and of states that were told to: x.requires_grad_() "
    "before the first layer, retain_grad() on each h; or torch.autograd.grad(L, states).")
def no_gradient_kept(depth, residual, seed=0):
    layers, x = ref.draw_tower(depth, seed)
    step, states = plain_or_residual(residual), [x]
    for layer in layers:
        states.append(step(layer, states[-1], x))
        states[-1].retain_grad()
    states[-1].sum().backward()
    return np.array([h.grad.norm().item() for h in states])


@misconception("resnet_inception.gradient_norms/in-place-add",
    source="PyTorch, notes on autograd: in-place operations",
    advice="h += … overwrites a state that autograd still needs: h = h + … makes a new one.")
def in_place_add(depth, residual, seed=0):
    def step(layer, h, x):
        if not residual:
            return torch.relu(layer(h))
        h += torch.relu(layer(h))
        return h

    return measured(tower(depth, residual, seed, step))


@misconception("resnet_inception.gradient_norms/seed-ignored", source="draw_tower(depth, seed)",
    advice="The third argument is the seed of the tower: pass it on to draw_tower.")
def seed_ignored(depth, residual, seed=0):
    return ref.gradient_norms(depth, residual)


@misconception("resnet_inception.gradient_norms/tower-kept-between-calls", source="module-level cache",
    advice="The function remembers the tower of an earlier call: draw layers and x anew each time.")
@stateful
def kept_tower():
    kept = {}

    def gradient_norms(depth, residual, seed=0):
        layers, x = kept.setdefault(depth, ref.draw_tower(depth, seed))
        return measured(states_of(layers, x.detach(), plain_or_residual(residual)))

    return gradient_norms
