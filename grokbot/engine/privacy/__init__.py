"""What is kept of a person: told, exported, erased.

Not here: what Discord's deletions take away (`deletion`).
"""

from __future__ import annotations

from grokbot.engine.privacy.privacy import FILE_NAME, Privacy

__all__ = ["FILE_NAME", "Privacy"]
