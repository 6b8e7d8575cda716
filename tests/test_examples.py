"""What ``examples/`` shows runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_a_rule_of_ones_own_leaves_what_the_shipped_one_overwrites(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "own_rule.py"), "numpy"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    shipped, own = ([float(word) for word in re.findall(r"\d\.\d+", line)]
                    for line in told.splitlines())  # fmt: skip
    assert shipped[0] < 0.05 < 0.95 < shipped[1]
    assert own[0] > 0.95
    assert own[1] > 0.95
    assert own[2] == 0.5
