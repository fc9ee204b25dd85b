"""The bot's sentences in other languages: a file each, named after Discord's locale, in gettext's PO format.

What stands here is text and how it is read. Not here: the English sentences (beside the code that says them, as
`conversation.text.Sentence`), which language somebody reads (`discord_bot`).
"""

from __future__ import annotations

from grokbot.languages.catalogs import LANGUAGES, SPOKEN, language_of, read_all

__all__ = ["LANGUAGES", "SPOKEN", "language_of", "read_all"]
