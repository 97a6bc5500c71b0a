"""Wrong variants of TransformerBlock, most frequent first."""

import torch.nn.functional as F
from torch import nn

from grader.checks import misconception

from . import solution as ref

NAME = "attention.TransformerBlock"
LIKELY = "a likely slip, without a slide that prints it"


class Steps(ref.TransformerBlock):
    """The right one in steps; each variant replaces one of them."""

    act = staticmethod(F.relu)

    def first(self, x, mask):
        return x + self.attention(self.norm1(x), mask)

    def feed(self, x):
        return self.fc2(self.act(self.fc1(x)))

    def second(self, x):
        return x + self.feed(self.norm2(x))

    def forward(self, x, mask=None):
        return self.second(self.first(x, mask))


@misconception(f"{NAME}/post-norm", source="Vaswani, 3.1: LayerNorm(x + Sublayer(x))",
    advice="This block is pre-norm: normalise what goes into the attention and into fc1, and add to x as it "
           "is. norm(x + …) is the post-norm of the 2017 paper.")
class PostNorm(Steps):
    def first(self, x, mask):
        return self.norm1(x + self.attention(x, mask))

    def second(self, x):
        return self.norm2(x + self.feed(x))


@misconception(f"{NAME}/no-residual", source="S4 L2696: x + F(x)",
    advice="Both parts are added to what came in: x + attention(…), then x + fc2(…). Without, the gradient "
           "has no short way.")
class NoResidual(Steps):
    def first(self, x, mask):
        return self.attention(self.norm1(x), mask)

    def second(self, x):
        return self.feed(self.norm2(x))


@misconception(f"{NAME}/no-first-residual", source=LIKELY,
    advice="The attention's output is added to x; here it replaces x.")
class NoFirstResidual(Steps):
    def first(self, x, mask):
        return self.attention(self.norm1(x), mask)


@misconception(f"{NAME}/no-second-residual", source=LIKELY,
    advice="The output of fc2 is added to what came out of the first half; here it replaces it.")
class NoSecondResidual(Steps):
    def second(self, x):
        return self.feed(self.norm2(x))


@misconception(f"{NAME}/residual-from-the-norm", source="x = norm1(x); x = x + attention(x)",
    advice="Add to x itself, x + attention(norm1(x), mask), not to norm(x): the way past the two parts stays "
           "untouched. After x = norm1(x) the x to add to is lost.")
class ResidualFromTheNorm(Steps):
    def first(self, x, mask):
        x = self.norm1(x)
        return x + self.attention(x, mask)

    def second(self, x):
        x = self.norm2(x)
        return x + self.feed(x)


@misconception(f"{NAME}/second-residual-from-the-start", source=LIKELY,
    advice="The second sum starts from the result of the first one, not from the block's input.")
class SecondFromTheStart(Steps):
    def forward(self, x, mask=None):
        return x + self.feed(self.norm2(self.first(x, mask)))


@misconception(f"{NAME}/in-parallel", source="parallel blocks, as in GPT-J",
    advice="One after the other: fc1 sees the sum with the attention already in it. Here both parts start "
           "from x.")
class InParallel(Steps):
    def forward(self, x, mask=None):
        return self.first(x, mask) + self.feed(self.norm2(x))


@misconception(f"{NAME}/feed-forward-first", source=LIKELY,
    advice="Attention comes first, then fc1 and fc2.")
class FeedForwardFirst(Steps):
    def forward(self, x, mask=None):
        return self.first(self.second(x), mask)


@misconception(f"{NAME}/mask-not-passed", source=LIKELY,
    advice="The block gets a mask and has to hand it on: self.attention(…, mask).")
class MaskNotPassed(Steps):
    def forward(self, x, mask=None):
        return super().forward(x)


@misconception(f"{NAME}/no-norms", source=LIKELY,
    advice="norm1 and norm2 are there but not used: normalise before the attention and before fc1.")
class NoNorms(Steps):
    def first(self, x, mask):
        return x + self.attention(x, mask)

    def second(self, x):
        return x + self.feed(x)


@misconception(f"{NAME}/norm1-missing", source=LIKELY,
    advice="The attention gets norm1(x), not x.")
class NormOneMissing(Steps):
    def first(self, x, mask):
        return x + self.attention(x, mask)


@misconception(f"{NAME}/norm2-missing", source=LIKELY,
    advice="fc1 gets norm2(x), not x.")
class NormTwoMissing(Steps):
    def second(self, x):
        return x + self.feed(x)


@misconception(f"{NAME}/one-norm-twice", source=LIKELY,
    advice="The two halves have norms of their own: norm2 before fc1, not norm1 again.")
class OneNormTwice(Steps):
    def second(self, x):
        return x + self.feed(self.norm1(x))


@misconception(f"{NAME}/gelu", source="Radford et al. 2019 (GPT-2)",
    advice="The activation here is ReLU, as in the paper of 2017; GELU came with GPT.")
class WithGelu(Steps):
    act = staticmethod(F.gelu)


@misconception(f"{NAME}/no-activation", source="S4 L2480",
    advice="Without the ReLU between them, fc1 and fc2 are one linear map.")
class NoActivation(Steps):
    act = staticmethod(lambda u: u)


@misconception(f"{NAME}/relu-after-fc2", source=LIKELY,
    advice="One ReLU only, between fc1 and fc2: what is added to x may be negative.")
class ReluAfterFc2(Steps):
    def feed(self, x):
        return F.relu(super().feed(x))


@misconception(f"{NAME}/relu-after-the-sum", source="ResNet: ReLU after the addition",
    advice="No ReLU after the addition, that is how ResNet does it; here x goes past both parts untouched.")
class ReluAfterTheSum(Steps):
    def second(self, x):
        return F.relu(super().second(x))


@misconception(f"{NAME}/dropout", source="Vaswani, 5.4: dropout of 0.1",
    advice="No dropout here: the same input gives the same output, in train mode, too.")
class WithDropout(Steps):
    def feed(self, x):
        return F.dropout(super().feed(x), 0.1, self.training)


@misconception(f"{NAME}/in-place", source="x += … on the argument",
    advice="x += … writes into the caller's tensor, and torch refuses it where gradients of x are asked: "
           "write x = x + ….")
class InPlace(Steps):
    def forward(self, x, mask=None):
        x += self.attention(self.norm1(x), mask)
        return self.second(x)


@misconception(f"{NAME}/hidden-ignored", source="Vaswani, 3.3: 2048 = 4 · 512",
    advice="The hidden width is an argument; 4·dim is only what most models choose.")
class HiddenIgnored(Steps):
    def __init__(self, dim, heads, hidden):
        super().__init__(dim, heads, 4 * dim)


@misconception(f"{NAME}/sequential", source="nn.Sequential for the feed-forward part",
    advice="Weights are loaded by name: the parts are norm1, attention, norm2, fc1 and fc2, directly in the "
           "block.")
class AsSequential(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        right = ref.TransformerBlock(dim, heads, hidden)
        self.norm1, self.attention, self.norm2 = right.norm1, right.attention, right.norm2
        self.feed = nn.Sequential(right.fc1, nn.ReLU(), right.fc2)

    def forward(self, x, mask=None):
        x = x + self.attention(self.norm1(x), mask)
        return x + self.feed(self.norm2(x))
