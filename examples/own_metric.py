"""Add a score of your own to a sweep: how PV cells fire as items are added.

``python own_metric.py numpy`` needs no compiler. On the command line the same is
``hippokv sweep cued-recall --metric ./own_metric.py:pv_rate_Hz --grid protocol.n_items=2,4 ...``.
"""

import sys

import hippokv


def pv_rate_Hz(result):
    """Return the mean rate of the PV cells."""
    train = result.recording.spikes["pv"]
    return len(train.time_s) / train.size / result.recording.duration_ms * 1e3


if __name__ == "__main__":
    settings = {
        "run.circuit": "slot_memory", "circuit.n_inputs": 8, "circuit.n_outputs": 8,
        "circuit.n_slots": 4, "circuit.cells_per_slot": 2, "run.dt_ms": 1.0,
        "protocol.study_ms": 300, "protocol.cue_ms": 300,
        "run.target": sys.argv[1] if len(sys.argv) > 1 else "cpp",
    }  # fmt: skip
    found = hippokv.sweep(
        "cued-recall", {"protocol.n_items": [1, 2]}, range(1), settings,
        metrics={"pv_rate_Hz": pv_rate_Hz},
    )  # fmt: skip
    for row in zip(found.table["protocol.n_items"], found.table["metrics.pv_rate_Hz"], strict=True):
        print("{} items: PV cells fire at {:.1f} Hz".format(*row))
