"""Sets the metrics that nobody counts as they happen: figures that are read when somebody asks for the metrics.

Not here: declaring metrics (`process.metrics`), serving them (`web`).
"""

from __future__ import annotations

import platform
from importlib.metadata import version

from grokbot.process import metrics


class Figures:
    """Reads the figures of one daemon, part by part as it comes up."""

    def __init__(self) -> None:
        metrics.BUILD.info({"version": version("grokbot"), "python": platform.python_version()})

    async def measure(self) -> None:
        """Set them all."""
