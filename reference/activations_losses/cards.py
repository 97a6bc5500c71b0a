"""How the variants_ files declare a misconception of A3: name, source and advice in one line."""

from grader.checks import misconception

LIKELY = "a likely slip, without a slide that prints it"
SUBMITTED = "real submission"


def wrong(name, source, advice, accepted=False):
    """Declare the decorated variant as `activations_losses.<name>`; name: "<function>/<short name>"."""
    return misconception(f"activations_losses.{name}", advice=advice, source=source, accepted=accepted)
