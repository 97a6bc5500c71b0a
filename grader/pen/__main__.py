"""Entry of the stand-alone folder: ``python <this folder> zygote …`` or ``python -I <this folder> plain …``.

The folder may have any name, so the package is registered as `_grader_pen` from its own place, and the
folder itself is taken off `sys.path`: no module of it can be imported by accident under its bare name.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

PACKAGE = "_grader_pen"


def _register(folder: str) -> None:
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} is not the pen's folder")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


def _main() -> None:
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]
    _register(folder)
    if len(sys.argv) < 2 or sys.argv[1] not in ("zygote", "plain"):
        sys.exit("usage: python -I <pen folder> zygote|plain ...")
    importlib.import_module(f"{PACKAGE}.{sys.argv[1]}").main(sys.argv[2:])


if __name__ == "__main__":
    _main()
