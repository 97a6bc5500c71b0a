"""The misconceptions of A0 by name, each with its advice; the most frequent of a function come first.

The wrong code itself is in variants_labels.py, variants_scaling.py and variants_stream.py. S0, S1 and S4 are the
lectures of INSA (Marza), Cnam (Thome) and Liège (Boudart); L328 is line 328 of the extracted text.
"""

from grader.checks import misconception

from . import variants_labels as labels
from . import variants_scaling as scaling
from . import variants_stream as stream

LIKELY = "a likely slip, without a slide that prints it"
REAL = "real submission"


def card(name, variant, advice, source=LIKELY, accepted=False):
    """Declare `variant` as the misconception warmup.<name>."""
    misconception(f"warmup.{name}", advice=advice, source=source, accepted=accepted)(variant)


# --- one_hot
card("one_hot/classes-from-max", labels.classes_from_max, source="S4 L328; " + REAL,
     advice="The number of columns is k, not y.max() + 1: a batch need not hold the highest class.")
card("one_hot/index-error", labels.index_error, source="NumPy: an index out of bounds is an IndexError",
     advice="Look at the labels before you index with them: y >= k must raise ValueError, NumPy gives "
            "IndexError.")
card("one_hot/negative-wraps", labels.negative_wraps, source="NumPy: negative indices count from the end",
     advice="A label -1 picks the last class, because NumPy counts it from the end. Check for y < 0 "
            "yourself.")
card("one_hot/rows-without-one", labels.rows_without_one,
     advice="Comparing y with np.arange(k) gives a row of zeros for a label outside 0..k-1: raise "
            "ValueError there.")
card("one_hot/classes-from-unique", labels.classes_from_unique, source=REAL,
     advice="Column c belongs to class c: np.unique closes the gaps of absent classes and moves later "
            "columns.")
card("one_hot/column-accepted", labels.column_accepted,
     advice="y has shape (N,). Labels in a column (N, 1) are a sign of trouble upstream: raise "
            "ValueError.")
card("one_hot/every-row-alike", labels.every_row_alike, source=REAL,
     advice="Y[:, y] = 1 marks the columns in every row; pair each row with its label: Y[np.arange(N), y]"
            " = 1.")
card("one_hot/counts-from-one", labels.counts_from_one,
     advice="Labels count from 0: label 0 is the first column.")
card("one_hot/shifted-to-zero", labels.shifted_to_zero,
     advice="Do not subtract y.min(): if class 0 is absent from y, every label moves to a wrong column.")
card("one_hot/ten-classes", labels.ten_classes, source=REAL,
     advice="Ten classes are those of MNIST; the number of columns is k.")
card("one_hot/transposed", labels.one_hot_transposed, source="S1 L309: y*_{c,i}, class first",
     advice="A row is an example: the shape is (N, k), not (k, N).")
card("one_hot/integers", labels.one_hot_as(int),
     advice="The targets meet float64 probabilities in the loss: make them float64, np.zeros's default.")
card("one_hot/float32", labels.one_hot_as('float32'),
     advice="float64 is asked; float32 is torch's default, not this course's.")
card("one_hot/booleans", labels.one_hot_as(bool),
     advice="A comparison gives True and False; convert the result to float64 numbers.")

# --- train_val_test_split
card("train_val_test_split/overlap", labels.split_overlaps, source="S0 L252-280",
     advice="Make one permutation and cut it: parts that are drawn one by one share examples, and a test "
            "example that was trained on measures memory.")
card("train_val_test_split/loses-the-rest", labels.split_loses_the_rest, source=REAL,
     advice="Rounding all three sizes down leaves examples in no part: let the last part take what "
            "remains.")
card("train_val_test_split/floors-twice", labels.split_floors_twice,
     advice="int() on two sizes hands both remainders to the test part, up to two examples: cut at the "
            "rounded running sums n·f₀ and n·(f₀ + f₁).")
card("train_val_test_split/ceils-twice", labels.split_ceils_twice,
     advice="Rounding two sizes up takes both from the test part, up to two examples: cut at the rounded "
            "running sums n·f₀ and n·(f₀ + f₁).")
card("train_val_test_split/in-order", labels.split_in_order, source=REAL,
     advice="Shuffle before you cut: files are often sorted by class, and the test set would hold one "
            "class only.")
card("train_val_test_split/cuts-first", labels.split_cuts_first,
     advice="Shuffling inside each part changes nothing about who is in it: shuffle all n indices, then "
            "cut.")
card("train_val_test_split/test-is-fixed", labels.split_test_is_fixed,
     advice="The test part has to come out of the shuffle, too; here it is always the last rows of the "
            "file.")
card("train_val_test_split/unseeded", labels.split_unseeded,
     advice="Draw from np.random.default_rng(seed): without the seed no one can repeat your experiment.")
