"""What does compiling once save? A sweep whose every condition is an ordinary Brian2 script.

The script does for each condition what users of Brian2's C++ standalone mode do today: it makes
the network, sets its constants, gives the stimuli as TimedArrays, generates all code anew, compiles
it into a fresh folder with Brian2's own flags and make options, runs it, and starts again with
``device.reinit()``. The network is made by
:func:`hippokv.circuits.program.network.build_network`, so that both sides simulate the same
circuit; only the functions through which it reads its stimuli are TimedArrays. Its time is that
from the first Brian2 object to the spikes in memory, without any analysis.

Ours is ``hippokv.run`` of the same condition after the circuit was compiled once, with the
analysis and the rate model. Repeats are interleaved. ``--cython`` adds Brian2's runtime mode: the
circuit simulated from Python with compiled Cython code, without the time that its compiling takes.
"""

from __future__ import annotations

import math
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import brian2
import numpy as np

import hippokv
from hippokv import Recording, Schedule, SpikeTrain, read_out
from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.scores import accuracy
from hippokv.circuits.program.compiler import find_compiler
from hippokv.circuits.program.network import build_network
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Experiment
from tables import FIRST_SEED, QUICK, heading, kept, options, row, sized, small, spread

PROTOCOL = "cued-recall"
COLUMNS = [
    ("T", 4), ("N = d = m", 9), ("hidden", 6), ("rebuilt s", 15), ("compile s", 9),
    ("simulate s", 10), ("hippokv s", 15), ("rebuilt/hippokv", 15),
    ("accuracy rebuilt", 16), ("accuracy hippokv", 16),
]  # fmt: skip
#: Headers of the C++ library that the sources include.
HEADERS = ("algorithm", "cmath", "fstream", "iostream", "map", "random", "set", "string", "vector")


def stimuli(schedule: Schedule) -> dict[str, brian2.TimedArray]:
    """Return a schedule as TimedArrays, on the coarsest grid that holds it."""
    step = math.gcd(*(round(epoch.duration_ms) for epoch in schedule.epochs))
    repeats = [round(epoch.duration_ms / step) for epoch in schedule.epochs]
    used = schedule.channels_in_use
    return {
        f"scheduled_{name}": brian2.TimedArray(
            # What carries nothing is a single row.
            np.repeat(schedule.channel(name), repeats, axis=0)
            if name in used
            else np.zeros((1, width)),
            dt=step * brian2.ms,
        )
        for name, width in schedule.widths.items()
    }


def compile_hurriedly(folder: str) -> None:
    """Let Brian2 compile without optimising, and read the headers of its hundred sources once."""
    header = Path(folder) / "headers.h"
    header.write_text("".join(f"#include <{name}>\n" for name in HEADERS))
    flags = ["-w", "-O0", "-std=c++11"]
    command = [*find_compiler().command, *flags, "-x", "c++-header", header]
    subprocess.run([*command, "-o", f"{header}.gch"], check=True)
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = [*flags, f"-include{header}"]
    # Brian2 would start a compiler for every source at once, and list what each includes.
    arguments = [f"-j{os.cpu_count() or 1}", "DEPS="]
    brian2.prefs.devices.cpp_standalone.extra_make_args_unix = arguments


class Rebuilt:
    """Run one condition as an ordinary script and keep what it took."""

    def __init__(self, experiment: Experiment) -> None:
        run, schedule, circuit = experiment.settings.run, experiment.schedule, experiment.circuit
        start = time.perf_counter()
        brian2.set_device("cpp_standalone", build_on_run=False)
        brian2.device.reinit()
        brian2.device.activate(build_on_run=False)
        brian2.seed(run.seed)
        brian2.defaultclock.dt = run.dt_ms * brian2.ms
        network = build_network(circuit, stimuli(schedule), ())
        objects = {item.name: item for item in network.objects}
        for variable, value in circuit.values().items():
            owner, name = variable.split(".")
            if owner in objects:
                setattr(objects[owner], f"{name}_", value)
        network.run(schedule.duration_ms * brian2.ms, namespace={})
        with tempfile.TemporaryDirectory(prefix="hippokv-rebuilt-") as folder:
            compiling = time.perf_counter()
            if QUICK:
                compile_hurriedly(folder)
            brian2.device.build(directory=folder, compile=True, run=False)
            running = time.perf_counter()
            # Where the circuit's own random numbers find their seed.
            os.environ["HIPPOKV_SEED"] = str(run.seed)
            brian2.device.run()
            self.simulate_s = time.perf_counter() - running
            self.compile_s = running - compiling
            self.recording = self._recording(objects, experiment)
        self.total_s = time.perf_counter() - start

    @staticmethod
    def _recording(objects: dict[str, Any], experiment: Experiment) -> Recording:
        circuit = experiment.circuit

        def train(monitor: str, size: int) -> SpikeTrain:
            found = objects[monitor]
            return SpikeTrain.at(np.array(found.t_[:]), np.array(found.i[:]), size)

        shapes = circuit.weight_shapes()
        weights = {name: np.array(objects[name].weight_[:]) for name in circuit.projections}
        tables = {name: weights[name].reshape(shapes[name]) for name in weights}
        return Recording(
            spikes={name: train(f"spikes_{name}", size) for name, size in circuit.sizes.items()},
            events={
                name: train(f"events_{name}", circuit.sizes["hippocampal"])
                for name in circuit.events
            },
            weights={"keys": tables["keys"].T, "values": tables["values"]},
            duration_ms=experiment.schedule.duration_ms,
        )


