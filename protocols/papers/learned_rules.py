"""Tyulmankov et al. 2021, Fig 3: the rule that learning finds, in rates and in spikes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from hippokv.analysis.classical.accuracies import accuracies_of
from hippokv.analysis.classical.slot_network import SlotNetwork
from hippokv.analysis.figures import style
from hippokv.analysis.figures.paper_panels import accuracy_axes, add_key, capacity_axes, draw_model
from hippokv.analysis.learning.meta_learning import learned, learned_rule
from hippokv.analysis.recall.capacity import capacity_of_samples
from hippokv.analysis.recall.groups import LIST
from hippokv.plasticity.linear_rule import VALUE_BOUND

from ..running.experiment import prepare
from .learned_plasticity import circuit_settings
from .paper_figure import (
    ON_SLOT_MEMORY,
    SLOT_CHOICES,
    SPIKING_MODEL,
    Condition,
    PaperFigure,
    Points,
    of_size,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

LEARNED, SIMPLE = "learned", "simplified"
LENGTHS = "5, 10, 20, 30, 40, 50, 60, 80"
#: Sizes of Fig 3b with a circuit, and how many seeds are enough there.
SEEDS_AT = {20: 20, 40: 10, 80: 5}
AROUND = {
    "sequential": "0.75N, N, 1.05N, 1.1N",
    "random": "0.05N, 0.1N, 0.15N, 0.2N, 0.25N",
}
#: What the learning of rules calls a choice of slots.
LEARNED_FOR: Mapping[str, Literal["least_recent", "random"]] = {
    "sequential": "least_recent",
    "random": "random",
}
#: Sizes of the rate model's lines, lists at each length, and their seed.
SIZES, TRIALS, FIRST_SEED = (20, 40, 80, 160), 20, 1000
#: Numbers of the rule in Fig 3d: the functions before and behind the synapse, of keys and values.
FUNCTIONS = {
    "key": {"f^K": "key_pre", "g^K": "key_post"},
    "value": {"f^V": "value_pre", "g^V": "value_post"},
}


def conditions() -> Sequence[Condition]:
    """Return lists in circuits with the learned rules, beside the rules in the rate model."""
    found = []
    for name, selection in SLOT_CHOICES.items():
        rule = learned_rule(LEARNED_FOR[name])
        settings: dict[str, Any] = {"circuit.selection": selection, **circuit_settings(rule)}
        beside = {LEARNED: _model(name, rule=rule), SIMPLE: _model(name)}
        lists = {**settings, "protocol.lengths": LENGTHS}
        found.append(Condition(f"lists-{name}", "capacity", lists, beside))
        for size, seeds in SEEDS_AT.items():
            around = {**settings, **of_size(size), "protocol.lengths": AROUND[name]}
            around["circuit.beta"] = _temperature(size, settings["circuit.beta"])
            found.append(Condition(f"size-{name}-{size}", "capacity", around, {}, seeds))
    return found


def _model(selection: str, n_slots: int = 40, rule: Any = None, p: float = 0.1) -> SlotNetwork:
    chosen: Any = selection
    return SlotNetwork(n_slots, chosen, p, rule=rule, value_bound=VALUE_BOUND)


def _temperature(size: int, beta: float) -> float:
    """Return the circuit's setting for the softmax of the rule, whose keys have no size."""
    # The circuit's beta is stated for 40 inputs; the rule was learned there and used as it is.
    return beta * size / 40


