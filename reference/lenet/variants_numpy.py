"""Wrong variants of LeNet5Numpy: a network with switches, and each wrong one turns one of them. Most frequent first."""

import numpy as np

from grader.checks import misconception

from . import solution as ref

LAYERS = ("C1", "S2", "C3", "S4", "C5", "F6", "F7")


class Switches(ref.LeNet5Numpy):
    """The right network, layer by layer; what subclasses replace is a class attribute or a small method."""

    linear = ("F7",)                                                       # layers without activation

    def act(self, u):
        return np.tanh(u)

    def slope(self, u, h):
        return 1 - h**2

    def link(self, w):
        return w * ref.c3_mask()

    def link_back(self, dw):
        return dw * ref.c3_mask()

    def vector(self, u):
        return u[:, :, 0, 0]                                               # (N, 120, 1, 1) → (N, 120)

    def layer(self, name, h, w, b):
        """Pre-activations and what the way back needs."""
        if name[0] == "F":
            return h @ w + b, (h, w)
        if name[0] == "S":
            return ref.subsample_forward(h, w, b)
        u, cache = self.layers["conv2d_forward"](h, self.link(w) if name == "C3" else w, b)
        return (self.vector(u) if name == "C5" else u), cache

    def forward(self, x, params):
        h, steps = x, []
        for name in LAYERS:
            u, cache = self.layer(name, h, params[f"{name}.w"], params[f"{name}.b"])
            h = u if name in self.linear else self.act(u)
            steps.append((name, cache, u, h))
        return h, steps

    def back(self, name, du, cache):
        """(dx, dw, db) of one layer."""
        if name[0] == "F":
            h, w = cache
            return du @ w.T, h.T @ du, du.sum(axis=0)
        if name[0] == "S":
            return ref.subsample_backward(du, cache)
        if name == "C5":
            du = du.reshape(-1, 120, 1, 1)
        dx, dw, db = self.layers["conv2d_backward"](du, cache)
        return dx, self.link_back(dw) if name == "C3" else dw, db

    def backward(self, dscores, cache):
        dh, grads = dscores, {}
        for name, kept, u, h in reversed(cache):
            du = dh if name in self.linear else dh * self.slope(u, h)
            dh, grads[f"{name}.w"], grads[f"{name}.b"] = self.back(name, du, kept)
        return grads


# --- forward

@misconception("lenet.LeNet5Numpy/mask-only-in-init", source="S1 L917-920",
    advice="Zeros in `init` are not enough: forward must ignore the kernels of C3 off the table, whatever they hold.")
class MaskOnlyInInit(Switches):
    def link(self, w):
        return w

    def link_back(self, dw):
        return dw


@misconception("lenet.LeNet5Numpy/masked-gradient-only", source="S1 L917-920",
    advice="Masking the gradient is half of it: forward, too, must multiply C3.w by the mask.")
class MaskOnlyBackwards(Switches):
    def link(self, w):
        return w


@misconception("lenet.LeNet5Numpy/gradient-not-masked", source="S1 L917-920",
    advice="A kernel of C3 off the table has no effect on the scores, so its gradient is 0: mask it in backward, too.")
class GradientNotMasked(Switches):
    def link_back(self, dw):
        return dw


@misconception("lenet.LeNet5Numpy/linear-subsampling", source="S1 L884: the sigmoid after pooling in brackets",
    advice="Sub-sampling is trained like any layer here: tanh follows S2 and S4 as well.")
class LinearSubsampling(Switches):
    linear = ("S2", "S4", "F7")


@misconception("lenet.LeNet5Numpy/linear-convolutions", source="S1 L884",
    advice="tanh follows the convolutions C1 and C3 directly, not only the sub-sampling after them.")
class LinearConvolutions(Switches):
    linear = ("C1", "C3", "F7")


@misconception("lenet.LeNet5Numpy/linear-c5", source="S1 L886: C5 is a convolution, nearly fully connected",
    advice="tanh follows C5 as it follows every layer but F7; without it C5 and F6 are one linear map.")
class LinearC5(Switches):
    linear = ("C5", "F7")


@misconception("lenet.LeNet5Numpy/linear-f6", source="S1 L963",
    advice="tanh follows F6; only the scores of F7 stay as they are.")
class LinearF6(Switches):
    linear = ("F6", "F7")


@misconception("lenet.LeNet5Numpy/tanh-on-scores", source="S4 L1825",
    advice="No activation after F7: a score is any real number.")
