"""The misconceptions of A10. The wrong code stands with its name and advice in the variants_ files.

Frequent ones come first within each function. S4 is the lecture of Liège (Boudart); L2842 is line 2842 of its
extracted text.
"""

from . import (  # noqa: F401
    variants_bilinear,
    variants_conv,
    variants_counts,
    variants_nearest,
    variants_padding,
    variants_unpool,
)
