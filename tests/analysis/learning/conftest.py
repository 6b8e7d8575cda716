"""JAX without optimisation: its compiler would take longer than what tests learn."""

from __future__ import annotations

import os

FLAGS = ("--xla_backend_optimization_level=0", "--xla_llvm_disable_expensive_passes=true")

# Read when JAX is first used, which no test has done when they are collected.
os.environ["XLA_FLAGS"] = " ".join((os.environ.get("XLA_FLAGS", ""), *FLAGS)).strip()