card("train_val_test_split/seed-ignored", labels.split_seed_ignored, source=REAL,
     advice="The generator has a seed of its own here; use the argument, so that another seed gives "
            "another split.")
card("train_val_test_split/with-replacement", labels.split_with_replacement,
     advice="integers and choice draw with replacement, so an index comes twice: use a permutation.")
card("train_val_test_split/parts-swapped", labels.split_parts_swapped, source="S0 L252",
     advice="The order is train, validation, test, as in fractions.")
card("train_val_test_split/eighty-ten-ten", labels.split_eighty_ten_ten, source=REAL,
     advice="The sizes follow from `fractions`; 80/10/10 is only one choice.")
card("train_val_test_split/exact-sum", labels.split_exact_sum, source="Goldberg 1991, rounding error",
     advice="0.7 + 0.2 + 0.1 is 0.9999999999999999 in floating point: compare the sum with 1 within 1e-9.")
card("train_val_test_split/sum-unchecked", labels.split_sum_unchecked,
     advice="Fractions that do not add up to 1 are a slip of the caller: raise ValueError, do not guess.")
card("train_val_test_split/only-above-one", labels.split_only_above_one,
     advice="A sum below 1 would leave examples without a part: that raises ValueError as well as a sum "
            "above 1.")
card("train_val_test_split/negative-accepted", labels.split_negative_accepted,
     advice="Three fractions can add up to 1 with one of them negative: check each, too.")
card("train_val_test_split/float-cut", labels.split_float_cut, source=REAL,
     advice="n * 0.8 is a float, and a slice needs integers: round it.")
card("train_val_test_split/counts-from-one", labels.split_counts_from_one,
     advice="Indices count from 0 to n-1; index n is outside the array.")
card("train_val_test_split/masks", labels.split_masks,
     advice="Return the indices themselves, not arrays of True and False; np.flatnonzero turns a mask "
            "into them.")
card("train_val_test_split/columns", labels.split_columns,
     advice="Each part has one axis. np.where gives a tuple and np.argwhere a column: use np.flatnonzero "
            "or cut a permutation.")
card("train_val_test_split/legacy-generator", labels.split_legacy_generator, accepted=True,
     advice="np.random.RandomState and np.random.seed still work; default_rng is what NumPy recommends "
            "today.")

# --- standardize_fit
card("standardize_fit/ddof", scaling.fit_ddof, source="S4 L1635: 1/N; pandas and torch.std divide by N - 1",
     advice="The lecture divides by N, as np.std does by itself; ddof=1, pandas and torch.std divide by N"
            " - 1.")
card("standardize_fit/per-row", scaling.fit_per_row, source="course forum",
     advice="Statistics of a column over all rows are asked, axis=0; axis=1 gives each example its own "
            "mean.")
card("standardize_fit/one-number", scaling.fit_one_number, source=REAL,
     advice="Each column has its own mean and deviation: without axis=0 kilograms and years share one.")
card("standardize_fit/rounded-constant", scaling.fit_rounded_constant,
     source="scikit-learn: _is_constant_feature",
     advice="The deviation of a constant column may come out as 1e-17 by rounding, and dividing by that "
            "gives ±1: set it to 0 where the column's minimum is its maximum.")
card("standardize_fit/variance", scaling.fit_variance,
     advice="sigma is the standard deviation: take the square root of the variance.")
card("standardize_fit/keepdims", scaling.fit_keepdims,
     advice="mu and sigma have the shape (D,): without keepdims they broadcast over the rows just as "
            "well.")
card("standardize_fit/swapped", scaling.fit_swapped,
     advice="The mean comes first: return mu, sigma.")
card("standardize_fit/keeps-float32", scaling.fit_keeps_float32, source="NumPy: mean of float32 is float32",
     advice="The mean of a float32 array is float32: convert X to float64 first.")
card("standardize_fit/float32", scaling.fit_float32,
     advice="float64 is asked: leave astype(np.float32) to the end of your own pipeline.")
card("standardize_fit/adds-epsilon", scaling.fit_adds_epsilon,
     advice="A deviation of 0 + 1e-8 turns the next value that differs into 10⁸: return 0 and divide by 1"
            " there.")
card("standardize_fit/mean-of-squares", scaling.fit_mean_of_squares, source="Welford 1962; Higham, ch. 1.9",
     advice="mean(x²) - mean(x)² subtracts two huge numbers when the mean is large: subtract the mean "
            "first, then square.")
card("standardize_fit/in-place", scaling.fit_in_place, source=REAL,
     advice="X -= mu writes into the caller's data: write X - mu, which makes a new array.")
card("standardize_fit/sixty-thousand", scaling.fit_sixty_thousand, source=REAL,
     advice="60000 is the size of one data set: divide by the number of rows that X has.")
