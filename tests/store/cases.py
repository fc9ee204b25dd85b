"""Values to store: plain ones by hand, all possible ones by hypothesis.

Not here: what is proved with them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from grokbot.conversation.response import (
    Author,
    Conversation,
    MessageRef,
    Mode,
    Options,
    Query,
    Response,
    SearchLimits,
    Sender,
    State,
    Step,
    TitleBy,
    ToolCall,
    TurnOptions,
    Usage,
)
from grokbot.conversation.text.citations import Citation

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALICE = Author(111, "alice")
BOB = Author(222, "bob")
CHANNEL = 900
GUILD = 800

ENDED = (State.DONE, State.STOPPED, State.FAILED, State.INTERRUPTED)


def at(tick: int) -> datetime:
    return START + timedelta(microseconds=tick)


def conversation(conversation_id: str = "c", tick: int = 0) -> Conversation:
    return Conversation(
        id=conversation_id,
        guild_id=GUILD,
        channel_id=CHANNEL,
        owner_id=ALICE.id,
        mode=Mode.STATELESS,
        model="grok",
        created_at=at(tick),
        modified_at=at(tick),
    )


def human(
    response_id: str,
    parent_id: str | None = None,
    tick: int = 0,
    author: Author = ALICE,
    state: State = State.DONE,
    text: str = "a question",
) -> Response:
    return Response(
        id=response_id,
        conversation_id="c",
        parent_id=parent_id,
        sender=Sender.HUMAN,
        state=state,
        created_at=at(tick),
        author=author,
        message=text,
    )


def pending(response_id: str, parent_id: str | None, tick: int = 0) -> Response:
    return Response(
        id=response_id,
        conversation_id="c",
        parent_id=parent_id,
        sender=Sender.MODEL,
        state=State.PENDING,
        created_at=at(tick),
        model="grok",
    )


def ended(answer: Response, text: str = "an answer", state: State = State.DONE) -> Response:
    return replace(answer, state=state, message=text, finished_at=answer.created_at, usage=Usage(10, 4, 20, 5, 1, 123))


def ref(message_id: int, response_id: str, part: int = 0) -> MessageRef:
    return MessageRef(message_id, CHANNEL, response_id, part)


# What PostgreSQL and SQLite both keep as text: no NUL, no lone surrogate.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
moments = st.datetimes(timezones=st.just(UTC))
snowflakes = st.integers(0, 2**63 - 1)
counts = st.integers(0, 2**31 - 1)
maybe_texts = st.none() | texts.filter(bool)

tool_calls = st.builds(ToolCall, texts, counts, counts, texts, texts)
steps = st.builds(Step, texts, texts, texts, texts, st.lists(tool_calls, max_size=2).map(tuple))
usages = st.builds(Usage, counts, counts, counts, counts, counts, st.none() | st.integers(0, 2**62))

turn_options = st.builds(
    TurnOptions, model=maybe_texts, persona=st.none() | texts, persona_text=maybe_texts, temperature=st.floats(0, 2)
)

options = st.builds(
    Options,
    persona_text=maybe_texts,
    chosen=turn_options,
    system_prompt=texts,
    reasoning_effort=maybe_texts,
    temperature=st.none() | st.floats(0, 2),
    max_tokens=st.none() | counts,
    search=st.lists(texts, max_size=2).map(tuple),
    search_limits=st.builds(
        SearchLimits, *[st.lists(texts, max_size=2).map(tuple)] * 4, st.none() | st.dates(), st.booleans()
    ),
    mention_only=st.booleans(),
    in_channel=st.booleans(),
)

conversations = st.builds(
    Conversation,
    id=st.uuids().map(str),
    guild_id=st.none() | snowflakes,
    channel_id=st.none() | snowflakes,
    owner_id=snowflakes,
    mode=st.sampled_from(Mode),
    model=texts,
    created_at=moments,
    modified_at=moments,
    title=texts,
    title_by=st.none() | st.sampled_from(TitleBy),
    persona=maybe_texts,
    options=options,
    leaf_id=maybe_texts,
    locked=st.booleans(),
)

answers = st.builds(
    Response,
    id=st.uuids().map(str),
    conversation_id=st.uuids().map(str),
    parent_id=st.none(),
    sender=st.just(Sender.MODEL),
    state=st.sampled_from(ENDED),
    created_at=moments,
    finished_at=st.none() | moments,
    author=st.none() | st.builds(Author, snowflakes, texts),
    message=texts,
    reasoning=texts,
    encrypted_content=texts,
    steps=st.lists(steps, max_size=3).map(tuple),
    queries=st.lists(st.builds(Query, texts, texts), max_size=3).map(tuple),
    citations=st.lists(texts, max_size=3).map(tuple),
    cited=st.lists(st.builds(Citation, texts, st.integers(), st.integers()), max_size=3).map(tuple),
    manual=st.booleans(),
    instruction=texts,
    erased=st.booleans(),
    failure=maybe_texts,
    xai_id=maybe_texts,
    stored_until=st.none() | moments,
    model=maybe_texts,
    usage=st.none() | usages,
    options=st.builds(
        TurnOptions,
        model=maybe_texts,
        persona=maybe_texts,
        raw=st.none() | st.booleans(),
        temperature=st.none() | st.floats(0, 2),
        max_tokens=st.none() | st.integers(1, 2**31 - 1),
    ),
)
