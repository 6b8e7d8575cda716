"""Runs of a sweep on the workers of a dask scheduler.

Nothing but settings and rows travels: every worker machine compiles a circuit once, into its own
cache, as any machine does, so that no disk has to be shared.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
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
        Where dask is not installed, no scheduler or no worker answers, or the scheduler ends.
    """
    try:
        from distributed import Client, Security
        from distributed.comm.core import connect
        from distributed.core import send_recv
        from distributed.utils import LoopRunner
    except ImportError:
        allowed = "must be used with dask installed: pip install 'hippokv[cluster]'"
        raise InputError(KEY, address, allowed) from None

    async def call() -> None:
        arguments = Security().get_connection_args("client")
        comm = await connect(address, timeout=PATIENCE_S, **arguments)
        told = await send_recv(comm, op="identity")
        await comm.close()
        if told["type"] != "Scheduler":
            raise ValueError(f"it is that of a {told['type']}")

    async def call_with_patience() -> None:
        await asyncio.wait_for(call(), PATIENCE_S + 1)

    try:
        # A client that is not answered waits for ever, or hangs when Python ends.
        LoopRunner(asynchronous=False).run_sync(call_with_patience)
        client = Client(address, timeout=PATIENCE_S, set_as_default=False)
    except Exception as error:
        allowed = "must be the address of a dask scheduler that runs, as tcp://host:8786"
        reason = str(error) or "no answer"
        raise InputError(KEY, address, f"{allowed} ({reason})") from None
    with _quiet(), client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError:
            raise InputError(KEY, address, "must have at least one worker") from None
        # A run has no effect but its row, so that it may be repeated elsewhere when a worker dies.
        executor = client.get_executor(pure=False, retries=3)
        try:
            yield executor, max(sum(client.nthreads().values()), 1)
        except Exception as error:
            if client.status == "running" and not isinstance(error, CancelledError):
                raise
            allowed = "must go on running; the same command goes on from there"
            raise InputError(KEY, address, allowed) from None
        finally:
            # After an interruption nobody reads what still runs, which may take hours.
            executor.shutdown(wait=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the client from writing the traceback of a lost connection, which is reported in words."""
    logger = logging.getLogger("distributed.client")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