class TanhOnScores(Switches):
    linear = ()


@misconception("lenet.LeNet5Numpy/softmax", source="S4 L1825",
    advice="Return raw scores; the softmax belongs to the loss, and dscores is the gradient by the scores.")
class SoftmaxScores(Switches):
    def forward(self, x, params):
        scores, steps = super().forward(x, params)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True), steps


@misconception("lenet.LeNet5Numpy/relu", source="S2 L376: the torch network",
    advice="This is the network of 1998: its activation is tanh. ReLU belongs to Net.")
class WithRelu(Switches):
    def act(self, u):
        return np.maximum(u, 0)

    def slope(self, u, h):
        return (u > 0).astype(u.dtype)


@misconception("lenet.LeNet5Numpy/sigmoid", source="S1 L884",
    advice="The slide says sigmoid and means the family of curves: here, as in the paper, it is tanh.")
class WithSigmoid(Switches):
    def act(self, u):
        return 1 / (1 + np.exp(-u))

    def slope(self, u, h):
        return h * (1 - h)


@misconception("lenet.LeNet5Numpy/scaled-tanh", source="LeCun et al. 1998, section II.B and appendix A",
    advice="Plain tanh is asked for here; the paper's 1.7159·tanh(2u/3) gives other scores from the same weights.")
class ScaledTanh(Switches):
    def act(self, u):
        return 1.7159 * np.tanh(2 * u / 3)

    def slope(self, u, h):
        return 1.7159 * 2 / 3 * (1 - (h / 1.7159) ** 2)


class Flattened(Switches):
    """C5 as a matrix product of the flattened maps, in the order that `axes` gives."""

    axes = (0, 2, 3, 1)

    def layer(self, name, h, w, b):
        if name != "C5":
            return super().layer(name, h, w, b)
        row = h.transpose(self.axes).reshape(len(h), 400)
        return row @ w.reshape(120, 400).T + b, (row, w.reshape(120, 400))

    def back(self, name, du, cache):
        if name != "C5":
            return super().back(name, du, cache)
        row, w = cache
        sizes = [len(du)] + [16 if axis == 1 else 5 for axis in self.axes[1:]]
        dx = (du @ w).reshape(sizes).transpose(np.argsort(self.axes))
        return dx, (du.T @ row).reshape(120, 16, 5, 5), du.sum(axis=0)


@misconception("lenet.LeNet5Numpy/flatten-channels-last", source="S3 L228",
    advice="C5.w[k] is (map, row, column). Flatten S4 in the same order: reshape(N, 400) without a transpose.")
class ChannelsLast(Flattened):
    pass


@misconception("lenet.LeNet5Numpy/flatten-columns-first", source="Fortran order",
    advice="C5.w[k] is (map, row, column), the column fastest: do not exchange rows and columns when you flatten S4.")
class ColumnsFirst(Flattened):
    axes = (0, 1, 3, 2)


@misconception("lenet.LeNet5Numpy/squeezed", source="np.squeeze",
    advice="squeeze() also removes the batch axis of one image: take [:, :, 0, 0] or reshape(N, 120).")
class Squeezed(Switches):
    def vector(self, u):
        return u.squeeze()


@misconception("lenet.LeNet5Numpy/masks-in-place", source="real submission",
    advice="`*=` or `= 0` on params[\"C3.w\"] changes the caller's parameters: mask a new array.")
class MasksInPlace(Switches):
    def forward(self, x, params):
        params["C3.w"] *= ref.c3_mask()
        return super().forward(x, params)


@misconception("lenet.LeNet5Numpy/keeps-last-forward", source="real submission",
    advice="backward must work from the cache that it gets; what `self` remembers belongs to the last forward pass.")
class KeepsLastForward(Switches):
    def forward(self, x, params):
        scores, self.last = super().forward(x, params)
        return scores, None

    def backward(self, dscores, cache):
        return super().backward(dscores, self.last)


# --- backward

@misconception("lenet.LeNet5Numpy/no-slope", source="S1 L380",
    advice="On the way back each tanh multiplies by its derivative 1 - h²: it is missing.")
class NoSlope(Switches):
    def slope(self, u, h):
        return 1.0


@misconception("lenet.LeNet5Numpy/slope-at-h", source="S1 L380: σ'(h)",
    advice="tanh'(u) = 1 - tanh²(u) = 1 - h². With 1 - tanh²(h) the tanh is applied twice.")
