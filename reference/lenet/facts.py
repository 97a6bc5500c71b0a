"""LeNet in numbers, without torch: what exam questions ask about the networks of solution.py.

`net_…` is the network of the listing (colour images, max-pooling); the rest is LeNet-5 of LeCun et al. 1998,
"Gradient-based learning applied to document recognition", section II.B.
"""


def net_shapes(n=32):
    """Shape of what each layer of Net gives for one (3, n, n) image, channels first, in order: dict name → tuple.

    conv1 and conv2 are 5×5 without padding, pool1 and pool2 halve and round down, flatten gives one axis.
    Raises ValueError if nothing is left.
    """
    shapes, side = {"input": (3, n, n)}, n
    for conv, pool, maps in (("conv1", "pool1", 6), ("conv2", "pool2", 16)):
        shapes[conv] = (maps, side - 4, side - 4)
        side = (side - 4) // 2
        shapes[pool] = (maps, side, side)
    if side < 1:
        raise ValueError(f"an image of {n} pixels a side is too small")
    return shapes | {"flatten": (16 * side * side,)}


def net_params(fc1=120, n=32):
    """Trainable parameters of each layer of Net, weights and biases: dict name → int; fc1: its units; n: image side."""
    flat = net_shapes(n)["flatten"][0]
    convs = {"conv1": 6 * (5 * 5 * 3 + 1), "conv2": 16 * (5 * 5 * 6 + 1)}
    return convs | {"fc1": fc1 * (flat + 1), "fc2": 84 * (fc1 + 1), "fc3": 10 * (84 + 1)}


def net_total(fc1=120, n=32):
    """All trainable parameters of Net: 62 006 with 120 units in fc1, 65 886 with 128."""
    return sum(net_params(fc1, n).values())


def sparse_params(seen, k=5):
    """Parameters of a convolution whose map j sees seen[j] input maps: Σ (k·k·seen[j] + 1). C3 of LeNet-5: 1516."""
    return sum(k * k * count + 1 for count in seen)


def subsample_params(maps):
    """Parameters of a sub-sampling layer of LeNet-5: a coefficient and a bias for each map."""
    return 2 * maps


def clash(flat, first, second):
    """The first two numbers that do not meet in [flatten, Linear(*first), Linear(*second)], or None.

    A Linear(a, b) takes a numbers and gives b. Source: torch.nn.Linear refuses any other number.
    """
    if flat != first[0]:
        return flat, first[0]
    return None if first[1] == second[0] else (first[1], second[0])
