"""Each peer in a virtual environment of its own, at the version that docs/peers.md reports."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import meter


@dataclass(frozen=True, slots=True)
class Peer:
    """A grader of others. folder: its virtual environment; home: a folder that it may write its settings to."""

    requirement: str
    folder: Path
    home: Path

    def run(self, where: Path, program: str, *arguments: str) -> meter.Used:
        """Run one of its programs from the folder `where`, measured."""
        programs = self.folder / "bin"
        activated = [
            f"HOME={self.home}",
            f"PATH={programs}{os.pathsep}{os.environ['PATH']}",
        ]  # nbgrader calls alembic
        return meter.run(["env", "-C", str(where), *activated, str(programs / program), *arguments])


def installed(requirement: str, cache: Path, home: Path) -> Peer:
    """The peer, installed by pip at first use, with the numpy of this environment. Exits if pip fails."""
    folder = cache / requirement.replace("==", "-")
    if not (folder / "complete").exists():
        print(f"installing {requirement} into {folder}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        packages = [requirement, "ipykernel", f"numpy=={np.__version__}"]
        done = subprocess.run([folder / "bin" / "pip", "install", "--quiet", *packages], check=False)
        if done.returncode:
            sys.exit(f"bench.peers: pip could not install {requirement}; what it printed is above")
        (folder / "complete").touch()
    return Peer(requirement, folder, home)
