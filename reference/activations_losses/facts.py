"""What exams ask of activations and losses beside the assignment's functions: where torch differs from the lecture."""


def torch_leaky_slope() -> float:
    """Slope left of zero of torch.nn.LeakyReLU() without arguments; the lecture has 0.1.

    Source: PyTorch documentation, LeakyReLU.
    """
    return 0.01