class SlopeAtH(Switches):
    def slope(self, u, h):
        return 1 - np.tanh(h) ** 2


@misconception("lenet.LeNet5Numpy/slope-without-square", source="real submission",
    advice="The derivative of tanh is 1 - h², with the square.")
class SlopeWithoutSquare(Switches):
    def slope(self, u, h):
        return 1 - h


@misconception("lenet.LeNet5Numpy/slope-at-u", source="real submission",
    advice="1 - h² takes the output h = tanh(u) of the layer, not its input u.")
class SlopeAtU(Switches):
    def slope(self, u, h):
        return 1 - u**2


@misconception("lenet.LeNet5Numpy/sigmoid-slope", source="S4 L1206",
    advice="h(1 - h) is the derivative of the sigmoid; that of tanh is 1 - h².")
class SigmoidSlope(Switches):
    def slope(self, u, h):
        return h * (1 - h)


@misconception("lenet.LeNet5Numpy/slope-missing-at-c5", source="S1 L886",
    advice="C5 has a tanh, too: multiply by 1 - h² of the 120 values before you go back through C5.")
class SlopeMissingAtC5(Switches):
    def back(self, name, du, cache):
        if name == "C5":
            du = self.before
        answer = super().back(name, du, cache)
        self.before = answer[0]
        return answer


@misconception("lenet.LeNet5Numpy/slope-missing-at-subsampling", source="S1 L884",
    advice="tanh also follows S2 and S4: multiply by 1 - h² before you go back through the sub-sampling.")
class SlopeMissingAtSubsampling(Switches):
    def back(self, name, du, cache):
        answer = super().back(name, self.before if name[0] == "S" else du, cache)
        self.before = answer[0]
        return answer


@misconception("lenet.LeNet5Numpy/averaged", source="S4 L1825",
    advice="Sum over the images. The 1/N of a mean loss is already in dscores; dividing again makes it 1/N².")
class Averaged(Switches):
    def backward(self, dscores, cache):
        return super().backward(dscores / len(dscores), cache)


@misconception("lenet.LeNet5Numpy/bias-mean", source="real submission",
    advice="The gradient of a bias is the sum over the images, not the mean.")
class BiasMean(Switches):
    def back(self, name, du, cache):
        dx, dw, db = super().back(name, du, cache)
        return dx, dw, db / len(du) if name[0] == "F" else db


@misconception("lenet.LeNet5Numpy/bias-keepdims", source="real submission",
    advice="The gradient of a bias has the shape of the bias, (84,): sum(axis=0) without keepdims.")
class BiasKeepdims(Switches):
    def back(self, name, du, cache):
        dx, dw, db = super().back(name, du, cache)
        return dx, dw, db[None] if name[0] == "F" else db


@misconception("lenet.LeNet5Numpy/gradients-add-up", source="torch accumulates until zero_grad",
    advice="Each backward gives the gradients of its own batch: start from new arrays, do not add to the last ones.")
class GradientsAddUp(Switches):
    def backward(self, dscores, cache):
        grads = super().backward(dscores, cache)
        before = getattr(self, "total", {})
        self.total = {name: grad + before.get(name, 0) for name, grad in grads.items()}
        return self.total


@misconception("lenet.LeNet5Numpy/no-bias-gradients", source="real submission",
    advice="Each layer has two gradients, .w and .b: backward gives fourteen arrays.")
class NoBiasGradients(Switches):
    def backward(self, dscores, cache):
        return {name: grad for name, grad in super().backward(dscores, cache).items() if name[3] == "w"}


@misconception("lenet.LeNet5Numpy/float32", source="torch's default dtype",
    advice="The part in NumPy is in float64: do not cast images or weights to float32.")
class InFloat32(Switches):
    def forward(self, x, params):
        return super().forward(x.astype(np.float32), {name: p.astype(np.float32) for name, p in params.items()})


@misconception("lenet.LeNet5Numpy/c3-dense", source="S3 L209: 2 416 parameters",
    advice="A map of C3 sees 3, 4 or 6 maps of S2: 60 of 96 kernels, 1 516 parameters, not 2 416; the rest are 0.")
class DenseC3(MaskOnlyInInit):
    def init(self, seed):
        drawn = np.random.default_rng(seed).uniform(-1, 1, (16, 6, 5, 5)) * np.sqrt(3 / 150)
        return super().init(seed) | {"C3.w": drawn}
