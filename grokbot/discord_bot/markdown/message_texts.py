"""An answer's Markdown, made into messages that Discord takes, in two steps.

`to_discord` writes what Discord does not draw in a way it does; `split` cuts, and changes nothing but by its repairs.
`Answer` does both while the text still grows. Here belongs only what others call: the first step is `translator`, the
second `splitter`. No discord, no clock, no I/O.

Stable: what is appended later changes no message but the last of those that `Answer.shown` gave. What has come but
could still be read in another way is shown only where it cannot move anything: in the last message.
"""

from grokbot.conversation.text import OthersText
from grokbot.discord_bot.markdown.splitter import DISCORD_LIMIT, MINIMUM_LIMIT, Fate, Origin, Part, Piece, Splitter
from grokbot.discord_bot.markdown.translator import Translator

__all__ = [
    "DISCORD_LIMIT",
    "MINIMUM_LIMIT",
    "Answer",
    "Origin",
    "Part",
    "Piece",
    "Splitter",
    "cut",
    "split",
    "to_discord",
]


def to_discord(markdown: OthersText, limit: int = DISCORD_LIMIT) -> str:
    """The text with what Discord does not draw written in a way it does; what it draws stays as it is.

    `limit` is the length that `split` will cut at: a table is not laid out anew once a cut has gone through it.
    Raises ValueError for a limit under MINIMUM_LIMIT.
    """
    translator = Translator(Splitter(limit))
    return translator.feed(markdown) + translator.finish()


def split(text: OthersText, limit: int = DISCORD_LIMIT) -> list[str]:
    """The messages that a finished text is sent as; none for a text that shows nothing.

    Raises ValueError for a limit under MINIMUM_LIMIT.
    """
    return [part.text for part in cut(text, limit) if not part.blank]


def cut(text: OthersText, limit: int = DISCORD_LIMIT) -> tuple[Part, ...]:
    """The parts of a finished text, blank ones included: their bodies joined are the text."""
    splitter = Splitter(limit)
    splitter.feed(text)
    return splitter.parts


class Answer:
    """An answer that grows, translated and cut. Work per feed depends on the new text, not on the whole answer.

    Raises ValueError for a limit under MINIMUM_LIMIT.
    """

    def __init__(self, limit: int = DISCORD_LIMIT) -> None:
        self._splitter = Splitter(limit)
        self._translator = Translator(self._splitter)

    def feed(self, new_text: str) -> None:
        """Appends Markdown as the model wrote it."""
        self._translator.feed(new_text)

    @property
    def closed(self) -> int:
        """How many messages will not change any more."""
        return self._splitter.messages

    def finished(self) -> list[str]:
        """The messages if nothing more comes; the same as `split(to_discord(all that was fed))`."""
        ended = self._translator.fork()
        ended.finish()
        return ended.splitter.finished()

    def shown(self) -> list[str]:
        """The messages while more is coming: what could still be read in another way moves no closed message."""
        table, text = self._translator.preview()
        view = self._splitter
        if table and view.fate(table) is not Fate.TORN:
            view = view.with_more(table)
        elif table:
            return view.shown()
        if text and view.fate(text) is Fate.FITS:
            view = view.with_more(text)
        return view.shown()
