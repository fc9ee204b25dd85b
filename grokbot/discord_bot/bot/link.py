"""The engine's link to the bot, which starts later and may stop: delivers events, asks Discord.

Not here: showing what happened (`answers.presenter`, `threads.rename`, `notices.log_channel`).
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.errors import DiscordError
from grokbot.conversation.records.moderator_events import MODERATOR_EVENTS
from grokbot.discord_bot.inbound import attached_reader_of, reader_of
from grokbot.discord_bot.members import asked_of
from grokbot.engine.admission import NOT_ASKED
from grokbot.engine.library import CaughtUp, TitleChanged
from grokbot.engine.turns import (
    AnswerAbandoned,
    AnswerGiven,
    AnswerLeft,
    ConversationTouched,
    MessagesWait,
    WaitingRefused,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.records import Happened
    from grokbot.conversation.response import MessageRef
    from grokbot.discord_bot.bot.bot import GrokBot
    from grokbot.engine.context import Events
    from grokbot.policy.actor import Actor

Brought: TypeAlias = (
    "AnswerAbandoned | AnswerGiven | AnswerLeft | TitleChanged | MessagesWait | WaitingRefused | Happened"
)

BROUGHT: tuple[type[Brought], ...] = (
    AnswerAbandoned,
    AnswerGiven,
    AnswerLeft,
    TitleChanged,
    MessagesWait,
    WaitingRefused,
    *MODERATOR_EVENTS,
)
"""The events that the bot gets."""


class DiscordLink:
    """One per process, made before the engine. Keeps events for the bot until it is there."""

    def __init__(self, events: Events) -> None:
        self.bot: GrokBot | None = None
        self._kept: list[Brought] = []
        self._person: Callable[[int, int, int], Awaitable[Actor | None]] | None = None
        for kind in BROUGHT:
            events.subscribe(kind, self._take)
        events.subscribe(ConversationTouched, self._touched)

    def connect(self, bot: GrokBot) -> None:
        """Gives the bot the kept events, and from now on all others."""
        self.bot = bot
        self._person = asked_of(bot)
        kept, self._kept = self._kept, []
        for event in kept:
            _show(bot, event)

    @property
    def is_connected(self) -> bool:
        """Whether events can arrive now: `is_ready` stays true while the library reconnects."""
        bot = self.bot
        return bot is not None and bot.is_ready() and not any(shard.is_closed() for shard in bot.shards.values())

    def look(self) -> bool:
        """Takes in the gateway's heartbeats. Returns whether the bot has been ready, so that Discord can be asked."""
        if self.bot is None or not self.bot.is_ready() or self.bot.is_closed():
            return False
        self.bot.look_at_heartbeats()
        return True

    async def probe(self) -> None:
        """Sees whether Discord answers a cheap request, for the daemon's health."""
        if self.bot is not None:
            await self.bot.probe()

    async def person(self, user_id: int, guild_id: int, channel_id: int) -> Actor | None:
        """A member as seen from a channel; None if they do not see it. For `Membership`.

        Args:
            user_id: The member.
            guild_id: The server.
            channel_id: A channel or thread of it.

        Raises:
            DiscordError: Discord could not be asked.
        """
        if self._person is None:
            raise DiscordError(NOT_ASKED)
        return await self._person(user_id, guild_id, channel_id)

    async def text(self, messages: Sequence[MessageRef]) -> str | None:
        """The text of messages together; None if it cannot be read. For dropped texts."""
        return await reader_of(self.bot)(messages) if self.bot is not None else None

    async def attached(self, messages: Sequence[MessageRef]) -> Sequence[AttachedFile]:
        """The attachments of messages, read again; none if they cannot be. For dropped data."""
        return await attached_reader_of(self.bot)(messages) if self.bot is not None else ()

    async def look_again(self, place_id: int | None, since: datetime) -> CaughtUp:
        """Looks for missed messages once more, and answers them. For the operator.

        Args:
            place_id: A channel with its threads, a thread, or direct messages; None: everywhere.
            since: Messages after then.

        Raises:
            DiscordError: Discord is not connected.
        """
        if self.bot is None or not self.is_connected:
            raise DiscordError(NOT_ASKED)
        found = await self.bot.look_again(place_id, since)
        return CaughtUp(*(found.get(field.name, 0) for field in fields(CaughtUp)))

    def _touched(self, event: ConversationTouched) -> None:
        if self.bot is not None:
            self.bot.waiting.touched(event.key)

    def _take(self, event: Brought) -> None:
        if self.bot is None:
            self._kept.append(event)
        else:
            _show(self.bot, event)


def _show(bot: GrokBot, event: Brought) -> None:
    match event:
        case AnswerGiven():
            bot.presenter.show(event.running, event.shown)
        case AnswerLeft():
            bot.presenter.show_left(event.running, event.shown)
            bot.waiting.answered(event.running)
        case AnswerAbandoned():
            bot.presenter.abandon(event.response_id)
        case TitleChanged():
            if event.renames:
                bot.renaming.rename(event.conversation)
        case MessagesWait():
            bot.waiting.wait(event.conversation, event.messages, left=event.left)
        case WaitingRefused():
            bot.waiting_refused(event)
        case _:
            bot.logs.happened(event)
