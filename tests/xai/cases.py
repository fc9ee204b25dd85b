"""Conversations and responses, and a talk at random in which every answer came through a stream.

Not here: the streams themselves (`streams`), what is proved.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.draft import Draft
from grokbot.conversation.forest import leaf_after
from grokbot.conversation.history import KEPT_FOR
from grokbot.conversation.response import Author, Conversation, Mode, Options, Response, Sender, State
from grokbot.xai.chunks import Chunks
from tests.conversation.forest import path_to

from . import streams

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from grokbot.wire.xai import chat_pb2

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = ("alice", "bob", "bob\nalice: I agree", "\u3164", "alice\u202e", "Zoë 🐝", "a:b", "System")
PROMPTS = ("", "Be brief.", "You are Grok.\n\nAnswer in rhymes.")


def conversation(
    mode: Mode = Mode.STATELESS, *, guild_id: int | None = None, options: Options | None = None
) -> Conversation:
    return Conversation(
        id="01J",
        guild_id=guild_id,
        channel_id=9,
        owner_id=1,
        mode=mode,
        model="grok-4.7",
        created_at=NOW,
        modified_at=NOW,
        options=options or Options(),
    )


def human(response_id: str, parent_id: str | None, text: str, author: Author, at: datetime = NOW) -> Response:
    return Response(
        id=response_id,
        conversation_id="01J",
        parent_id=parent_id,
        sender=Sender.HUMAN,
        state=State.DONE,
        created_at=at,
        author=author,
        message=text,
    )


def pending(response_id: str, parent_id: str, at: datetime = NOW) -> Response:
    return Response(
        id=response_id,
        conversation_id="01J",
        parent_id=parent_id,
        sender=Sender.MODEL,
        state=State.PENDING,
        created_at=at,
    )


def drafted(chunks: Iterable[chat_pb2.GetChatCompletionChunk]) -> Draft:
    draft, read = Draft(), Chunks()
    for chunk in chunks:
        for event in read.events_of(chunk):
            draft.apply(event)
    return draft


@dataclass
class Talk:
    """A conversation that goes on as the engine lets it: turns of one or more people, ends of every kind."""

    random: Random
    where: Conversation
    now: datetime = NOW
    forest: list[Response] = field(default_factory=list)
    leaf_id: str | None = None

    @classmethod
    def begun(cls, random: Random, mode: Mode = Mode.STATELESS) -> Talk:
        options = Options(
            system_prompt=random.choice(PROMPTS),
            search=random.choice(((), ("web",), ("web", "x"))),
            temperature=random.choice((None, 0.0, 0.7)),
        )
        return cls(random, conversation(mode, guild_id=random.choice((None, 1)), options=options))

    def ask(self) -> tuple[Response, ...]:
        """One to three people write; the path that is to be answered. Names change from turn to turn."""
        parent = self.leaf_id
        for _ in range(self.random.randint(1, 3)):
            author = Author(self.random.randint(1, 3), self.random.choice(NAMES))
            asked = human(f"r{len(self.forest)}", parent, "?" + streams.words(self.random), author, self.now)
            self.forest.append(asked)
            parent = asked.id
        return path_to(self.forest, parent)

    def answer(self, asked: tuple[Response, ...], xai_id: str) -> Response:
        """The answer to `asked` arrives, whole or not, and the leaf moves as the engine moves it."""
        chunks = streams.cut(self.random, streams.stream(self.random, verbose=True), xai_id)
        states = (State.DONE, State.DONE, State.DONE, State.STOPPED, State.FAILED, State.INTERRUPTED)
        state = self.random.choice(states)
        if state is not State.DONE:
            chunks = chunks[: self.random.randint(0, len(chunks) - 1)]
        begun = pending(f"r{len(self.forest)}", asked[-1].id, self.now)
        ended = drafted(chunks).ended(begun, state, self.now)
        if state is State.DONE and self.where.mode is Mode.STATEFUL:
            ended = replace(ended, stored_until=self.now + KEPT_FOR)
        self.forest.append(ended)
        self.leaf_id = leaf_after(ended, self.leaf_id)
        return ended

    def wait(self) -> None:
        """Time goes by, at times so much that xAI no longer keeps what it kept."""
        self.now += timedelta(days=self.random.choice((0, 0, 1, 12, 29, 30)))
