"""Speed of recall beside NEST: the same network, patterns and cues, one thread each.

Keys and values are given as weights (random entries of +-1 as ON/OFF pairs of weights 0 and 1).
Some of the keys are cues, one after the other, each for 0.7 s with 60 % of the entries hidden and
0.15 s of rest behind it. d = m = N. Repeats are interleaved (ours, NEST, NEST, ours, ...), each
with a seed and patterns of its own that all contenders share.

What is timed, by wall clock: the simulation from the first cue to the end, so that neither side
counts building, process start or the first 0.2 s of rest. In NEST that is the sum of the calls of
``nest.Run``; in HippoKV the time between the program's own words that the first cue and the last
epoch began. Beside it stands the whole of a run with networks ready to be built or started: for
HippoKV ``Program.run`` (process start, files, weights), for NEST building, simulating and fetching
the spikes. ``NEST/ours`` compares run times; ``NEST/whole`` the run time of NEST with the whole
``Program.run``, which is unfair to HippoKV. Compiling is not counted.

The same on both sides: populations (entorhinal, hippocampal, PV, cortical) and their sizes, leaky
cells with those constants, refractory times and resets, exponential escape noise in hippocampal and
PV cells, staggered PV thresholds, all projections with the same jitter, dt, and a record of every
spike. The readout (most active slot, value bits) is HippoKV's for both. Two NEST networks are
timed:

- ``gif_cond_exp``, the nearest built-in model of the hippocampal cell: PV inhibition is a
  conductance. NEST integrates it with an adaptive Runge-Kutta method. The model has excitatory
  conductances only; a reversal far away makes a current of them, which HippoKV has.
- ``iaf_psc_exp`` with its own escape noise, the fastest model tried (``gif_psc_exp`` took a tenth
  longer): inhibition is a current too, so the cell is linear and integrated exactly; the leak is
  larger by the conductance that the reference cue calls up. This is another circuit: it does the
  same task, but no shunting changes its inverse temperature.

PV and pattern cells are ``iaf_psc_exp`` in both. The noise of pattern cells comes from a
``noise_generator`` that is constant over 5 ms, with the power of HippoKV's noise at low
frequencies; this was faster than escape noise in them.

What favours NEST: its cells have no dendrite, its synapses no plasticity and no neuromodulation,
while HippoKV integrates dendrites, traces and plateau conditions as always; SST and cholinergic
cells, silent in recall, are left out; synapses of weight 0 are left out, and HippoKV has all; the
cue is a current set between two calls of ``nest.Run``, since a ``step_current_generator`` for each
cell was slower.

What favours HippoKV: it is compiled for the processor at hand with fast mathematics, while NEST is
the wheel of the package index, compiled for any processor; its fixed time step has no error
control; it needs no delays. NEST's smallest delay sets how often it exchanges spikes; it is 0.5 ms
here. Delays of 1 ms made the smallest network up to a tenth faster and none of the others, but the
PV loop then rings and hippocampal cells fire half as much again. With 0.5 ms and the PV excitation
raised by a fifth (``--pv-gain``) rates agree within 20 %; the table has them, as spikes per second
summed over the population during cues.

Needs ``pip install 'hippokv[benchmarks]'`` (the table is of NEST 3.10).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from hippokv import (
    Circuit,
    Epoch,
    Program,
    Recording,
    Schedule,
    SlotMemoryParameters,
    SpikeTrain,
    on_off,
    read_out,
    slot_memory,
)
from hippokv.analysis.recall.scores import credit
from hippokv.arrays import Array
from hippokv.circuits.schedule import SCHEDULE_STEP_MS
from hippokv.circuits.slot_memory_parameters import Calibration
from tables import FIRST_SEED, heading, kept, needed, options, row, sized, spread

COLUMNS = [
    ("N = d", 5), ("cells", 5), ("contender", 13), ("run s", 17), ("x real time", 11),
    ("NEST/ours", 15), ("whole s", 8), ("NEST/whole", 15),
    ("hippocampal", 11), ("PV", 6), ("entorhinal", 10), ("cortical", 8),
    ("right slot", 10), ("value bits", 10),
]  # fmt: skip
POPULATIONS = ("hippocampal", "pv", "entorhinal", "cortical")
MODELS = ("gif_cond_exp", "iaf_psc_exp")
HIDDEN, SETTLING_MS, CUE_MS, GAP_MS = 0.6, 200.0, 700.0, 150.0
#: A reversal so far away that the driving force, and so the current, is the same at any voltage.
FAR_MV = 1e4


@dataclass(frozen=True)
class Task:
    """Hold a circuit with given weights and what it is asked."""

    circuit: Circuit
    schedule: Schedule
    weights: dict[str, Array]
    values: Array
    seed: int

    @property
    def timed_s(self) -> float:
        """Biological time from the first cue to the last epoch."""
        return (self.schedule.duration_ms - SETTLING_MS - SCHEDULE_STEP_MS) / 1e3


@dataclass(frozen=True)
class Outcome:
    """Hold what a contender did and how long it took."""

    run_s: float
    whole_s: float
    recording: Recording


def task(circuit: Circuit, n_cues: int, seed: int) -> Task:
    """Draw keys, values and cues."""
    stream = np.random.default_rng([seed, 11])
    n_slots, n_inputs = circuit.parameters.n_slots, circuit.parameters.n_inputs
    cells = circuit.parameters.cells_per_slot
    keys = stream.choice([-1.0, 1.0], (n_slots, n_inputs))
    values = stream.choice([-1.0, 1.0], (n_slots, circuit.parameters.n_outputs))
    epochs = [Epoch("rest", SETTLING_MS)]
    for item in stream.choice(n_slots, n_cues, replace=n_cues > n_slots):
        cue = keys[item].copy()
        cue[stream.permutation(n_inputs)[: round(HIDDEN * n_inputs)]] = 0.0
        epochs += [
            Epoch("recall", CUE_MS, int(item), {"entorhinal": on_off(cue)}),
            Epoch("rest", GAP_MS),
        ]
    # The program says when this one begins, which ends the time that is measured.
    epochs.append(Epoch("end", SCHEDULE_STEP_MS))
    weights = {
        "keys": np.repeat(on_off(keys), cells, axis=0),
        "values": np.repeat(on_off(values), cells, axis=0),
    }
    return Task(circuit, Schedule(tuple(epochs), circuit.widths), weights, values, seed)


def run_ours(given: Task, dt_ms: float) -> Outcome:
    """Run the compiled program."""
    began: dict[int, float] = {}

    def note(epoch: int) -> None:
        began[epoch] = time.perf_counter()

    start = time.perf_counter()
    program = Program(given.circuit)
    recording = program.run(given.schedule, given.seed, dt_ms, given.weights, progress=note)
    whole_s = time.perf_counter() - start
    return Outcome(began[len(given.schedule.epochs) - 1] - began[1], whole_s, recording)


class NestNetwork:
    """Build the recall network in NEST."""

    def __init__(
        self, given: Task, model: str, dt_ms: float, delay_ms: float, pv_gain: float
    ) -> None:
        self.given, self.model, self.delay_ms = given, model, max(delay_ms, dt_ms)
        self.stream = np.random.default_rng([given.seed, 12])
        nest.ResetKernel()
        nest.resolution = dt_ms
        nest.local_num_threads = 1
        nest.rng_seed = given.seed + 1
        circuit = given.circuit.parameters
        entorhinal, cortical = (
            self._pattern_cells(name, given.circuit.sizes[name])
            for name in ("entorhinal", "cortical")
        )
        hippocampal, key, inhibition = self._hippocampal_cells()
        pv = self._pv_cells()
        self.cells = {
            "entorhinal": entorhinal, "hippocampal": hippocampal, "pv": pv, "cortical": cortical
        }  # fmt: skip
        keys, values = given.weights["keys"].T, given.weights["values"]
        key_jitter, pv_jitter = circuit.synaptic_jitter, circuit.inhibitory_jitter
        self._connect(entorhinal, hippocampal, key * keys * self._jitter(keys.shape, key_jitter))
        self._connect(hippocampal, cortical, circuit.value_pA * values)
        excitation = np.full((len(hippocampal), len(pv)), pv_gain * circuit.pv.excitation_pA)
        self._connect(hippocampal, pv, excitation)
        shape = (len(pv), len(hippocampal))
        self._connect(pv, hippocampal, -inhibition * self._jitter(shape, pv_jitter))
        self.recorders = {name: nest.Create("spike_recorder") for name in self.cells}
        for name, recorder in self.recorders.items():
            nest.Connect(self.cells[name], recorder)

    def run(self) -> float:
        """Simulate the schedule and return the seconds from the first cue to the last epoch."""
        schedule, drive = self.given.schedule, self.given.circuit.parameters.entorhinal.drive_pA
        levels = drive * schedule.channel("entorhinal")
        seconds = []
        for epoch, level in zip(schedule.epochs, levels, strict=True):
            self.cells["entorhinal"].I_e = level.tolist()
            nest.Prepare()
            start = time.perf_counter()
            nest.Run(epoch.duration_ms)
            seconds.append(time.perf_counter() - start)
            nest.Cleanup()
        return sum(seconds[1:-1])

    def recording(self) -> Recording:
        """Return the spikes in the form of HippoKV's recordings."""
        nothing = SpikeTrain.at(np.zeros(0), np.zeros(0, np.int32), len(self.cells["hippocampal"]))
        return Recording(
            spikes={name: self._train(name) for name in self.cells},
            events={"dendritic_spike": nothing},
            weights=self.given.weights,
            duration_ms=self.given.schedule.duration_ms,
        )

    def _train(self, name: str) -> SpikeTrain:
        events = self.recorders[name].events
        order = np.argsort(events["times"], kind="stable")
        cell = events["senders"][order] - self.cells[name][0].global_id
        return SpikeTrain.at(
            events["times"][order] / 1e3, cell.astype(np.int32), len(self.cells[name])
        )

    def _pattern_cells(self, name: str, size: int) -> Any:
        cell = getattr(self.given.circuit.parameters, name)
        group = nest.Create(
            "iaf_psc_exp", size,
            {
                "C_m": cell.capacitance_pF, "tau_m": cell.capacitance_pF / cell.leak_nS,
                "E_L": cell.resting_voltage_mV, "V_m": cell.resting_voltage_mV,
                "V_th": cell.spike_threshold_mV, "V_reset": cell.reset_voltage_mV,
                "t_ref": cell.refractory_period_ms, "tau_syn_ex": cell.value_tau_ms,
            },
        )  # fmt: skip
        power = cell.noise_pA**2 * 2 * cell.noise_tau_ms
        noise = nest.Create(
            "noise_generator",
            params={"std": (power / SCHEDULE_STEP_MS) ** 0.5, "dt": SCHEDULE_STEP_MS},
        )
        nest.Connect(noise, group, syn_spec={"delay": self.delay_ms})
        return group

    def _hippocampal_cells(self) -> tuple[Any, float, float]:
        """Create them; return also the weight of a key synapse and of a PV synapse."""
        circuit, calibration = (
            self.given.circuit.parameters,
            Calibration(self.given.circuit.parameters),
        )
        cell, conductance = circuit.hippocampal, circuit.reference_conductance_nS
        leak = cell.leak_nS + cell.coupling_nS
        force = calibration.operating_mV - cell.gaba_reversal_mV
        constants = {
            "C_m": cell.capacitance_pF, "E_L": cell.resting_voltage_mV,
            "V_m": cell.resting_voltage_mV, "V_reset": cell.reset_voltage_mV,
            "t_ref": cell.refractory_period_ms, "I_e": calibration.bias_pA,
            "tau_syn_ex": cell.key_tau_ms, "tau_syn_in": cell.pv_tau_ms,
        }  # fmt: skip
        escape_Hz = 1e3 / cell.escape_tau_ms
        if self.model == "gif_cond_exp":
            constants |= {
                "g_L": leak, "E_ex": FAR_MV, "E_in": cell.gaba_reversal_mV, "lambda_0": escape_Hz,
                "V_T_star": cell.spike_threshold_mV, "Delta_V": cell.escape_width_mV,
            }  # fmt: skip
            key = calibration.key_epsc_pA / (FAR_MV - calibration.operating_mV)
            inhibition = circuit.pv.inhibition_nS
        else:
            total = leak + conductance
            inward = leak * cell.resting_voltage_mV + conductance * cell.gaba_reversal_mV
            constants |= {
                "tau_m": cell.capacitance_pF / total, "E_L": inward / total,
                "I_e": calibration.bias_pA + conductance * force, "rho": escape_Hz,
                "V_th": cell.spike_threshold_mV, "delta": cell.escape_width_mV,
            }  # fmt: skip
            key = calibration.key_epsc_pA
            inhibition = circuit.pv.inhibition_nS * force
        group = nest.Create(self.model, self.given.circuit.sizes["hippocampal"], constants)
        return group, key, inhibition

    def _pv_cells(self) -> Any:
        circuit = self.given.circuit.parameters
        cell = circuit.pv
        group = nest.Create(
            "iaf_psc_exp", circuit.n_pv,
            {
                "C_m": cell.capacitance_pF, "tau_m": cell.capacitance_pF / cell.leak_nS,
                "E_L": cell.resting_voltage_mV, "V_m": cell.resting_voltage_mV,
                "V_reset": cell.reset_voltage_mV, "t_ref": cell.refractory_period_ms,
                "tau_syn_ex": cell.excitation_tau_ms,
                "delta": cell.escape_width_mV, "rho": 1e3 / cell.escape_tau_ms,
            },
        )  # fmt: skip
        thresholds = np.linspace(cell.lowest_threshold_mV, cell.highest_threshold_mV, circuit.n_pv)
        group.V_th = thresholds.tolist()
        return group

    def _jitter(self, shape: tuple[int, ...], deviation: float) -> Array:
        # In NEST the sign of a weight chooses the receptor, so it must not change.
        return np.maximum(1 + deviation * self.stream.standard_normal(shape), 0.0)

    def _connect(self, source: Any, target: Any, weights: Array) -> None:
        rows, columns = np.nonzero(weights)
        nest.Connect(
            np.array(source.tolist())[rows], np.array(target.tolist())[columns], "one_to_one",
            {"weight": weights[rows, columns], "delay": np.full(rows.size, self.delay_ms)},
        )  # fmt: skip


