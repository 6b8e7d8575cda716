"""What is changed in generated sources: wide flags, checked files, and only those that are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hippokv.circuits.generated_sources import check_files, sums_of, tune_sources

OBJECTS = """\
template<class T> void set_variable_from_file(std::string varname, T* var_pointer, size_t data_size, std::string filename) {
    ifstream f;
    f.open(filename, ios::in | ios::binary | ios::ate);
    if (f.fail()) {
        std::cerr << "Error reading '" << filename << "'" << std::endl;
    }
}
void set_variable_by_name(std::string name, std::string s_value) {
    std::cerr << "Cannot set unknown variable '" << name << "'." << std::endl;
}

void _load_arrays()
{
    using namespace brian;

    ifstream franks;
    franks.open("static_arrays/ranks", ios::in | ios::binary);
    {
        std::cout << "Error opening static array ranks." << endl;
    }
}

char * _array_pv_not_refractory;
char * _array_pv_other;
    set_variable_from_value(name, _array_pv_not_refractory, var_size, (char)atoi(s));
    _array_pv_not_refractory = new char[40];

void _write_arrays()
{
    using namespace brian;

    ofstream outfile__array_pv_v;
    outfile__array_pv_v.open(results_dir + "_array_pv_v_1", ios::out);
    {
        std::cout << "Error writing output file for _array_pv_v." << endl;
    }
    ofstream outfile__dynamic_array_spikes_t;
    outfile__dynamic_array_spikes_t.open(results_dir + "_dynamic_array_spikes_t_2", ios::out);
    ofstream outfile__dynamic_array_spikes_i;
    outfile__dynamic_array_spikes_i.open(results_dir + "_dynamic_array_spikes_i_3", ios::out);

    // Write last run info to disk
    ofstream outfile_last_run_info;
    outfile_last_run_info.open(results_dir + "last_run_info.txt", ios::out);
}

void _dealloc_arrays()
{
    using namespace brian;
}
"""  # noqa: E501
UPDATE = """\
    char* __restrict  _ptr_array_pv_not_refractory = _array_pv_not_refractory;
        char not_refractory = _ptr_array_pv_not_refractory[_idx];
        const char not_refractory = _ptr_array_pv_not_refractory[_idx];
        const char _cond = v > threshold;
"""


def test_flags_become_wide_and_nothing_else_does(tmp_path: Path) -> None:
    (tmp_path / "code_objects").mkdir()
    (tmp_path / "objects.h").write_text("extern char *_array_pv_not_refractory;\n")
    (tmp_path / "objects.cpp").write_text(OBJECTS)
    (tmp_path / "code_objects" / "update.cpp").write_text(UPDATE)
    tune_sources(tmp_path)
    assert (tmp_path / "objects.h").read_text() == "extern int64_t *_array_pv_not_refractory;\n"
    objects = (tmp_path / "objects.cpp").read_text()
    assert "int64_t * _array_pv_not_refractory;" in objects
    assert "char * _array_pv_other;" in objects
    assert "(int64_t)atoi" in objects
    assert "new int64_t[40]" in objects
    update = (tmp_path / "code_objects" / "update.cpp").read_text()
    assert update.count("int64_t") == 3
    assert "const char _cond" in update


def checked(folder: Path, objects: str = OBJECTS) -> str:
    (folder / "objects.cpp").write_text(objects)
    known = {"ranks": np.arange(3.0), "flags": np.array([True])}
    check_files(folder, {"_dynamic_array_spikes_t_2": "spikes_t.data(), spikes_t.size()"}, known)
    return (folder / "objects.cpp").read_text()


def test_only_files_that_are_wanted_are_written_and_each_is_checked(tmp_path: Path) -> None:
    text = checked(tmp_path)
    assert 'arrays.write("_dynamic_array_spikes_t_2", spikes_t.data(), spikes_t.size());' in text
    for gone in ("_dynamic_array_spikes_i_3", "_array_pv_v_1", "last_run_info.txt", "ofstream"):
        assert gone not in text
    assert text.count("{") == text.count("}")
    assert text.endswith(OBJECTS[OBJECTS.index("void _dealloc") :])


def test_nothing_is_read_on_after_a_file_that_is_missing_or_cut(tmp_path: Path) -> None:
    text = checked(tmp_path)
    assert "ifstream" not in text
    assert "cerr" not in text
    assert "hippokv::read_whole(filename, var_pointer, data_size);" in text
    assert 'hippokv::read_known("static_arrays/ranks", &brian::ranks[0], 24, ' in text
    assert 'hippokv::read_known("static_arrays/flags", &brian::flags[0], 1, 1ull, 1ull);' in text


@pytest.mark.parametrize("part", ["_load_arrays", "_write_arrays", "from_file", "Cannot set"])
def test_sources_that_look_otherwise_are_refused(part: str, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not as expected: 0 places"):
        checked(tmp_path, OBJECTS.replace(part, "changed"))
    with pytest.raises(RuntimeError, match="not as expected: 2 places"):
        checked(tmp_path, OBJECTS + OBJECTS)


@pytest.mark.parametrize("bit", [0, 7, 8 * 8, 8 * 20 + 3, 8 * 23 + 7])
def test_the_sums_of_an_array_tell_every_flipped_bit(bit: int) -> None:
    array = np.frombuffer(np.random.default_rng(1).bytes(24), np.int32)
    content = bytearray(array.tobytes())
    content[bit // 8] ^= 1 << bit % 8
    other = np.frombuffer(bytes(content), np.int32)
    assert sums_of(other)[0] != sums_of(array)[0]
    assert sums_of(other)[1] != sums_of(array)[1]


def test_the_sums_of_an_array_tell_its_order() -> None:
    assert sums_of(np.array([1.0, 2.0]))[0] == sums_of(np.array([2.0, 1.0]))[0]
    assert sums_of(np.array([1.0, 2.0]))[1] != sums_of(np.array([2.0, 1.0]))[1]


STEP = """\
    // Once a step.
    const double tau = _ptr_array_pv_tau[0];
    const double level = _ptr_array_pv_level[0];
    const double t = _ptr_array_defaultclock_t[0];
    const double dt = _ptr_array_defaultclock_dt[0];
    const double _lio_1 = exp(1.0f*(- dt)/tau);
    const double _lio_2 = level * _lio_1;
    const double _lio_3 = _scheduled_input(t, 0);
    // For each cell.
    double level = _ptr_array_pv_level[0];
    _ptr_array_pv_level[0] = level;
"""


def tuned_step(folder: Path) -> tuple[str, str]:
    (folder / "code_objects").mkdir()
    (folder / "code_objects" / "update.cpp").write_text(STEP)
    tune_sources(folder)
    text = (folder / "code_objects" / "update.cpp").read_text()
    inside, _, after = text.partition("}();")
    return inside, after


def test_what_depends_on_constants_is_evaluated_once_a_run(tmp_path: Path) -> None:
    once, every_step = tuned_step(tmp_path)
    assert "const double tau = _ptr_array_pv_tau[0];" in once
    assert "const double _lio_1 = hippokv::exponential(1.0f*(- dt)/tau);" in once
    assert "const double _lio_1 = _constants._lio_1;" in every_step


def test_what_varies_is_evaluated_at_every_step(tmp_path: Path) -> None:
    once, every_step = tuned_step(tmp_path)
    for varying in ("level = _ptr_array_pv_level[0]", "_lio_2", "_lio_3", "defaultclock_t["):
        assert varying not in once
        assert varying in every_step
