"""What a server's filters let through of one answer: while it arrives, and once it has ended.

What a filter hides never leaves here: not to Discord, not into the database. Not here: what a filter finds
(`policy.filter_stream`), how it is hidden (`policy.spoilers`), who is told of it (`moderation_notices`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.policy.filter_stream import StreamFilter
from grokbot.policy.filtering import Effect, judged, spans_of
from grokbot.policy.folding import Folded
from grokbot.policy.patterns import Span
from grokbot.policy.spoilers import BLOCK, Hider, masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grokbot.conversation.draft import Draft
    from grokbot.conversation.response import Query, Response
    from grokbot.policy.filtering import Filter


class Screen:
    """Of one answer. `take` is called with what has arrived, `closed` with what it came to.

    Args:
        filters: Those of the server that look at answers.
    """

    def __init__(self, filters: Sequence[Filter]) -> None:
        self._filters = filters
        self._stream = StreamFilter(filters)
        self._hider = Hider()
        self._output = -1
        self._seen = 0
        """Characters of the draft's answer that the stream has been given."""
        self._let = 0
        """Of them, those that were let through."""
        self._text = ""
        self._held = ""
        """What was given to the stream and not let through yet."""
        self._queries: tuple[tuple[Query, ...], tuple[Query, ...]] = ((), ())
        self.cut = False
        """Whether a filter ends the answer: nothing after `text` is ever shown."""
        self.hid = False
        """Whether anything of the answer was hidden or cut off in the end."""
        self.hits: dict[str, Filter] = {}
        """The filters that found something, by id."""

    @property
    def text(self) -> str:
        """What may be shown of the answer so far."""
        return self._text

    def take(self, draft: Draft) -> None:
        """The answer has grown, or begun anew with another output of the model."""
        if self.cut:
            return
        if draft.answer != self._output:
            self._begin(draft.answer)
        new = draft.text[self._seen :]
        if not new:
            return
        self._seen += len(new)
        self._held += new
        progress = self._stream.add(new)
        self.hits |= {hit.filter.id: hit.filter for hit in progress.judged.hits}
        safe = progress.safe - self._let
        if safe > 0:
            spans = [
                Span(span.start - self._let, span.end - self._let)
                for span in progress.judged.hidden
                if self._let <= span.start and span.end <= progress.safe
            ]
            self._text += self._hider.add(self._held[:safe], spans)
            self._held = self._held[safe:]
            self._let = progress.safe
        self.cut = progress.judged.cut is not None

    def queries(self, found: tuple[Query, ...]) -> tuple[Query, ...]:
        """Searches of the model, with what filters find in their words made unreadable."""
        if found != self._queries[0]:
            self._queries = (found, tuple(replace(query, text=self._blocked(query.text)) for query in found))
        return self._queries[1]

    def reasoning(self, text: str) -> str:
        """What the model said to itself: nobody is shown it, so it goes whole where a filter finds something in it."""
        return "" if self._finds(text) else text

    def closed(self, answer: Response) -> Response:
        """An answer that has ended, as it is kept: what is hidden in it is hidden for good, and after a cut is nothing.

        Where anything was hidden, what the model did on its way to it goes too, for the words would stand in it. What
        xAI keeps under its id is not built on then: it holds them as well.
        """
        found = judged(self._filters, answer.message)
        self.hits |= {hit.filter.id: hit.filter for hit in found.hits}
        self.cut = self.cut or found.cut is not None
        message = answer.message if found.cut is None else answer.message[: found.cut]
        hidden = any(hit.filter.effect is not Effect.NOTE for hit in found.hits)
        whole = [answer.reasoning, *(call.arguments for step in answer.steps for call in step.tool_calls)]
        whole += [text for step in answer.steps for text in (step.text, step.reasoning)]
        whole += [call.error or "" for step in answer.steps for call in step.tool_calls]
        kept = replace(
            answer,
            queries=self.queries(answer.queries),
            citations=tuple(url for url in answer.citations if not self._finds(url)),
        )
        self.hid = hidden or any(map(self._finds, whole))
        if not self.hid:
            return kept
        return replace(kept, message=masked(message, found.hidden), reasoning="", encrypted_content="", steps=())

    def _begin(self, output: int) -> None:
        self._stream, self._hider = StreamFilter(self._filters), Hider()
        self._output, self._seen, self._let, self._text, self._held = output, 0, 0, "", ""

    def _finds(self, text: str) -> bool:
        return bool(text) and any(hit.filter.effect is not Effect.NOTE for hit in judged(self._filters, text).hits)

    def _blocked(self, text: str) -> str:
        folded, hiding = Folded(text), [one for one in self._filters if one.effect is not Effect.NOTE]
        return _with_blocks(text, [span for one in hiding for span in spans_of(one.pattern, text, folded)])


def _with_blocks(text: str, spans: Iterable[Span]) -> str:
    for span in spans:  # each character stays one
        text = text[: span.start] + BLOCK * (span.end - span.start) + text[span.end :]
    return text
