"""What holds for every test."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long a case takes is the machine's business, not a test's.
settings.register_profile("grokbot", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("grokbot")

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
