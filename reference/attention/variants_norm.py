"""Wrong variants of LayerNorm, most frequent first."""

import torch

from grader.checks import misconception

from . import solution as ref

NAME = "attention.LayerNorm"
LIKELY = "a likely slip, without a slide that prints it"


class Configured(ref.LayerNorm):
    """The right one but for what its class attributes and methods say."""

    ddof = 0

    def axes(self, x):
        return -1

    def scale(self, variance):
        return torch.sqrt(variance + self.eps)

    def forward(self, x):
        axes = self.axes(x)
        mean = x.mean(dim=axes, keepdim=True)
        variance = x.var(dim=axes, keepdim=True, correction=self.ddof)
        return self.weight * (x - mean) / self.scale(variance) + self.bias


@misconception(f"{NAME}/unbiased", source="torch.var and torch.std divide by n - 1",
    advice="The variance divides by dim, not by dim − 1: torch.var and torch.std need unbiased=False "
           "(correction=0).")
class Unbiased(Configured):
    ddof = 1


@misconception(f"{NAME}/over-the-batch", source="S4 L1651: batch normalisation",
    advice="That is batch normalisation. A layer norm looks at one token alone: mean and variance over the "
           "last axis.")
class OverTheBatch(Configured):
    def axes(self, x):
        return 0


@misconception(f"{NAME}/over-the-tokens", source=LIKELY,
    advice="Axis 1 of (N, T, dim) are the tokens; normalise each token on its own, over the last axis.")
class OverTheTokens(Configured):
    def axes(self, x):
        return 1


@misconception(f"{NAME}/over-all-but-batch", source="layer norm of images, (C, H, W) together",
    advice="Only the last axis is averaged: with tokens in the mean, a token would see the others, even "
           "later ones.")
class OverAllButBatch(Configured):
    def axes(self, x):
        return tuple(range(1, x.ndim))


@misconception(f"{NAME}/eps-outside", source="S4 L1663: σ + ε, for batch normalisation",
    advice="eps belongs inside the root, √(variance + eps), not to the standard deviation.")
class EpsOutside(Configured):
    def scale(self, variance):
        return torch.sqrt(variance) + self.eps


@misconception(f"{NAME}/annotated", source="The Annotated Transformer (2018): x.std(-1) + eps",
    advice="Two differences at once: divide by dim and not by dim − 1 (x.std is unbiased), and put eps "
           "inside the root.")
class Annotated(Configured):
    ddof = 1

    def scale(self, variance):
        return torch.sqrt(variance) + self.eps


@misconception(f"{NAME}/no-eps", source=LIKELY,
    advice="A token whose numbers are all equal has variance 0: without eps that is 0/0.")
class NoEps(Configured):
    def scale(self, variance):
        return torch.sqrt(variance)


@misconception(f"{NAME}/fixed-eps", source=LIKELY,
    advice="eps is an argument: keep the one that is given, not always 1e-5.")
class FixedEps(Configured):
    def scale(self, variance):
        return torch.sqrt(variance + 1e-5)


@misconception(f"{NAME}/no-root", source=LIKELY,
    advice="Divide by the root of the variance; by the variance itself the result does not have variance 1.")
class NoRoot(Configured):
    def scale(self, variance):
        return variance + self.eps


@misconception(f"{NAME}/eps-squared", source=LIKELY,
    advice="Add eps to the variance as it is, not its square and not its root.")
class EpsSquared(Configured):
    def scale(self, variance):
        return torch.sqrt(variance + self.eps**2)


@misconception(f"{NAME}/no-mean", source="RMSNorm, Zhang and Sennrich 2019",
    advice="Subtract the mean first. Dividing by the root mean square alone is RMSNorm, another layer.")
class NoMean(ref.LayerNorm):
    def forward(self, x):
        return self.weight * x / torch.sqrt((x**2).mean(dim=-1, keepdim=True) + self.eps) + self.bias


@misconception(f"{NAME}/mean-left-in", source=LIKELY,
    advice="The mean is subtracted from x as well, not only inside the variance.")
class MeanLeftIn(Configured):
    def forward(self, x):
        return self.weight * x / self.scale(x.var(dim=-1, keepdim=True, correction=0)) + self.bias


@misconception(f"{NAME}/no-weight", source=LIKELY,
    advice="The normalised token is multiplied by weight, entry by entry.")
class NoWeight(ref.LayerNorm):
    def forward(self, x):
        variance = x.var(dim=-1, keepdim=True, correction=0)
        return (x - x.mean(dim=-1, keepdim=True)) / torch.sqrt(variance + self.eps) + self.bias


@misconception(f"{NAME}/no-bias", source=LIKELY,
    advice="bias is added at the end.")
class NoBias(ref.LayerNorm):
    def forward(self, x):
        return super().forward(x) - self.bias


@misconception(f"{NAME}/weight-on-sum", source=LIKELY,
    advice="First times weight, then plus bias: the bias is not multiplied.")
class WeightOnSum(ref.LayerNorm):
    def forward(self, x):
        return super().forward(x) - self.bias + self.weight * self.bias


@misconception(f"{NAME}/detached", source="torch.Tensor.detach",
    advice="Mean and variance depend on x, and the gradient goes through them, too: no detach, no no_grad, "
           "no .data.")
class Detached(ref.LayerNorm):
    def forward(self, x):
        mean = x.mean(dim=-1, keepdim=True).detach()
        variance = x.var(dim=-1, keepdim=True, correction=0).detach()
        return self.weight * (x - mean) / torch.sqrt(variance + self.eps) + self.bias


@misconception(f"{NAME}/starts-at-zero", source=LIKELY,
    advice="weight starts at one: with zeros, a new layer gives zero for everything.")
class StartsAtZero(ref.LayerNorm):
    def __init__(self, dim, eps=1e-5):
        super().__init__(dim, eps)
        torch.nn.init.zeros_(self.weight)


@misconception(f"{NAME}/gamma-and-beta", source="Ioffe and Szegedy 2015: γ and β",
    advice="Weights are loaded by name: the two parameters are called weight and bias, both nn.Parameter.")
class GammaAndBeta(torch.nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.gamma = torch.nn.Parameter(torch.ones(dim))
        self.beta = torch.nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        return torch.nn.functional.layer_norm(x, x.shape[-1:], self.gamma, self.beta, self.eps)


@misconception(f"{NAME}/tensors", source="a tensor in place of an nn.Parameter",
    advice="A plain tensor is no parameter: it is neither trained nor loaded. Wrap both in nn.Parameter.")
class Tensors(torch.nn.Module):
    def __init__(self, dim, eps=1e-5):
        super().__init__()
        self.eps, self.weight, self.bias = eps, torch.ones(dim), torch.zeros(dim)

    def forward(self, x):
        return torch.nn.functional.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.eps)
