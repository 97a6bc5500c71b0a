"""The misconceptions of A8: wrong variants of the reference, in six files, callers before what they call.

In each file the most frequent of a function comes first. S0, S3 and S4 are the lectures of INSA Lyon (Marza), IDRIS and
Liège (Boudart); L251 is line 251 of the extracted text.
"""

from . import variants_fit, variants_predict, variants_training  # noqa: F401, I001  (callers first)
from . import variants_loaders, variants_images, variants_network  # noqa: F401
