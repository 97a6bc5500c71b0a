"""Hidden checks of A13: other shapes, masks, heads, gradients, and laws that hold for any weights."""

import numpy as np
import pytest
import torch

from grader.checks import agree, as_reference, drive, ensure, points, pure

TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}  # float32, sums of some dozen terms


def linear_shapes(**sizes):
    """name=(inputs, outputs) → the shapes of the parameters of these nn.Linear layers."""
    shapes = {}
    for name, (inputs, outputs) in sizes.items():
        shapes |= {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
    return shapes


def attention_shapes(dim, prefix=""):
    """The parameters of MultiHeadAttention(dim, heads)."""
    return linear_shapes(**{prefix + name: (dim, dim) for name in ("query", "key", "value", "output")})


def block_shapes(dim, hidden):
    """The parameters of TransformerBlock(dim, heads, hidden)."""
    norms = {f"{name}.{kind}": (dim,) for name in ("norm1", "norm2") for kind in ("weight", "bias")}
    return norms | attention_shapes(dim, "attention.") | linear_shapes(fc1=(dim, hidden), fc2=(hidden, dim))


def draw_weights(rng, shapes):
    """Name → float32 array, with a variance that keeps signals alive."""
    scales = {name: 1.5 / np.sqrt(shape[-1]) if len(shape) == 2 else 0.5 for name, shape in shapes.items()}
    return {name: rng.normal(0.0, scales[name], shape).astype(np.float32) for name, shape in shapes.items()}


def draw_tokens(rng, *shape, dtype=np.float32):
    """Standard normal tensor of this shape, (N, T, dim) as a rule."""
    return torch.from_numpy(rng.normal(size=shape).astype(dtype))


def draw_qkv(rng, lead, Tq, Tk, d, dv, dtype=np.float64):
    """Q (*lead, Tq, d), K (*lead, Tk, d), V (*lead, Tk, dv)."""
    return [draw_tokens(rng, *lead, *shape, dtype=dtype) for shape in ((Tq, d), (Tk, d), (Tk, dv))]


def loaded(net, of, weights):
    """The module with these weights. Its parameters must have the names and shapes of the handout."""
    shapes = {name: list(np.shape(value)) for name, value in drive.state_dict(net).items()}
    as_reference(shapes, of=of, what="names and shapes of the parameters")
    drive.load_state_dict(net, weights)
    return net


def attention(student, rng, dim, heads):
    """MultiHeadAttention(dim, heads) with drawn weights."""
    net = student.MultiHeadAttention(dim, heads)
    return loaded(net, student.MultiHeadAttention, draw_weights(rng, attention_shapes(dim)))


def block(student, rng, dim, heads, hidden):
    """TransformerBlock(dim, heads, hidden) with drawn weights."""
    net = student.TransformerBlock(dim, heads, hidden)
    return loaded(net, student.TransformerBlock, draw_weights(rng, block_shapes(dim, hidden)))


@points(5)
def test_attention_values(student, rng):
    """Output and weights for any leading axes, Tq ≠ Tk, d ≠ dv, T = 1, float32, and scores in the thousands."""
    cases = [draw_qkv(rng, *sizes) for sizes in [((), 2, 4, 3, 5), ((3,), 4, 4, 4, 4), ((2, 3), 3, 5, 4, 2)]]
    cases += [draw_qkv(rng, (1,), 1, 1, 2, 3), draw_qkv(rng, (2,), 3, 4, 5, 2, dtype=np.float32)]
    Q, K, V = draw_qkv(rng, (2,), 3, 4, 5, 2)
    cases.append([40 * Q, 40 * K, V])
    agree(student.scaled_dot_product_attention.batch, [(*case, None) for case in cases], atol=1e-6)


@points(5)
@pytest.mark.parametrize("kind", ["random", "one for all", "large scores", "no key at all"])
def test_masked_keys_have_no_influence(student, rng, kind):
    """A masked key has weight 0, however large its score; one mask may serve all; a query without any key gives 0."""
    Q, K, V = draw_qkv(rng, (3,), 4, 5, 6, 2)
    mask = torch.from_numpy(rng.random((3, 4, 5)) < 0.5)
    mask[:, range(4), range(4)] = True                                       # each query has a key
    mask[:, 0, 4] = mask[:, 1, 0] = False
    if kind == "one for all":
        mask = mask[0]
    if kind == "large scores":
        Q[..., 0], K[:, 4, 0] = 1.0, 5000.0                                  # each query likes key 4 best by far
        mask[:, :, 4] = False
    if kind == "no key at all":
        mask[1, 2] = False
    agree(student.scaled_dot_product_attention.batch, [(Q, K, V, mask)])


@points(3)
def test_positional_encoding_values(student):
    """Tables of several lengths and widths, one after the other: frequencies fall from 1 to nearly 1/10000."""
    agree(student.positional_encoding.batch, [(4, 6), (12, 8), (1, 2), (30, 16), (9, 12)], rtol=1e-4, atol=1e-4)


@points(4)
@pytest.mark.parametrize("shape", [(2, 3, 6), (3, 5), (2, 2, 3, 4), (1, 1, 8), (4, 4, 4)])
def test_layer_norm_values(student, rng, shape):
    """Each token is normalised on its own, for any number of axes before the last, with given weight, bias and eps."""
    names = {"weight": shape[-1:], "bias": shape[-1:]}
    net = loaded(student.LayerNorm(shape[-1], 0.3), student.LayerNorm, draw_weights(rng, names))
    x = 2 * draw_tokens(rng, *shape) + 1
    as_reference(drive.forward(net, x), of=student.LayerNorm, what="normalised tokens", **TOLERANCE)


@points(6)
@pytest.mark.parametrize(("n", "t", "dim", "heads"), [(2, 3, 8, 4), (3, 5, 6, 1), (1, 1, 4, 2), (2, 4, 4, 4)])
def test_heads_look_at_their_own_part(student, rng, n, t, dim, heads):
    """With given weights the output is right for one head and several, for one sequence and for one token."""
    net = attention(student, rng, dim, heads)
    out = drive.forward(net, draw_tokens(rng, n, t, dim))
    as_reference(out, of=student.MultiHeadAttention, what=f"output of {heads} heads on {t} tokens", **TOLERANCE)


@points(4)
@pytest.mark.parametrize("n", [2, 3])
def test_masks_of_all_shapes(student, rng, n):
    """A mask (T, T), (N, T, T) or (N, 1, T) serves all heads alike, also when there are as many heads as sequences."""
    net = attention(student, rng, 6, 2)
    x = draw_tokens(rng, n, 4, 6)
    each = torch.from_numpy(rng.random((n, 4, 4)) < 0.5) | torch.eye(4, dtype=torch.bool)
    padding = torch.arange(4) < torch.from_numpy(rng.integers(1, 4, size=(n, 1, 1)))
    for mask in (torch.ones(4, 4, dtype=torch.bool).tril(), each, padding):
        what = f"output with a mask of {mask.ndim} axes"
        as_reference(net(x, mask), of=student.MultiHeadAttention, what=what, **TOLERANCE)


@points(2)
def test_without_positions_order_does_not_matter(student, rng):
    """Without positions attention cannot tell the order: shuffled tokens give the same outputs, shuffled."""
    net, order = attention(student, rng, 6, 3), rng.permutation(5)
    x = draw_tokens(rng, 2, 5, 6)
    straight = np.asarray(drive.forward(net, x))
    shuffled = np.asarray(drive.forward(net, x[:, order].contiguous()))
    as_reference(straight, of=student.MultiHeadAttention, what="output", **TOLERANCE)
    ensure(np.allclose(shuffled, straight[:, order], rtol=1e-3, atol=1e-4), "the outputs move with their tokens")


@points(1)
def test_training_mode_changes_nothing(student, rng):
    """There is no dropout: a block gives the same in train and in eval mode, with the same call twice."""
    net, x = block(student, rng, 6, 2, 10), draw_tokens(rng, 2, 4, 6)
    training, again, still = (np.asarray(drive.forward(net, x, train=train)) for train in (True, True, False))
    ensure(np.allclose(training, again, atol=1e-5), "two calls in train mode give the same")
    ensure(np.allclose(training, still, atol=1e-5), "train mode and eval mode give the same")


@points(4)
@pytest.mark.parametrize(("n", "t", "dim", "heads", "hidden"), [(2, 4, 6, 3, 10), (1, 3, 4, 1, 4), (3, 1, 8, 2, 5)])
def test_block_values(student, rng, n, t, dim, heads, hidden):
    """With given weights a block gives the right output, without a mask and with a causal one."""
    net, x = block(student, rng, dim, heads, hidden), draw_tokens(rng, n, t, dim)
    as_reference(drive.forward(net, x), of=student.TransformerBlock, what="output without a mask", **TOLERANCE)
    out = net(x, torch.ones(t, t, dtype=torch.bool).tril())
    as_reference(out, of=student.TransformerBlock, what="output with a causal mask", **TOLERANCE)


@points(3)
def test_block_does_not_see_the_future(student, rng):
    """With your causal mask, another token at t changes the output at t and none before."""
    net, x = block(student, rng, 6, 2, 8), draw_tokens(rng, 2, 5, 6)
    mask = student.causal_mask(5)
    before = np.asarray(net(x, mask))
    as_reference(before, of=student.TransformerBlock, what="output with a causal mask", **TOLERANCE)
    for t in (1, 3, 4):
        other = x.clone()
        other[:, t] = draw_tokens(rng, 2, 6)
        change = np.abs(np.asarray(net(other, mask)) - before).max(axis=(0, 2))  # (T,)
        # 1e-6, not 0: a matrix product may round differently where the memory lies differently
        ensure((change[:t] <= 1e-6).all(), "outputs before a changed token stay the same")
        ensure(change[t] > 1e-5, "the output at a changed token changes")


@points(5)
def test_block_gradients(student, rng):
    """Gradients of a squared error reach all parameters and the input, which stays as it is."""
    net, x = block(student, rng, 6, 2, 8), draw_tokens(rng, 2, 4, 6)
    found = drive.gradients(net, x, draw_tokens(rng, 2, 4, 6), loss="mse")
    tolerance = {"rtol": 1e-3, "atol": 1e-5}
    as_reference(found["loss"], of=student.TransformerBlock, what="loss", rtol=1e-4)
    as_reference(found["parameters"], of=student.TransformerBlock, what="gradients of parameters", **tolerance)
    as_reference(found["inputs"], of=student.TransformerBlock, what="gradient of the input", **tolerance)


def mixer(seed):
    """A model with 9 tokens for `generate`: its logits depend on all tokens so far and on their order, without ties."""
    table = np.random.default_rng(seed).normal(size=(997, 9))

    def model(tokens):
        state = torch.zeros(len(tokens), dtype=torch.int64)
        states = []
        for t in range(tokens.shape[1]):
            state = (31 * state + tokens[:, t] + 1) % 997                    # a hash of tokens 0 … t
            states.append(state)
        return torch.from_numpy(table)[torch.stack(states, dim=1)]           # (N, T, 9)

    return model


@points(3)
@pytest.mark.parametrize(("n", "length", "steps"), [(3, 4, 5), (1, 1, 3), (2, 3, 0), (4, 2, 1)])
def test_generate_batches(student, rng, n, length, steps):
    """Several sequences at once, each with its own next token from all before it; start in front; steps may be 0."""
    start = torch.from_numpy(rng.integers(0, 9, size=(n, length)))
    agree(student.generate, mixer(int(rng.integers(2**31))), start, steps)


@points(2)
def test_arguments_stay_as_they_are(student, rng):
    """The functions leave their arguments unchanged, and the same call gives the same answer twice."""
    Q, K, V = draw_qkv(rng, (2,), 3, 4, 5, 2)
    mask = torch.from_numpy(rng.random((2, 3, 4)) < 0.7)
    mask[0, 1] = False
    pure(student.scaled_dot_product_attention, Q, K, V)  # first: an unchanged Q tells a changed mask from it
    pure(student.scaled_dot_product_attention, Q, K, V, mask)
    pure(student.generate, mixer(5), torch.from_numpy(rng.integers(0, 9, size=(2, 3))), 2)
