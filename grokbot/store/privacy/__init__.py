"""What is kept of a person, and how it is erased."""

from __future__ import annotations

from grokbot.store.privacy.delete import Deleting, below, forget_at_xai, take_away
from grokbot.store.privacy.drop_text import Words
from grokbot.store.privacy.erase_person import Leaving
from grokbot.store.privacy.privacy import Privacy
from grokbot.store.privacy.retention import Retention

__all__ = ["Deleting", "Leaving", "Privacy", "Retention", "Words", "below", "forget_at_xai", "take_away"]
