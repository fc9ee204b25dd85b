"""grokbot.Daemon's methods for answers that are stuck, and for messages that were missed; the operator's.

Not here: finding them (`engine.library.stuck_answers`), looking in Discord (`discord_bot`).
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from grokbot.api.messages.daemon import moment, stuck_message
from grokbot.api.services.daemon_operator import check_operator
from grokbot.conversation.errors import DiscordError, UserError
from grokbot.engine.library.backlog import MAX_AGE
from grokbot.wire.grokbot import daemon_pb2 as wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from google.protobuf.empty_pb2 import Empty

    from grokbot.api.services.daemon_operator import DaemonFacts
    from grokbot.engine.engine import Engine
    from grokbot.engine.library import CaughtUp
    from grokbot.policy.actor import Actor

    LookAgain: TypeAlias = Callable[[int | None, datetime], Awaitable[CaughtUp]]
    """Looks for missed messages in a place, or everywhere, after a time."""

log = logging.getLogger(__name__)

NO_DISCORD = "The bot is not connected to Discord. Try again when `grokbot status` says that it is."
TOO_LONG_AGO = "`since` must be at most 14 days ago: nobody waits for older answers."

FURTHEST_BACK = timedelta(days=14, minutes=5)
"""How far back missed messages are looked for; the minutes are for the command's own time."""


class DaemonStuck:
    """The service's methods for what is stuck or was missed; the operator's.

    Args:
        engine: The engine.
        facts: The daemon's current state.
        look_again: Looks in Discord for missed messages.
    """

    def __init__(self, engine: Engine, facts: Callable[[], DaemonFacts], look_again: LookAgain) -> None:
        self._stuck = engine.stuck
        self._now = engine.context.now
        self._facts = facts
        self._look_again = look_again

    async def list_stuck_answers(self, _: Empty, caller: Actor) -> wire.ListStuckAnswersResponse:
        """What is stuck."""
        check_operator(caller)
        return wire.ListStuckAnswersResponse(answers=[stuck_message(each) for each in await self._stuck.listed()])

    async def show_again(self, request: wire.ShowAgainRequest, caller: Actor) -> wire.ShowAgainResponse:
        """Show an answer in Discord again."""
        check_operator(caller)
        if not self._facts().discord_connected:
            raise DiscordError(NO_DISCORD)
        why = await self._stuck.show_again(request.response_id, caller.id)
        return wire.ShowAgainResponse(shown=not why, why=why)

    async def abandon(self, request: wire.AbandonRequest, caller: Actor) -> wire.AbandonResponse:
        """Give an answer up."""
        check_operator(caller)
        return wire.AbandonResponse(kind=(await self._stuck.abandon(request.response_id, caller.id)).value)

    async def catch_up(self, request: wire.CatchUpRequest, caller: Actor) -> wire.CatchUpResponse:
        """Answer messages that were missed."""
        check_operator(caller)
        now = self._now()
        if not self._facts().discord_connected:
            raise DiscordError(NO_DISCORD)
        since = moment(request.since, "since") if request.HasField("since") else now - MAX_AGE
        if since < now - FURTHEST_BACK:
            raise UserError(TOO_LONG_AGO)
        log.info("discord.catch_up channel=%d since=%s by=%d", request.channel_id, since.isoformat(), caller.id)
        return wire.CatchUpResponse(**asdict(await self._look_again(request.channel_id or None, since)))


async def nowhere_to_look(_place_id: int | None, _since: datetime) -> CaughtUp:
    """Without Discord nothing was missed there.

    Raises:
        DiscordError: Always.
    """
    raise DiscordError(NO_DISCORD)
