"""Wrong variants of positional_encoding, most frequent first."""

import torch

from grader.checks import misconception, stateful

from . import solution as ref

NAME = "attention.positional_encoding"
LIKELY = "a likely slip, without a slide that prints it"


def table(T, D, exponents=None, first=0, base=10000.0, waves=(torch.sin, torch.cos)):
    """(T, D) float32, the two waves in alternate columns, with D/2 exponents."""
    t = torch.arange(first, T + first, dtype=torch.float64)[:, None]
    exponents = torch.arange(0, D, 2, dtype=torch.float64) / D if exponents is None else exponents
    angle = t / base**exponents
    return torch.stack([wave(angle) for wave in waves], dim=-1).reshape(T, D).float()


@misconception(f"{NAME}/swapped", source="curriculum: sine and cosine exchanged",
    advice="Even columns are sines, odd ones cosines: the first row is 0, 1, 0, 1, …")
def swapped(T, D):
    return table(T, D, waves=(torch.cos, torch.sin))


@misconception(f"{NAME}/in-halves", source="tensor2tensor: all sines, then all cosines",
    advice="Sine and cosine of one frequency stand side by side here, columns 2i and 2i + 1, as in the "
           "paper; other code has all sines first.")
def in_halves(T, D):
    right = ref.positional_encoding(T, D)
    return torch.cat([right[:, 0::2], right[:, 1::2]], dim=1)


@misconception(f"{NAME}/exponent-of-the-column", source="TensorFlow tutorial, without its i // 2",
    advice="The cosine in column 2i + 1 has the frequency of the sine next to it, with exponent 2i/D, not "
           "(2i + 1)/D.")
def exponent_of_the_column(T, D):
    angle = torch.arange(T, dtype=torch.float64)[:, None] / 10000.0 ** (torch.arange(D) / D)
    out = angle.sin()
    out[:, 1::2] = angle[:, 1::2].cos()
    return out.float()


@misconception(f"{NAME}/exponent-halved", source=LIKELY,
    advice="The exponent of pair i is 2i/D; i/D uses only the upper half of the frequencies.")
def exponent_halved(T, D):
    return table(T, D, torch.arange(D // 2, dtype=torch.float64) / D)


@misconception(f"{NAME}/exponent-doubled", source="range(0, D, 2) used as i and doubled again",
    advice="range(0, D, 2) already gives 2i: do not double it again.")
def exponent_doubled(T, D):
    return table(T, D, 2 * torch.arange(0, D, 2, dtype=torch.float64) / D)


@misconception(f"{NAME}/integer-division", source="2 * i // D",
    advice="2i // D is 0 for every i < D/2, so all pairs have the same frequency: divide with /.")
def integer_division(T, D):
    return table(T, D, torch.zeros(D // 2, dtype=torch.float64))


@misconception(f"{NAME}/from-one", source=LIKELY,
    advice="Positions count from 0: the first row is sin 0 and cos 0.")
def from_one(T, D):
    return table(T, D, first=1)


@misconception(f"{NAME}/multiplied", source=LIKELY,
    advice="The position is divided by 10000^(2i/D): later columns turn more slowly, not faster.")
def multiplied(T, D):
    return table(T, D, base=1e-4)


@misconception(f"{NAME}/base-1000", source=LIKELY,
    advice="The base is 10000, with four zeros.")
def base_1000(T, D):
    return table(T, D, base=1000.0)


@misconception(f"{NAME}/rows-are-columns", source=LIKELY,
    advice="The shape is (T, D): a row for each position.")
def rows_are_columns(T, D):
    return ref.positional_encoding(T, D).T


@misconception(f"{NAME}/batch-axis", source="The Annotated Transformer (2018): pe.unsqueeze(0)",
    advice="The shape is (T, D), without a batch axis; broadcasting adds it to (N, T, D) all the same.")
def batch_axis(T, D):
    return ref.positional_encoding(T, D)[None]


@misconception(f"{NAME}/float64", source=LIKELY,
    advice="The result is float32, as the tokens to which it is added: end with .float().")
def as_float64(T, D):
    return ref.positional_encoding(T, D).double()


@misconception(f"{NAME}/sine-only", source=LIKELY,
    advice="Each frequency gives a sine and a cosine; with sines alone, positions half a turn apart look "
           "alike.")
def sine_only(T, D):
    return table(T, D, waves=(torch.sin, torch.sin))


@misconception(f"{NAME}/kept-between-calls", source=LIKELY,
    advice="A table that is kept from the first call has the wrong size for the next one: it depends on T "
           "and D.")
@stateful
def kept_between_calls():
    kept = {}

    def positional_encoding(T, D):
        if "table" not in kept:
            kept["table"] = ref.positional_encoding(T, D)
        return kept["table"][:T, :D]

    return positional_encoding
