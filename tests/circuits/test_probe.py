"""Probes: which cells and synapses at which steps, what is refused, and what shapes the program."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hippokv.circuits import probe as probe_module
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.description import circuit_of, described, digest_of
from hippokv.circuits.probe import Probe, check_bytes, recordable, units_of, with_recorded
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.errors import InputError


@pytest.mark.parametrize(
    ("every_ms", "window_ms", "dt_ms", "times_ms"),
    [
        (1.0, None, 0.5, list(range(10))),
        (4.0, None, 0.5, [0, 4, 8]),
        (4.0, (4.0, 8.0), 0.5, [4]),
        (4.0, (3.9, 8.1), 0.1, [4, 8]),
        (0.3, (0.3, 0.9), 0.1, [0.3, 0.6]),
        (2.0, (5.0, 5.0), 1.0, []),
    ],
)
def test_samples_are_multiples_of_the_interval_in_the_window(
    every_ms: float, window_ms: tuple[float, float] | None, dt_ms: float, times_ms: list[float]
) -> None:
    steps = Probe("cells", ["v"], None, every_ms, window_ms).steps(10.0, dt_ms)
    np.testing.assert_allclose(np.array(steps) * dt_ms, times_ms)


def test_a_shorter_run_has_what_of_the_window_lies_in_it() -> None:
    probe = Probe("cells", ["v"], None, 1.0, (4.0, 8.0))
    for stop_ms, count in ((10.0, 4), (6.0, 2), (4.0, 0), (2.0, 0)):
        assert len(probe.before(stop_ms).steps(stop_ms, 0.5)) == count


def test_a_window_that_ends_behind_a_run_may_hold_nothing_of_it(tiny: Circuit) -> None:
    schedule = Schedule((Epoch("rest", 100.0),), tiny.widths)
    probe = Probe("hippocampal", ["v"], None, 20.0, (90.0, 700.0))
    probe.before(100.0).check(tiny, schedule, 0.5)
    probe.check_window(0.5)
    with pytest.raises(InputError, match="must have a sample in it"):
        Probe("hippocampal", ["v"], None, 20.0, (90.0, 99.0)).check_window(0.5)


def test_rows_of_synapses_are_those_of_the_table_of_weights(tiny: Circuit) -> None:
    """Synapses lie in the order of the cells before them: 16 to 8 the keys, 8 to 16 the values."""
    keys = Probe("keys", ["weight"], [1, 5])
    assert keys.shape(tiny) == (2, 16)
    np.testing.assert_array_equal(keys.places(tiny)[:3], [1, 9, 17])
    np.testing.assert_array_equal(keys.places(tiny)[16:18], [5, 13])
    values = Probe("values", ["weight"], [1])
    assert values.shape(tiny) == (1, 16)
    np.testing.assert_array_equal(values.places(tiny), np.arange(16, 32))


def test_what_can_be_recorded_are_the_names_of_the_equations(tiny: Circuit) -> None:
    found = recordable(next(part for part in tiny.complete if part.name == "hippocampal"))
    for name, unit in (("v", "volt"), ("pv", "siemens"), ("in_plateau", "1"), ("bias", "amp")):
        assert found[name] == unit
    # What a rule brings, and no constant.
    assert "eligibility" in recordable(tiny.complete[0])
    assert "capacitance" not in found
    assert units_of(tiny, Probe("hippocampal", ["v"])) == {"v": "volt"}


def refused(circuit: Circuit, *given: Any, **named: Any) -> str:
    schedule = Schedule((Epoch("rest", 100.0),), circuit.widths)
    with pytest.raises(InputError) as found:
        Probe(*given, **named).check(circuit, schedule, 0.5)
    assert "\n" not in str(found.value)
    return str(found.value)


def test_what_a_circuit_has_not_is_refused_in_one_line(tiny: Circuit) -> None:
    assert "did you mean hippocampal?" in refused(tiny, "hippocampa", ["v"])
    assert "did you mean hippocampal.v_dendrite?" in refused(tiny, "hippocampal", ["v_dendrit"])
    assert "from every cell to every other" in refused(tiny, "priming", [])
    for cells in ([8], [-1], [], [[0]]):
        assert "from 0 to 7" in refused(tiny, "hippocampal", ["v"], cells)
    for cells in ([True, False], np.ones(8, bool), [0.7]):
        assert "must be numbers of cells" in refused(tiny, "hippocampal", ["v"], cells)
    assert "must be named once" in refused(tiny, "hippocampal", ["v", "v"])
    assert "run.record_every_ms = 0.7" in refused(tiny, "hippocampal", ["v"], every_ms=0.7)
    assert "run.record_every_ms = nan" in refused(tiny, "hippocampal", ["v"], every_ms=np.nan)
    assert "run.record_synapses_every_ms = 0" in refused(tiny, "keys", ["weight"], every_ms=0)
    for window in ((50.0, 101.0), (-1.0, 50.0), (60.0, 50.0)):
        assert "100 ms that are simulated" in refused(tiny, "pv", ["v"], window_ms=window)
    assert "must have a sample" in refused(tiny, "pv", ["v"], every_ms=40, window_ms=(41.0, 79.0))


def test_what_has_no_room_is_refused_with_its_bytes(
    tiny: Circuit, monkeypatch: pytest.MonkeyPatch
) -> None:
    probes = [Probe("hippocampal", ["v"], every_ms=1.0), Probe("keys", ["weight"], every_ms=100.0)]
    # 1000 samples of 8 cells and 10 of 128 synapses, of 8 bytes.
    total = 64_000 + 10_240
    assert sum(one.bytes_of(tiny, 1000.0, 0.5) for one in probes) == total
    monkeypatch.setattr(probe_module, "MOST_BYTES", total)
    check_bytes(probes, tiny, 1000.0, 0.5, True)
    with pytest.raises(
        InputError, match=r"at most 74,240 bytes, and would be 74,241 .*keys 10,240"
    ):
        check_bytes(probes, tiny, 1000.0, 0.5, True, held=1)
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(total - 1))
    with pytest.raises(InputError, match=r"the 74,239 free in .*run\.record_cells"):
        check_bytes(probes, tiny, 1000.0, 0.5, True)
    check_bytes([], tiny, 1000.0, 0.5, True)
    # What runs in Python needs no room for files, and samples all the time.
    check_bytes(probes, tiny, 1000.0, 0.5, False)
    inside = [Probe("hippocampal", ["v"], window_ms=(10.0, 11.0))]
    monkeypatch.setattr(probe_module, "MOST_BYTES", 63_999)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(total))
    check_bytes(inside, tiny, 1000.0, 0.5, True)
    with pytest.raises(InputError, match="would be 64,000"):
        check_bytes(inside, tiny, 1000.0, 0.5, False)


def test_variables_shape_the_program_and_cells_and_times_do_not(tiny: Circuit) -> None:
    plain = digest_of(tiny)
    assert with_recorded(tiny, []) is tiny
    one = with_recorded(tiny, [Probe("pv", ["v", "slope"]), Probe("keys", ["weight"])])
    same = with_recorded(
        tiny, [Probe("keys", ["weight"], [3], 50.0, (0.0, 5.0)), Probe("pv", ["slope", "v"], [0])]
    )
    other = with_recorded(tiny, [Probe("pv", ["v"]), Probe("keys", ["weight"])])
    assert digest_of(one) == digest_of(same)
    assert len({plain, digest_of(one), digest_of(other)}) == 3
    assert digest_of(with_recorded(one, [])) == plain
    assert circuit_of(described(one)).recorded == one.recorded
    assert len(json.loads(described(tiny))) == len(tiny.parts)
    with pytest.raises(InputError, match="must have one probe"):
        with_recorded(tiny, [Probe("pv", ["v"]), Probe("pv", ["slope"])])


def test_cells_that_only_the_run_tells_are_as_many_as_may_be_until_then(tiny: Circuit) -> None:
    schedule = Schedule((Epoch("rest", 100.0),), tiny.widths)
    silent = Recording({}, {}, {}, 100.0)
    probe = Probe("hippocampal", ["v"], cells=lambda done, asked: np.array([3, 5]), most_cells=4)
    probe.check(tiny, schedule, 1.0)
    assert probe.rows(tiny).tolist() == [0, 1, 2, 3]
    assert probe.chosen(silent, schedule).rows(tiny).tolist() == [3, 5]
    assert not probe.blind().steps(100.0, 1.0)
    none = replace(probe, cells=lambda done, asked: np.zeros(0)).chosen(silent, schedule)
    assert not none.steps(100.0, 1.0), "nothing is asked for"
    with pytest.raises(InputError, match="must be at most 1 cells of hippocampal"):
        replace(probe, most_cells=1).chosen(silent, schedule)
