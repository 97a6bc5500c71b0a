"""The misconceptions of A14 by name, each with its advice; the wrong code itself is in variants.py.

S4 is the lecture of Liège (Boudart); L1870 is line 1870 of its extracted text.
"""

from grader.checks import misconception

from . import variants

SLIDES = "S4 L1864-1968"
LIKELY = "a likely slip, without a slide that prints it"
KERAS = "documentation of Keras, EarlyStopping"


def card(name, wrong, source, advice):
    """One misconception of this assignment; name: function/short name."""
    misconception(f"learning_curves.{name}", advice=advice, source=source)(wrong)


# --- report_card, which calls diagnose
card("report_card/lowest-train", variants.lowest_train, "real submission",
     "The best epoch is chosen on validation: the train loss is lowest at the end of nearly every run.")
card("report_card/last-epoch", variants.last_epoch, LIKELY,
     "The weights to keep are those of the epoch with the lowest val_loss, not those of the last one.")
card("report_card/gap-of-the-minima", variants.gap_of_the_lowest, LIKELY,
     "Take both losses of the gap at the best epoch: the two curves have their minima at different epochs.")
card("report_card/gap-at-the-end", variants.gap_at_the_end, LIKELY,
     "The gap is asked at the best epoch, whose weights one keeps, not at the last one.")
card("report_card/nan-is-lowest", variants.nan_is_lowest, "NumPy documentation of argmin and nanargmin",
     "np.argmin takes nan for the lowest of all; look for the minimum among the numbers only.")
card("report_card/last-of-equals", variants.last_of_equals, LIKELY,
     "Of several equal minima the first epoch counts: the later ones gained nothing.")
card("report_card/epoch-from-one", variants.epoch_from_one, LIKELY,
     "Epochs are counted from 0, so that val_loss[best_epoch] is the lowest loss.")
card("report_card/gap-sign", variants.gap_sign, LIKELY,
     "The gap is val_loss minus train_loss: positive if validation is worse.")
card("report_card/gap-absolute", variants.gap_absolute, LIKELY,
     "Keep the sign of the gap: below zero it says that validation is better than training, as with dropout.")
card("report_card/counts-the-keys", variants.counts_the_keys, LIKELY,
     "len(history) counts the keys of the dict; the epochs are the length of one of its curves.")

# --- stop_epoch
card("stop_epoch/counts-in-total", variants.counts_in_total, "course forum",
     "Patience counts epochs in a row: every new lowest loss sets the counter back to 0.")
card("stop_epoch/against-the-previous", variants.against_the_previous, "course forum",
     "Compare with the lowest loss so far, not with the previous epoch: a zigzag upwards improves nothing.")
card("stop_epoch/one-more", variants.one_more, KERAS,
     "Stop as soon as `patience` epochs have brought nothing, not one epoch later.")
card("stop_epoch/gives-the-best", variants.gives_the_best, LIKELY,
     "Asked is the epoch at which training stops; the best epoch lies `patience` epochs before it.")
card("stop_epoch/equal-is-better", variants.equal_is_better, LIKELY,
     "A loss equal to the lowest so far is no improvement: only strictly below counts.")
card("stop_epoch/nan-is-better", variants.nan_is_better, LIKELY,
     "Every comparison with nan is false: ask whether the loss is below the best, not whether it"
     " fails to be above.")
card("stop_epoch/counts-epochs", variants.counts_epochs, LIKELY,
     "Epochs are counted from 0: the answer is an index into val_loss, not a number of epochs.")
card("stop_epoch/none-if-never", variants.none_if_never, LIKELY,
     "A run that is never stopped ends with its last epoch: return T - 1.")
card("stop_epoch/any-patience", variants.any_patience, LIKELY,
     "A patience below 1 makes no sense; refuse it with ValueError.")

# --- diagnose: what misreads one class before what misreads several, which would else hide it
card("diagnose/gap-is-overfitting", variants.gap_is_overfitting, "S4 L1899-1945",
     "A large gap alone is no overfitting here: val must rise again. If val stays flat, ask whether train"
     " still falls (plateau_val) or has settled too (unrepresentative_train).")
