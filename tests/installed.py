"""Programs that some tests start and that pip does not bring.

Not here: the tests, and the installation (`.ci/run`).
"""

from __future__ import annotations

import os
import shutil

import pytest


def installed(*names: str, debian: str) -> str:
    """The path of the first of these programs that this machine has.

    Without any, the test is skipped. Where CI is set it fails, so that no check is ever left out there.

    Args:
        names: What the program is called, on this or that system.
        debian: The Debian package that brings it.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    if found is not None:
        return found
    reason = f"{names[0]} is not installed; to run these tests: apt-get install {debian}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
