"""What a server's settings are called, and their values in words. Pure.

Not here: the panel that changes them (`commands.mod.settings`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.text import Plural, Sentence
from grokbot.discord_bot.notices.texts.command_text import MODES, plain
from grokbot.engine.admission import ALLOWED, LANGUAGE
from grokbot.languages import SPOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS: Mapping[str, Sentence] = {
    "model": Sentence("Model"),
    "mode": Sentence("Mode of new conversations"),
    "persona": Sentence("Persona"),
    "mention_only": Sentence("Mention needed in threads"),
    "private": Sentence("Private threads"),
    "in_channel": Sentence("Answer in the channel itself, without a thread"),
    "every_message": Sentence("Answer every message, no mention needed"),
    "images": Sentence("Images by /imagine and in answers"),
    "archive_minutes": Sentence("Archive threads after"),
    ALLOWED: Sentence("Personas to choose from"),
    "context_messages": Sentence("Messages read before a mention"),
    "summaries": Sentence("/summarize"),
    "search_sites": Sentence("Web searches"),
    "search_handles": Sentence("X searches"),
    "search_since": Sentence("Posts on X since"),
    "search_images": Sentence("Grok looks at pictures that searches find"),
    LANGUAGE: Sentence("Language"),
    "moderators": Sentence("More roles that moderate"),
    "log_channel": Sentence("Log channel"),
}
"""By name in the database."""

YES, NO, NONE = Sentence("yes"), Sentence("no"), Sentence("none")
SOME = Plural("{n} entry", "{n} entries")
HOURS = Plural("{n} hour", "{n} hours")
DAYS = Plural("{n} day", "{n} days")
_LISTS = frozenset({ALLOWED, "search_sites", "search_handles", "moderators"})
_MODES: Mapping[str, Sentence] = {mode.value: words for mode, words in MODES.items()}
_A_DAY = 1440


def setting_value(name: str, value: object) -> str:
    """A value as the audit log keeps it, in words: of lists, it keeps the length.

    Args:
        name: The setting's.
        value: The kept value; not None.
    """
    if isinstance(value, bool):
        return str(YES if value else NO)
    if isinstance(value, int):
        if name == "log_channel":
            return f"<#{value}>"
        if name == "archive_minutes":
            return DAYS(value // _A_DAY) if value >= _A_DAY else HOURS(value // 60)
        return SOME(value) if name in _LISTS else f"{value:,}"
    known: Mapping[str, Sentence] = SPOKEN if name == LANGUAGE else _MODES if name == "mode" else {}
    if str(value) in known:
        return str(known[str(value)])
    return plain(str(value), 80) or str(NONE)
