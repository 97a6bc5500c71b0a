"""How the variants_ files declare a misconception of A10: name, advice and source."""

from grader.checks import misconception

LIKELY = "a likely slip, without a slide that prints it"
REAL = "real submission"


def wrong(name, *, advice, source):
    """Declare the decorated variant as `transposed_conv.<name>`; name: "<function>/<short name>"."""
    return misconception(f"transposed_conv.{name}", advice=advice, source=source)
