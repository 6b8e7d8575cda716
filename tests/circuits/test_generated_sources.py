"""What is changed in generated sources: wide flags, and only the files that are read."""

from __future__ import annotations

from pathlib import Path

from hippokv.circuits.generated_sources import tune_sources

OBJECTS = """\
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
"""
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
    tune_sources(tmp_path, set())
    assert (tmp_path / "objects.h").read_text() == "extern int64_t *_array_pv_not_refractory;\n"
    objects = (tmp_path / "objects.cpp").read_text()
    assert "int64_t * _array_pv_not_refractory;" in objects
    assert "char * _array_pv_other;" in objects
    assert "(int64_t)atoi" in objects
    assert "new int64_t[40]" in objects
    update = (tmp_path / "code_objects" / "update.cpp").read_text()
    assert update.count("int64_t") == 3
    assert "const char _cond" in update


def test_only_files_that_are_wanted_are_written(tmp_path: Path) -> None:
    (tmp_path / "objects.cpp").write_text(OBJECTS)
    tune_sources(tmp_path, {"_dynamic_array_spikes_t_2"})
    text = (tmp_path / "objects.cpp").read_text()
    assert "_dynamic_array_spikes_t_2" in text
    assert "_dynamic_array_spikes_i_3" not in text
    assert "_array_pv_v_1" not in text
    assert "last_run_info.txt" in text
    assert text.count("{") == text.count("}")
    assert text.endswith(OBJECTS[OBJECTS.index("void _dealloc") :])


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
    tune_sources(folder, set())
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
