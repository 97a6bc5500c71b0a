"""Mistakes of heat maps: function → name → (the wrong function, advice, source)."""

from . import variants_cam as wrong

CODE = "real submission"
FORUM = "course forum"
PAPER = "Selvaraju et al. 2017, equations 1 and 2"
CARDS = {
    "grad_cam": {
        "no-relu": (
            wrong.cam_signed,
            "The last ReLU is missing: the map shows what speaks for the class, not what speaks against it.",
            PAPER,
        ),
        "softmax": (
            wrong.cam_softmax,
            "Take the gradient of the score itself: that of a probability shrinks to 0 where the network is "
            "sure, and mixes in the other classes.",
            PAPER,
        ),
        "log-softmax": (
            wrong.cam_log_softmax,
            "Take the gradient of the raw score: a logarithm of the softmax mixes in the scores of all other "
            "classes.",
            PAPER,
        ),
        "loss": (
            wrong.cam_loss,
            "The gradient of the loss has the other sign: it shows what speaks against the class. Differentiate "
            "the score.",
            CODE,
        ),
        "best-class": (
            wrong.cam_best_class,
            "Differentiate the score of `target`, which need not be the class that wins.",
            CODE,
        ),
        "all-classes": (
            wrong.cam_all_classes,
            "Differentiate one score, that of `target`, not the sum of all.",
            FORUM,
        ),
        "gradient-summed": (
            wrong.cam_sum,
            "w_k is the mean of the gradient over positions: divide the sum by h·w.",
            PAPER,
        ),
        "not-averaged": (
            wrong.cam_pointwise,
            "Average the gradient over positions first: one weight for each map, then multiply.",
            PAPER,
        ),
        "mean-over-maps": (
            wrong.cam_mean_of_maps,
            "Sum the weighted maps over k; a mean divides by the number of maps once more.",
            CODE,
        ),
        "pointwise-mean": (
            wrong.cam_pointwise_mean,
            "One weight for each map, the mean of its gradient over positions; then the sum over maps, not "
            "their mean.",
            CODE,
        ),
        "weights-from-maps": (
            wrong.cam_weights_from_maps,
            "The weights are means of the gradient, not of the maps themselves: otherwise the class plays no "
            "part.",
            PAPER,
        ),
        "gradient-only": (
            wrong.cam_gradient_only,
            "The map is made of the layer's output A_k, weighted; the gradient gives only the weights.",
            CODE,
        ),
        "mean-over-channels": (
            wrong.cam_channel_means,
            "Average over positions i, j, axes 2 and 3, for each map on its own, and not over the maps.",
            CODE,
        ),
        "relu-before-the-sum": (
            wrong.cam_relu_each,
            "Sum first, then ReLU: maps that speak against the class must be able to cancel others.",
            PAPER,
        ),
        "rectified-maps": (
            wrong.cam_rectified_maps,
            "Take the layer's output as it is, negative values, too; ReLU is only applied to the sum.",
            CODE,
        ),
        "positive-gradients": (
            wrong.cam_positive_gradients,
            "Do not rectify the gradient: negative weights count. ReLU is only applied to the sum.",
            "Grad-CAM++ and guided variants",
        ),
        "normalised": (
            wrong.cam_normalised,
            "Return the map as it is: dividing by its maximum is for plotting.",
            CODE,
        ),
        "enlarged": (
            wrong.cam_enlarged,
            "Return the map at the layer's own size; upsample_cam enlarges it.",
            CODE,
        ),
        "input-of-the-layer": (
            wrong.cam_input_of_layer,
            "A is what the layer gives, not what it gets: use the hook's output.",
            CODE,
        ),
        "wrong-shape": (
            wrong.cam_keeps_axes,
            "The map of one image is (h, w): leave out the axes of length 1.",
            CODE,
        ),
        "mode-of-the-caller": (
            wrong.cam_current_mode,
            "Set eval mode: in train mode batch norms would use this one image's statistics, and remember them.",
            FORUM,
        ),
        "left-in-eval": (
            wrong.cam_leaves_eval,
            "Set the mode back: afterwards each module is in the mode in which you found it.",
            FORUM,
        ),
        "left-in-train": (
            wrong.cam_all_train,
            "Set the mode back for each module: what was in eval mode must not end in train mode.",
            FORUM,
        ),
        "hook-left": (
            wrong.cam_leaves_hook,
            "Remove your hook: it runs at every forward pass, and another is added with each call.",
            "PyTorch, register_forward_hook",
        ),
        "gradients-left": (
            wrong.cam_leaves_gradients,
            "backward() also fills .grad of all weights, and the next step follows it: use torch.autograd.grad, "
            "or clear them.",
            FORUM,
        ),
        "frozen-model": (
            wrong.cam_needs_weights,
            "In a frozen network nothing requires a gradient, so there is no graph: let a copy of x require "
            "one.",
            "PyTorch, autograd",
        ),
        "unfreezes": (
            wrong.cam_unfreezes,
            "Frozen weights must stay frozen: let a copy of x require a gradient instead of the weights.",
            FORUM,
        ),
    },
    "upsample_cam": {
        "nearest": (
            wrong.up_nearest,
            "Interpolate bilinearly: repeated values give blocks.",
            "PyTorch, interpolate: its default",
        ),
        "corners-aligned": (
            wrong.up_aligned,
            "With align_corners=False pixels are squares: 0, 4 becomes 0, 1, 3, 4.",
            "PyTorch, interpolate",
        ),
        "bicubic": (
            wrong.up_bicubic,
            "Bilinear, not bicubic: that one overshoots, also below 0.",
            CODE,
        ),
        "size-swapped": (
            wrong.up_swapped,
            "size is (height, width), as in shapes; only OpenCV and PIL give the width first.",
            FORUM,
        ),
        "normalised": (
            wrong.up_normalised,
            "Only enlarge: values are not scaled.",
            CODE,
        ),
        "axes-kept": (
            wrong.up_keeps_axes,
            "interpolate wants (1, 1, h, w); take the first two axes away again.",
            CODE,
        ),
        "one-axis-kept": (
            wrong.up_one_axis_kept,
            "The result has two axes, (H, W).",
            CODE,
        ),
        "float32": (
            wrong.up_float32,
            "Keep the dtype of the map.",
            CODE,
        ),
    },
}
