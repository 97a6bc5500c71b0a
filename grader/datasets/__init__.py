"""Image sets by name. Labels of hidden images never cross the pipe."""

from grader.datasets.digits import digits8x8

__all__ = ["digits8x8"]