def rate_capacities(name: str, four_slots: bool = False) -> dict[int, float]:
    """Return the capacity of the rate model with the learned rule, by size.

    Parameters
    ----------
    name
        Slot choice.
    four_slots
        Whether random slots have p = 4/N in place of 0.1.
    """
    rule = learned_rule(LEARNED_FOR[name])
    found = {}
    for size in SIZES:
        memory = _model(name, size, rule, 4 / size if four_slots else 0.1)
        curve: dict[int, list[float]] = {}
        for seed in range(FIRST_SEED, FIRST_SEED + TRIALS):
            settings = {
                **ON_SLOT_MEMORY,
                **of_size(size),
                "protocol.lengths": AROUND[name],
                "run.seed": seed,
            }
            schedule = prepare("capacity", settings).schedule
            recalled = accuracies_of({LEARNED: memory}, schedule, seed)[LEARNED]
            for group, score in recalled.items():
                curve.setdefault(int(group.removeprefix(LIST)), []).append(score)
        found[size] = capacity_of_samples(curve)
    return found


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw what the learned rules recall, their capacity, and the course of learning."""
    lists = style.add_panel(figure, 0.62, 0.3, 3.0, 2.2, "a   recall with the learned rule")
    for name in SLOT_CHOICES:
        found, colour = points[f"lists-{name}"], style.SELECTION_COLOURS[name]
        found.draw(lists, LIST, colour, LEARNED)
        draw_model(lists, found.curve(SIMPLE, LIST), colour, ":")
    accuracy_axes(lists, "items stored, T")
    _draw_capacities(style.add_panel(figure, 4.35, 0.3, 2.65, 2.2, "b   capacity at 98 %"), points)
    _draw_course(style.add_panel(figure, 0.62, 3.3, 1.75, 2.0, "c   learning"))
    for left, letter, (what, functions) in zip(
        (3.05, 5.25), ("d   ", ""), FUNCTIONS.items(), strict=True
    ):
        title = f"{letter}{what} rule, sequential"
        _draw_numbers(style.add_panel(figure, left, 3.3, 1.75, 2.0, title), functions)
    names = {
        "sequential": (style.SELECTION_COLOURS["sequential"], "-"),
        "random, p = 0.1": (style.SELECTION_COLOURS["random"], "-"),
        "random, p = 4/N": (style.SELECTION_COLOURS["random"], "--"),
        "simplified rule": ("#333333", ":"),
    }
    numbers = {
        "before the synapse (f)": (BEFORE, "-"),
        "behind it (g)": (BEHIND, "-"),
        "slope": ("#333333", "-"),
        "offset": ("#333333", "--"),
    }
    add_key(figure, 5.98, names, numbers)


BEFORE, BEHIND = "#0072b2", "#aa4499"


def _draw_capacities(where: Axes, points: Mapping[str, Points]) -> None:
    for name in SLOT_CHOICES:
        colour = style.SELECTION_COLOURS[name]
        rate = rate_capacities(name)
        where.plot(list(rate), list(rate.values()), color=colour, linewidth=1.2)
        circuit = {
            size: capacity_of_samples(points[f"size-{name}-{size}"].curve(SPIKING_MODEL, LIST))
            for size in SEEDS_AT
        }
        where.plot(list(circuit), list(circuit.values()), "o", color=colour, markersize=4)
    four = rate_capacities("random", four_slots=True)
    where.plot(list(four), list(four.values()), "--", color=style.SELECTION_COLOURS["random"])
    capacity_axes(where, SIZES)


def _draw_course(where: Axes) -> None:
    for name, selection in LEARNED_FOR.items():
        course = learned(selection).trajectory
        where.plot(course.step, course.accuracy, color=style.SELECTION_COLOURS[name], linewidth=1.2)
        where.plot(
            course.step, course.loss, ":", color=style.SELECTION_COLOURS[name], linewidth=1.2
        )
    where.annotate("accuracy", xy=(0.97, 0.84), xycoords="axes fraction", ha="right", fontsize=8)
    where.annotate(
        "loss (dotted)", xy=(0.97, 0.30), xycoords="axes fraction", ha="right", fontsize=8
    )
    where.set_xlabel("steps of learning")
    where.set_ylabel("accuracy, squared error")
    where.set_ylim(0, 1.02)


def _draw_numbers(where: Axes, functions: Mapping[str, str]) -> None:
    course = learned("least_recent").trajectory
    for colour, prefix in zip((BEFORE, BEHIND), functions.values(), strict=True):
        where.plot(course.step, course.numbers[f"{prefix}_slope"], color=colour, linewidth=1.2)
        where.plot(
            course.step, course.numbers[f"{prefix}_offset"], "--", color=colour, linewidth=1.2
        )
    where.axhline(0, color=style.REFERENCE, linewidth=0.6)
    where.set_xlabel("steps of learning")


FIGURE = PaperFigure(
    name="tyulmankov-3",
    summary="the plasticity rule that learning finds (Fig 3)",
    caption=(
        "a: recall with the learned rules, in the slot memory (points) and in the rate model (full "
        "lines), and with the simplified rule (dotted). b: capacity. The rules were learned at "
        "N = 40. c: course of learning, lists of 20 to 80 items. d: slopes and offsets of the "
        "functions of the rates before and behind a synapse. The key rule becomes independent of "
        "the postsynaptic rate (its slope goes to 0), the value rule Hebbian (its offsets do)."
    ),
    conditions=conditions,
    height_in=6.75,
    draw=draw,
)
