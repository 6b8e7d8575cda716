"""Functions of generated sources get another body; arrays are known again by their sums."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.circuits.program.generated_sources import sums_of, with_function

OBJECTS = """\
template<class T> void from_file(T* place, size_t size) {
    if (f.fail()) {
        std::cerr << "Error reading" << std::endl;
    }
}

void _load_arrays()
{
    using namespace brian;
    {
        std::cout << "Error opening static array ranks." << endl;
    }
}

void _dealloc_arrays()
{
    using namespace brian;
}
"""
LOAD = """
void _load_arrays()
{
    hippokv::read_known("static_arrays/ranks");
}
"""
FROM_FILE = """
template<class T> void from_file(T* place, size_t size)
{
    hippokv::read_whole(place, size);
}
"""


@pytest.mark.parametrize("function", [LOAD, FROM_FILE])
def test_a_function_gets_another_body_and_nothing_else_changes(function: str) -> None:
    text = with_function(OBJECTS, function)
    assert function.strip() in text
    assert text.count("{") == text.count("}")
    assert text.endswith(OBJECTS[OBJECTS.index("void _dealloc") :])
    assert len(text.splitlines()) < len(OBJECTS.splitlines())


@pytest.mark.parametrize(("text", "places"), [("", 0), (OBJECTS + OBJECTS, 2)])
def test_sources_that_look_otherwise_are_refused(text: str, places: int) -> None:
    with pytest.raises(RuntimeError, match=f"not as expected: {places} places"):
        with_function(text, LOAD)


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