card("standardize_fit/mnist-constants", scaling.fit_mnist_constants, source="torchvision's MNIST example",
     advice="0.1307 and 0.3081 are the statistics of MNIST: compute those of X.")
card("standardize_fit/min-max", scaling.fit_min_max, source='S4 L1633: "normalizing or standardizing"',
     advice="That is min-max normalisation; standardising uses mean and standard deviation.")
card("standardize_fit/scale-one", scaling.fit_scale_one, accepted=True, source="scikit-learn's scale_",
     advice="1 for the deviation of a constant column does the same once you divide by it.")

# --- standardize_apply
card("standardize_apply/own-statistics", scaling.apply_own_statistics, source="S4 L1635; " + REAL,
     advice="Use the mu and sigma that are given, those of the training set: statistics of X itself let "
            "test rows leak into the scaling and turn a single row into zeros.")
card("standardize_apply/zero-over-zero", scaling.apply_zero_over_zero,
     advice="A constant column has sigma = 0, and 0/0 is nan: divide by 1 there.")
card("standardize_apply/epsilon", scaling.apply_epsilon, source="S4 L1663, the ε of batch norm",
     advice="sigma + 1e-8 is finite, but a new value in a constant column becomes 10⁸ times too large: "
            "divide by 1.")
card("standardize_apply/nan-to-num", scaling.apply_nan_to_num,
     advice="nan_to_num turns 0/0 into 0 but x/0 into 1.8e308: choose the divisor before you divide.")
card("standardize_apply/variance", scaling.apply_variance,
     advice="Divide by sigma, not by sigma squared.")
card("standardize_apply/not-centred", scaling.apply_not_centred,
     advice="Subtract mu before you divide.")
card("standardize_apply/not-scaled", scaling.apply_not_scaled,
     advice="After subtracting mu, divide by sigma.")
card("standardize_apply/mean-after", scaling.apply_mean_after,
     advice="Mind the brackets: (X - mu) / sigma, not X / sigma - mu.")
card("standardize_apply/inverse", scaling.apply_inverse,
     advice="X · sigma + mu undoes a standardisation; asked is (X - mu) / sigma.")
card("standardize_apply/squeezes", scaling.apply_squeezes, source=REAL,
     advice="A single row stays a table of one row, (1, D): no squeeze.")
card("standardize_apply/in-place", scaling.apply_in_place, source=REAL,
     advice="X -= mu writes into the caller's data: write X - mu, which makes a new array.")
card("standardize_apply/keeps-bytes", scaling.apply_keeps_bytes, source=REAL,
     advice="An array like X holds bytes when X does and cuts the result to integers: make the result "
            "float64.")
card("standardize_apply/float32", scaling.apply_float32,
     advice="float64 is asked; do not convert the result to float32.")
card("standardize_apply/zeroed", scaling.apply_zeroed, accepted=True,
     advice="0 for a column without spread is a choice as good as x - mu.")

# --- iterate_minibatches
card("iterate_minibatches/drops-last", stream.drops_last, source="S1 L454: N/B; " + REAL,
     advice="N // B batches leave the last rows out of every epoch: there are ⌈N/B⌉, the last one "
            "smaller, unless drop_last asks for it.")
card("iterate_minibatches/labels-stay", stream.labels_stay, source=REAL,
     advice="X is shuffled and y is not: index both with the same permutation.")
card("iterate_minibatches/two-permutations", stream.two_permutations, source=REAL,
     advice="Two permutations part the rows from their labels: draw one and index X and y with it.")
card("iterate_minibatches/rng-ignored", stream.rng_ignored,
     advice="With a generator the rows come in a random order: draw it from rng.")
card("iterate_minibatches/own-generator", stream.own_generator, source=REAL,
     advice="A generator made inside the function gives every epoch the same order: draw from the rng "
            "that you get.")
card("iterate_minibatches/always-shuffles", stream.always_shuffles,
     advice="Without a generator the rows keep their order: validation runs want no shuffling.")
card("iterate_minibatches/global-generator", stream.global_generator, source=REAL,
     advice="np.random knows nothing of rng, so no seed repeats the epoch: draw the permutation from rng.")
card("iterate_minibatches/with-replacement", stream.with_replacement,
     source="S0 L312: an epoch is a full pass",
     advice="Random picks for each batch miss some rows and repeat others: cut one permutation of all N "
            "into pieces.")
card("iterate_minibatches/drop-last-ignored", stream.drop_last_ignored,
     advice="drop_last=True leaves out a last batch that is smaller than `batch`.")
card("iterate_minibatches/drops-full-batch", stream.drops_full_batch,
     advice="drop_last leaves out an incomplete batch only: if B divides N, the last batch stays.")
card("iterate_minibatches/fills-up", stream.fills_up,
     advice="Do not fill the last batch up with rows from the beginning: they would count twice in this "
            "epoch.")
