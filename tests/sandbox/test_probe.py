"""The layers of the sandbox, as `grader doctor` shows them."""

from __future__ import annotations

import pytest

from grader.core.errors import SandboxError
from grader.sandbox import bwrap, launcher, packages, probe


def test_every_layer_but_the_cgroup_holds_here():
    """On a machine that can run these tests, each layer was seen to hold."""
    layers = {layer.name: layer for layer in probe.probe()}
    assert {name for name, layer in layers.items() if not layer.holds} <= {"cgroup"}
    assert ("below" if layers["cgroup"].holds else "totals are sampled") in layers["cgroup"].why
    assert probe.can_grade(list(layers.values()))
    probe.require()


def test_without_bubblewrap_the_remedy_is_named(monkeypatch):
    """No bwrap: one layer that fails, and an error that says what to install."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    assert [layer.holds for layer in probe.probe()] == [False]
    assert not probe.can_grade(probe.probe())
    with pytest.raises(SandboxError, match="apt install bubblewrap"):
        probe.require()


def test_a_bwrap_that_fails_has_a_remedy(monkeypatch):
    """A bubblewrap that ends at once makes a layer that does not hold, with a remedy."""
    monkeypatch.setattr(bwrap, "executable", lambda: "/usr/bin/false")
    with pytest.raises(
        SandboxError, match="no sandbox here: user namespaces: the sandbox ended at the start"
    ):
        probe.require()


def test_apparmor_is_recognised(monkeypatch, tmp_path):
    """Where AppArmor restricts user namespaces, the profile that mends it is printed."""
    switch = tmp_path / "switch"
    switch.write_text("1\n")
    monkeypatch.setattr(probe, "_APPARMOR", str(switch))
    assert "profile bwrap /usr/bin/bwrap" in probe._mend("setting up uid map: Permission denied")


def test_the_closure_follows_requirements_without_extras():
    """torch brings sympy's mpmath, but nothing that only an extra or a test needs."""
    names = {place.name for place in packages.allow_list(["torch"]).places}
    assert {"numpy", "torch", "sympy", "mpmath", "typing_extensions.py"} <= names
    assert not {"pytest", "scipy", "pip", "click", "msgspec"} & names
    assert packages.allow_list(["torch"]).modules == ("numpy", "torch")


def test_numpy_alone_is_small():
    """A numpy assignment sees numpy and its libraries only."""
    names = {place.name for place in packages.allow_list([]).places}
    assert all(name.startswith("numpy") for name in names)


def test_the_unused_user_is_unused():
    """The id has no process and no name, lies in the mapped range, and differs between two pens."""
    first, second = (launcher.unused_user(range(0, 65_536), salt) for salt in (7, 8))
    assert 20_000 <= first < second < 65_536
    with pytest.raises(SystemExit):
        launcher.unused_user(range(0, 10), 1)
