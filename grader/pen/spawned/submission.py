"""The hand-in, under the name that `multiprocessing` pickles its functions and classes by.

A fork has the module already; a process that is spawned imports this one, which becomes the hand-in.
"""

import os
import sys

__file__ = os.environ["GRADER_HANDIN"]
sys.modules.setdefault(os.path.splitext(os.path.basename(__file__))[0], sys.modules[__name__])
with open(__file__, "rb") as _file:
    exec(compile(_file.read(), __file__, "exec"))
