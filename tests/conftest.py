"""What holds for every test."""

import asyncio
import gc
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How long a case takes is the machine's business, not a test's.
settings.register_profile("grokbot", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("grokbot")

# As `cli` sets it, before gRPC is loaded; workers inherit it.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

# `uv run` names itself in UV. Some tests start it by name, which may not be on the PATH (`.uv/bin/uv run pytest`).
if "UV" in os.environ and shutil.which("uv") is None:
    os.environ["PATH"] += f"{os.pathsep}{Path(os.environ['UV']).parent}"


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Two workers for each core: the suite waits more than it computes.

    Measured on 2 cores: 625 s with 4 workers, 946 s with 2. PYTEST_XDIST_AUTO_NUM_WORKERS is obeyed, as ever.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return 2 * (os.cpu_count() or 1)


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """For tests in whose process a command says what is logged: the next test hears what it expects to."""
    root, others = logging.getLogger(), [logging.getLogger(name) for name in ("grokbot", "alembic", "opentelemetry")]
    handlers, levels = list(root.handlers), [each.level for each in (root, *others)]
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    for each, level in zip((root, *others), levels, strict=True):
        each.setLevel(level)


_unread: list[str] = []
_default_handler = asyncio.BaseEventLoop.default_exception_handler


def _note(loop: asyncio.BaseEventLoop, context: dict[str, Any]) -> None:
    message, error = str(context.get("message", "")), context.get("exception")
    # gRPC's poller reads from its socket once too often when two threads wake it; it goes on (grpc#25364).
    harmless = "PollerCompletionQueue" in message and isinstance(error, BlockingIOError)
    if not harmless and (message.endswith("was never retrieved") or message.startswith("Exception in callback")):
        _unread.append(f"{message}: {error!r} ({context.get('future') or context.get('handle')})")
    _default_handler(loop, context)


asyncio.BaseEventLoop.default_exception_handler = _note  # type: ignore[assignment,method-assign] # of every loop of every thread


@pytest.fixture(autouse=True)
def no_exception_is_left_unread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves an exception in a future, a task or a callback where nobody reads it."""
    _unread.clear()  # what comes so late belongs to no test
    yield
    if request.node.get_closest_marker("asyncio"):
        gc.collect(1)  # the young ones: futures tell it as they go
    told, _unread[:] = "\n".join(_unread), []
    assert not told, told
