"""Scores: how much of the values came back, by circuit and rate model in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

from .items import Items
from .readout import Readout

#: Largest inverse temperature, relative to the rate model, that is told apart from a sharper one.
SHARPEST = 5.0
#: Scores of all recalls together; ``accuracy_`` and any other word is the score of a group.
OVERALL_SCORES = ("accuracy", "accuracy_strict", "accuracy_hidden", "accuracy_strict_hidden")


def credit(decoded: NDArray[np.int8], true: NDArray[np.int8], tie: float) -> Array:
    """Return 1 for each entry decoded right, ``tie`` for a tie, 0 for one decoded wrong."""
    return np.where(decoded == 0, tie, (decoded == true).astype(float))


def accuracy(readout: Readout, items: Items) -> dict[str, float]:
    """Score a recall.

    Returns
    -------
    dict
        ``accuracy`` (fraction of value bits right, a tie counts one half, Tyulmankov et al. 2021,
        Eq 18), ``accuracy_strict`` (a tie is wrong), and both ``*_hidden`` for the bits that the
        cue did not give, where keys and values are the same patterns.
    """
    true = items.values[items.query_item]
    found = {
        "accuracy": credit(readout.decoded, true, 0.5),
        "accuracy_strict": credit(readout.decoded, true, 0.0),
    }
    scores = {name: _mean(value) for name, value in found.items()}
    hidden = hidden_entries(items)
    for name, value in found.items():
        scores[f"{name}_hidden"] = _mean(value[hidden])
    return scores


def accuracy_by_item(
    readout: Readout, items: Items, entries: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], Array]:
    """Score each item over all recalls that ask for it, a tie counting one half.

    Parameters
    ----------
    entries
        Which value entries of each recall to score, shape (Q, m).

    Returns
    -------
    tuple of ndarray
        Items with anything to score, and the fraction of their bits that is right, shape (items,).
    """
    right = credit(readout.decoded, items.values[items.query_item], 0.5)
    n_items = len(items.keys)
    total = np.bincount(items.query_item, (right * entries).sum(axis=1), n_items)
    count = np.bincount(items.query_item, entries.sum(axis=1), n_items)
    scored = np.flatnonzero(count)
    return scored, total[scored] / count[scored]


def agreement(readout: Readout, values: NDArray[np.int8]) -> Array:
    """Return the fraction of bits in which recalls agree with a value, a tie counting one half.

    Parameters
    ----------
    values
        Values to compare with, shape (Q, m), or (1, m) for the same one in every recall.

    Returns
    -------
    ndarray
        Shape (Q,).
    """
    shared: Array = credit(readout.decoded, values, 0.5).mean(axis=1)
    return shared


def group_accuracies(evidence: Array, items: Items) -> dict[str, float]:
    """Return the fraction of value bits right in each kind of recall, a tie counting one half.

    Every cue counts alike, however many recalls follow from it through the recurrent loop: the
    2021 paper replays a sequence from one place in each of its trials.

    Parameters
    ----------
    evidence
        Evidence for +1 against -1 of each value entry, shape (Q, m).
    """
    decoded = np.sign(evidence).astype(np.int8)
    right = credit(decoded, items.values[items.query_item], 0.5).mean(axis=1)
    replay = items.replay

    def of(asked: NDArray[np.bool_]) -> float:
        _, place, length = np.unique(replay[asked], return_inverse=True, return_counts=True)
        return _mean(np.bincount(place, right[asked]) / length)

    return {group: of(items.asked(group)) for group in items.groups}


def named(accuracies: Mapping[str, float]) -> dict[str, float]:
    """Return accuracies of groups by the names of scores: ``accuracy_GROUP``."""
    return {f"accuracy_{group}": score for group, score in accuracies.items()}


def accuracy_by_group(readout: Readout, items: Items) -> dict[str, float]:
    """Score each kind of recall: ``accuracy_GROUP``, a tie counting one half."""
    return named(group_accuracies(readout.evidence, items))


def engram_share(readout: Readout, items: Items, group: str) -> float:
    """Return the share of the hippocampal spikes that the slots of an item fire in its recalls.

    Parameters
    ----------
    group
        The kind of recall, all of one item.
    """
    asked = items.asked(group)
    slots = readout.plateaus[items.query_item[asked][0]]
    return _mean(readout.attention[asked][:, slots].sum(axis=1))


def inverse_temperature(attention: Array, predicted: Array, asked: NDArray[np.bool_]) -> float:
    r"""Return how sharp the competition is, relative to the softmax of the rate model.

    The factor *s* for which :math:`\mathrm{softmax}(s \ln p)` of the predicted shares *p* makes
    the shares of the circuit most likely; 1 where it is as sharp, 0 where all slots are alike, and
    ``SHARPEST`` where a single slot has all the attention. Not a number where no slot that the
    rate model lets compete has any, or it holds all of them equal.

    Parameters
    ----------
    attention
        Shares of the circuit, shape (Q, N).
    predicted
        Shares of the rate model, 0 for slots that cannot compete.
    asked
        Which recalls count, shape (Q,).
    """
    from scipy.optimize import minimize_scalar

    # Slots that are out of the race, such as silenced ones, have no logit.
    racing = predicted > 0
    shares = np.where(racing, attention, 0.0)
    asked = asked & (shares.sum(axis=1) > 0)
    racing, shares = racing[asked], shares[asked]
    logits = np.log(np.where(racing, predicted[asked], 1.0))
    best = np.where(racing, logits, -np.inf).max(axis=1, keepdims=True)
    # Behind the best slot, 0 for it: what the rate model has no opinion on cannot be sharper.
    behind = np.where(racing, logits - best, 0.0)
    if behind.min(initial=0.0) > -1e-9:
        return float("nan")

    def surprise(sharpness: float) -> float:
        scaled = sharpness * behind
        norm = np.log((racing * np.exp(scaled)).sum(axis=1))
        return float((shares.sum(axis=1) * norm - (shares * scaled).sum(axis=1)).mean())

    return float(minimize_scalar(surprise, bounds=(0.0, SHARPEST), method="bounded").x)


def hidden_entries(items: Items) -> NDArray[np.bool_]:
    """Return which value entries a cue did not give, shape (Q, m).

    All of them, unless every value is its own key.
    """
    if np.array_equal(items.keys, items.values):
        return np.equal(items.queries, 0)
    return np.ones((len(items.queries), items.values.shape[1]), dtype=bool)


def weight_errors(readout: Readout, items: Items) -> dict[str, float]:
    """Compare each slot's weights with the item that it took last.

    Returns
    -------
    dict
        ``key_error`` and ``value_error``, mean absolute error of the weights in 0 to 1 over the
        slots that took an item, and ``key_error_max``, ``value_error_max`` of the worst slot.
    """
    taken = readout.plateaus.any(axis=0)
    last = len(readout.plateaus) - 1 - readout.plateaus[::-1].argmax(axis=0)
    scores = {}
    for name, weights, true in (
        ("key", readout.keys, items.keys),
        ("value", readout.values, items.values),
    ):
        error = np.abs(weights[taken] - true[last[taken]]).mean(axis=1) / 2
        scores[f"{name}_error"] = _mean(error)
        scores[f"{name}_error_max"] = float(error.max()) if error.size else float("nan")
    return scores


def selection(readout: Readout) -> dict[str, float]:
    """Judge which slots took the items.

    Returns
    -------
    dict
        ``plateaus_per_item``, ``one_plateau`` (fraction of items with exactly one) and
        ``least_recent`` (fraction of items that went to the least recently used slot alone; in the
        first lap any unused slot counts).
    """
    plateaus = readout.plateaus
    n_items, n_slots = plateaus.shape
    last_use = np.full(n_slots, -1)
    in_order = 0
    for item, chosen in enumerate(plateaus):
        in_order += int(chosen.sum() == 1 and last_use[chosen].item() == last_use.min())
        last_use[chosen] = item
    per_item = plateaus.sum(axis=1)
    return {
        "plateaus_per_item": _mean(per_item),
        "one_plateau": _mean(per_item == 1),
        "least_recent": in_order / n_items if n_items else float("nan"),
    }


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if values.size else float("nan")
