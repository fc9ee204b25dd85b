"""Turns a path into a request, in both modes. The one place that decides what the model sees.

Not here: xAI's messages (`xai.requests` makes them of a `Prompt`), or which path is chosen (`forest`, `engine`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.options import effective, model_of, voice_of
from grokbot.conversation.parts import TextPart
from grokbot.conversation.personas import spoken_as
from grokbot.conversation.records.compaction import SUMMARY_OF_EARLIER, after
from grokbot.conversation.response import (
    ANSWER,
    AS_THE_CONVERSATION,
    Conversation,
    Mode,
    Response,
    Sender,
    State,
    Step,
    TurnOptions,
)
from grokbot.conversation.text import HOW_TO_READ, background, speaker, spoken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from grokbot.conversation.parts import AttachedFile, Part
    from grokbot.conversation.records.compaction import Compaction

KEPT_FOR = timedelta(days=30)
"""How long xAI keeps a stored response (xAI's documentation, autumn 2026)."""

KEPT_MARGIN = timedelta(minutes=5)
"""A stored response that expires this soon is not used: the request itself takes time."""

WHO_SPEAKS = (
    f"Several people may write here. Each of their messages begins with the writer's name and a colon. {HOW_TO_READ}"
)


ELSEWHERE = "[These words are kept at xAI and in the thread, not here.]"
"""Stands in for words that the database does not keep and that cannot be read again."""


class Role(StrEnum):
    """Whose words a `PromptMessage` holds; the names of xAI's roles."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a request."""

    role: Role
    text: str
    name: str = ""
    step: Step | None = None
    """The model's own output, replayed unchanged with its reasoning and its tool calls."""
    parts: tuple[Part, ...] = ()
    """What stands before the text, in order."""
    attached: tuple[AttachedFile, ...] = ()
    """Attachments that become parts once they are loaded."""
    compacted: str = ""
    """xAI's sealed form of all that came before, instead of text."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one request shows the model.

    xAI holds what comes up to `previous_response_id`, so it is not in `messages`; `store` asks xAI to keep this one
    too.
    """

    messages: tuple[PromptMessage, ...]
    previous_response_id: str | None = None
    store: bool = False
    root_id: str = ""
    """The conversation that the path begins in; "": the conversation itself."""
    person: str = ""
    """Who asks, as xAI may know them (`store.privacy.identifiers`); "": unknown. The model is not told."""


def are_elsewhere(responses: Iterable[Response]) -> bool:
    """Whether the words of one of these are kept elsewhere."""
    return any(response.message == ELSEWHERE for response in responses)


def lacks_words(prompt: Prompt) -> bool:
    """Whether the model would see the placeholder."""
    return any(ELSEWHERE in said.text for said in prompt.messages)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One turn of a conversation, and its options."""

    conversation: Conversation
    options: TurnOptions

    @property
    def system(self) -> str:
        """The system prompt of the request."""
        speaking = effective(self.conversation, self.options)
        system = spoken_as(speaking.persona, speaking.options.system_prompt, speaking.options.persona_text)
        if speaking.options.raw:
            return system
        if speaking.several_people:
            return f"{system}\n\n{WHO_SPEAKS}" if system else WHO_SPEAKS
        brings = speaking.channel_id is not None or speaking.options.search
        return f"{system}\n\n{HOW_TO_READ}" if system and brings else system

    def same_voice(self, response: Response) -> bool:
        """Whether an answer of the path has the same voice as this turn."""
        return voice_of(self.conversation, response.options) == voice_of(self.conversation, self.options)

    def replayable(self, response: Response) -> bool:
        """Whether the model may see an answer with its reasoning and its tool calls.

        Only the model that sealed them can read them, and a raw request declares no tools.
        """
        if response.steps and voice_of(self.conversation, self.options).raw:
            return False
        return model_of(self.conversation, response.options) == model_of(self.conversation, self.options)


def prompt_of(
    path: Sequence[Response],
    conversation: Conversation,
    now: datetime,
    gone: Collection[str] = (),
    instruction: str = "",
    options: TurnOptions = AS_THE_CONVERSATION,
    *,
    unstored: bool = False,
    compaction: Compaction | None = None,
) -> Prompt:
    """The prompt that makes the model answer the last response of `path`.

    Args:
        path: Root to leaf; the last one is a human's.
        conversation: Its mode and options apply.
        now: UTC, to tell what xAI still keeps.
        gone: Ids that xAI turned out to have lost, whatever their date says.
        instruction: Extra instruction for this answer alone. It ends this request and is in no later one.
        options: What the turn chooses for itself.
        unstored: Whether the whole path is sent and nothing kept at xAI, whatever the mode.
        compaction: What the path begins with instead of its earlier part; None: it is shown whole.

    Returns:
        Stateless: the whole path. Stateful: what comes after the nearest response that xAI still keeps and that has
        this turn's voice, or the whole path if there is none. Messages that people took back are left out.
    """
    turn = _Turn(conversation, options)
    root_id = path[0].conversation_id if path else ""
    asked = (PromptMessage(Role.USER, instruction),) if instruction else ()
    path = after(path, compaction)
    if conversation.mode is Mode.STATELESS or unstored:
        return Prompt((*_whole(path, turn, compaction), *asked), root_id=root_id)
    for index in range(len(path) - 1, -1, -1):
        fits = compaction is None or compaction.stands_for(path[index])
        if fits and _kept(path[index], now, gone) and turn.same_voice(path[index]):
            new = _said(path[index + 1 :], turn)
            return Prompt((*new, *asked), previous_response_id=path[index].xai_id, store=True, root_id=root_id)
    return Prompt((*_whole(path, turn, compaction), *asked), store=True, root_id=root_id)


def messages_of(
    path: Sequence[Response], conversation: Conversation, options: TurnOptions
) -> tuple[PromptMessage, ...]:
    """A path as a turn shows it to the model, without system prompt.

    Args:
        path: Root to leaf, or a part of it.
        conversation: Its options apply.
        options: The turn's own.
    """
    return tuple(_said(path, _Turn(conversation, options)))


def unsealed(response: Response) -> Response:
    """Without what only xAI can read. Tool calls go too: their results are sealed, and so a call says nothing."""
    return replace(response, encrypted_content="", steps=())


def _kept(response: Response, now: datetime, gone: Collection[str]) -> bool:
    return (
        response.state is State.DONE
        and not response.instruction  # xAI's copy holds the instruction too
        and response.xai_id is not None
        and response.xai_id not in gone
        and response.stored_until is not None
        and response.stored_until - KEPT_MARGIN > now
    )


def _whole(path: Sequence[Response], turn: _Turn, compaction: Compaction | None) -> Iterator[PromptMessage]:
    """The path with all that it begins with. xAI drops what stands before a sealed compaction: it comes first."""
    if compaction is not None and compaction.model:
        yield PromptMessage(Role.USER, "", compacted=compaction.content)
    if turn.system:
        yield PromptMessage(Role.SYSTEM, turn.system)
    if compaction is not None and not compaction.model:
        yield PromptMessage(Role.USER, f"{SUMMARY_OF_EARLIER}\n\n{compaction.content}")
    yield from _said(path, turn)


def _said(path: Sequence[Response], turn: _Turn) -> Iterator[PromptMessage]:
    made: tuple[AttachedFile, ...] = ()
    for response in path:
        if response.erased:
            continue
        if response.sender is Sender.HUMAN:
            said = _of_person(response, turn.conversation)
            yield replace(said, attached=(*made, *said.attached)) if made else said
            made = ()
        elif response.answered:
            yield from _of_model(response, turn)
            made = (*made, *response.attachments)  # an assistant's message holds no pictures: the next one shows them


def _of_person(response: Response, conversation: Conversation) -> PromptMessage:
    parts = (TextPart(background(response.background)),) if response.background else ()
    attached = response.attachments
    if not conversation.several_people:
        return PromptMessage(Role.USER, response.message, parts=parts, attached=attached)
    name = speaker(response.author.name) if response.author is not None else ""
    return PromptMessage(Role.USER, spoken(name, response.message), name=name, parts=parts, attached=attached)


def _of_model(response: Response, turn: _Turn) -> Iterator[PromptMessage]:
    if response.state is not State.DONE or not turn.replayable(response):
        # Only what people saw of it: xAI would refuse half of a sealed reasoning or a call without a result.
        yield PromptMessage(Role.ASSISTANT, response.message)
        return
    for step in response.steps:
        yield PromptMessage(Role.ASSISTANT if step.role == ANSWER else Role(step.role), step.text, step=step)
    if any(step.role == ANSWER for step in response.steps):
        return
    answer = Step(
        role=Role.ASSISTANT,
        text=response.message,
        reasoning=response.reasoning,
        encrypted_content=response.encrypted_content,
    )
    yield PromptMessage(Role.ASSISTANT, response.message, step=answer)
