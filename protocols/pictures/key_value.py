"""The pictures that protocols choose from, each drawn from a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.classical.accuracies import accuracies_of
from hippokv.analysis.classical.memory import Memory
from hippokv.analysis.figures import accuracy as accuracy_figure
from hippokv.analysis.figures import attention as attention_figure
from hippokv.analysis.figures import consolidation as consolidation_figure
from hippokv.analysis.figures import curves as curves_figure
from hippokv.analysis.figures import dissociation as dissociation_figure
from hippokv.analysis.figures import freezing as freezing_figure
from hippokv.analysis.figures import gist as gist_figure
from hippokv.analysis.figures import groups as groups_figure
from hippokv.analysis.figures import list_length as list_length_figure
from hippokv.analysis.figures import location_errors as location_errors_figure
from hippokv.analysis.figures import reminder as reminder_figure
from hippokv.analysis.figures import selection as selection_figure
from hippokv.analysis.figures import spacing as spacing_figure
from hippokv.analysis.figures import strip as strip_figure
from hippokv.analysis.figures import testing as testing_figure
from hippokv.analysis.figures import two_values as two_values_figure
from hippokv.analysis.figures import weights as weights_figure
from hippokv.analysis.figures.curves import curve_of_groups
from hippokv.analysis.figures.report import Picture, drawn
from hippokv.analysis.figures.style import MEMORY_COLOURS, RATE, SPIKING
from hippokv.analysis.recall.groups import DELAY, FLASHBULB_DELAY, LIST, numbered
from hippokv.analysis.recall.scores import agreement, named

from ..parts.store_and_recall import INTACT, Recalled
from ..running.protocol import Result
from .spikes import spikes_picture

#: How the names of scores begin that are parts of the time frozen.
FREEZING = "freezing_"


def weights_picture(result: Result[Recalled]) -> Picture:
    """Draw key and value weights beside those of the rate model."""
    return drawn(
        "weights", weights_figure.CAPTION, weights_figure.weights_figure,
        result.found.readout, result.found.prediction,
    )  # fmt: skip


def selection_picture(result: Result[Recalled]) -> Picture:
    """Draw which slots took which items."""
    return drawn(
        "selection", selection_figure.CAPTION, selection_figure.selection_figure,
        result.found.readout, result.found.prediction,
    )  # fmt: skip


def attention_picture(result: Result[Recalled]) -> Picture:
    """Draw the attention over slots by spikes against that by the rate model."""
    sought = result.experiment.protocol.sought(result.experiment.schedule)
    return drawn(
        "attention", attention_figure.CAPTION, attention_figure.attention_figure,
        result.found.readout, result.found.prediction, result.found.items, sought,
    )  # fmt: skip


#: No classical memories beside the circuit.
ALONE: Mapping[str, Memory] = {}


def accuracy_picture(result: Result[Recalled], memories: Mapping[str, Memory] = ALONE) -> Picture:
    """Draw the accuracy of each item, where all recalls are of one kind.

    Parameters
    ----------
    memories
        Classical memories that are shown the same schedule, by name.
    """
    experiment = result.experiment
    found = accuracies_of(memories, experiment.schedule, experiment.settings.run.seed)
    return drawn(
        "accuracy", accuracy_figure.CAPTION, accuracy_figure.accuracy_figure,
        result.found.readout, result.found.prediction, result.found.items, result.found.uninformed,
        {name: float(np.mean(list(groups.values()))) for name, groups in found.items()},
    )  # fmt: skip


def groups_picture(result: Result[Recalled]) -> Picture:
    """Draw the accuracy of each kind of recall, and that of an intact control run above them."""
    found, controls, caption = result.found, {}, groups_figure.CAPTION
    if intact := found.intact:
        caption += f" The row {INTACT} is a run of its own, to which nothing was done: the control."
        true = intact.items.values[intact.items.query_item]
        controls = {INTACT: (agreement(intact.readout, true), agreement(intact.prediction, true))}
    return drawn(
        "groups", caption, groups_figure.groups_figure,
        found.readout, found.prediction, found.items, found.uninformed, controls,
    )  # fmt: skip


def two_values_picture(result: Result[Recalled], rivals: NDArray[np.int8], rival: str) -> Picture:
    """Draw how much of its own value and of a rival each kind of recall gives.

    Parameters
    ----------
    rivals
        The other value of each recall, shape (Q, m), or (1, m) for the same one in all.
    rival
        Words for it.
    """
    return drawn(
        "two_values", two_values_figure.CAPTION, two_values_figure.two_values_figure,
        result.found.readout, result.found.prediction, result.found.items, rivals, rival,
    )  # fmt: skip


def list_length_picture(result: Result[Recalled]) -> Picture:
    """Draw the recall of short and long lists after what came between."""
    found, predicted = (
        {group: (scores[f"accuracy_{group}"], float("nan")) for group in result.found.items.groups}
        for scores in (result.metrics, result.predicted_metrics)
    )
    return drawn(
        "list_length", list_length_figure.CAPTION, list_length_figure.list_length_figure,
        found, predicted,
    )  # fmt: skip


def freezing_picture(
    result: Result[Recalled], published: Mapping[str, float], ceiling: float
) -> Picture:
    """Draw freezing in each test.

    Parameters
    ----------
    published
        What is known of animals, by the name of the test.
    ceiling
        Freezing of an animal that knows shock alone.
    """
    found, predicted = (
        _freezing_of(scores) for scores in (result.metrics, result.predicted_metrics)
    )
    return drawn(
        "freezing", freezing_figure.CAPTION, freezing_figure.freezing_figure,
        found, predicted, published, ceiling,
    )  # fmt: skip


def _freezing_of(scores: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    return {
        name.removeprefix(FREEZING): (score, float("nan"))
        for name, score in scores.items()
        if name.startswith(FREEZING)
    }


def consolidation_picture(result: Result[Recalled]) -> Picture:
    """Draw recall with the hippocampus and without against the age of items."""
    found, predicted = (
        {group: (scores[f"accuracy_{group}"], float("nan")) for group in result.found.items.groups}
        for scores in (result.metrics, result.predicted_metrics)
    )
    return drawn(
        "consolidation", consolidation_figure.CAPTION, consolidation_figure.consolidation_figure,
        found, predicted,
    )  # fmt: skip


def gist_picture(result: Result[Recalled], prefix: str) -> Picture:
    """Draw what items of a category share and what is their own against age.

    Parameters
    ----------
    prefix
        How the names of these scores begin.
    """
    found, predicted = (
        {
            name.removeprefix(prefix): (score, float("nan"))
            for name, score in scores.items()
            if name.startswith(prefix)
        }
        for scores in (result.metrics, result.predicted_metrics)
    )
    return drawn("gist", gist_figure.CAPTION, gist_figure.gist_figure, found, predicted)


def reminder_picture(result: Result[Recalled]) -> Picture:
    """Draw freezing in a place and in a similar one, young, old, and after reminders."""
    return drawn(
        "reminder", reminder_figure.CAPTION, reminder_figure.reminder_figure,
        *(_freezing_of(scores) for scores in (result.metrics, result.predicted_metrics)),
    )  # fmt: skip


def spacing_picture(
    found: Mapping[float, Mapping[float, float]], predicted: Mapping[float, Mapping[float, float]]
) -> Picture:
    """Draw recall of the circuit and of the rate model, by delay and gap, against the gap."""
    surfaces = (
        {
            delay: {gap: (score, float("nan")) for gap, score in scores.items()}
            for delay, scores in surface.items()
        }
        for surface in (found, predicted)
    )
    return drawn("spacing", spacing_figure.CAPTION, spacing_figure.spacing_figure, *surfaces)


def testing_picture(
    found: Mapping[str, Mapping[float, float]], predicted: Mapping[str, Mapping[float, float]]
) -> Picture:
    """Draw recall of the circuit and of the rate model, by kind and delay, against the delay."""
    scores = (
        {
            kind: {delay: (score, float("nan")) for delay, score in delays.items()}
            for kind, delays in kinds.items()
        }
        for kinds in (found, predicted)
    )
    return drawn("testing", testing_figure.CAPTION, testing_figure.testing_figure, *scores)


def location_errors_picture(
    result: Result[Recalled], found: NDArray[np.float64], predicted: NDArray[np.float64]
) -> Picture:
    """Draw errors of location in each kind of recall, and the mixtures fitted to them.

    Parameters
    ----------
    found, predicted
        Errors of the recalls of the circuit and of the rate model in rad, shape (Q,).
    """
    items = result.found.items

    def by_group(errors: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        return {group: errors[items.asked(group)] for group in items.groups}

    return drawn(
        "location_errors",
        location_errors_figure.CAPTION,
        location_errors_figure.location_errors_figure,
        by_group(found), by_group(predicted),
    )  # fmt: skip


def dissociation_picture(result: Result[Recalled], states: Sequence[str]) -> Picture:
    """Draw content and match of stored and novel cues in each state of the circuit."""
    return drawn(
        "dissociation", dissociation_figure.CAPTION, dissociation_figure.dissociation_figure,
        result.found.readout, result.found.prediction, result.found.items, states,
    )  # fmt: skip


def strip_picture(result: Result[Recalled]) -> Picture:
    """Draw images as stored, as cued, as recalled and as predicted.

    Raises
    ------
    ValueError
        Where the stimuli are no images.
    """
    shape = result.experiment.stimuli.image_shape
    if shape is None:
        raise ValueError("the stimuli are no images")
    return drawn(
        "strip", strip_figure.CAPTION, strip_figure.strip_figure,
        result.found.readout, result.found.prediction, result.found.items, shape,
        result.experiment.stimuli.labels,
    )  # fmt: skip


def lists_picture(result: Result[Recalled], memories: Mapping[str, Memory] = ALONE) -> Picture:
    """Draw the accuracy of each list against its length; of a single list, that of each item.

    Parameters
    ----------
    memories
        Classical memories that are shown the same schedule, by name.
    """
    if len(numbered(LIST, result.found.items.groups)) < 2:
        return accuracy_picture(result, memories)
    return _curves_picture(result, memories, {"": LIST}, "lists", "items in the list")


def delays_picture(result: Result[Recalled], memories: Mapping[str, Memory]) -> Picture:
    """Draw the accuracy of regular and flashbulb items against the steps since storage.

    Parameters
    ----------
    memories
        Classical memories that are shown the same schedule, by name.
    """
    kinds = {"": DELAY, ", flashbulb": FLASHBULB_DELAY}
    return _curves_picture(result, memories, kinds, "delays", "steps since the item was stored")


def _curves_picture(
    result: Result[Recalled],
    memories: Mapping[str, Memory],
    kinds: Mapping[str, str],
    name: str,
    across: str,
) -> Picture:
    """Draw the accuracy of kinds of recalls, each a prefix of groups, against the number in it."""
    experiment = result.experiment
    seed = experiment.settings.run.seed
    scores = {
        ("circuit", SPIKING): result.metrics,
        ("rate model", RATE): result.predicted_metrics,
        **{
            (memory, MEMORY_COLOURS[memory]): named(found)
            for memory, found in accuracies_of(memories, experiment.schedule, seed).items()
        },
    }
    curves = [
        curve_of_groups(label + words, colour, found, prefix, special=bool(words))
        for (label, colour), found in scores.items()
        for words, prefix in kinds.items()
    ]
    return drawn(
        name, curves_figure.CAPTION, curves_figure.curves_figure,
        [curve for curve in curves if curve.positions], across,
    )  # fmt: skip


def lists_pictures(result: Result[Recalled], memories: Mapping[str, Memory]) -> list[Picture]:
    """Draw accuracy against length, the spikes, the attention and the weights."""
    return [
        lists_picture(result, memories),
        spikes_picture(result),
        attention_picture(result),
        weights_picture(result),
    ]
