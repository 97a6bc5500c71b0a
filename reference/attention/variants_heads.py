"""Wrong variants of MultiHeadAttention, most frequent first."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from grader.checks import misconception

from . import solution as ref

NAME = "attention.MultiHeadAttention"
LIKELY = "a likely slip, without a slide that prints it"


class Steps(ref.MultiHeadAttention):
    """The right one in steps; each variant replaces one of them."""

    def split(self, u):
        """(N, T, dim) → (N, heads, T, dim/heads)."""
        N, T, dim = u.shape
        return u.reshape(N, T, self.heads, dim // self.heads).transpose(1, 2)

    def join(self, u):
        """(N, heads, T, dim/heads) → (N, T, dim)."""
        N, heads, T, size = u.shape
        return u.transpose(1, 2).reshape(N, T, heads * size)

    def spread(self, mask):
        """The mask for scores (N, heads, T, T)."""
        return mask[:, None] if mask is not None and mask.ndim == 3 else mask

    def attend(self, Q, K, V, mask):
        return ref.scaled_dot_product_attention(Q, K, V, mask)[0]

    def projected(self, x):
        return self.query(x), self.key(x), self.value(x)

    def forward(self, x, mask=None):
        Q, K, V = (self.split(u) for u in self.projected(x))
        return self.output(self.join(self.attend(Q, K, V, self.spread(mask))))


@misconception(f"{NAME}/view-without-transpose", source="curriculum: heads by the wrong reshape",
    advice="Reshaping straight to (N, heads, T, dim/heads) mixes tokens: first (N, T, heads, dim/heads), "
           "then transpose(1, 2).")
class ViewWithoutTranspose(Steps):
    def split(self, u):
        N, T, dim = u.shape
        return u.reshape(N, self.heads, T, dim // self.heads)


@misconception(f"{NAME}/joined-without-transpose", source="curriculum: heads by the wrong reshape",
    advice="Before the heads are joined, their axis has to come back next to the last one: transpose(1, 2), "
           "then reshape.")
class JoinedWithoutTranspose(Steps):
    def join(self, u):
        N, heads, T, size = u.shape
        return u.reshape(N, T, heads * size)


@misconception(f"{NAME}/both-without-transpose", source="curriculum: heads by the wrong reshape",
    advice="view(N, heads, T, dim/heads) there and view(N, T, dim) back: the shapes fit, but each head gets "
           "parts of several tokens. Split the last axis first, (N, T, heads, dim/heads), and transpose.")
class BothWithoutTranspose(ViewWithoutTranspose, JoinedWithoutTranspose):
    pass


@misconception(f"{NAME}/scale-of-all-heads", source=LIKELY,
    advice="Each head divides by the root of its own length, √(dim/heads), not by √dim.")
class ScaleOfAllHeads(Steps):
    def attend(self, Q, K, V, mask):
        return super().attend(Q / math.sqrt(self.heads), K, V, mask)


@misconception(f"{NAME}/heads-attend-to-heads", source="attention on (N, T, heads, size) without a transpose",
    advice="Without transpose(1, 2) the last but one axis are the heads, so heads attend to each other "
           "within one token.")
class HeadsAttendToHeads(Steps):
    def split(self, u):
        N, T, dim = u.shape
        return u.reshape(N, T, self.heads, dim // self.heads)

    def join(self, u):
        return u.reshape(*u.shape[:2], -1)

    def spread(self, mask):
        return None


@misconception(f"{NAME}/interleaved", source=LIKELY,
    advice="Head j has neighbouring numbers, j·dim/heads and the following ones: reshape to (N, T, heads, "
           "dim/heads), the heads first.")
class Interleaved(Steps):
    def split(self, u):
        N, T, dim = u.shape
        return u.reshape(N, T, dim // self.heads, self.heads).permute(0, 3, 1, 2)


@misconception(f"{NAME}/float-size", source="seen in real submissions of other assignments",
    advice="dim / heads is a float even where it comes out even, and no shape takes one: divide with //.")
class FloatSize(Steps):
    def split(self, u):
        N, T, dim = u.shape
        return u.reshape(N, T, self.heads, dim / self.heads).transpose(1, 2)


@misconception(f"{NAME}/one-head", source=LIKELY,
    advice="There is only one head here: the argument heads has no effect on the output.")
class OneHead(Steps):
    def forward(self, x, mask=None):
        return self.output(self.attend(*self.projected(x), mask))


@misconception(f"{NAME}/no-output-layer", source=LIKELY,
    advice="The joined heads go through the layer output; without it they would never be mixed.")
class NoOutputLayer(Steps):
    def forward(self, x, mask=None):
        Q, K, V = (self.split(u) for u in self.projected(x))
        return self.join(self.attend(Q, K, V, self.spread(mask)))


@misconception(f"{NAME}/mask-of-the-batch", source="broadcasting (N, T, T) against (N, heads, T, T)",
    advice="A mask (N, T, T) needs an axis for the heads, mask[:, None]; else the sequences' axis meets the "
           "heads', which goes unnoticed if there are as many heads as sequences.")
class MaskOfTheBatch(Steps):
    def spread(self, mask):
        return mask


@misconception(f"{NAME}/mask-ignored", source=LIKELY,
    advice="The mask has to be handed on to the attention of each head.")
class MaskIgnored(Steps):
    def spread(self, mask):
        return None


@misconception(f"{NAME}/values-not-projected", source=LIKELY,
    advice="Values are value(x), not x itself.")
class ValuesNotProjected(Steps):
    def projected(self, x):
        return self.query(x), self.key(x), x


@misconception(f"{NAME}/query-and-key-exchanged", source=LIKELY,
    advice="query(x) asks and key(x) answers: scores are Q Kᵀ.")
class QueryAndKeyExchanged(Steps):
    def projected(self, x):
        return self.key(x), self.query(x), self.value(x)


@misconception(f"{NAME}/key-and-value-exchanged", source=LIKELY,
    advice="Scores come from queries and keys, and what is mixed are the values.")
class KeyAndValueExchanged(Steps):
    def projected(self, x):
        return self.query(x), self.value(x), self.key(x)


@misconception(f"{NAME}/residual-inside", source=LIKELY,
    advice="The residual x + … belongs to the block, not to the attention.")
class ResidualInside(Steps):
    def forward(self, x, mask=None):
        return x + super().forward(x, mask)


@misconception(f"{NAME}/returns-weights", source="torch.nn.MultiheadAttention returns (output, weights)",
    advice="Only the output (N, T, dim) is asked here, without the weights.")
class ReturnsWeights(Steps):
    def forward(self, x, mask=None):
        Q, K, V = (self.split(u) for u in self.projected(x))
        out, w = ref.scaled_dot_product_attention(Q, K, V, self.spread(mask))
        return self.output(self.join(out)), w


@misconception(f"{NAME}/dropout", source="Vaswani, 5.4: dropout of 0.1",
    advice="No dropout here, in the attention neither: the same input gives the same output, in train mode, "
           "too.")
class Dropout(Steps):
    def forward(self, x, mask=None):
        return F.dropout(super().forward(x, mask), 0.1, self.training)


@misconception(f"{NAME}/squeezed", source="torch.squeeze",
    advice="One sequence is a batch of one, and one token a sequence of one: the result is (N, T, dim) for "
           "them, too.")
class Squeezed(Steps):
    def forward(self, x, mask=None):
        return super().forward(x, mask).squeeze()


@misconception(f"{NAME}/detached", source="torch.Tensor.detach",
    advice="detach(), no_grad() or numpy on the way cut the graph: query and key would never learn.")
class Detached(Steps):
    def attend(self, Q, K, V, mask):
        return super().attend(Q.detach(), K.detach(), V, mask)


@misconception(f"{NAME}/divisibility-unchecked", source=LIKELY,
    advice="Heads that do not divide dim raise ValueError in the constructor: dim // heads would silently "
           "drop numbers.")
class Unchecked(Steps):
    def __init__(self, dim, heads):
        super().__init__(dim, 1)
        self.heads = heads


@misconception(f"{NAME}/asserted", source="The Annotated Transformer (2018): assert d_model % h == 0",
    advice="Raise a ValueError: an assert gives AssertionError, and python -O leaves it out.")
class Asserted(Steps):
    def __init__(self, dim, heads):
        assert dim % heads == 0
        super().__init__(dim, heads)


@misconception(f"{NAME}/no-bias", source="Vaswani, 3.2.2: projections without bias",
    advice="The four layers are nn.Linear(dim, dim) with their biases.")
class NoBias(Steps):
    def __init__(self, dim, heads):
        super().__init__(dim, heads)
        for name in ("query", "key", "value", "output"):
            setattr(self, name, nn.Linear(dim, dim, bias=False))


@misconception(f"{NAME}/one-layer-for-three", source="torch.nn.MultiheadAttention: in_proj_weight",
    advice="Weights are loaded by name: query, key, value and output are four nn.Linear(dim, dim), not one "
           "of 3·dim.")
class OneLayerForThree(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        ref.MultiHeadAttention(dim, heads)  # raises as it does
        self.dim, self.qkv, self.output = dim, nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x, mask=None):
        Q, K, V = torch.split(self.qkv(x), self.dim, dim=-1)
        return self.output(ref.scaled_dot_product_attention(Q, K, V, mask)[0])
