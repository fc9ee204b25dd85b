"""The nodes of the forest and the conversation that holds them, as frozen values.

Not here: what follows from a path (`forest`), what is sent of them (`history`), how they are kept (`store`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.text.citations import Citation

TICKS_A_DOLLAR = 10**10
"""Money is counted in whole ticks of 10^-10 USD, as xAI does."""


class Sender(StrEnum):
    """Who speaks in a response."""

    HUMAN = "human"
    MODEL = "model"


class Mode(StrEnum):
    """How a conversation reaches the model: the whole path each time, or only what xAI does not keep yet."""

    STATELESS = "stateless"
    STATEFUL = "stateful"


class TitleBy(StrEnum):
    """Who gave a conversation its title. Grok's title never replaces a person's."""

    PERSON = "person"
    GROK = "grok"


class State(StrEnum):
    """A response's stage in its life. A human's waits as `pending` until its turn begins and is then `done`."""

    PENDING = "pending"
    STREAMING = "streaming"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """Whether the response is final."""
        return not FOLLOWS[self]


FOLLOWS: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.STREAMING, State.DONE, State.STOPPED, State.FAILED, State.INTERRUPTED}),
    State.STREAMING: frozenset({State.DONE, State.STOPPED, State.FAILED, State.INTERRUPTED}),
    **dict.fromkeys((State.DONE, State.STOPPED, State.FAILED, State.INTERRUPTED), frozenset()),
}


@dataclass(frozen=True, slots=True)
class Author:
    """A person, by Discord id and by the name that others in the channel see."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Overheard:
    """Somebody's message in Discord that was not addressed to the bot."""

    message_id: int
    author: Author
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """One answer's usage, in tokens; `cost_ticks` in 10^-10 USD, None if xAI reported none.

    `completion_tokens` excludes `reasoning_tokens`; `prompt_tokens` includes `cached_prompt_tokens`.
    """

    prompt_tokens: int = 0
    cached_prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    tool_calls: int = 0
    cost_ticks: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A search by the model. `kind` is `web`, `x`, `code` (whose text is empty) or the tool's own name."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool as xAI reported it. `type` and `status` are the wire's numbers, replayed as they came."""

    id: str
    type: int
    status: int
    name: str
    arguments: str
    error: str | None = None
    """xAI's message if the call failed."""


ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Step:
    """One output of the model before its answer (a call of a server-side tool, or that tool's result).

    If the answer's own output called tools, or outputs without text followed it, the steps hold all outputs, the
    answer's among them, so that all can be replayed.
    """

    role: str
    """`assistant`, `tool`, or `ANSWER`: the assistant's output whose text is the response's message."""
    text: str = ""
    reasoning: str = ""
    encrypted_content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOptions:
    """One turn's options; None: as in the conversation."""

    model: str | None = None
    persona: str | None = None
    """A persona's name; "" for none."""
    persona_text: str | None = None
    """That persona's instructions as they were then; None: those of a built-in one."""
    effort: str | None = None
    """One of `models.EFFORTS`."""
    raw: bool | None = None
    """The model as it is: without searches, system prompt and persona."""
    temperature: float | None = None
    max_tokens: int | None = None
    images: bool | None = None
    """False: the model may make none in this answer, whatever the conversation says."""
    image_model: str | None = None
    """Which model answers with images of the last message, `image_count` of them; None: the answer is no such one."""
    image_count: int | None = None
    image_aspect: str | None = None
    """One of `image_request.ASPECTS`."""


