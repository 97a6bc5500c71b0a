"""The misconceptions of A13. Callers come before what they call, and in each group the most frequent comes first.

S4 is the lecture of Liège (Boudart); L2696 is line 2696 of the extracted text. "Vaswani" is Vaswani et al. 2017.
"""

from . import (  # noqa: F401
    variants_block,
    variants_generate,
    variants_heads,
    variants_norm,
    variants_positions,
    variants_scores,
    variants_scores_masked,
)
