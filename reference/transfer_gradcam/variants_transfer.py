"""Freezing, heads and lists of parameters gone wrong; names and advice are in cards_transfer.py."""

import torch
from torch import nn

from . import solution as ref


def _until(model, until):
    """The children to be frozen."""
    names = [name for name, _ in model.named_children()]
    if until not in names:
        raise ValueError(f"no child {until}")
    return list(model.children())[: names.index(until) + 1]


def _keep_in_eval(child):
    child.eval()
    child.register_forward_pre_hook(lambda module, inputs: module.eval() and None)


def freeze_drifts(model, until):
    for child in _until(model, until):
        child.requires_grad_(False)
        child.eval()
    return model


def freeze_momentum(model, until):
    for child in _until(model, until):
        child.requires_grad_(False)
        for module in child.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 0.0
    return model


def freeze_without_statistics(model, until):
    for child in _until(model, until):
        child.requires_grad_(False)
        for module in child.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.track_running_stats = False
                module.register_forward_pre_hook(_batch_statistics)
    return model


def _batch_statistics(module, inputs):
    module.train()
    module.num_batches_tracked = None


def freeze_excludes(model, until):
    for child in _until(model, until)[:-1]:
        child.requires_grad_(False)
        _keep_in_eval(child)
    return model


def freeze_only_one(model, until):
    child = _until(model, until)[-1]
    child.requires_grad_(False)
    _keep_in_eval(child)
    return model


def freeze_one_too_many(model, until):
    for child in list(model.children())[: len(_until(model, until)) + 1]:
        child.requires_grad_(False)
        _keep_in_eval(child)
    return model


def freeze_everything(model, until):
    _until(model, until)
    model.requires_grad_(False)
    for child in model.children():
        _keep_in_eval(child)
    return model


def freeze_the_rest(model, until):
    frozen = _until(model, until)
    for child in model.children():
        if child not in frozen:
            child.requires_grad_(False)
            _keep_in_eval(child)
    return model


def freeze_modules(model, until):
    for child in _until(model, until):
        child.requires_grad = False
        _keep_in_eval(child)
    return model


def freeze_weights_only(model, until):
    for child in _until(model, until):
        for name, parameter in child.named_parameters():
            if name.endswith("weight"):
                parameter.requires_grad = False
        _keep_in_eval(child)
    return model


def freeze_convolutions_only(model, until):
    for child in _until(model, until):
        for module in child.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                module.requires_grad_(False)
        _keep_in_eval(child)
    return model


def freeze_all_norms(model, until):
    for child in _until(model, until):
        child.requires_grad_(False)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            _keep_in_eval(module)
    return model


def freeze_unknown(model, until):
    for name, child in model.named_children():
        child.requires_grad_(False)
        _keep_in_eval(child)
        if name == until:
            break
    return model


def _linear(model, which=-1):
    """Name and module of the last, or another, nn.Linear."""
    found = [(name, module) for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    return found[which]


def _put(model, name, module):
    parent, _, attribute = name.rpartition(".")
    setattr(model.get_submodule(parent), attribute, module)
    return model


def head_always_fc(model, k):
    _, old = _linear(model)
    model.fc = nn.Linear(old.in_features, k)
    return model


def head_first(model, k):
    name, old = _linear(model, 0)
    return _put(model, name, nn.Linear(old.in_features, k))


def head_outputs_as_inputs(model, k):
    name, old = _linear(model)
    return _put(model, name, nn.Linear(old.out_features, k))


def head_for_64(model, k):
    name, _ = _linear(model)
    return _put(model, name, nn.Linear(64, k))


def head_on_top(model, k):
    name, old = _linear(model)
    return _put(model, name, nn.Sequential(old, nn.Linear(old.out_features, k)))


def head_without_bias(model, k):
    name, old = _linear(model)
    return _put(model, name, nn.Linear(old.in_features, k, bias=False))


def head_softmax(model, k):
    name, old = _linear(model)
    return _put(model, name, nn.Sequential(nn.Linear(old.in_features, k), nn.Softmax(dim=1)))


def head_cut(model, k):
    name, old = _linear(model)
    new = nn.Linear(old.in_features, k)
    with torch.no_grad():
        count = min(k, old.out_features)
        new.weight[:count], new.bias[:count] = old.weight[:count], old.bias[:count]
    return _put(model, name, new)


def head_zero(model, k):
    ref.replace_head(model, k)
    _, new = _linear(model)
    nn.init.zeros_(new.weight)
    return model


def head_attribute_only(model, k):
    _linear(model)[1].out_features = k
    return model


def head_and_body(model, k):
    for module in model.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return ref.replace_head(model, k)


def head_frozen_too(model, k):
    ref.replace_head(model, k)
    _, new = _linear(model)
    new.requires_grad_(False)
    return model


def trainable_all(model):
    return list(model.parameters())


def trainable_weights(model):
    return [parameter for parameter in model.parameters() if parameter.requires_grad and parameter.ndim > 1]


def trainable_names(model):
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def trainable_frozen(model):
    return [parameter for parameter in model.parameters() if not parameter.requires_grad]


def trainable_head(model):
    return list(list(model.children())[-1].parameters())