card("iterate_minibatches/last-window", stream.last_window,
     advice="Do not move the last batch back until it is full: its first rows were in the batch before.")
card("iterate_minibatches/number-of-batches", stream.number_of_batches,
     advice="`batch` is the number of rows in a batch, not the number of batches.")
card("iterate_minibatches/balanced", stream.balanced, source="NumPy: array_split",
     advice="np.array_split makes batches of nearly equal size; here all are full and only the last is "
            "smaller.")
card("iterate_minibatches/one-row-short", stream.one_row_short,
     advice="A slice leaves out its end already: [i : i + batch] has `batch` rows.")
card("iterate_minibatches/empty-last", stream.empty_last,
     advice="If B divides N there are N/B batches; one more would be empty, and the mean over it is nan.")
card("iterate_minibatches/flattens", stream.flattens,
     advice="Batches of images stay images, (B, H, W): only the first axis is cut.")
card("iterate_minibatches/squeezes", stream.squeezes, source=REAL,
     advice="A batch of one row is still a batch, (1, D): index with a slice or an array, and do not "
            "squeeze.")
card("iterate_minibatches/column-of-labels", stream.column_of_labels, source="course forum",
     advice="y of shape (N,) gives batches of shape (B,), not (B, 1).")
card("iterate_minibatches/float32", stream.batches_float32,
     advice="Hand the rows on as they are: X stays float64.")
card("iterate_minibatches/shuffles-in-place", stream.shuffles_in_place, source=REAL,
     advice="Shuffling X and y themselves changes the caller's data: shuffle an array of indices.")
card("iterate_minibatches/sixty-thousand", stream.sixty_thousand, source=REAL,
     advice="60000 rows are those of MNIST: run up to len(X), else empty batches follow.")
card("iterate_minibatches/lengths-unchecked", stream.lengths_unchecked,
     advice="X and y of different lengths mean that labels are lost or shifted: raise ValueError.")
card("iterate_minibatches/negative-batch", stream.negative_batch,
     advice="range with a step below 0 is empty, so an epoch would do nothing: raise ValueError for batch"
            " < 1.")

# --- parse_idx
card("parse_idx/little-endian", stream.little_endian, source="MNIST file format: high endian",
     advice="Sizes are stored with the most significant byte first: \">I\", \">u4\" or int.from_bytes(…, "
            "\"big\").")
card("parse_idx/other-errors", stream.other_errors,
     advice="A header that is cut short must raise ValueError: look at len(data) before you read from it.")
card("parse_idx/three-sizes", stream.three_sizes, source=REAL,
     advice="The header has 4 bytes for each axis, and byte 3 says how many axes: 16 bytes is right for "
            "images only.")
card("parse_idx/mnist-shape", stream.mnist_shape, source=REAL,
     advice="28×28 is MNIST: the sizes of the other axes stand in the header as well.")
card("parse_idx/flat", stream.flat,
     advice="Give the values the shape that the header states.")
card("parse_idx/rows-flattened", stream.rows_flattened, source=REAL,
     advice="Images stay (N, rows, columns); a layer that wants (N, D) can flatten them later.")
card("parse_idx/first-axis-fastest", stream.first_axis_fastest, source="MNIST file format: C order",
     advice="The last axis varies fastest, NumPy's own order: do not reshape in order \"F\".")
card("parse_idx/scaled", stream.scaled, source=REAL,
     advice="The file's bytes are asked, uint8 from 0 to 255: scaling is a later step.")
card("parse_idx/as-float", stream.as_float,
     advice="The values are bytes: return uint8.")
card("parse_idx/signed", stream.signed,
     advice="Type 0x08 is an unsigned byte: int8 turns 255 into -1.")
card("parse_idx/last-byte-of-size", stream.last_byte_of_size,
     advice="A size has four bytes; the last one alone is only enough below 256.")
card("parse_idx/only-mnist-magic", stream.only_mnist_magic,
     advice="2051 and 2049 are the magic numbers for 3 axes and 1; byte 3 may be any number of axes.")
card("parse_idx/rest-ignored", stream.rest_ignored,
     advice="Bytes after the last value mean that header and file do not belong together: raise "
            "ValueError.")
card("parse_idx/missing-are-zero", stream.missing_are_zero,
     advice="A file that ends too early was not downloaded completely: raise ValueError, do not fill it "
            "up.")
card("parse_idx/type-ignored", stream.type_ignored, source="MNIST file format: 0x09 is int8, 0x0D float",
     advice="Byte 2 is the type of the values; anything but 0x08 needs another dtype, so raise "
            "ValueError.")
card("parse_idx/magic-ignored", stream.magic_ignored,
     advice="The first two bytes are 0 in every IDX file; a .gz file, say, begins with 1f 8b. Raise "
            "ValueError.")
