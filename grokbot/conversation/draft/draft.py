"""Folds a stream of events into an answer: what the model is doing, and its text so far.

Not here: the events themselves (`events`), tasks and waiting (`engine`), how it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from grokbot.conversation.draft.events import (
    Called,
    Cited,
    CitedInText,
    Delayed,
    Drawing,
    Drawn,
    Finished,
    Identified,
    TextPiece,
    UsageSoFar,
)
from grokbot.conversation.image_request import MOST_IMAGES
from grokbot.conversation.parts import drawn
from grokbot.conversation.response import (
    ANSWER,
    Query,
    Response,
    State,
    Step,
    ToolCall,
    Usage,
)
from grokbot.conversation.text.citations import MOST_CITATIONS

if TYPE_CHECKING:
    from datetime import datetime

    from grokbot.conversation.draft.events import Event
    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.text.citations import Citation


NOTHING_TAKEN = Usage(cost_ticks=0)


class Phase(StrEnum):
    """What the model is doing, as shown to people."""

    WAITING = "waiting"
    """xAI cannot be reached; the client keeps trying."""
    THINKING = "thinking"
    SEARCHING = "searching"
    DRAWING = "drawing"
    WRITING = "writing"


@dataclass(slots=True)
class _Output:
    role: str = "assistant"
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    encrypted: list[str] = field(default_factory=list)
    calls: dict[str, ToolCall] = field(default_factory=dict)
    cited: dict[Citation, None] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not (self.text or self.reasoning or self.encrypted or self.calls)

    def step(self) -> Step:
        return Step(
            role=self.role,
            text="".join(self.text),
            reasoning="".join(self.reasoning),
            encrypted_content="".join(self.encrypted),
            tool_calls=tuple(self.calls.values()),
        )


class _Ending:
    """Whether a stream has reached its own end: its last output is the assistant's and has finished.

    With server-side tools every output ends on its own; a stream that stops after any but the last was cut off.
    """

    def __init__(self) -> None:
        self._output = -1
        self._of_assistant = True
        self._finished: Finished | None = None

    @property
    def finished(self) -> bool:
        """Whether the model came to its own end."""
        return self._finished is not None and self._of_assistant

    @property
    def cut_short(self) -> bool:
        """Whether a length or time limit was that end."""
        return self.finished and self._finished is not None and self._finished.cut_short

    def see(self, event: Event) -> None:
        """Takes note of an event; events that belong to no output are ignored."""
        if not isinstance(event, (TextPiece, Called, Finished)) or event.output < self._output:
            return
        if event.output > self._output:
            self._output, self._of_assistant, self._finished = event.output, True, None
        if isinstance(event, TextPiece) and event.role:
            self._of_assistant = event.role == "assistant"
        elif isinstance(event, Finished):
            self._finished = event


class Draft:
    """What has arrived of one answer. One writer applies events; anybody reads.

    Reading `text` costs time only if something new has arrived since the last read.
    """

    def __init__(self) -> None:
        self._outputs: dict[int, _Output] = {}
        self._answer = 0
        self._queries: dict[str, Query] = {}
        self._joined = ""
        self._stale = False
        self._ending = _Ending()
        self.length = 0
        """Characters of text and reasoning that have arrived in all."""
        self.phase = Phase.THINKING
        self.xai_id: str | None = None
        self.model: str | None = None
        self.usage: Usage | None = None
        self.citations: tuple[str, ...] = ()
        self.images: tuple[AttachedFile, ...] = ()
        """Those that the model made."""

    @property
    def finished(self) -> bool:
        """Whether the model has come to its own end."""
        return self._ending.finished

    @property
    def cut_short(self) -> bool:
        """Whether a length or time limit ended the answer, not the model."""
        return self._ending.cut_short

    @property
    def taken(self) -> Usage | None:
        """The answer's usage as far as xAI reported it; zero while it takes no request."""
        return NOTHING_TAKEN if self.usage is None and self.phase is Phase.WAITING else self.usage

    @property
    def answer(self) -> int:
        """The number of the output that `text` comes from; with another number the text starts over."""
        return self._answer

    @property
    def text(self) -> str:
        """The answer so far: the text of the last assistant output that has any."""
        if self._stale:
            output = self._outputs[self._answer]
            self._joined = "".join(output.text)
            output.text[:] = [self._joined]
            self._stale = False
        return self._joined

    @property
    def reasoning(self) -> str:
        """The model's reasoning before that text."""
        return "".join(self._outputs.get(self._answer, _Output()).reasoning)

    @property
    def queries(self) -> tuple[Query, ...]:
        """Searches so far, in the order in which they began."""
        return tuple(self._queries.values())

    @property
    def cited(self) -> tuple[Citation, ...]:
        """Where that text cites its sources, as far as reported."""
        return tuple(self._outputs.get(self._answer, _Output()).cited)

    def apply(self, event: Event) -> None:  # noqa: C901 -- one case for each event
        """Adds what has arrived."""
        self._ending.see(event)
        if self.phase is Phase.WAITING:
            self.phase = Phase.THINKING
        match event:
            case TextPiece():
                self._say(event)
            case Called():
                self._call(event)
            case Identified():
                self.xai_id, self.model = event.xai_id, event.model
            case UsageSoFar():
                self.usage = event.usage
            case Cited():
                self.citations = tuple(dict.fromkeys((*self.citations, *event.urls)))
            case Drawing() | Drawn():
                self._draw(event)
            case CitedInText():
                cited = self._output(event.output).cited
                cited.update(dict.fromkeys(event.citations[: MOST_CITATIONS - len(cited)]))
            case Delayed():
                self.phase = Phase.WAITING
            case Finished():
                pass  # _ending handles it
            case _:
                assert_never(event)

    def ended(self, response: Response, state: State, at: datetime, failure: str | None = None) -> Response:
        """The response in its final state, with everything that arrived.

        One with images has no calls: xAI would want each result back with its call, and the image is in it. The images
        are shown to the model with the next message instead.

        Args:
            response: As it was begun.
            state: How it ended.
            at: When it ended, in UTC.
            failure: Why it failed, for the log and the person; None if it did not.
        """
        answer = self._outputs.get(self._answer, _Output()).step()
        return replace(
            response,
            state=state,
            finished_at=at,
            failure=failure,
            message=answer.text or _pictured(len(self.images)),
            reasoning=answer.reasoning,
            encrypted_content="" if self.images else answer.encrypted_content,
            steps=() if self.images else self._steps(),
            queries=self.queries,
            citations=self.citations,
            cited=self.cited,
            xai_id=self.xai_id,
            model=self.model or response.model,
            usage=self.taken,
            attachments=self.images,
        )

    def _steps(self) -> tuple[Step, ...]:
        """The outputs before the answer; all outputs, if the answer alone would not show what its own output held."""
        steps = {i: self._outputs[i].step() for i in sorted(self._outputs) if not self._outputs[i].empty}
        own = steps.get(self._answer)
        if own is not None and (own.tool_calls or max(steps) > self._answer):
            steps[self._answer] = replace(own, role=ANSWER)
            return tuple(steps.values())
        return tuple(step for i, step in steps.items() if i < self._answer)

    def _output(self, index: int) -> _Output:
        output = self._outputs.get(index)
        if output is None:
            output = self._outputs[index] = _Output()
        return output

    def _say(self, event: TextPiece) -> None:
        self.length += len(event.text) + len(event.reasoning)
        output = self._output(event.output)
        if event.role:
            output.role = event.role
        if event.reasoning:
            output.reasoning.append(event.reasoning)
        if event.encrypted_content:
            output.encrypted.append(event.encrypted_content)
        if event.text:
            output.text.append(event.text)
        if output.role != "assistant":
            return
        if event.text and event.output >= self._answer:
            self._answer, self._stale = event.output, True
            self.phase = Phase.WRITING
        elif event.reasoning and self.phase is not Phase.WRITING:
            self.phase = Phase.THINKING

    def _draw(self, event: Drawing | Drawn) -> None:
        self.phase = Phase.DRAWING if isinstance(event, Drawing) else Phase.THINKING
        if isinstance(event, Drawn):
            self.images = (*self.images, drawn(event.image, event.prompt, len(self.images)))[:MOST_IMAGES]

    def _call(self, event: Called) -> None:
        output = self._output(event.output)
        # A call without an id cannot be told from the next one: each is kept separately.
        key = event.call.id or f"{event.output} {len(output.calls)}"
        output.calls[key] = event.call
        if event.query is not None:
            if key not in self._queries:
                self.phase = Phase.SEARCHING
            self._queries[key] = event.query


def _pictured(images: int) -> str:
    """In place of a text, as it is stored."""
    return f"🖼️ {images} image{'s' if images > 1 else ''}" if images else ""
