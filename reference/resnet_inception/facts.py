"""What exam questions on residual blocks, Inception and depth need, in plain Python: no torch.

Sources: He et al. 2016 (section 3, table 1); Szegedy et al. 2015 (figure 2(b), table 1).
"""


def residual_gradient(x, w1, w2, dy):
    """∂L/∂x of y = x + w2·ReLU(w1·x), all numbers, dy = ∂L/∂y; nothing follows the addition."""
    return dy * (1 + (w2 * w1 if w1 * x > 0 else 0))


def depth_factor(a, depth, residual):
    """∂y/∂x of `depth` layers in a row: each x ↦ a·x, or with a shortcut x ↦ x + a·x."""
    return ((1 + a) if residual else a) ** depth


def block_params(cin, cout, stride=1, affine=True):
    """Trainable parameters of BasicBlock: two 3×3 convolutions without bias, a batch normalisation behind each.

    If stride != 1 or cin != cout the shortcut is a 1×1 convolution without bias and a batch normalisation.
    affine=False: without the γ and β of the normalisations.
    """
    norm = 2 if affine else 0
    count = 9 * cin * cout + 9 * cout * cout + 2 * norm * cout
    if stride != 1 or cin != cout:
        count += cin * cout + norm * cout
    return count


def inception_channels(c1, c3, c5, cp):
    """Output channels of an Inception module: its four branches side by side. c3 = (reduced, out), c5 likewise."""
    return c1 + c3[1] + c5[1] + cp


def branch_weights(cin, k, out, reduced=0):
    """Weights, no biases, of a k×k convolution cin → out; with reduced > 0 a 1×1 convolution to that many before it."""
    if reduced:
        return cin * reduced + k * k * reduced * out
    return k * k * cin * out


def resnet_depth(blocks, convs=3):
    """Layers with weights on the main path of a ResNet: first convolution, `convs` per block, output layer.

    blocks: number of blocks in each stage. Shortcut projections are not counted. Source: He et al. 2016, table 1.
    """
    return 1 + convs * sum(blocks) + 1