AS_THE_CONVERSATION = TurnOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One node of the forest: a human's message or the model's answer. Frozen once `state` has ended."""

    id: str
    conversation_id: str
    parent_id: str | None
    sender: Sender
    state: State
    created_at: datetime
    finished_at: datetime | None = None
    author: Author | None = None
    message: str = ""
    reasoning: str = ""
    encrypted_content: str = ""
    steps: tuple[Step, ...] = ()
    queries: tuple[Query, ...] = ()
    citations: tuple[str, ...] = ()
    """Addresses that the model has seen on its way, whether the text cites them or not."""
    cited: tuple[Citation, ...] = ()
    """Where `message` cites a source, as xAI reported it."""
    manual: bool = False
    """Set by hand (an import, the API) rather than sampled."""
    instruction: str = ""
    """Of a model response: an extra instruction, which ends its own request and is in no later one."""
    quoted_id: int | None = None
    """Discord id of the author of the message quoted first (`quoting`). None: no quotation."""
    background: tuple[Overheard, ...] = ()
    """Of a human response: what was said in its place before it, oldest first."""
    erased: bool = False
    """Of a human response: its author took it back. `message` is empty and stays so; no request shows it."""
    failure: str | None = None
    """A `GrokFailure`, where `state` is failed or interrupted."""
    xai_id: str | None = None
    stored_until: datetime | None = None
    """Until when xAI keeps it under `xai_id`; None where it is not kept there."""
    model: str | None = None
    usage: Usage | None = None
    options: TurnOptions = AS_THE_CONVERSATION
    """Of a model response: its options, so that a retry uses the same."""
    attachments: tuple[AttachedFile, ...] = ()
    """Of a human response: pictures and files; of a model response: images that it made. Most often without data."""
    compacted: bool = False
    """Of a model response: the earlier part of the conversation was summarised for it."""

    @property
    def answered(self) -> bool:
        """Whether this is a model response with visible text; white space does not count."""
        return self.sender is Sender.MODEL and self.state.ended and bool(self.message.strip())


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """What the model's searches find: domains and handles of X (without @) to search in, or to leave out, not both."""

    sites: tuple[str, ...] = ()
    excluded_sites: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    excluded_handles: tuple[str, ...] = ()
    since: date | None = None
    """The first day of the posts that are found."""
    images: bool = False
    """Whether the model looks at the pictures that it finds."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a conversation fixes at its beginning, so that its requests only grow at the end. None: left to xAI."""

    system_prompt: str = ""
    reasoning_effort: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    search: tuple[str, ...] = ()
    """Server-side searches that the model may do: `web`, `x`."""
    search_limits: SearchLimits = SearchLimits()
    images: bool = False
    """Whether the model may make images in an answer."""
    mention_only: bool = False
    """Whether only messages that mention the bot are turns: in threads that belong to somebody else."""
    in_channel: bool = False
    """Whether it stands in a channel itself, where other conversations stand side by side with it."""
    asked: bool = False
    """Whether it is answered in the replies to a person's commands and presses: it has no channel in Discord."""
    raw: bool = False
    """The model as it is: without searches, system prompt and persona."""
    own: tuple[str, ...] = ()
    """Which of `model` and `persona` a person chose; later settings of the server do not change these."""
    persona_text: str | None = None
    """The persona's instructions as they were at the beginning; None: those of a built-in one."""
    chosen: TurnOptions = AS_THE_CONVERSATION
    """What people changed since: the options of every further turn that chooses nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One forest of responses; in Discord one thread, one direct-message channel, or a part of a channel.

    The path of a branch is the path up to `branched_from` and then the branch's own, whose roots have no parent.
    """

    id: str
    guild_id: int | None
    channel_id: int | None
    owner_id: int
    mode: Mode
    model: str
    created_at: datetime
    modified_at: datetime
    title: str = ""
    title_by: TitleBy | None = None
    persona: str | None = None
    options: Options = field(default_factory=Options)
    leaf_id: str | None = None
    branched_from: str | None = None
    """The response of another conversation that this one continues; those up to it are shared, not copied."""
    locked: bool = False

    @property
    def several_people(self) -> bool:
        """Whether more than one person can write here, so that the model needs their names."""
        return self.guild_id is not None


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where a response stands in Discord. `part` counts from 0: a long answer takes several messages."""

    message_id: int
    channel_id: int
    response_id: str
    part: int = 0
    wording: str | None = None
    """Of a person's message: a digest of its text when it was received, if known."""
