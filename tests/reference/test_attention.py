"""The reference of A13 against torch's own layers with copied weights, loops, differences and the handout's numbers."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

_PATH = Path(__file__).parents[2] / "reference" / "attention" / "solution.py"
_SPEC = importlib.util.spec_from_file_location("reference_attention", _PATH)
ref = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ref)

SIZES = [(2, 5, 12, 3), (3, 4, 6, 1), (1, 1, 4, 2), (2, 3, 8, 2), (4, 2, 4, 4)]  # N, T, dim, heads


def draw(seed, *shape):
    """Standard normal float64 tensor."""
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def same(got, want, tolerance=1e-10):
    """Shape, dtype and values agree."""
    assert (got.shape, got.dtype) == (want.shape, want.dtype)
    np.testing.assert_allclose(
        got.detach().numpy(), want.detach().numpy(), rtol=tolerance, atol=tolerance, equal_nan=False
    )


def seeded(module, seed):
    """The module in float64 with normal parameters."""
    torch.manual_seed(seed)
    for parameter in module.double().parameters():
        nn.init.normal_(parameter, std=0.6)
    return module


def torch_attention(mine, dim, heads):
    """nn.MultiheadAttention with the weights of ours."""
    theirs = nn.MultiheadAttention(dim, heads, batch_first=True).double()
    layers = (mine.query, mine.key, mine.value)
    state = {
        "in_proj_weight": torch.cat([layer.weight for layer in layers]),
        "in_proj_bias": torch.cat([layer.bias for layer in layers]),
        "out_proj.weight": mine.output.weight,
        "out_proj.bias": mine.output.bias,
    }
    theirs.load_state_dict(state)
    return theirs


def torch_block(mine, dim, heads, hidden):
    """nn.TransformerEncoderLayer, pre-norm and without dropout, with the weights of ours."""
    theirs = nn.TransformerEncoderLayer(
        dim, heads, hidden, dropout=0.0, batch_first=True, norm_first=True
    ).double()
    theirs.self_attn.load_state_dict(torch_attention(mine.attention, dim, heads).state_dict())
    for ours, name in (("fc1", "linear1"), ("fc2", "linear2"), ("norm1", "norm1"), ("norm2", "norm2")):
        getattr(theirs, name).load_state_dict(getattr(mine, ours).state_dict())
    return theirs


def loops(Q, K, V, mask):
    """One sequence of attention, query by query, in Python floats."""
    out, weights = torch.zeros(len(Q), V.shape[1]).double(), torch.zeros(len(Q), len(K)).double()
    for i in range(len(Q)):
        seen = [j for j in range(len(K)) if mask[i, j]]
        scores = {
            j: sum(float(a * b) for a, b in zip(Q[i], K[j], strict=True)) / math.sqrt(len(Q[i])) for j in seen
        }
        total = sum(math.exp(score) for score in scores.values())
        for j in seen:
            weights[i, j] = math.exp(scores[j]) / total
            out[i] += weights[i, j] * V[j]
    return out, weights


@pytest.mark.parametrize("sizes", [(3, 4, 5, 2), (1, 1, 1, 1), (4, 2, 3, 6)])
def test_attention_is_the_loop(sizes):
    """Output and weights are those of loops over queries and keys, with a random mask and one empty row."""
    Tq, Tk, d, dv = sizes
    Q, K, V = draw(0, Tq, d), draw(1, Tk, d), draw(2, Tk, dv)
    mask = draw(3, Tq, Tk) > 0
    mask[-1] = False
    for m in (mask, torch.ones(Tq, Tk, dtype=torch.bool)):
        for got, want in zip(ref.scaled_dot_product_attention(Q, K, V, m), loops(Q, K, V, m), strict=True):
            same(got, want)


@pytest.mark.parametrize("lead", [(), (3,), (2, 4)])
def test_attention_is_torchs(lead):
    """For any leading axes the output is that of F.scaled_dot_product_attention, with and without a mask."""
    Q, K, V = draw(4, *lead, 3, 6), draw(5, *lead, 5, 6), draw(6, *lead, 5, 2)
    mask = draw(7, 3, 5) > -0.5
    mask[:, 0] = True
    for m in (None, mask):
        same(
            ref.scaled_dot_product_attention(Q, K, V, m)[0],
            F.scaled_dot_product_attention(Q, K, V, attn_mask=m),
        )


def test_attention_keeps_the_dtype():
    """float32 in, float32 out; float64 in, float64 out."""
    for dtype in (torch.float32, torch.float64):
        Q, K, V = (draw(seed, 2, 3, 4).to(dtype) for seed in (1, 2, 3))
        assert {found.dtype for found in ref.scaled_dot_product_attention(Q, K, V)} == {dtype}


@settings(derandomize=True, database=None, deadline=None, max_examples=50)
@given(st.integers(1, 4), st.integers(1, 5), st.sampled_from([1, 3, 64]), st.integers(0, 2**32 - 1))
def test_weights_are_distributions_over_the_allowed_keys(Tq, Tk, d, seed):
    """Rows sum to 1, or to 0 where no key is allowed; masked weights are exactly 0; nothing is negative or nan."""
    Q, K, V, mask = (
        draw(seed, Tq, d),
        100 * draw(seed + 1, Tk, d),
        draw(seed + 2, Tk, 2),
        draw(seed + 3, Tq, Tk) > 0,
    )
    out, w = ref.scaled_dot_product_attention(Q, K, V, mask)
    same(w.sum(dim=-1), mask.any(dim=-1).double())
    assert not w[~mask].any()
    assert (w >= 0).all()
    assert not out[~mask.any(dim=-1)].any()


def test_scores_have_variance_one_for_any_d():
    """The logarithms of the weights spread with variance 1 at d = 1, 64 and 256: 300 queries, 300 keys."""
    for d in (1, 64, 256):
        _, w = ref.scaled_dot_product_attention(draw(8, 300, d), draw(9, 300, d), draw(10, 300, 1))
        logs = w.log()
        assert 0.7 < float((logs - logs.mean(dim=1, keepdim=True)).var()) < 1.4


def test_masked_keys_leave_no_trace():
    """Masked keys and values may be anything finite: the result is that of attention without them."""
    Q, K, V = draw(11, 3, 4), draw(12, 5, 4), draw(13, 5, 2)
    mask = torch.tensor([True, True, False, True, False])
    few = ref.scaled_dot_product_attention(Q, K[mask], V[mask])
    K[~mask], V[~mask] = 1e6, 1e6
    out, w = ref.scaled_dot_product_attention(Q, K, V, mask)
    same(out, few[0])
    same(w[:, mask], few[1])


def test_attention_gradients_fit_differences():
    """Gradients by Q, K and V fit centred differences, and are finite where a query has no key at all."""
    Q, K, V = (draw(seed, 2, 3, 4).requires_grad_() for seed in (14, 15, 16))
    mask = draw(17, 2, 3, 3) > -0.5
    mask[0, 1] = False
    attention = ref.scaled_dot_product_attention
    assert torch.autograd.gradcheck(lambda *args: attention(*args, mask), (Q, K, V), eps=1e-5, atol=1e-8)
    ref.scaled_dot_product_attention(Q, K, V, mask)[0].sum().backward()
    assert all(torch.isfinite(leaf.grad).all() for leaf in (Q, K, V))


def test_attention_worked_example_is_the_handouts():
    """Weights in sevenths and fifths, outputs (6, 5) and (2.8, 5.6); with the second key hidden (7, 3.5)."""
    Q = torch.tensor([[2 * math.log(2), 0, 0, 0], [0, 2 * math.log(3), 0, 0]]).double()
    K, V = torch.eye(4)[[0, 1, 0]].double(), torch.tensor([[7, 0], [0, 7], [7, 7]]).double()
    K[2] *= 2
    out, w = ref.scaled_dot_product_attention(Q, K, V, None)
    same(w, torch.tensor([[2 / 7, 1 / 7, 4 / 7], [1 / 5, 3 / 5, 1 / 5]]).double(), 1e-6)
    same(out, torch.tensor([[6, 5], [2.8, 5.6]]).double(), 1e-6)
    out, w = ref.scaled_dot_product_attention(Q, K, V, torch.tensor([[True] * 3, [True, False, True]]))
    same(w[1], torch.tensor([0.5, 0.0, 0.5]).double(), 1e-6)
    same(out[1], torch.tensor([7, 3.5]).double(), 1e-6)


@pytest.mark.parametrize("T", [1, 2, 5])
def test_causal_mask_is_the_past(T):
    """Entry (t, s) is True exactly for s ≤ t; as an additive mask it is that of nn.Transformer."""
    mask = ref.causal_mask(T)
    assert mask.dtype == torch.bool
    assert mask.tolist() == [[s <= t for s in range(T)] for t in range(T)]
    assert torch.equal(nn.Transformer.generate_square_subsequent_mask(T) == 0, mask)


@pytest.mark.parametrize(("T", "D"), [(3, 4), (1, 2), (50, 16), (7, 6)])
def test_positional_encoding_is_the_formula(T, D):
    """Each entry is the sine or cosine of the paper, computed one by one."""
    table = ref.positional_encoding(T, D)
    assert (table.shape, table.dtype) == ((T, D), torch.float32)
    for t in range(T):
        for i in range(D // 2):
            angle = t / 10000 ** (2 * i / D)
            assert table[t, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-6)
            assert table[t, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-6)


def test_positions_differ_by_a_rotation():
    """The product of two rows depends only on their distance: Σ cos((t - s) · frequency)."""
    table = ref.positional_encoding(20, 8).double()
    products = table @ table.T
    for gap in range(20):
        diagonal = torch.diagonal(products, gap)
        assert float(diagonal.max() - diagonal.min()) < 1e-5


def test_positional_worked_example_is_the_handouts():
    """The handout's table for T = 3, D = 4."""
    want = [[0, 1, 0, 1], [0.841471, 0.540302, 0.0099998, 0.99995], [0.909297, -0.416147, 0.0199987, 0.9998]]
    np.testing.assert_allclose(ref.positional_encoding(3, 4).numpy(), want, atol=1e-6)


