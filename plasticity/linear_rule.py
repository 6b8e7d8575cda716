"""The linear rule: pre-times-post plasticity whose dozen numbers can be learned."""

from __future__ import annotations

from dataclasses import dataclass

#: Largest weight onto a value cell, either sign, while a rule is learned (authors' code: 1).
VALUE_BOUND = 1.0


@dataclass(frozen=True)
class LinearRule:
    r"""Hold the numbers of a rule that interpolates between Hebbian and one-sided plasticity.

    Firing rates before and behind a synapse are transformed linearly before they are multiplied
    (Tyulmankov et al. 2021, Eq 12 to 16):

    .. math::

        f(x)    &= a x + b                                                               &(14)\\
        K_{t+1} &= (1-q_t\gamma_t\eta^K)\odot K_t
                   + q_t\gamma_t\eta^K\odot g^K(h_t)\,f^K(x_t)^\top                      &(12, 15)\\
        V_{t+1} &= \lambda_t V_t + q_t\eta^V g^V(y_t)\,f^V(h_t')^\top,
        \quad \lambda_t = (1-q_t) + q_t\lambda                                           &(13, 16)

    with :math:`q_t` the global and :math:`\gamma_t` the local third factor. The values have no
    access to the local one: they forget passively, by :math:`\lambda` at each item stored.

    The defaults are the simplified rule of the paper's section 2 (:math:`f^K(x)=x`, :math:`g^K=1`,
    Hebbian values) with the passive decay that the authors' code starts from.
    """

    key_rate: float = 1.0
    key_pre_slope: float = 1.0
    key_pre_offset: float = 0.0
    key_post_slope: float = 0.0
    key_post_offset: float = 1.0
    value_rate: float = 1.0
    value_pre_slope: float = 1.0
    value_pre_offset: float = 0.0
    value_post_slope: float = 1.0
    value_post_offset: float = 0.0
    value_decay: float = 0.95
