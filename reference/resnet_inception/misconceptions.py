"""Wrong variants of the assignment, most frequent first; those of each module or function stand in a file of their own.

S2 and S3 are the two lectures of IDRIS (CNRS), S4 that of Liège (Boudart); L480 is line 480 of the extracted text.
"""

from . import variants_block, variants_counts, variants_inception, variants_layers, variants_norms

__all__ = ["variants_block", "variants_counts", "variants_inception", "variants_layers", "variants_norms"]
