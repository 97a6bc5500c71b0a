"""The misconceptions of A12 by name, each with its advice.

Callers come before what they call, and in each group the most frequent comes first. The names and their advice are
in the cards_*.py beside this file, the wrong code itself in the variants_*.py. S1 and S4 are the lectures of Cnam
(Thome) and Liège (Boudart); L3227 is line 3227 of the extracted text.
"""

from grader.checks import misconception

from . import cards_clip, cards_gru, cards_lstm, cards_rnn, cards_torch
from . import variants_charrnn as net
from . import variants_clip as clip
from . import variants_training as train

for group in (cards_rnn, cards_lstm, cards_gru, cards_clip, cards_torch):
    for function, cards in group.CARDS.items():
        for name, (wrong, advice, source) in cards.items():
            misconception(f"recurrent.{function}/{name}", advice=advice, source=source)(wrong)

misconception(
    "recurrent.clip_gradients/epsilon",
    advice="Dividing by norm + 1e-6, as torch does, leaves a norm slightly below max_norm; both are fine.",
    source="PyTorch, clip_grad_norm_",
    accepted=True,
)(clip.clip_with_epsilon)

misconception(
    "recurrent.train_step/cut-at-the-start",
    advice="Detaching the state when it comes in instead of when it goes out truncates in the same place.",
    source="a convention: both are seen in tutorials",
    accepted=True,
)(train.step_cuts_at_the_start)

misconception(
    "recurrent.CharRNN/detaches-itself",
    advice="If forward detaches the state that it returns, train_step need not; the way back ends in the same place.",
    source="a convention: both are seen in tutorials",
    accepted=True,
)(net.DetachesItself)
