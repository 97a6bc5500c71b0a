"""The misconceptions about clipping: function → short name → (wrong code, advice, source)."""

from . import variants_clip as clip

LIKELY = "a likely slip, without a slide that prints it"

CLIP_GRADIENTS = {
    "each-entry": (
        clip.clip_each_entry,
        "np.clip cuts each entry by itself and turns the direction; by the norm, all entries shrink by one factor.",
        "Pascanu et al. 2013; torch: clip_grad_value_ against clip_grad_norm_"),
    "each-array": (
        clip.clip_each_array,
        "One norm for all arrays together: √ of the sum of all squares. A norm for each array turns the direction.",
        "PyTorch documentation of clip_grad_norm_"),
    "scales-up": (
        clip.clip_scales_up,
        "Only a norm above max_norm is changed: small gradients keep their values.",
        LIKELY),
    "zero-over-zero": (
        clip.clip_zero_over_zero,
        "With all gradients zero the norm is 0, and 0/0 is nan: divide only if the norm is above max_norm.",
        LIKELY),
    "no-root": (
        clip.clip_without_root,
        "A norm ends with a square root: √ of the sum of the squares.",
        LIKELY),
    "sum-of-norms": (
        clip.clip_sum_of_norms,
        "Norms do not add up, their squares do: add the squares of all arrays, then one root.",
        LIKELY),
    "largest-norm": (
        clip.clip_largest_norm,
        "The norm is that of all arrays together, not the largest of their norms.",
        LIKELY),
    "largest-entry": (
        clip.clip_largest_entry,
        "The norm is √ of the sum of all squares, not the largest entry.",
        "torch: norm_type=inf"),
    "root-mean-square": (
        clip.clip_root_mean_square,
        "A norm sums the squares and does not divide by their number.",
        LIKELY),
    "to-norm-one": (
        clip.clip_to_unit_norm,
        "What is too long is shrunk to norm max_norm, not to norm 1: multiply by max_norm / norm.",
        LIKELY),
    "in-place": (
        clip.clip_in_place,
        "grad *= … writes into the caller's arrays; return new ones.",
        "torch: clip_grad_norm_ works in place"),
}

CARDS = {"clip_gradients": CLIP_GRADIENTS}
