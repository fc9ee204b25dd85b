"""Turns an answer's Markdown into Discord messages.

`to_discord` rewrites what Discord cannot draw (`translator`); `split` cuts it into messages (`splitter`);
`GrowingAnswer` does both while the text grows.

Later text changes only the last message of `GrowingAnswer.shown`. Text with more than one possible meaning is shown
only if it fits there.
"""

from grokbot.conversation.text import OthersText
from grokbot.conversation.text.citations import Numbering
from grokbot.discord_bot.markdown.splitter import DISCORD_LIMIT, Overflow, Splitter
from grokbot.discord_bot.markdown.translator import Translator


def to_discord(markdown: OthersText, limit: int = DISCORD_LIMIT) -> str:
    """Rewrites what Discord cannot draw; the rest stays as it is.

    `limit` is the length at which `split` will cut: a table that has been cut is not laid out again.
    Raises ValueError for a limit under MINIMUM_LIMIT.
    """
    numbering = Numbering()
    numbering.feed(markdown)
    translator = Translator(Splitter(limit), numbering)
    return translator.feed(markdown) + translator.finish()


def split(text: OthersText, limit: int = DISCORD_LIMIT) -> list[str]:
    """The messages of a finished text; none if it shows nothing.

    Raises ValueError for a limit under MINIMUM_LIMIT.
    """
    splitter = Splitter(limit)
    splitter.feed(text)
    return splitter.finished()


class GrowingAnswer:
    """Translates and cuts an answer that grows. The work of a feed depends on the new text, not on the whole.

    Raises ValueError for a limit under MINIMUM_LIMIT.
    """

    def __init__(self, limit: int = DISCORD_LIMIT) -> None:
        self._splitter = Splitter(limit)
        self._numbering = Numbering()
        self._translator = Translator(self._splitter, self._numbering)

    def feed(self, new_text: str) -> None:
        """Appends Markdown as the model wrote it."""
        self._numbering.feed(new_text)
        self._translator.feed(new_text)

    @property
    def closed(self) -> int:
        """Number of final messages."""
        return self._splitter.messages

    def finished(self) -> list[str]:
        """The messages if the answer ends here; equal to `split(to_discord(whole text))`."""
        ended = self._translator.fork()
        ended.finish()
        return ended.splitter.finished()

    def shown(self) -> list[str]:
        """The messages while more text is coming. Those before the last are final."""
        table, text = self._translator.preview()
        view = self._splitter
        if table and view.trial(table)[0] is not Overflow.TORN:
            view = view.with_more(table)
        elif table:
            return view.shown()
        if text and view.trial(text)[0] is Overflow.NONE:
            view = view.with_more(text)
        return view.shown()
