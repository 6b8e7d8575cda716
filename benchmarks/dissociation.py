"""Damage to keys against damage to values: content, match, and their interaction."""

from __future__ import annotations

from tables import heading, interval, kept, options, row, sized, swept

CONDITIONS: dict[str, dict[str, object]] = {
    "slots, value cells: 0.4": {"protocol.damage": 0.4},
    "slots, value cells: 0.6": {"protocol.damage": 0.6},
    "slots, value cells: 0.8": {},
    "slots, value synapses: 0.8": {"protocol.value_damage": "synapses"},
    "slots, value synapses: 0.98": {"protocol.value_damage": "synapses", "protocol.damage": 0.98},
}
COLUMNS = [("score", 24), ("circuit", 17), ("rate", 17)]


def main() -> None:
    """Print the tables."""
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(10, 2))
    count = parser.parse_args().seeds
    with kept("dissociation"):
        print("Means and 95 % intervals over", count, "seeds.")
        for words, settings in list(CONDITIONS.items())[:: sized(1, 3)]:
            few = sized({}, {"protocol.n_items": 6, "protocol.n_novel": 4})
            found = swept("dissociation", {**few, **settings}, count)
            heading(words, COLUMNS)
            for name in found.circuit:
                row(COLUMNS, [name, *(interval(scores[name]) for scores in found[:2])])


if __name__ == "__main__":
    main()
