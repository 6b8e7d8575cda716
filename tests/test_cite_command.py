"""The command ``hippokv cite``, and the table of references behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import hippokv
from hippokv.circuits.known_circuits import CIRCUITS, find_circuit
from hippokv.circuits.manipulation.opsins import OPSINS
from hippokv.cite_command import CIRCUIT_KEY
from hippokv.command_line import main
from hippokv.parameter import leaves
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.running import settings
from hippokv.protocols.running.configuration import default_settings
from hippokv.protocols.running.protocol import find_protocol
from hippokv.references import (
    HIPPOKV,
    NOT_LOOKED_UP,
    REFERENCES,
    SIMULATOR,
    as_bibtex,
    as_text,
    is_named,
    named_in,
    not_looked_up_in,
)

ROOT = Path(__file__).parents[1]
#: A family name and a year, with other names or "et al." between.
CITATION = re.compile(
    r"([A-Z][a-zé]+)(?: et al\.?|(?:, [A-Z][a-z]+)* & [A-Z][a-z]+)? \(?((?:19|20)\d\d)\b"
)


def sources() -> Iterator[str]:
    for name in PROTOCOLS:
        protocol = find_protocol(name)
        for _, _, field in leaves(default_settings(protocol)):
            yield field.metadata["source"]
    for circuit in CIRCUITS:
        for _, _, field in leaves(find_circuit(circuit).parameters()):
            yield field.metadata["source"]
    yield from (opsin.source for opsin in OPSINS.values())


def test_every_paper_in_a_source_is_in_the_table() -> None:
    found = 0
    for source in sources():
        for first, year in CITATION.findall(source):
            known = any(one.first == first and one.year == int(year) for one in REFERENCES)
            assert known or not_looked_up_in(source), source
            found += 1
    assert found > 100


def test_a_text_names_papers_in_many_forms() -> None:
    for text in (
        "Milstein et al. 2021: 1,664 ms", "see Milstein et al. (2021) for", "(Milstein 2021)",
        "Milstein, Li\n    & others 2021",
    ):  # fmt: skip
        assert [one.label for one in named_in(text)] == ["Milstein et al. 2021"]
    assert named_in("Milstein et al. 2020") == []
    assert named_in("in 2021 Milstein") == []
    assert not is_named("Li", 2021, "Milstein 2021")
    assert not_looked_up_in("Bansal et al. 2020, four-state model") == ["Bansal et al. 2020"]


def test_no_paper_is_in_the_table_twice_or_without_a_place() -> None:
    every = (*REFERENCES, SIMULATOR)
    assert len({one.key for one in every}) == len(every)
    for one in every:
        assert one.where or one.arxiv
        assert one.title or one.doi
        assert not one.doi or re.fullmatch(r"10\.\d{4,}/\S+", one.doi)
    assert not set(NOT_LOOKED_UP) & {one.label for one in every}


def test_hippokv_is_cited_as_its_file_says() -> None:
    file = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f'title: "{HIPPOKV.title}"' in file
    assert f"date-released: {HIPPOKV.year}-" in file
    assert f'name: "{HIPPOKV.authors[0].strip("{}")}"' in file
    assert HIPPOKV.where == f"version {hippokv.__version__}"


def test_a_reference_as_text_and_as_bibtex() -> None:
    assert as_text(SIMULATOR) == (
        "Stimberg M, Brette R & Goodman DFM (2019). Brian 2, an intuitive and efficient neural "
        "simulator. eLife 8:e47314. doi:10.7554/eLife.47314."
    )
    written = as_bibtex([SIMULATOR])
    assert written.startswith("@article{stimberg2019,\n  author = {Stimberg, M. and Brette, R.")
    for one in (HIPPOKV, *REFERENCES):
        entry = as_bibtex([one])
        assert entry.count("{") == entry.count("}")


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_can_be_cited(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cite", name]) == 0
    output = capsys.readouterr().out
    assert "HippoKV" in output and "Brian 2" in output and "named by" in output


def test_the_papers_are_those_of_the_circuit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cite", "cued-recall"]) == 0
    slots = capsys.readouterr().out
    assert main(["cite", "cued-recall", "--set", "run.circuit=hippocampal_memory"]) == 0
    whole = capsys.readouterr().out
    for word in ("Tyulmankov", "Milstein", "Bittner"):
        assert word in slots and word in whole
    assert "Chandra" in whole and "Chandra" not in slots
    assert main(["cite", "--bibtex"]) == 0
    every = capsys.readouterr().out
    assert every.count("\n@") == len(REFERENCES) + 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("cite cued-recal", "did you mean cued-recall or"),
        ("cite cued-recall --set circuit.n_slots=3", "must be run.circuit"),
        ("cite --set run.circuit=slot_memory", "with a PROTOCOL before it"),
        ("cite cued-recall --set run.circuit=other", "must be one of slot_memory"),
    ],
)
def test_bad_input(typed: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(typed.split()) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.count("\n") == 1 and words in output.err


def test_the_key_of_the_circuit_is_that_of_settings() -> None:
    assert settings.CIRCUIT_KEY == CIRCUIT_KEY
