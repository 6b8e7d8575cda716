"""The paper's own model: the rate model at beta 1, whatever the circuit was calibrated to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hippokv.analysis.recall.rate_model import Lit
from hippokv.analysis.recall.readout import Readout
from hippokv.components import told

from .scores_alone import Score, scores_alone

#: Tyulmankov et al. 2021, Eq 4: of all cues, at every size.
BETA = 1.0
TOLD = (
    "paper: the same model at beta 1, without limits of inhibition (Tyulmankov et al. 2021, Eq 4)"
)


def paper_prediction(
    rate_model: Callable[..., Readout],
    lit: Lit,
    informed: Readout,
    predicted: Mapping[str, float],
    score: Score,
) -> tuple[dict[str, float], str]:
    """Predict a schedule by the paper's own model.

    Parameters
    ----------
    rate_model
        The rate model of the circuit on this schedule, which takes another temperature. It is told
        of the slots what the informed one is.
    lit
        What light does by the circuit's calibration. The paper has none: its logit is kept.
    informed, predicted, score
        As for :func:`.scores_alone.scores_alone`.

    Returns
    -------
    tuple
        The scores that need no other prediction, and what to say of them.
    """
    try:
        found = rate_model(
            beta=lambda n_given: BETA,
            lit=lambda n_given, light: (BETA, lit(n_given, light)[1]),
            answer=None,
        )
        return scores_alone(score, informed, predicted)(found), TOLD
    except Exception as error:
        # As for the uninformed prediction.
        return {}, f"the paper's model could not be scored ({told(error)})"
