"""Runs of a sweep on the workers of a dask scheduler.

Nothing but settings and rows travels: every worker machine compiles a circuit once, into its own
cache, as any machine does, so that no disk has to be shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from hippokv.errors import InputError

KEY = "--cluster"
#: How long to wait for the scheduler and its first worker, in s.
PATIENCE_S = 30


@contextmanager
def connected(address: str) -> Iterator[tuple[Executor, int]]:
    """Connect to a scheduler, and give an executor and the number of runs at once.

    Parameters
    ----------
    address
        As in ``tcp://host:8786``.

    Raises
    ------
    InputError
        Where dask is not installed, or no scheduler or no worker answers.
    """
    try:
        from distributed import Client
    except ImportError:
        allowed = "must be used with dask installed: pip install 'hippokv[cluster]'"
        raise InputError(KEY, address, allowed) from None
    try:
        client = Client(address, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        allowed = f"must be the address of a dask scheduler that runs, as tcp://host:8786 ({error})"
        raise InputError(KEY, address, allowed) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError:
            raise InputError(KEY, address, "must have at least one worker") from None
        # A run has no effect but its row, so that it may be repeated elsewhere when a worker dies.
        with client.get_executor(pure=False, retries=3) as executor:
            yield executor, max(sum(client.nthreads().values()), 1)
