"""Mistakes of augmentation: function → name → (the wrong function, advice, source)."""

from . import variants_augment as wrong

CODE = "real submission"
FORUM = "course forum"
SLIDE = "S4 L2944: data augmentation"
CARDS = {
    "hflip": {
        "vertical": (
            wrong.flip_vertical,
            "[:, :, ::-1] reverses rows and turns images upside down; left and right are the last axis, "
            "columns.",
            SLIDE,
        ),
        "whole-batch": (
            wrong.flip_batch,
            "Draw one number for each image: with a single draw the whole batch is mirrored, or nothing.",
            CODE,
        ),
        "channels": (
            wrong.flip_channels,
            "You reverse axis 1, the colours; the columns are the last axis of (N, C, H, W).",
            CODE,
        ),
        "both-axes": (
            wrong.flip_both,
            "Rows and columns reversed is half a turn, no mirror image: reverse the last axis alone.",
            SLIDE,
        ),
        "always": (
            wrong.flip_all,
            "Only the images where rng.random(N) < 0.5 are mirrored, about half of them; the others stay.",
            CODE,
        ),
        "the-others": (
            wrong.flip_the_others,
            "Mirror where the number drawn is below 0.5, and leave the image alone where it is not.",
            CODE,
        ),
        "in-place": (
            wrong.flip_in_place,
            "You write into the caller's images: next epoch starts from mirrored ones. Work on a copy.",
            CODE,
        ),
        "reordered": (
            wrong.flip_reorders,
            "Each image must keep its row in the batch: otherwise it gets its neighbour's label.",
            CODE,
        ),
        "keeps-both": (
            wrong.flip_both_versions,
            "The mirrored image replaces the original: the batch keeps its N images.",
            CODE,
        ),
        "global-generator": (
            wrong.flip_global,
            "Draw from the generator `rng` that you are given: np.random draws from another one, so that the same seed "
            "gives other images each time.",
            CODE,
        ),
        "another-draw": (
            wrong.flip_coins,
            "A coin is as fair, but the draw is fixed so that results can be compared: mirror where "
            "rng.random(N) < 0.5.",
            FORUM,
        ),
        "own-generator": (
            wrong.flip_own_generator,
            "Draw from the generator `rng` that you are given: a generator of your own repeats itself, or "
            "cannot be repeated.",
            CODE,
        ),
    },
    "random_crop": {
        "one-for-the-batch": (
            wrong.crop_one_place,
            "Each image needs a place of its own: draw N pairs, size=(N, 2), not one pair for the batch.",
            CODE,
        ),
        "wraps-around": (
            wrong.crop_wraps,
            "np.roll brings in on the right what leaves on the left; pad with zeros and cut instead.",
            CODE,
        ),
        "edge": (
            wrong.crop_edge,
            "The padding repeats border pixels; here it is zeros, np.pad's default mode.",
            CODE,
        ),
        "mirrored-border": (
            wrong.crop_reflects,
            "The padding mirrors the image; here it is zeros, np.pad's default mode.",
            FORUM,
        ),
        "row-and-column-swapped": (
            wrong.crop_swapped,
            "The first number of each pair is the first row, axis 2, and the second one the first column, axis "
            "3.",
            CODE,
        ),
        "half-range": (
            wrong.crop_half_range,
            "There are 2·pad + 1 places in each direction, 0 to 2·pad; up to pad images move one way only.",
            CODE,
        ),
        "last-place-missing": (
            wrong.crop_last_place_missing,
            "The upper end of rng.integers is excluded: 2 * pad + 1 makes the last place 2·pad possible.",
            CODE,
        ),
        "diagonal": (
            wrong.crop_same_shift,
            "Row and column need two independent draws, otherwise images move along the diagonal only.",
            CODE,
        ),
        "from-the-other-end": (
            wrong.crop_other_way,
            "The number drawn is the first row (column) of the cut in the padded image: 0 is its upper (left) "
            "end.",
            FORUM,
        ),
        "not-cut": (
            wrong.crop_stays_large,
            "After padding cut H × W out again: networks expect images of the old size.",
            CODE,
        ),
        "square": (
            wrong.crop_square,
            "The cut is H high and W wide; you take the height for both, which only fits square images.",
            CODE,
        ),
        "pad-zero": (
            wrong.crop_strips_padding,
            "x[pad:-pad] is empty for pad = 0: cut from r to r + H and from c to c + W.",
            CODE,
        ),
        "global-generator": (
            wrong.crop_global,
            "Draw from the generator `rng` that you are given: np.random draws from another one, so that the same seed "
            "gives other images each time.",
            CODE,
        ),
        "rows-then-columns": (
            wrong.crop_rows_then_columns,
            "Each image has a pair, first row and first column, from one draw of size=(N, 2); you draw all rows first.",
            FORUM,
        ),
        "own-generator": (
            wrong.crop_own_generator,
            "Draw from the generator `rng` that you are given: a generator of your own repeats itself, or "
            "cannot be repeated.",
            CODE,
        ),
    },
    "rotate90": {
        "clockwise": (
            wrong.rotate_clockwise,
            "You turn clockwise. np.rot90(image, k, axes=(1, 2)) turns from rows to columns: counter-clockwise.",
            CODE,
        ),
        "whole-batch": (
            wrong.rotate_batch,
            "Draw one number for each image, size=N; here the whole batch is turned alike.",
            CODE,
        ),
        "channels": (
            wrong.rotate_channels,
            "np.rot90 turns the first two axes, of an image colour and row, unless told axes=(1, 2).",
            "NumPy, rot90",
        ),
        "transposed": (
            wrong.rotate_transposes,
            "A transpose mirrors along the diagonal; a quarter turn is a transpose and a flip.",
            CODE,
        ),
        "always-once": (
            wrong.rotate_once,
            "How often an image is turned is drawn: 0 to 3 quarter turns, rng.integers(0, 4, size=N).",
            CODE,
        ),
        "never-thrice": (
            wrong.rotate_never_thrice,
            "The upper end of rng.integers is excluded: 0 to 3 quarter turns are rng.integers(0, 4, size=N).",
            CODE,
        ),
        "not-square": (
            wrong.rotate_not_square,
            "A quarter turn of an H × W image is W × H; unless H = W the batch cannot keep its shape: raise "
            "ValueError.",
            CODE,
        ),
        "in-place": (
            wrong.rotate_in_place,
            "You write into the caller's images: turned again in each epoch. Work on a copy.",
            CODE,
        ),
        "global-generator": (
            wrong.rotate_global,
            "Draw from the generator `rng` that you are given: np.random draws from another one, so that the same seed "
            "gives other images each time.",
            CODE,
        ),
        "own-generator": (
            wrong.rotate_own_generator,
            "Draw from the generator `rng` that you are given: a generator of your own repeats itself, or "
            "cannot be repeated.",
            CODE,
        ),
    },
    "add_noise": {
        "variance": (
            wrong.noise_variance,
            "std is already the standard deviation, which scales the noise as it is: no square root.",
            CODE,
        ),
        "squared": (
            wrong.noise_squared,
            "std scales the noise as it is; squared it would be the variance.",
            CODE,
        ),
        "uniform": (
            wrong.noise_uniform,
            "rng.random is uniform on [0, 1) and brightens the image; Gaussian noise has mean 0: "
            "rng.standard_normal.",
            CODE,
        ),
        "clipped": (
            wrong.noise_clipped,
            "Nothing is clipped here: images may be normalised, and clipping at 0 and 1 would cut half of them "
            "off.",
            CODE,
        ),
        "same-in-all-channels": (
            wrong.noise_same_for_channels,
            "Each colour of a pixel gets a draw of its own: the noise has the shape of x.",
            CODE,
        ),
        "same-for-all-images": (
            wrong.noise_same_for_images,
            "Each image gets noise of its own: draw x.shape numbers, not those of one image for all.",
            CODE,
        ),
        "one-number": (
            wrong.noise_one_number,
            "One number for an image only changes its brightness: draw one for each pixel, x.shape in all.",
            CODE,
        ),
        "float64": (
            wrong.noise_float64,
            "rng draws float64, and float32 + float64 is float64: bring the result back to float32.",
            CODE,
        ),
        "in-place": (
            wrong.noise_in_place,
            "x += noise changes the caller's images, noisier in each epoch: make a new array.",
            CODE,
        ),
        "multiplied": (
            wrong.noise_multiplies,
            "The noise is added to the pixel, not multiplied by it: black pixels get noise, too.",
            CODE,
        ),
        "unscaled": (
            wrong.noise_unscaled,
            "standard_normal has standard deviation 1: multiply by std.",
            CODE,
        ),
        "global-generator": (
            wrong.noise_global,
            "Draw from the generator `rng` that you are given: np.random draws from another one, so that the same seed "
            "gives other images each time.",
            CODE,
        ),
        "own-generator": (
            wrong.noise_own_generator,
            "Draw from the generator `rng` that you are given: a generator of your own repeats itself, or "
            "cannot be repeated.",
            CODE,
        ),
    },
    "augment": {
        "noise-first": (
            wrong.augment_noise_first,
            "Noise comes last, or else the padding stays without: a border the network can see.",
            CODE,
        ),
        "noise-before-crop": (
            wrong.augment_noise_before_crop,
            "Noise comes after the crop, or else the padding stays without: a border the network can see.",
            CODE,
        ),
        "crop-first": (
            wrong.augment_crop_first,
            "The order is flip, crop, noise; the crop takes its numbers from rng after the flip.",
            CODE,
        ),
        "rotated": (
            wrong.augment_turns,
            "Quarter turns are not among them: an upside-down 6 is a 9. Flip, crop, noise.",
            "S4 L2970: most used transformations",
        ),
        "shuffled": (
            wrong.augment_shuffles,
            "Keep the order: image i and label i of the result come from image i. Shuffling is the loader's "
            "task.",
            CODE,
        ),
        "labels-shuffled": (
            wrong.augment_shuffles_labels,
            "Labels belong to their images: they keep their order, as the images do.",
            CODE,
        ),
        "appended": (
            wrong.augment_doubles,
            "New images replace the old ones in this batch; each epoch draws others, so nothing is appended.",
            "S4 L2944: an artificially larger data set",
        ),
        "no-noise": (
            wrong.augment_no_noise,
            "The last step is missing: add_noise(…, std, rng).",
            CODE,
        ),
        "no-labels": (
            wrong.augment_no_labels,
            "Return both, images and labels.",
            CODE,
        ),
        "generator-for-each": (
            wrong.augment_generator_each,
            "Hand the one generator on to all three: generators with the same seed draw related numbers.",
            CODE,
        ),
    },
}
