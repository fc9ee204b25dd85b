"""The engine's way to the bot, which comes later and may go away: what happens is brought there, and Discord is asked.

Not here: showing what happened (`answers.presenter`, `threads.rename`, `notices.log_channel`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.errors import DiscordError
from grokbot.conversation.records.moderator_events import MODERATOR_EVENTS
from grokbot.discord_bot.inbound import reader_of
from grokbot.discord_bot.members import asked_of
from grokbot.engine.admission import NOT_ASKED
from grokbot.engine.library import TitleChanged
from grokbot.engine.turns import AnswerGiven, AnswerLeft, WaitingRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grokbot.conversation.records import Happened
    from grokbot.conversation.response import MessageRef
    from grokbot.discord_bot.bot.bot import GrokBot
    from grokbot.engine.context import Events
    from grokbot.policy.actor import Actor

Brought: TypeAlias = "AnswerGiven | AnswerLeft | TitleChanged | WaitingRefused | Happened"

BROUGHT: tuple[type[Brought], ...] = (AnswerGiven, AnswerLeft, TitleChanged, WaitingRefused, *MODERATOR_EVENTS)
"""What is brought to the bot."""


class DiscordLink:
    """One for the process, made before the engine. What happens while there is no bot is kept for it."""

    def __init__(self, events: Events) -> None:
        self.bot: GrokBot | None = None
        self._kept: list[Brought] = []
        self._person: Callable[[int, int, int], Awaitable[Actor | None]] | None = None
        for kind in BROUGHT:
            events.subscribe(kind, self._take)

    def connect(self, bot: GrokBot) -> None:
        """There is a bot: it gets what has waited for it, and from now on all that happens."""
        self.bot = bot
        self._person = asked_of(bot)
        kept, self._kept = self._kept, []
        for event in kept:
            _show(bot, event)

    @property
    def is_connected(self) -> bool:
        """Whether the gateway can be heard now: `is_ready` stays true while the library connects again."""
        bot = self.bot
        return bot is not None and bot.is_ready() and not any(shard.is_closed() for shard in bot.shards.values())

    async def person(self, user_id: int, guild_id: int, channel_id: int) -> Actor | None:
        """Somebody as they stand in a channel; None: they do not see it. For `Membership`.

        Args:
            user_id: Whom it is about.
            guild_id: The server.
            channel_id: A channel or thread of it.

        Raises:
            DiscordError: Discord could not be asked.
        """
        if self._person is None:
            raise DiscordError(NOT_ASKED)
        return await self._person(user_id, guild_id, channel_id)

    async def text(self, messages: Sequence[MessageRef]) -> str | None:
        """What messages say together; None where that cannot be read. For dropped texts."""
        return await reader_of(self.bot)(messages) if self.bot is not None else None

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
        case TitleChanged():
            if not event.by_thread:
                bot.renaming.rename(event.conversation)
        case WaitingRefused():
            bot.waiting_refused(event)
        case _:
            bot.logs.happened(event)
