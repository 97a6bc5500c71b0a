"""The facts of `lenet` that exam questions use, against the networks of the reference and torch."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch import nn

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "reference" / "lenet"
QUESTION = ROOT / "question_bank" / "lenet" / "lenet-which-line-crashes.md.j2"


def load(name):
    """reference/lenet/<name>.py as a module."""
    spec = importlib.util.spec_from_file_location(f"lenet_facts_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


facts, ref = load("facts"), load("solution")
SEEN = [len(maps) for maps in ref.C3_SEES]


def features(n):
    """The convolutional part of Net as a list of layers, and the shape after each for one n×n image."""
    net, x, shapes = ref.Net(), torch.zeros(1, 3, n, n), []
    for layer in (net.conv1, net.pool, net.conv2, net.pool, nn.Flatten()):
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    return shapes


@pytest.mark.parametrize("n", range(16, 70, 3))
def test_net_shapes_are_those_of_torch(n):
    """Every layer's shape, for images of many sizes."""
    assert list(facts.net_shapes(n).values()) == [(3, n, n), *features(n)]


def test_net_shapes_refuse_an_image_that_is_too_small():
    """15 pixels leave nothing: 15 → 11 → 5 → 1 → 0."""
    with pytest.raises(ValueError, match="too small"):
        facts.net_shapes(15)


def test_net_params_are_those_of_the_reference():
    """Layer by layer, and 62 006 in total."""
    counted = {
        name: sum(p.numel() for p in layer.parameters())
        for name, layer in ref.Net().named_children()
        if name != "pool"
    }
    assert facts.net_params() == counted
    assert facts.net_total() == 62006


def test_net_total_with_another_head_and_size():
    """Another width of fc1, or other images, change fc1 and fc2 as in torch; the slide's 128 units give 65 886."""
    assert facts.net_total(128) == 65886
    for width, n in ((100, 32), (128, 48), (84, 41)):
        net = ref.Net()
        net.fc1 = nn.Linear(features(n)[-1][0], width)
        net.fc2 = nn.Linear(width, 84)
        assert facts.net_total(width, n) == sum(p.numel() for p in net.parameters())
        net(torch.zeros(1, 3, n, n))


def test_counts_of_1998_are_those_of_the_numpy_network():
    """C3 by its table, S2 and S4 by their maps: as many numbers as the reference trains."""
    params = ref.LeNet5Numpy({}).init(0)
    trained = {
        name: np.count_nonzero(params[f"{name}.w"]) + params[f"{name}.b"].size for name in ("S2", "C3", "S4")
    }
    assert facts.sparse_params(SEEN) == trained["C3"] == 1516
    assert facts.subsample_params(6) == trained["S2"] == 12
    assert facts.subsample_params(16) == trained["S4"] == 32
    assert facts.sparse_params([6] * 16) == sum(p.numel() for p in nn.Conv2d(6, 16, 5).parameters())


@pytest.mark.parametrize("first", [(400, 120), (400, 128), (256, 120), (1600, 120)])
@pytest.mark.parametrize("second", [(120, 84), (128, 84)])
def test_clash_says_when_torch_refuses(first, second):
    """A clash exactly if the two layers raise on 400 numbers."""
    net = nn.Sequential(nn.Linear(*first), nn.Linear(*second))
    try:
        net(torch.zeros(2, 400))
        refused = False
    except RuntimeError:
        refused = True
    assert (facts.clash(400, first, second) is not None) == refused


def statements():
    """(line of code, does the question say that it crashes?) for all choices of the question's parameters."""
    head, stem = QUESTION.read_text(encoding="utf-8").split("\n---\n", 1)
    fields = yaml.safe_load(head.removeprefix("---"))
    listing = stem.split("```python\n")[1].split("```")[0]
    for kind in ("right", "wrong"):
        for one in fields[kind]:
            line = one["text"].strip("`")
            name = next((name for name in fields["params"] if f"<< {name} >>" in line), None)
            for value in fields["params"].get(name, [None]):
                yield listing, line.replace(f"<< {name} >>", str(value)), kind == "right"


def replaced(listing, new):
    """The listing with `new` in place of the one line that it stands for: same target, same layer."""
    rows = listing.split("\n")
    if " = " in new and new.startswith("self."):
        places = [i for i, row in enumerate(rows) if row.strip().startswith(new.split(" = ")[0] + " = ")]
    else:
        calls = {"self.conv1(", "self.conv2(", "self.fc1(", "self.fc3(", "torch.flatten("}
        call = next(call for call in sorted(calls) if call in new)
        places = [i for i, row in enumerate(rows) if call in row]
    assert len(places) == 1, new
    indent = len(rows[places[0]]) - len(rows[places[0]].lstrip())
    rows[places[0]] = " " * indent + new
    return "\n".join(rows)


@pytest.mark.parametrize(("listing", "line", "crashes"), list(statements()))
def test_the_question_which_line_crashes_tells_the_truth(listing, line, crashes):
    """Each replacement of the bank's question is made, and the network run on four 32×32 colour images."""
    names = {"nn": nn, "torch": torch, "F": torch.nn.functional}
    exec(replaced(listing, line), names)
    net, x = names["Net"](), torch.zeros(4, 3, 32, 32)
    if crashes:
        with pytest.raises(RuntimeError):
            net(x)
    else:
        assert net(x).shape[0] == 4
