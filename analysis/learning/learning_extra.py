"""The extra that learns: whether its packages are there, and what to do if not."""

from __future__ import annotations

from importlib.util import find_spec

from hippokv.errors import InputError

EXTRA_PACKAGES = ("jax", "optax")


def require_learning(purpose: str) -> None:
    """Make sure that what differentiates is installed.

    Raises
    ------
    InputError
        If a package of the extra ``learning`` is missing.
    """
    missing = [name for name in EXTRA_PACKAGES if find_spec(name) is None]
    if missing:
        raise InputError(
            purpose, f"no {' and no '.join(missing)}",
            "must have the extra: pip install 'hippokv[learning]'",
        )  # fmt: skip
