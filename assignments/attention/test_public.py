"""Public checks of A13: the handout's worked examples, parameter names, one training; the grader runs more."""

import numpy as np
import torch

from grader.checks import agree, as_reference, close, drive, ensure, points, raises


def linear_shapes(**sizes):
    """name=(inputs, outputs) → the shapes of the parameters of these nn.Linear layers."""
    shapes = {}
    for name, (inputs, outputs) in sizes.items():
        shapes |= {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
    return shapes


def draw_weights(rng, shapes):
    """Name → float32 array, with a variance that keeps signals alive."""
    scales = {name: 1.5 / np.sqrt(shape[-1]) if len(shape) == 2 else 0.5 for name, shape in shapes.items()}
    return {name: rng.normal(0.0, scales[name], shape).astype(np.float32) for name, shape in shapes.items()}


def draw_tokens(rng, *shape):
    """Standard normal float32 tensor of this shape, (N, T, dim) as a rule."""
    return torch.from_numpy(rng.normal(size=shape).astype(np.float32))


def shapes_of(net):
    """Name → shape of the parameters, as a list."""
    return {name: list(np.shape(value)) for name, value in drive.state_dict(net).items()}


@points(4)
def test_attention_worked_example(student):
    """The handout's two queries and three keys give weights in sevenths and fifths; a mask takes a key away."""
    Q = torch.tensor([[2 * np.log(2), 0, 0, 0], [0, 2 * np.log(3), 0, 0]], dtype=torch.float64)
    K = torch.tensor([[1, 0, 0, 0], [0, 1, 0, 0], [2, 0, 0, 0]], dtype=torch.float64)
    V = torch.tensor([[7, 0], [0, 7], [7, 7]], dtype=torch.float64)
    mask = torch.tensor([[True, True, True], [True, False, True]])
    agree(student.scaled_dot_product_attention.batch, [(Q, K, V, None), (Q, K, V, mask)])


@points(2)
def test_weights_keep_their_spread_for_any_d(student, rng):
    """Scores of normal queries and keys have variance 1 at d = 1, 64 and 256: their logarithms tell the √d."""
    for d in (1, 64, 256):
        Q, K, V = (torch.from_numpy(rng.normal(size=(6, size))) for size in (d, d, 2))
        _, w = student.scaled_dot_product_attention(Q, K, V)
        as_reference(w, of=student.scaled_dot_product_attention, what=f"weights at d = {d}")
        scores = np.asarray(Q @ K.T) / np.sqrt(d)
        centred = scores - scores.mean(axis=1, keepdims=True)
        logs = np.log(np.asarray(w))
        close(logs - logs.mean(axis=1, keepdims=True), centred, rtol=1e-6, what=f"scores at d = {d}, centred")


@points(3)
def test_causal_mask(student):
    """Token t may attend to itself and to what came before: bool, (T, T), True on and below the diagonal."""
    agree(student.causal_mask.batch, [(4,), (1,), (2,), (7,)])


@points(4)
def test_positional_encoding_worked_example(student):
    """For T = 3 and D = 4 the handout's twelve numbers: sine and cosine alternate, the first row is 0, 1, 0, 1."""
    agree(student.positional_encoding.batch, [(3, 4), (5, 2)], rtol=1e-4, atol=1e-5)


@points(4)
def test_layer_norm_worked_example(student):
    """The tokens of the handout and two more, at eps = 4 and by default, with the weight and bias of a new module."""
    x = np.array([[[1, 3, 5, 7], [2, 2, 2, 2]], [[0, 0, 0, 4], [7, 5, 3, 1]]], dtype=np.float32)
    for net in (student.LayerNorm(4, 4.0), student.LayerNorm(4)):
        as_reference(shapes_of(net), of=student.LayerNorm, what="names and shapes of the parameters")
        out = drive.forward(net, x)
        as_reference(out, of=student.LayerNorm, what="four tokens, normalised", rtol=1e-4, atol=1e-5)


@points(4)
def test_parameters_have_the_names_and_shapes(student):
    """Parameters have the names and shapes of the handout; heads that cannot share dim evenly raise ValueError."""
    attention, block = student.MultiHeadAttention(12, 3), student.TransformerBlock(12, 2, 20)
    as_reference(shapes_of(attention), of=student.MultiHeadAttention, what="parameters of MultiHeadAttention(12, 3)")
    as_reference(shapes_of(block), of=student.TransformerBlock, what="parameters of TransformerBlock(12, 2, 20)")
    raises(ValueError, student.MultiHeadAttention, 10, 3)


@points(5)
def test_multi_head_attention_with_given_weights(student, rng):
    """With given weights, two heads on five tokens give the right output, without a mask and with a causal one."""
    shapes = linear_shapes(query=(6, 6), key=(6, 6), value=(6, 6), output=(6, 6))
    weights, x = draw_weights(rng, shapes), draw_tokens(rng, 1, 5, 6)
    net = student.MultiHeadAttention(6, 2)
    as_reference(shapes_of(net), of=student.MultiHeadAttention, what="names and shapes of the parameters")
    drive.load_state_dict(net, weights)
    out = drive.forward(net, x)
    as_reference(out, of=student.MultiHeadAttention, what="output without a mask", rtol=1e-4, atol=1e-5)
    out = net(x, torch.ones(5, 5, dtype=torch.bool).tril())
    as_reference(out, of=student.MultiHeadAttention, what="output with a causal mask", rtol=1e-4, atol=1e-5)


def adder(tokens):
    """A model for `generate`: after each token, the most likely next one is the sum of all so far, modulo 7."""
    total = torch.cumsum(tokens, dim=1) % 7                                  # (N, T)
    return -((torch.arange(7) - total[..., None]) ** 2).float()              # (N, T, 7)


@points(3)
def test_generate_adds_up(student):
    """The model of the handout expects the sum of all tokens modulo 7: from 1, 2 come 3, 6, 5, 3."""
    agree(student.generate, adder, torch.tensor([[1, 2]]), 4)


@points(4, claims=[])
def test_block_learns_to_look_back(student, rng):
    """200 steps of Adam teach a block to copy the token before each token: 95 % of those in new sequences."""
    codes, tokens = rng.normal(size=(5, 16)), rng.integers(0, 5, size=(256, 6))
    x = codes[tokens] + np.asarray(student.positional_encoding(6, 16))
    y = np.zeros_like(x)
    y[:, 1:] = codes[tokens[:, :-1]]
    x, y = x.astype(np.float32), y.astype(np.float32)
    net = student.TransformerBlock(16, 2, 32)
    drive.train(net, x[:128], y[:128], steps=200, lr=0.01, optimizer="adam", loss="mse")
    out = np.asarray(drive.forward(net, x[128:]))[:, 1:]                     # (128, 5, 16)
    guesses = ((out[:, :, None] - codes) ** 2).sum(axis=-1).argmin(axis=-1)  # the nearest code
    ensure(np.mean(guesses == tokens[128:, :-1]) >= 0.95, "at least 95 % of the tokens are copied")
