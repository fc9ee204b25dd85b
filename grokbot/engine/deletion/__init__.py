"""Automatic removal of text: by age, or because the operator wants none kept.

Not here: a person's own erasure (`privacy`), a moderator's purge (`moderation`), deleting at xAI (`xai_deletion`).
"""

from __future__ import annotations

from grokbot.engine.deletion.drop_text import TextRemoval
from grokbot.engine.deletion.reread import DroppedTexts, Reader
from grokbot.engine.deletion.retention import Retention

__all__ = ["DroppedTexts", "Reader", "Retention", "TextRemoval"]