card("diagnose/train-trend-only", variants.train_still_falls, LIKELY,
     "A falling train loss alone calls for no more epochs: if val has settled, the class is plateau_val.")
card("diagnose/climbing-val-diverges", variants.climbing_val_diverges, "S4 L1899 against L1952",
     "Diverging is about the train loss; if val climbs while train keeps falling, the run is overfit.")
card("diagnose/swaps-the-sets", variants.swaps_the_sets, SLIDES,
     "The two unrepresentative sets are exchanged: few validation examples make val swing, a poor training"
     " set leaves a steady gap.")
card("diagnose/swings-smoothed-away", variants.swings_smoothed_away, "S4 L1938",
     "Smoothing has wiped out what there was to see: measure how far val jumps from epoch to epoch before"
     " you smooth.")
card("diagnose/trends-before-swings", variants.trends_before_swings, LIKELY,
     "A val that swings has a rise at the end by chance: rule out the swings before you read trends.")
card("diagnose/levels-only", variants.levels_only, "S4 L1885",
     "Look at the trend at the end, too: a curve that still falls was stopped early, or goes on learning"
     " by heart.")
card("diagnose/slope-per-epoch", variants.slope_per_epoch, LIKELY,
     "A slope per epoch gets smaller the more epochs there are: look at the change over a part of the run.")
card("diagnose/last-twenty-epochs", variants.last_twenty_epochs, LIKELY,
     "A fixed number of epochs is half of a short run and a moment of a long one: take a fraction of T.")
card("diagnose/absolute-thresholds", variants.absolute_thresholds, "real submission",
     "A threshold like 0.5 means nothing by itself: the scale of a loss is arbitrary. Divide both curves by"
     " the first train loss, then compare.")
card("diagnose/last-values-only", variants.last_values_only, SLIDES,
     "First and last losses are not enough: the classes differ in the way between them, say flat, or"
     " down and up.")
card("diagnose/ignores-val", variants.ignores_val, "real submission",
     "The train curve alone cannot tell a good run from an overfit one: look at val_loss as well.")
card("diagnose/swaps-the-curves", variants.swaps_the_curves, LIKELY,
     "train_loss and val_loss are taken for each other.")
card("diagnose/lowest-single-epoch", variants.lowest_single_epoch, LIKELY,
     "With noise the last loss is nearly always above the lowest one: compare means over several epochs, with"
     " a margin.")
card("diagnose/any-rise-diverges", variants.any_rise_diverges, LIKELY,
     "With noise the train loss rises at every other epoch: diverging means a rise of its level.")
card("diagnose/nan-blind", variants.nan_blind, LIKELY,
     "Every comparison with nan is false, so no rule sees it: ask np.isfinite first. Such runs diverge.")
card("diagnose/only-nan-diverges", variants.only_nan_diverges, "S4 L1952",
     "A run diverges long before it overflows: train loss that climbs well above its lowest is diverging.")
card("diagnose/gap-at-the-first-epoch", variants.gap_at_the_first_epoch, LIKELY,
     "A gap in the first epochs says nothing of overfitting: read the gap at the end.")
card("diagnose/judges-the-beginning", variants.judges_the_beginning, LIKELY,
     "A late start is no underfitting: judge by the level at the end of training.")
card("diagnose/by-position", variants.by_position, LIKELY,
     "Look the curves up by their keys: a history may list val_loss first, or hold other keys.")
card("diagnose/divides-in-place", variants.divides_in_place, LIKELY,
     "`/=` writes into the caller's arrays; train / train[0] makes a new one.")
card("diagnose/spelled-otherwise", variants.spelled_otherwise, LIKELY,
     "The labels are part of the contract: `overfit` and `underfit`, not `overfitting` and `underfitting`.")
card("diagnose/always-the-same", variants.always_good, LIKELY,
     "Every history gets the same label, whatever the curves say.")
