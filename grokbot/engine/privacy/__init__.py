"""What is kept of a person: told, exported, erased.

Not here: what Discord's deletions take away (`deletion`).
"""

from __future__ import annotations

from grokbot.engine.privacy.privacy import Privacy

__all__ = ["Privacy"]