def run_nest(given: Task, model: str, dt_ms: float, delay_ms: float, pv_gain: float) -> Outcome:
    """Build and run the network in NEST."""
    start = time.perf_counter()
    network = NestNetwork(given, model, dt_ms, delay_ms, pv_gain)
    run_s = network.run()
    recording = network.recording()
    return Outcome(run_s, time.perf_counter() - start, recording)


def judge(given: Task, recording: Recording) -> list[float]:
    """Return spikes per s of each population during cues, then parts of slots and bits right."""
    cues = given.schedule.events("recall")
    rates = []
    for name in POPULATIONS:
        spikes = recording.spikes[name]
        count = sum(spikes.counts(cue.start_ms, cue.stop_ms).sum() for cue in cues)
        rates.append(count / (len(cues) * CUE_MS / 1e3))
    readout = read_out(recording, given.schedule, given.circuit.parameters.n_slots)
    item = np.array([cue.item for cue in cues])
    right = (readout.attention.argmax(axis=1) == item).mean()
    bits = credit(readout.decoded, given.values[item].astype(np.int8), 0.5).mean()
    return [*rates, float(right), float(bits)]


def compare(circuit: Circuit, arguments: argparse.Namespace) -> None:
    """Print the rows of one size of network."""
    Program(circuit).build()
    dt_ms = arguments.dt_ms
    run_s: dict[str, list[float]] = {}
    whole_s: dict[str, list[float]] = {}
    judged: dict[str, list[list[float]]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + arguments.repeats):
        given = task(circuit, arguments.cues, seed)
        for name in ("HippoKV", *MODELS):
            outcome = (
                run_ours(given, dt_ms)
                if name == "HippoKV"
                else run_nest(given, name, dt_ms, arguments.delay_ms, arguments.pv_gain)
            )
            run_s.setdefault(name, []).append(outcome.run_s)
            whole_s.setdefault(name, []).append(outcome.whole_s)
            judged.setdefault(name, []).append(judge(given, outcome.recording))
    ours, whole = np.array(run_s["HippoKV"]), np.array(whole_s["HippoKV"])
    for name, seconds in run_s.items():
        *rates, right, bits = np.mean(judged[name], axis=0)
        is_ours = name == "HippoKV"
        row(
            COLUMNS,
            [
                circuit.parameters.n_slots, circuit.parameters.cells_per_slot, name,
                spread(seconds, 3), f"{given.timed_s / np.mean(seconds):.2f}",
                "" if is_ours else spread((seconds / ours).tolist(), 2),
                f"{np.mean(whole_s[name]):.2f}",
                "" if is_ours else spread((seconds / whole).tolist(), 2),
                *(f"{rate:.0f}" for rate in rates), f"{right:.3f}", f"{bits:.4f}",
            ],
        )  # fmt: skip


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--repeats", type=int, default=sized(5, 2), help="number of seeds, from 3000 on"
    )
    parser.add_argument(
        "--slots", type=int, nargs="+", default=sized([40, 400], [6]), help="N, also d and m"
    )
    parser.add_argument(
        "--cells", type=int, nargs="+", default=sized([1, 10], [3]), help="cells in a slot"
    )
    parser.add_argument("--cues", type=int, default=sized(10, 2), help="number of cues")
    parser.add_argument(
        "--dt-ms", type=float, default=sized(0.1, 0.5), help="time step in ms, of both"
    )
    parser.add_argument("--delay-ms", type=float, default=0.5, help="synaptic delay in NEST")
    parser.add_argument("--pv-gain", type=float, default=1.2, help="excitation of PV cells in NEST")
    arguments = parser.parse_args()
    nest = needed("nest", "benchmarks")
    nest.verbosity = nest.VerbosityLevel.ERROR
    with kept("nest_recall", "nest-simulator"):
        heading(
            f"recall from {arguments.cues} cues, dt {arguments.dt_ms:g} ms, one thread, "
            f"{arguments.repeats} repeats; spikes per s of a population during cues",
            COLUMNS,
        )
        for n_slots in arguments.slots:
            for cells in arguments.cells:
                width = sized(n_slots, 20)
                sizes = {"n_slots": n_slots, "n_inputs": width, "n_outputs": width}
                compare(slot_memory(SlotMemoryParameters(**sizes, cells_per_slot=cells)), arguments)
