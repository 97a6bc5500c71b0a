"""Where the wrong variants leave their names and advice until misconceptions.py declares them in order."""

CARDS = []

LIKELY = "a likely slip, without a slide that prints it"
REAL = "real submission"


def wrong(name, *, advice, source):
    """Remember the decorated variant as `transposed_conv.<name>`; name: "<function>/<short name>"."""

    def keep(variant):
        CARDS.append((name, advice, source, variant))
        return variant

    return keep
