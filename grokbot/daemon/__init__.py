"""The only place that builds things and wires them together. Start, signals, drain, stop.

Not here: the command line (`cli`), what any of the rooms does.
"""

from __future__ import annotations

from grokbot.daemon.daemon import run
from grokbot.daemon.programs import embedded, reading
from grokbot.daemon.stop import REST_OF_STOP_SECONDS

__all__ = ["REST_OF_STOP_SECONDS", "embedded", "reading", "run"]
