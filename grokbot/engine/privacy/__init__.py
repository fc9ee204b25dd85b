"""A person's stored data: notice, export, erasure.

Not here: text dropped by age or setting (`deletion`).
"""

from __future__ import annotations

from grokbot.engine.privacy.privacy import Privacy

__all__ = ["Privacy"]