@pytest.mark.parametrize("shape", [(4,), (3, 5), (2, 3, 6), (2, 2, 3, 8)])
@pytest.mark.parametrize("eps", [1e-5, 0.3])
def test_layer_norm_is_torchs(shape, eps):
    """Values and gradients are those of F.layer_norm, for any leading axes."""
    net = seeded(ref.LayerNorm(shape[-1], eps), 20)
    x = (3 * draw(21, *shape) + 1).requires_grad_()
    want = F.layer_norm(x, shape[-1:], net.weight, net.bias, eps)
    same(net(x), want)
    leaves = (x, net.weight, net.bias)
    weights = draw(22, *shape)
    for got, right in zip(
        torch.autograd.grad((net(x) * weights).sum(), leaves),
        torch.autograd.grad((want * weights).sum(), leaves),
        strict=True,
    ):
        same(got, right, 1e-9)


def test_layer_norm_worked_example_is_the_handouts():
    """(1, 3, 5, 7) at eps = 4 gives (-1, -1/3, 1/3, 1), at 1e-5 ±1.34164 and ±0.44721; equal numbers give zeros."""
    x = torch.tensor([[1.0, 3.0, 5.0, 7.0], [2.0, 2.0, 2.0, 2.0]])
    same(ref.LayerNorm(4, 4.0)(x), torch.tensor([[-1, -1 / 3, 1 / 3, 1], [0, 0, 0, 0]]), 1e-6)
    same(ref.LayerNorm(4)(x)[0], torch.tensor([-1.34164, -0.44721, 0.44721, 1.34164]), 2e-5)


