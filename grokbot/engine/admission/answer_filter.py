"""What a server's filters let through of one answer: while it arrives, and once it has ended.

Hidden text never leaves here: not to Discord, not into the database. Not here: what a filter finds
(`policy.filters.stream`), how it is hidden (`policy.filters.spoilers`), reports (`moderation.answer_reports`).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.records import SLOW, FilterHit
from grokbot.engine.admission.filter_deadline import SECONDS_A_PIECE, SECONDS_AN_ANSWER, light, within
from grokbot.policy.filters import (
    BLOCK,
    Effect,
    FilterTooSlowError,
    Folded,
    Hider,
    Span,
    StreamFilter,
    TooSlowError,
    finds,
    judged,
    masked,
    spans_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grokbot.conversation.draft import Draft
    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.response import Query, Response
    from grokbot.policy.filters import Filter, Watch


LIGHT_PIECE = 64
"""Characters of a piece that light filters check on the event loop, at most."""

LONGEST_QUERY = 500
"""Characters of a search query that are checked, and so shown."""

SECONDS_A_QUERY = 0.05


class Screen:
    """One answer through the filters. Call `take` with what has arrived, `closed` with the result, one after the other.

    Args:
        filters: The server's filters that check answers.
    """

    def __init__(self, filters: Sequence[Filter]) -> None:
        self._filters = filters
        self._stream = StreamFilter(filters)
        self._hider = Hider()
        self._light = light(filters, 0, 0)
        self._seconds = SECONDS_AN_ANSWER
        self._output = -1
        self._seen = 0
        """Characters of the draft's answer that went into the stream."""
        self._let = 0
        """How many of them were let through."""
        self._text = ""
        self._held = ""
        """Text in the stream that is not let through yet."""
        self._queries: dict[Query, Query] = {}
        """Checked queries, and how to show them."""
        self._found: tuple[Query, ...] = ()
        self.cut = False
        """Whether a filter ends the answer: nothing after `text` is ever shown."""
        self.hid = False
        """Whether any of the answer was hidden or cut off in the end."""
        self.hits: dict[str, Filter] = {}
        """The filters that matched, by id."""
        self.slow: Filter | None = None
        """The filter that ran out of time: the answer is cut after the text let through by then."""

    @property
    def text(self) -> str:
        """What may be shown of the answer so far."""
        return self._text

    def light(self, draft: Draft) -> bool:
        """Whether `take` would return at once."""
        new = len(draft.text) - (self._seen if draft.answer == self._output else 0)
        return self._light and self._hider.quick and new <= LIGHT_PIECE and draft.queries == self._found

    def take(self, draft: Draft) -> None:
        """Checks new text, also of a new output of the model, and new searches."""
        if self.cut:
            return
        self._look_at(draft.queries)
        begun = time.thread_time()
        try:
            self._take(draft, within(min(SECONDS_A_PIECE, self._seconds)))
        except TooSlowError as error:
            self._give_up(error)
        self._seconds -= time.thread_time() - begun

    def _take(self, draft: Draft, watch: Watch) -> None:
        if draft.answer != self._output:
            self._begin(draft.answer)
        new = draft.text[self._seen :]
        if not new:
            return
        self._seen += len(new)
        self._held += new
        progress = self._stream.add(new, watch)
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
        """The checked queries, with the filters' matches made unreadable."""
        return tuple(self._queries[query] for query in found if query in self._queries)

    def closed(self, answer: Response) -> Response:
        """The ended answer in its stored form: hidden parts stay hidden, and nothing follows a cut.

        If anything was hidden, the model's steps before the answer go too, for they would hold the words. Then later
        requests do not build on xAI's copy, which holds them as well.
        """
        watch = within(SECONDS_AN_ANSWER)
        self._look_at(answer.queries)
        try:
            if self.slow is not None:
                raise FilterTooSlowError(self.slow)
            found = judged(self._filters, answer.message, watch)
            message = answer.message if found.cut is None else answer.message[: found.cut]
            message = masked(message, found.hidden)
            self.hits |= {hit.filter.id: hit.filter for hit in found.hits}
            self.cut = self.cut or found.cut is not None
            hidden = any(hit.filter.effect is not Effect.NOTE for hit in found.hits)
        except TooSlowError as error:
            self._give_up(error)
            message, hidden = self._text, True
        whole = [answer.reasoning, *(call.arguments for step in answer.steps for call in step.tool_calls)]
        whole += [text for step in answer.steps for text in (step.text, step.reasoning)]
        whole += [call.error or "" for step in answer.steps for call in step.tool_calls]
        seen = dict.fromkeys((*answer.citations, *(cited.url for cited in answer.cited)))
        found_in = {url for url in seen if self._finds(url, watch)}
        kept = replace(
            answer,
            queries=self.queries(answer.queries),
            citations=tuple(url for url in answer.citations if url not in found_in),
            cited=tuple(cited for cited in answer.cited if cited.url not in found_in and message == answer.message),
            attachments=tuple(self._named(file, watch, at) for at, file in enumerate(answer.attachments, 1)),
        )
        self.hid = hidden or any(self._finds(text, watch) for text in whole)
        if not self.hid:
            return kept
        return replace(kept, message=message, reasoning="", encrypted_content="", steps=())

    def _look_at(self, queries: tuple[Query, ...]) -> None:
        if queries == self._found:
            return
        for query in queries:
            if query not in self._queries:
                self._queries[query] = replace(query, text=self._blocked(query.text[:LONGEST_QUERY]))
        self._found = queries

    def _begin(self, output: int) -> None:
        self._stream, self._hider = StreamFilter(self._filters), Hider()
        self._output, self._seen, self._let, self._text, self._held = output, 0, 0, "", ""

    def _give_up(self, error: TooSlowError) -> None:
        if isinstance(error, FilterTooSlowError):
            self.slow = error.filter
        self.cut = True

    def _finds(self, text: str, watch: Watch) -> bool:
        """Counts as a match if there is no time to look."""
        try:
            return bool(text) and finds(self._filters, text, watch)
        except TooSlowError:
            return True

    def _named(self, file: AttachedFile, watch: Watch, number: int) -> AttachedFile:
        """An image of the model's, whose name holds words of its own prompt."""
        if not any(self._finds(name, watch) for name in (file.name, file.name.replace("-", " "))):
            return file
        return replace(file, name=f"image-{number}.{file.name.rpartition('.')[2]}")

    def _blocked(self, text: str) -> str:
        folded, hiding = Folded(text), [one for one in self._filters if one.effect is not Effect.NOTE]
        watch = within(SECONDS_A_QUERY)
        try:
            return _with_blocks(text, [span for one in hiding for span in spans_of(one.pattern, text, folded, watch)])
        except TooSlowError:
            return BLOCK


def _with_blocks(text: str, spans: Iterable[Span]) -> str:
    characters = list(text)
    for span in spans:  # each character stays one
        characters[span.start : span.end] = BLOCK * (span.end - span.start)
    return "".join(characters)


def found_by(found: Iterable[Filter], slow: Filter | None) -> Iterator[FilterHit]:
    """Reports of the filters that matched in one text, and of one that ran out of time; nothing of where."""
    for one in found:
        yield _hit(one, one.action.value)
    if slow is not None:
        yield _hit(slow, SLOW)


def _hit(one: Filter, action: str) -> FilterHit:
    return FilterHit(
        guild_id=None,
        filter_id=one.id,
        channel_id=None,
        response_id=None,
        action=action,
        number=one.number,
        name=one.name,
    )
