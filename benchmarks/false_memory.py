"""A false memory: what each cue brings back after light on the cells of A, and what it needs."""

from __future__ import annotations

from tables import heading, interval, kept, options, row, sized, swept

CONDITIONS: dict[str, dict[str, object]] = {
    "as it is": {},
    "nothing shown meanwhile": {"protocol.conditioning": "dark"},
    "0.1 mW/mm2": {"protocol.irradiance_mW_per_mm2": 0.1},
    "no light": {"protocol.irradiance_mW_per_mm2": 0.0},
    "opsin in the soma alone": {"protocol.in_dendrite": 0.0},
    "half of the tagged cells": {"protocol.expression": 0.5},
    "keys free to change": {"protocol.keys_protected": False},
}
SCORES = ("false_A_after", "false_B_after", "false_C_after", "new_A_after", "accuracy_B_after")
COLUMNS = [("condition", 25), ("", 8), *((name, 17) for name in SCORES)]


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(20, 2))
    count = parser.parse_args().seeds
    with kept("false_memory"):
        heading(f"means and 95 % intervals over {count} seeds", COLUMNS)
        for words, settings in list(CONDITIONS.items())[:: sized(1, 4)]:
            circuit, rate, _ = swept("false-memory", settings, count)
            row(COLUMNS, [words, "circuit", *(interval(circuit[name]) for name in SCORES)])
            row(COLUMNS, ["", "rate", *(interval(rate[name]) for name in SCORES)])


if __name__ == "__main__":
    main()
