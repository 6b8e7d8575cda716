"""Put two plots of HippoKV into a figure of your own: the accuracy of each item, and the attention.

``python own_figure.py numpy`` needs no compiler, and takes a smaller circuit.
"""

import sys

import matplotlib.pyplot as plt

import hippokv
from hippokv.analysis.figures.accuracy import draw_accuracy
from hippokv.analysis.figures.attention import draw_attention

settings = {"protocol.n_items": 20, "circuit.n_slots": 20}
if sys.argv[1:] == ["numpy"]:
    settings = {
        "run.circuit": "slot_memory", "circuit.n_inputs": 8, "circuit.n_outputs": 8,
        "circuit.n_slots": 4, "circuit.cells_per_slot": 2, "protocol.n_items": 2,
        "protocol.study_ms": 300, "protocol.cue_ms": 300, "run.dt_ms": 1.0, "run.target": "numpy",
    }  # fmt: skip
found = hippokv.run("cued-recall", seed=1000, settings=settings).found

figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
draw_accuracy(left, found.readout, found.prediction, found.items)
image = draw_attention(right, found.readout)
figure.colorbar(image, label="share of the recall")
left.set_title("a", loc="left", fontweight="bold")
right.set_title("b", loc="left", fontweight="bold")
figure.savefig("own_figure.png", dpi=150)
