"""Mistakes of transfer: function → name → (the wrong function, advice, source)."""

from . import variants_training as training
from . import variants_transfer as transfer

CODE = "real submission"
FORUM = "course forum"
SLIDE = "S4 L3002: the rest is a fixed feature extractor"
CARDS = {
    "fit": {
        "eval-mode": (
            training.fit_eval,
            "Training is done in train mode: call model.train() first, so that the batch norms that learn use "
            "the batch.",
            CODE,
        ),
        "gradients-pile-up": (
            training.fit_accumulates,
            "backward() adds to .grad: clear it with optimizer.zero_grad() in each step.",
            CODE,
        ),
        "own-optimiser": (
            training.fit_own_optimizer,
            "Use the optimiser that you are given: it knows what learns, and how fast.",
            CODE,
        ),
        "no-step": (
            training.fit_no_step,
            "Nothing moves: optimizer.step() is missing, or zero_grad() stands between backward() and step().",
            CODE,
        ),
        "loss-after-the-step": (
            training.fit_after,
            "The losses asked for are those before each step, from the pass that also gives the gradient.",
            CODE,
        ),
        "sum": (
            training.fit_sum,
            "The loss is the mean over the batch, not the sum.",
            CODE,
        ),
        "softmax-twice": (
            training.fit_softmax,
            "cross_entropy takes raw scores and applies the softmax itself.",
            CODE,
        ),
        "squares": (
            training.fit_mse,
            "The loss is the cross-entropy.",
            CODE,
        ),
        "image-by-image": (
            training.fit_image_by_image,
            "Each step uses the whole of x and y.",
            CODE,
        ),
        "images-changed": (
            training.fit_scales_in_place,
            "You write into the caller's images; leave x as it is.",
            CODE,
        ),
        "mean-loss": (
            training.fit_mean,
            "Return the list of losses, one for each step.",
            CODE,
        ),
    },
    "prepare": {
        "optimiser-first": (
            training.prepare_early,
            "The optimiser took all parameters before they were frozen: freeze first, then give it "
            "trainable(model).",
            SLIDE,
        ),
        "optimiser-holds-old-head": (
            training.prepare_old_head,
            "The optimiser was made before the head was replaced: it moves the old head, and the new one never "
            "learns.",
            FORUM,
        ),
        "nothing-frozen": (
            training.prepare_nothing_frozen,
            "freeze(model, until) is missing: with few images the borrowed features would be forgotten.",
            SLIDE,
        ),
        "no-new-head": (
            training.prepare_no_head,
            "replace_head(model, k) is missing: the old head names the old classes.",
            SLIDE,
        ),
        "only-the-head": (
            training.prepare_head_only,
            "What lies between `until` and the head learns, too: give the optimiser all of trainable(model).",
            CODE,
        ),
        "sgd": (
            training.prepare_sgd,
            "The optimiser asked for is torch.optim.Adam.",
            CODE,
        ),
        "default-rate": (
            training.prepare_without_lr,
            "Adam uses 0.001 unless told lr=lr.",
            CODE,
        ),
        "returns-the-model": (
            training.prepare_model,
            "Return the optimiser; the caller has the model already, as you changed it in place.",
            CODE,
        ),
    },
    "freeze": {
        "statistics-drift": (
            transfer.freeze_drifts,
            "Running statistics are no parameters: in train mode batch norms update them even if nothing "
            "requires a gradient. Keep the frozen part in eval mode, also after model.train().",
            "course forum; PyTorch, BatchNorm2d",
        ),
        "momentum-zero": (
            transfer.freeze_momentum,
            "With momentum 0 the statistics stay, but in train mode the batch's own are used: the features "
            "still change with the batch. Keep the frozen part in eval mode.",
            FORUM,
        ),
        "statistics-of-the-batch": (
            transfer.freeze_without_statistics,
            "Without its running statistics a batch norm uses those of the batch: keep the frozen part in eval "
            "mode instead.",
            FORUM,
        ),
        "excludes-until": (
            transfer.freeze_excludes,
            "The child named `until` is frozen, too: up to and including.",
            CODE,
        ),
        "only-until": (
            transfer.freeze_only_one,
            "Not only the child named `until` but all those before it are frozen.",
            CODE,
        ),
        "one-too-many": (
            transfer.freeze_one_too_many,
            "You stop one child too late: what comes after `until` learns.",
            CODE,
        ),
        "everything": (
            transfer.freeze_everything,
            "Children after `until` must stay trainable, the head above all: stop after the child of this name.",
            CODE,
        ),
        "the-rest": (
            transfer.freeze_the_rest,
            "It is the other way round: the first children, up to `until`, are frozen; what comes after them "
            "learns.",
            CODE,
        ),
        "attribute-of-the-module": (
            transfer.freeze_modules,
            "child.requires_grad = False sets an attribute that nobody reads: use child.requires_grad_(False), "
            "or set it on each parameter.",
            "PyTorch, nn.Module.requires_grad_",
        ),
        "weights-only": (
            transfer.freeze_weights_only,
            "Biases are parameters as well; freeze all of child.parameters().",
            CODE,
        ),
        "convolutions-only": (
            transfer.freeze_convolutions_only,
            "The factors and shifts of batch norms are parameters as well; freeze all of child.parameters().",
            CODE,
        ),
        "all-norms-in-eval": (
            transfer.freeze_all_norms,
            "Batch norms after `until` still learn, and must go on updating their statistics: only those in the "
            "frozen part stay in eval mode.",
            FORUM,
        ),
        "unknown-name": (
            transfer.freeze_unknown,
            "If no child is named `until`, raise ValueError; your loop never stops and freezes everything.",
            CODE,
        ),
    },
    "replace_head": {
        "always-fc": (
            transfer.head_always_fc,
            "The last nn.Linear is not always called fc: look for it in named_modules().",
            CODE,
        ),
        "first-linear": (
            transfer.head_first,
            "This replaces the first nn.Linear; the scores come from the last one.",
            CODE,
        ),
        "wrong-inputs": (
            transfer.head_outputs_as_inputs,
            "The new layer gets what the old one got: old.in_features inputs, not its outputs.",
            CODE,
        ),
        "inputs-hard-coded": (
            transfer.head_for_64,
            "Not every network has 64 features: take old.in_features.",
            CODE,
        ),
        "on-top": (
            transfer.head_on_top,
            "The new layer takes the place of the old one; on top of it, it would see only the old classes' "
            "scores.",
            FORUM,
        ),
        "no-bias": (
            transfer.head_without_bias,
            "The new layer has a bias, nn.Linear's default.",
            CODE,
        ),
        "with-softmax": (
            transfer.head_softmax,
            "The head gives raw scores and keeps its name: cross_entropy applies the softmax itself.",
            CODE,
        ),
        "copies-old-rows": (
            transfer.head_cut,
            "The old rows stand for other classes; the new head starts from fresh weights.",
            CODE,
        ),
        "zeros": (
            transfer.head_zero,
            "Keep the random weights of nn.Linear; the assignment asks for torch's initialisation.",
            CODE,
        ),
        "out-features-only": (
            transfer.head_attribute_only,
            "Setting out_features changes a number that is printed, not the weights: make a new nn.Linear.",
            FORUM,
        ),
        "body-drawn-anew": (
            transfer.head_and_body,
            "Only the head is new. You also reset the trained body, which was the point of borrowing it.",
            CODE,
        ),
        "head-frozen": (
            transfer.head_frozen_too,
            "The new layer must be trainable.",
            CODE,
        ),
    },
    "trainable": {
        "all": (
            transfer.trainable_all,
            "Leave out those with requires_grad False: the optimiser gets only what learns.",
            SLIDE,
        ),
        "weights-only": (
            transfer.trainable_weights,
            "Biases and the parameters of batch norms learn as well; ask for requires_grad only.",
            CODE,
        ),
        "frozen": (
            transfer.trainable_frozen,
            "These are the frozen ones; those that require a gradient are asked for.",
            CODE,
        ),
        "names": (
            transfer.trainable_names,
            "An optimiser needs the parameters themselves, not their names.",
            CODE,
        ),
        "head-only": (
            transfer.trainable_head,
            "More than the head may be trainable: go through all parameters and look at requires_grad.",
            CODE,
        ),
    },
}
