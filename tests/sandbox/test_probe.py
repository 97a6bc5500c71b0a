"""The layers of the sandbox, as `grader doctor` shows them."""

from __future__ import annotations

import pytest

from grader.core.errors import SandboxError
from grader.sandbox import bwrap, launcher, packages, probe


def test_every_layer_but_the_cgroup_holds_here():
    """On a machine that can run these tests, each layer was seen to hold."""
    layers = {layer.name: layer for layer in probe.probe()}
    assert {name for name, layer in layers.items() if not layer.holds} <= {"cgroup"}
    assert layers["cgroup"].why == "not used: totals are watched by sampling"
    probe.require()


def test_without_bubblewrap_the_remedy_is_named(monkeypatch):
    """No bwrap: one layer that fails, and an error that says what to install."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    assert [layer.holds for layer in probe.probe()] == [False]
    with pytest.raises(SandboxError, match="apt install bubblewrap"):
        probe.require()


def test_a_bwrap_that_fails_is_quoted(monkeypatch, tmp_path):
    """What bubblewrap said reaches the user, with a remedy."""
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.stat().st_mode & 0o5 != 0o5 and folder.owner() != "root":
            pytest.skip("the temporary folder is closed to other users")
    monkeypatch.setattr(bwrap, "executable", lambda: str(fake))
    bwrap._help.cache_clear()
    with pytest.raises(SandboxError, match=r"no sandbox here: user namespaces.*"):
        probe.require()


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