@pytest.mark.parametrize("size", SIZES)
def test_heads_are_torchs(size):
    """Output and gradients are those of nn.MultiheadAttention with our weights, for masks of two and three axes."""
    N, T, dim, heads = size
    mine = seeded(ref.MultiHeadAttention(dim, heads), 30)
    theirs = torch_attention(mine, dim, heads)
    x = draw(31, N, T, dim).requires_grad_()
    each = (draw(32, N, T, T) > 0) | torch.eye(T, dtype=torch.bool)
    padding = torch.arange(T) < torch.arange(1, N + 1)[:, None, None].clamp(max=T)
    for mask in (None, ref.causal_mask(T), each, padding):
        blocked = None if mask is None else ~mask.expand(N, T, T).repeat_interleave(heads, dim=0)
        want = theirs(x, x, x, attn_mask=blocked, need_weights=False)[0]
        same(mine(x, mask), want)
        weights = draw(33, N, T, dim)
        mine_grad = torch.autograd.grad(
            (mine(x, mask) * weights).sum(), (x, mine.value.weight, mine.output.weight)
        )
        their_leaves = (x, theirs.in_proj_weight, theirs.out_proj.weight)
        their_grad = torch.autograd.grad((want * weights).sum(), their_leaves)
        same(mine_grad[0], their_grad[0], 1e-9)
        same(mine_grad[1], their_grad[1][2 * dim :], 1e-9)
        same(mine_grad[2], their_grad[2], 1e-9)


