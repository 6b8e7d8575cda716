"""Recall from fainter and fainter cues, and draw the spiking circuit beside its rate model."""

import matplotlib.pyplot as plt

import hippokv

SIZE = {"circuit.n_inputs": 40, "circuit.n_outputs": 40, "circuit.n_slots": 20}
occlusions = [0.2, 0.4, 0.6, 0.7, 0.8, 0.9]
spiking, rate = [], []
for occlusion in occlusions:
    settings = {**SIZE, "protocol.n_items": 20, "protocol.occlusion": occlusion}
    result = hippokv.run("cued-recall", seed=1000, settings=settings)
    spiking.append(result.metrics["accuracy"])
    rate.append(result.predicted_metrics["accuracy"])

figure, axes = plt.subplots(figsize=(5, 3.5), layout="constrained")
axes.plot(occlusions, spiking, "o-", label="spiking circuit")
axes.plot(occlusions, rate, "s--", label="rate model")
axes.set(xlabel="fraction of the cue hidden", ylabel="value bits right", ylim=(0.45, 1.02))
axes.legend(frameon=False)
figure.savefig("recall_curve.png", dpi=150)