def measure(settings: dict[str, Any], repeats: int) -> None:
    """Print the times of one condition."""
    rebuilt: list[Rebuilt] = []
    ours_s: list[float] = []
    scores: list[tuple[float, float]] = []
    for seed in range(FIRST_SEED, FIRST_SEED + repeats):
        rebuilt.append(Rebuilt(prepare(PROTOCOL, {**settings, "run.seed": seed})))
        start = time.perf_counter()
        result = hippokv.run(PROTOCOL, seed, settings)
        ours_s.append(time.perf_counter() - start)
        experiment = result.experiment
        readout = read_out(
            rebuilt[-1].recording, experiment.schedule, experiment.settings.circuit.n_slots
        )
        items = items_of(experiment.schedule)
        scores.append((accuracy(readout, items)["accuracy"], result.metrics["accuracy"]))
    total_s = [item.total_s for item in rebuilt]
    circuit = result.experiment.settings.circuit
    row(
        COLUMNS,
        [
            settings["protocol.n_items"], circuit.n_slots, f"{settings['protocol.occlusion']:.0%}",
            spread(total_s, 2),
            f"{np.mean([item.compile_s for item in rebuilt]):.1f}",
            f"{np.mean([item.simulate_s for item in rebuilt]):.2f}",
            spread(ours_s, 2),
            spread([theirs / ours for theirs, ours in zip(total_s, ours_s, strict=True)], 1),
            *(f"{np.mean(score):.4f}" for score in zip(*scores, strict=True)),
        ],
    )  # fmt: skip


def measure_cython(settings: dict[str, Any]) -> None:
    """Print the time of one condition in Brian2's runtime mode, beside ours."""
    in_python = {**settings, "run.target": "cython"}
    hippokv.run(PROTOCOL, FIRST_SEED, {**in_python, "protocol.n_items": 1})
    seconds = []
    for given in (in_python, settings):
        start = time.perf_counter()
        hippokv.run(PROTOCOL, FIRST_SEED, given)
        seconds.append(time.perf_counter() - start)
    print(
        f"\nBrian2's runtime mode with Cython, {settings['protocol.n_items']} items: "
        f"{seconds[0]:.1f} s, hippokv {seconds[1]:.2f} s, ratio {seconds[0] / seconds[1]:.0f}"
    )


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--repeats", type=int, default=sized(2, 1), help="seeds of each condition")
    parser.add_argument("--items", type=int, default=sized(40, 2), help="number of items")
    parser.add_argument(
        "--occlusions", type=float, nargs="+", default=sized([0.5, 0.6, 0.7], [0.6])
    )
    parser.add_argument("--cython", action="store_true", help="also time Brian2's runtime mode")
    arguments = parser.parse_args()
    conditions = [
        small({"protocol.n_items": arguments.items, "protocol.occlusion": occlusion})
        for occlusion in arguments.occlusions
    ]
    with kept("rebuilt_brian2"):
        # The circuit is compiled once; how long that took is part of the table.
        first = hippokv.run(PROTOCOL, FIRST_SEED, conditions[0])
        heading(
            f"one condition of a sweep, default parameters, dt "
            f"{first.experiment.settings.run.dt_ms:g} ms, {first.timing.simulated_s:.0f} s "
            f"simulated; hippokv compiled once in {first.timing.build_s:.0f} s (0: before)",
            COLUMNS,
        )
        for condition in conditions:
            measure(condition, arguments.repeats)
        if arguments.cython:
            measure_cython(conditions[0])
