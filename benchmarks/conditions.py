"""The same parameters at other sizes, stimuli and occlusions: spiking beside both models.

Nothing is changed but what each row names.
"""

from __future__ import annotations

from typing import Any

from tables import FIRST_SEED, heading, options, row, sized, spread, swept

COLUMNS = [
    ("condition", 44),
    ("spiking", 15),
    ("rate", 15),
    ("paper", 15),
    ("difference", 17),
    ("strict spiking", 15),
]
SIZE = ("circuit.n_inputs", "circuit.n_slots", "circuit.n_outputs")
DIGITS = {"protocol.stimuli": "digits", "protocol.n_items": 30}


def conditions() -> list[tuple[str, dict[str, Any]]]:
    """Return the rows: words and settings."""
    found: list[tuple[str, dict[str, Any]]] = [
        (f"d = 64, 30 digits, {hidden:.0%} hidden", {**DIGITS, "protocol.occlusion": hidden})
        for hidden in (0.3, 0.6, 0.8)
    ]
    found += [
        (
            f"N = 40, T = {items}, {hidden:.0%} hidden",
            {"protocol.n_items": items, "protocol.occlusion": hidden},
        )
        for hidden in (0.3, 0.5, 0.7, 0.8)
        for items in (20, 40, 60)
    ]
    found += [
        (f"N = 20, T = {items}", {"circuit.n_slots": 20, "protocol.n_items": items})
        for items in (10, 20, 40)
    ]
    found += [
        (f"N = 100, T = {items}", {"circuit.n_slots": 100, "protocol.n_items": items})
        for items in (50, 100, 150)
    ]
    for sizes in ((40, 40, 20), (40, 40, 80), (30, 25, 17), (100, 60, 100)):
        found += [
            (
                "d = {}, N = {}, m = {}, T = {}".format(*sizes, items),
                {**dict(zip(SIZE, sizes, strict=True)), "protocol.n_items": items},
            )
            for items in (20, 60)
        ]
    found += [
        (
            f"{cells} cells a slot, T = {items}",
            {"circuit.cells_per_slot": cells, "protocol.n_items": items},
        )
        for cells in (1, 5, 10)
        for items in (20, 40, 60)
    ]
    return found


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(10, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first of them")
    parser.add_argument("--circuit", default="slot_memory", help="circuit of the items")
    arguments = parser.parse_args()
    heading(f"cued recall, default parameters, {arguments.seeds} seeds", COLUMNS)
    for words, settings in conditions()[sized(0, 3) :: sized(1, 8)]:
        found = swept(
            "cued-recall", settings, arguments.seeds, None, arguments.circuit, arguments.first
        )
        spiking = found.circuit["accuracy"]
        rate = found.rate["accuracy"]
        difference = spiking - rate
        strict = found.circuit["accuracy_strict"]
        both = spread(rate), spread(found.paper["accuracy"])
        row(COLUMNS, [words, spread(spiking), *both, spread(difference), spread(strict)])
