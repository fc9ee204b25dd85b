"""The books of the sandbox: who asked what, where, and what Grok was shown and said.

Not here: what members do (`crowd`), whether what Discord shows agrees with it (`count`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from grokbot.sandbox.grok_server import Script
from grokbot.wire.xai.chat_pb2 import Message as Turn
from grokbot.wire.xai.chat_pb2 import MessageRole

from .questions import asked_in, key_of, question, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from grokbot.sandbox.discord_server import Channel, DiscordSandbox, InteractionResult, Message, Person


WRITTEN = {0, 19, 20, 23}
"""Kinds of messages that somebody wrote; Discord makes the others."""


class Way(Enum):
    """How somebody asks."""

    MENTION = auto()
    POST = auto()
    THREAD = auto()
    DIRECT = auto()
    COMMAND = auto()


@dataclass(eq=False)
class Asked:
    """One question.

    Attributes:
        message: What was written; None for a command.
        place: Where it is answered, as far as that is known when it is asked.
        command: What became of the command.
        forgiven: Whether nobody can know of it any more.
    """

    number: int
    way: Way
    person: Person
    message: Message | None = None
    place: Channel | None = None
    command: InteractionResult | None = None
    forgiven: bool = False

    @property
    def is_owed(self) -> bool:
        """Whether it has to be answered: a command that nobody acknowledged says in Discord that it failed."""
        return not self.forgiven and (self.command is None or self.command.acknowledged)


@dataclass
class Books:
    """All questions of one ground, and all answers.

    Attributes:
        shown: For each request to Grok the numbers of all questions in it.
        said: The names of the answers that Grok began.
        pace: How Grok speaks: tokens a second, and seconds before the first.
    """

    discord: DiscordSandbox
    pace: Callable[[], tuple[float, float]]
    asked: dict[int, Asked] = field(default_factory=dict)
    shown: list[tuple[int, ...]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def enter(self, way: Way, person: Person) -> Asked:
        """A question that is about to be asked."""
        asked = Asked(len(self.asked) + 1, way, person)
        self.asked[asked.number] = asked
        return asked

    def forgive(self) -> None:
        """No question so far has to be answered any more."""
        for asked in self.asked.values():
            asked.forgiven = True

    def place_of(self, asked: Asked) -> Channel | None:
        """Where it is to be answered; None where no such place was made."""
        if asked.place is not None:
            return asked.place
        if asked.message is not None:
            return asked.message.thread
        if asked.command is not None:  # it may be answered though it was never acknowledged
            starters = self.starters(asked.number)
            asked.place = starters[0].channel if starters else None
        return asked.place

    def starters(self, number: int) -> list[Message]:
        """The messages in which the bot shows what was asked with a command."""
        text = question(number)
        return [m for m in self.ours() if text in m.content and not m.ephemeral]

    def ours(self) -> list[Message]:
        """What the bot wrote and can still be seen, by somebody at least."""
        bot = self.discord.bot_user
        found = self.discord.world.messages.values()
        return [m for m in found if m.author is bot and not m.deleted and m.kind in WRITTEN]

    def places(self) -> Iterator[str]:
        """All that can be seen, for a person to read."""
        for channel in self.discord.world.channels.values():
            yield f"==== {channel.id} {channel.name}"
            for message in channel.messages:
                buttons = " ".join(str(button.get("label")) for button in message.buttons())
                yield f"{message.id} {message.author.name}: {message.content!r} [{buttons}]"

    def script(self, conversation: Sequence[Turn]) -> Script:
        """What Grok answers to a conversation."""
        runs = [""]
        for turn in conversation:
            if turn.role == MessageRole.ROLE_USER:
                runs[-1] += " " + " ".join(part.text for part in turn.content)
            elif turn.role == MessageRole.ROLE_ASSISTANT:
                runs.append("")
        self.shown.append(asked_in(" ".join(runs)))
        key = key_of(runs)
        self.said.append(key)
        speed, wait = self.pace()
        return Script(text=text_of(key), reasoning="", tokens_per_second=speed, first_token_after=wait)
