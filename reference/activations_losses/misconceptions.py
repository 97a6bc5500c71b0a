"""The misconceptions of A3. The wrong code stands with its name and advice in the variants_ files.

Frequent ones come first within each function. S1, S2 and S4 are the lectures of Cnam (Thome), IDRIS and Liège
(Boudart); L1246 is line 1246 of the extracted text.
"""

from . import variants_activations, variants_classification, variants_maxout, variants_regression  # noqa: F401
