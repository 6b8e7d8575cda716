"""Runs of a sweep on the workers of a dask scheduler.

Nothing but settings and rows travels: every worker machine compiles a circuit once, into its own
cache, as any machine does, so that no disk has to be shared. Certificates are those that dask's own
settings name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from hippokv.errors import InputError

CLUSTER = "--cluster"
#: Where dask's settings name certificates.
TLS = "distributed.comm.tls"
#: How long to wait for the scheduler and its first worker, in s.
PATIENCE_S = 30


@contextmanager
def connected(address: str) -> Iterator[tuple[Executor, int]]:
    """Connect to a scheduler, and give an executor and the number of runs at once.

    Parameters
    ----------
    address
        As in ``tcp://host:8786``, or ``tls://host:8786`` with the certificates of dask's settings.

    Raises
    ------
    InputError
        Where dask is not installed or not set up, no scheduler or no worker answers, or the
        scheduler ends.
    """
    try:
        from distributed import Client
        from distributed.comm.core import connect
        from distributed.core import send_recv
        from distributed.utils import LoopRunner
    except ImportError:
        allowed = "must be used with dask installed: pip install 'hippokv[cluster]'"
        raise InputError(CLUSTER, address, allowed) from None
    except Exception as error:
        # Dask reads its settings when it is imported.
        allowed = f"must be used with settings of dask that can be read ({_one_line(error)})"
        raise InputError(CLUSTER, address, allowed) from None
    security, arguments = _security(address)

    async def call() -> None:
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
        client = Client(address, timeout=PATIENCE_S, set_as_default=False, security=security)
    except Exception as error:
        allowed = (
            "must be the address of a dask scheduler that runs, as tcp://host:8786 or, with "
            f"certificates, tls://host:8786 ({_one_line(error)})"
        )
        raise InputError(CLUSTER, address, allowed) from None
    with _quiet(), client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError:
            raise InputError(CLUSTER, address, "must have at least one worker") from None
        # A run has no effect but its row, so that it may be repeated elsewhere when a worker dies.
        executor = client.get_executor(pure=False, retries=3)
        try:
            yield executor, max(sum(client.nthreads().values()), 1)
        except Exception as error:
            if client.status == "running" and not isinstance(error, CancelledError):
                raise
            allowed = "must go on running; the same command goes on from there"
            raise InputError(CLUSTER, address, allowed) from None
        finally:
            # After an interruption nobody reads what still runs, which may take hours.
            executor.shutdown(wait=False)


def _security(address: str) -> tuple[Any, dict[str, Any]]:
    """Return what dask's settings say of encryption, for a client and for a single call.

    Raises
    ------
    InputError
        Where they name no certificates though the address needs some, or such as cannot be used.
    """
    import dask
    from distributed import Security

    try:
        loader = dask.config.get("distributed.client.security-loader", None)
        found: Any = resolve_name(loader)({"address": address}) if loader else Security()
        files = {
            "ca-file": found.tls_ca_file,
            "client.cert": found.tls_client_cert,
            "client.key": found.tls_client_key,
        }
        for name, file in files.items():
            # It may be the certificate itself.
            if file and "\n" not in file and not Path(file).is_file():
                raise InputError(
                    f"{TLS}.{name}", file, "must be a file that exists, in the settings of dask"
                )
        arguments = found.get_connection_args("client")
    except InputError:
        raise
    except Exception as error:
        allowed = f"must have certificates that can be used, in dask's {TLS} ({_one_line(error)})"
        raise InputError(CLUSTER, address, allowed) from None
    if address.startswith("tls:") and arguments["ssl_context"] is None:
        allowed = f"must have certificates, in dask's {TLS}: ca-file, client.cert and client.key"
        raise InputError(CLUSTER, address, allowed)
    return found, arguments


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or "no answer"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the client from writing the traceback of a lost connection: words report it."""
    logger = logging.getLogger("distributed.client")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
