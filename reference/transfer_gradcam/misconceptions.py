"""The misconceptions of A11 by name, each with its advice.

Callers come before what they call, and in each group the most frequent comes first. The names and their advice are
in the cards_*.py beside this file, the wrong code itself in the variants_*.py. S4 is the lecture of Liège (Boudart);
L2944 is line 2944 of the extracted text.
"""

from grader.checks import misconception

from . import cards_augment, cards_cam, cards_transfer

for group in (cards_transfer, cards_cam, cards_augment):
    for function, cards in group.CARDS.items():
        for name, (wrong, advice, source) in cards.items():
            misconception(f"transfer_gradcam.{function}/{name}", advice=advice, source=source)(wrong)
