"""Two blocks that compete: what amplified keys bring back of the first, and cost the second."""

from __future__ import annotations

from tables import heading, interval, kept, options, row, sized, swept

STATES = ("before", "after_second", "amplified", "lit")
SCORES = [
    f"{block}_{state}"
    for state in STATES
    for block in ("first", "second")
    if (block, state) != ("second", "before")
]
COLUMNS = [
    ("distinct", 8), ("factor", 6), ("mW/mm2", 6), ("", 7),
    *((name.replace("after_second", "after"), 16) for name in SCORES),
]  # fmt: skip
#: Factor of the keys, and irradiance beside it.
STRENGTHS = [
    (1.0, 0.0), (1.05, 0.01), (1.1, 0.03), (1.15, 0.1), (1.3, 0.5), (1.9, 5.0),
][:: sized(1, 3)]  # fmt: skip


def main() -> None:
    """Print the tables."""
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(10, 2))
    count = parser.parse_args().seeds
    with kept("two_task"):
        print("Four laps of rivals; means and 95 % intervals over", count, "seeds.")
        runs = {
            (distinct, factor, irradiance): swept(
                "two-task",
                {
                    **sized({}, {"protocol.n_items": 1}),
                    "protocol.distinct": distinct,
                    "protocol.amplification": factor,
                    "protocol.irradiance_mW_per_mm2": irradiance,
                },
                count,
            )
            for distinct in (0.0, 0.1)
            for factor, irradiance in STRENGTHS
        }
        for kind, title in (
            ("won", "Part of the recalls that are closer to the value asked for than to its rival"),
            ("accuracy", "Fraction of value bits right"),
        ):
            heading(title, COLUMNS)
            for condition, found in runs.items():
                for who, scores in zip(("circuit", "rate"), found[:2], strict=True):
                    cells = [interval(scores[f"{kind}_{score}"]) for score in SCORES]
                    row(COLUMNS, [*condition, who, *cells])


if __name__ == "__main__":
    main()
