"""Where the wrong variants leave their names and advice until misconceptions.py declares them in order."""

CARDS = []

LIKELY = "a likely slip, without a slide that prints it"
SUBMITTED = "real submission"


def wrong(name, source, advice, accepted=False):
    """Remember the decorated variant as `activations_losses.<name>`; name: "<function>/<short name>"."""

    def keep(variant):
        CARDS.append((name, source, advice, accepted, variant))
        return variant

    return keep