def test_one_mask_for_all_heads_when_there_are_as_many_heads_as_sequences():
    """A mask (N, T, T) belongs to the sequences: each alone, with its own mask, gives the same."""
    net, x = seeded(ref.MultiHeadAttention(6, 3), 34), draw(35, 3, 4, 6)
    mask = (draw(36, 3, 4, 4) > 0) | torch.eye(4, dtype=torch.bool)
    alone = torch.cat([net(x[n : n + 1], mask[n]) for n in range(3)])
    same(net(x, mask), alone)


@settings(derandomize=True, database=None, deadline=None, max_examples=20)
@given(st.permutations(range(5)), st.sampled_from([1, 2, 3]))
def test_attention_moves_with_its_tokens(order, heads):
    """Without positions, shuffled tokens give shuffled outputs."""
    net, x = seeded(ref.MultiHeadAttention(6, heads), 37), draw(38, 2, 5, 6)
    same(net(x[:, list(order)]), net(x)[:, list(order)])


@pytest.mark.parametrize(("dim", "heads"), [(10, 3), (4, 8), (7, 2)])
def test_heads_must_divide(dim, heads):
    """Heads that cannot share dim evenly raise ValueError; the block hands it on."""
    with pytest.raises(ValueError, match="evenly"):
        ref.MultiHeadAttention(dim, heads)
    with pytest.raises(ValueError, match="evenly"):
        ref.TransformerBlock(dim, heads, 4)


@pytest.mark.parametrize("size", SIZES)
def test_block_is_torchs(size):
    """The output is that of nn.TransformerEncoderLayer(norm_first=True) with our weights, with and without a mask."""
    N, T, dim, heads = size
    mine = seeded(ref.TransformerBlock(dim, heads, 10), 40)
    theirs, x = torch_block(mine, dim, heads, 10), draw(41, N, T, dim)
    same(mine(x), theirs(x))
    mask = ref.causal_mask(T)
    same(mine(x, mask), theirs(x, src_mask=~mask))


def test_block_gradients_fit_differences():
    """Gradients by the input and by every parameter fit centred differences, with a causal mask."""
    net, x, mask = seeded(ref.TransformerBlock(4, 2, 5), 42), draw(43, 2, 3, 4), ref.causal_mask(3)
    names, values = zip(*net.named_parameters(), strict=True)
    leaves = tuple(value.detach().clone().requires_grad_() for value in values)

    def output(inputs, *parameters):
        return torch.func.functional_call(net, dict(zip(names, parameters, strict=True)), (inputs, mask))

    assert torch.autograd.gradcheck(output, (x.requires_grad_(), *leaves), eps=1e-6, atol=1e-6)


