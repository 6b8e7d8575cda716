"""Run the command line as ``python -m hippokv``."""

from __future__ import annotations

from .command_line import run_process

if __name__ == "__main__":
    run_process()
