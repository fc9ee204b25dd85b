"""What is stored about a person, and erasing it."""

from __future__ import annotations

from grokbot.store.privacy.background import DROP_OF, Backgrounds, Whose, overheard, seen_in, taken
from grokbot.store.privacy.delete import Deletion, below, forget_at_xai, take_away
from grokbot.store.privacy.drop_text import TextRows
from grokbot.store.privacy.erase_person import Erasure
from grokbot.store.privacy.identifiers import Identifiers, hash_of_person
from grokbot.store.privacy.privacy import PersonRows
from grokbot.store.privacy.quotes import quoting, unquote
from grokbot.store.privacy.retention import IdleConversations

__all__ = [
    "DROP_OF",
    "Backgrounds",
    "Deletion",
    "Erasure",
    "Identifiers",
    "IdleConversations",
    "PersonRows",
    "TextRows",
    "Whose",
    "below",
    "forget_at_xai",
    "hash_of_person",
    "overheard",
    "quoting",
    "seen_in",
    "take_away",
    "taken",
    "unquote",
]