def test_block_does_not_see_the_future():
    """With the causal mask another token at t changes the output at t, and outputs before stay equal bit for bit."""
    net, x, mask = seeded(ref.TransformerBlock(6, 2, 8), 44), draw(45, 2, 5, 6), ref.causal_mask(5)
    before = net(x, mask)
    for t in range(5):
        other = x.clone()
        other[:, t] += 1
        after = net(other, mask)
        assert torch.equal(after[:, :t], before[:, :t])
        assert (after[:, t] != before[:, t]).any()


@pytest.mark.parametrize("seed", range(4))
def test_block_learns_to_look_back(seed):
    """150 of the 200 steps that the check allows teach a block to copy the token before each token."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    codes, tokens = rng.normal(size=(5, 16)), torch.from_numpy(rng.integers(0, 5, size=(256, 6)))
    codes = torch.from_numpy(codes).float()
    x, y = codes[tokens] + ref.positional_encoding(6, 16), torch.zeros(256, 6, 16)
    y[:, 1:] = codes[tokens[:, :-1]]
    net = ref.TransformerBlock(16, 2, 32)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        F.mse_loss(net(x[:128]), y[:128]).backward()
        optimizer.step()
    out = net(x[128:]).detach()[:, 1:]
    guesses = ((out[:, :, None] - codes) ** 2).sum(dim=-1).argmin(dim=-1)
    assert (guesses == tokens[128:, :-1]).float().mean() >= 0.95


def test_generate_worked_example_is_the_handouts():
    """From 1, 2 the adding model gives 3, 6, 5, 3; no steps give the start; the start stays as it is."""

    def adder(tokens):
        total = tokens.cumsum(dim=1) % 7
        return -((torch.arange(7) - total[..., None]) ** 2).float()

    start = torch.tensor([[1, 2]])
    assert ref.generate(adder, start, 4).tolist() == [[1, 2, 3, 6, 5, 3]]
    assert ref.generate(adder, start, 0).tolist() == start.tolist() == [[1, 2]]


def test_generate_takes_the_largest_logit_of_each_sequence():
    """With a causal transformer as the model, each step's token is the argmax after the sequence so far."""
    torch.manual_seed(5)
    table, net, head = nn.Embedding(9, 8), seeded(ref.TransformerBlock(8, 2, 16), 6).float(), nn.Linear(8, 9)

    def model(tokens):
        T = tokens.shape[1]
        return head(net(table(tokens) + ref.positional_encoding(T, 8), ref.causal_mask(T)))

    start = torch.tensor([[1, 2, 3], [4, 0, 8]])
    found = ref.generate(model, start, 4)
    assert (found.shape, found.dtype) == ((2, 7), torch.int64)
    assert torch.equal(found[:, :3], start)
    for t in range(3, 7):
        for n in range(2):
            assert found[n, t] == model(found[n : n + 1, :t])[0, -1].argmax()


def test_arguments_stay_and_calls_repeat():
    """Functions and modules leave their arguments as they are; the same call gives the same answer."""
    Q, K, V, mask = draw(50, 2, 3, 4), draw(51, 2, 3, 4), draw(52, 2, 3, 4), draw(53, 2, 3, 3) > 0
    net, start = seeded(ref.TransformerBlock(4, 2, 5), 54), torch.tensor([[1, 0]])
    kept = [tensor.clone() for tensor in (Q, K, V, mask, start)]
    first = ref.scaled_dot_product_attention(Q, K, V, mask), net(Q, mask)
    second = ref.scaled_dot_product_attention(Q, K, V, mask), net(Q, mask)
    ref.generate(lambda tokens: F.one_hot(tokens, 3), start, 2)
    assert torch.equal(first[0][0], second[0][0])
    assert torch.equal(first[1], second[1])
    assert all(torch.equal(a, b) for a, b in zip(kept, (Q, K, V, mask, start), strict=True))
