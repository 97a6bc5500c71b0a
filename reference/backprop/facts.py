"""What exams ask of back-propagation beside the assignment's functions."""


def difference_of_cube(x: float, h: float, kind: str = "centred") -> float:
    """Difference quotient of f(x) = x³ with step h > 0.

    kind: "centred", (f(x+h) - f(x-h)) / 2h; "forward", (f(x+h) - f(x)) / h; "backward", (f(x) - f(x-h)) / h.
    Source: CS231n notes, gradient checks. Raises ValueError for another kind.
    """
    ends = {"centred": (x + h, x - h), "forward": (x + h, x), "backward": (x, x - h)}
    if kind not in ends:
        raise ValueError(f"kind: expected one of {', '.join(ends)}, got {kind!r}")
    above, below = ends[kind]
    return (above**3 - below**3) / (above - below)
