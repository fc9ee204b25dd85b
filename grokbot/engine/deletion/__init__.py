"""Text that goes: by deletion in Discord, by age, at xAI.

Not here: a person's own erasure (`privacy`), a moderator's purge (`moderation`).
"""

from __future__ import annotations

from grokbot.engine.deletion.delete_at_xai import XaiDeletion
from grokbot.engine.deletion.drop_text import TextRemoval
from grokbot.engine.deletion.reread import DroppedTexts, Reader
from grokbot.engine.deletion.retention import Retention

__all__ = ["DroppedTexts", "Reader", "Retention", "TextRemoval", "XaiDeletion"]
