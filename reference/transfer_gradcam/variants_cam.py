"""Heat maps gone wrong; names and advice are in cards_cam.py."""

import torch
import torch.nn.functional as F

from . import solution as ref


def _seen(model, x, layer, take=lambda scores, target: scores[0, target], target=0, inputs_of_layer=False, mode=False):
    """(gradient, output) of a layer, both (1, K, h, w); in eval mode, unless `mode` asks for train mode."""
    modes, kept = {module: module.training for module in model.modules()}, []

    def keep(module, inputs, output):
        kept.append(inputs[0] if inputs_of_layer else output)

    hook = model.get_submodule(layer).register_forward_hook(keep)
    if mode is not None:
        model.train(mode)
    scores = model(x.detach().clone().requires_grad_())
    hook.remove()
    for module, was in modes.items():
        module.training = was
    (gradient,) = torch.autograd.grad(take(scores, target), kept[0])
    return gradient, kept[0].detach()


def _map(gradient, A, rectify=F.relu):
    return rectify((gradient.mean(dim=(2, 3), keepdim=True) * A).sum(dim=1))[0]


def cam_signed(model, x, layer, target):
    return _map(*_seen(model, x, layer, target=target), rectify=lambda u: u)


def cam_absolute(model, x, layer, target):
    return _map(*_seen(model, x, layer, target=target), rectify=torch.abs)


def cam_softmax(model, x, layer, target):
    return _map(*_seen(model, x, layer, lambda s, t: s.softmax(dim=1)[0, t], target))


def cam_log_softmax(model, x, layer, target):
    return _map(*_seen(model, x, layer, lambda s, t: s.log_softmax(dim=1)[0, t], target))


def cam_loss(model, x, layer, target):
    return _map(*_seen(model, x, layer, lambda s, t: F.cross_entropy(s, torch.tensor([t])), target))


def cam_best_class(model, x, layer, target):
    return _map(*_seen(model, x, layer, lambda s, t: s.max(), target))


def cam_all_classes(model, x, layer, target):
    return _map(*_seen(model, x, layer, lambda s, t: s.sum(), target))


def cam_sum(model, x, layer, target):
    gradient, A = _seen(model, x, layer, target=target)
    return F.relu((gradient.sum(dim=(2, 3), keepdim=True) * A).sum(dim=1))[0]


def cam_pointwise(model, x, layer, target):
    gradient, A = _seen(model, x, layer, target=target)
    return F.relu((gradient * A).sum(dim=1))[0]


def cam_pointwise_mean(model, x, layer, target):
    gradient, A = _seen(model, x, layer, target=target)
    return F.relu((gradient * A).mean(dim=1))[0]


def cam_mean_of_maps(model, x, layer, target):
    gradient, A = _seen(model, x, layer, target=target)
    return F.relu((gradient.mean(dim=(2, 3), keepdim=True) * A).mean(dim=1))[0]


def cam_weights_from_maps(model, x, layer, target):
    _, A = _seen(model, x, layer, target=target)
    return _map(A, A)


def cam_gradient_only(model, x, layer, target):
    gradient, _ = _seen(model, x, layer, target=target)
    return F.relu(gradient.mean(dim=1))[0]


def cam_channel_means(model, x, layer, target):
    gradient, A = _seen(model, x, layer, target=target)
    return F.relu((gradient.mean(dim=1, keepdim=True) * A).sum(dim=1))[0]


def cam_relu_each(model, x, layer, target):
    gradient, A = _seen(model, x, layer, target=target)
    return F.relu(gradient.mean(dim=(2, 3), keepdim=True) * A).sum(dim=1)[0]


def cam_rectified_maps(model, x, layer, target):
    gradient, A = _seen(model, x, layer, target=target)
    return _map(gradient, F.relu(A))


def cam_positive_gradients(model, x, layer, target):
    gradient, A = _seen(model, x, layer, target=target)
    return _map(F.relu(gradient), A)


def cam_normalised(model, x, layer, target):
    cam = ref.grad_cam(model, x, layer, target)
    return cam / cam.max().clamp_min(1e-12)


def cam_enlarged(model, x, layer, target):
    return ref.upsample_cam(ref.grad_cam(model, x, layer, target), tuple(x.shape[2:]))


def cam_input_of_layer(model, x, layer, target):
    return _map(*_seen(model, x, layer, target=target, inputs_of_layer=True))


def cam_keeps_axes(model, x, layer, target):
    return ref.grad_cam(model, x, layer, target)[None, None]


def cam_current_mode(model, x, layer, target):
    return _map(*_seen(model, x, layer, target=target, mode=None))


def cam_leaves_eval(model, x, layer, target):
    cam = ref.grad_cam(model, x, layer, target)
    model.eval()
    return cam


def cam_all_train(model, x, layer, target):
    cam = ref.grad_cam(model, x, layer, target)
    model.train()
    return cam


def cam_leaves_hook(model, x, layer, target):
    cam = ref.grad_cam(model, x, layer, target)
    model.get_submodule(layer).register_forward_hook(lambda module, inputs, output: None)
    return cam


def cam_leaves_gradients(model, x, layer, target):
    cam, modes = ref.grad_cam(model, x, layer, target), {module: module.training for module in model.modules()}
    model.eval()
    model(x.detach().clone().requires_grad_())[0, target].backward()
    for module, mode in modes.items():
        module.training = mode
    return cam


def cam_needs_weights(model, x, layer, target):
    modes, kept = {module: module.training for module in model.modules()}, []
    hook = model.get_submodule(layer).register_forward_hook(lambda module, inputs, output: kept.append(output))
    model.eval()
    scores = model(x.detach())
    hook.remove()
    for module, mode in modes.items():
        module.training = mode
    (gradient,) = torch.autograd.grad(scores[0, target], kept[0])
    return _map(gradient, kept[0].detach())


def cam_unfreezes(model, x, layer, target):
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    return ref.grad_cam(model, x, layer, target)


def _resized(cam, size, **how):
    return F.interpolate(cam[None, None], size=size, **how)[0, 0]


def up_nearest(cam, size):
    return _resized(cam, size, mode="nearest")


def up_aligned(cam, size):
    return _resized(cam, size, mode="bilinear", align_corners=True)


def up_bicubic(cam, size):
    return _resized(cam, size, mode="bicubic", align_corners=False)


def up_swapped(cam, size):
    return ref.upsample_cam(cam, (size[1], size[0]))


def up_normalised(cam, size):
    large = ref.upsample_cam(cam, size)
    return large / large.max()


def up_keeps_axes(cam, size):
    return ref.upsample_cam(cam, size)[None, None]


def up_one_axis_kept(cam, size):
    return ref.upsample_cam(cam, size)[None]


def up_float32(cam, size):
    return ref.upsample_cam(cam.float(), size)
