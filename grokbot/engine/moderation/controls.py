"""Stops answers in a server: a pause, a conversation's lock, ending running answers.

Not here: the operator's pause of everything (`turns.pause`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotFoundError
from grokbot.conversation.records import Pause
from grokbot.conversation.titles import cut_at_word, one_line
from grokbot.engine.admission import GONE
from grokbot.engine.context import WholeTasks
from grokbot.engine.turns import LONGEST_REASON

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from grokbot.conversation.response import Conversation
    from grokbot.engine.admission import RulesCache
    from grokbot.engine.context import Context
    from grokbot.engine.moderation.actions import Actions
    from grokbot.engine.turns import RunningAnswer, TurnRunner
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)


class Controls:
    """A part of `Moderation`.

    Args:
        context: Settings, store, clock, ids and events.
        acts: Checks the right to an action, and notes it.
        rules: The servers' rules.
        runner: The answers under way.
        answer_waiting: Begins the turns of waiting messages.
    """

    def __init__(
        self,
        context: Context,
        acts: Actions,
        rules: RulesCache,
        runner: TurnRunner,
        answer_waiting: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = context.store
        self._acts = acts
        self._rules = rules
        self._runner = runner
        self._answer_waiting = answer_waiting
        self._changes = WholeTasks("moderation")

    async def pause(self, who: Actor, reason: str = "") -> Pause:
        """Pauses the server, or gives the current pause another reason. Ends running answers there.

        Their received text stays. Waiting messages are answered after the pause.
        """
        guild_id = self._acts.may_in_server(who)
        return await self._changes.run(self._paused(who, guild_id, cut_at_word(one_line(reason), LONGEST_REASON)))

    async def unpause(self, who: Actor) -> bool:
        """Ends the pause, and begins to answer waiting messages. Returns whether one held."""
        return await self._changes.run(self._unpaused(who, self._acts.may_in_server(who)))

    async def is_paused(self, who: Actor) -> bool:
        """Whether the server is paused."""
        return (await self._rules.of(self._acts.may_in_server(who))).pause is not None

    async def lock(self, who: Actor, conversation_id: str, reason: str = "") -> bool:
        """Locks a conversation: nobody can continue it. Returns whether it was open.

        Args:
            who: The moderator.
            conversation_id: One of their server.
            reason: For the audit log.

        Raises:
            NotFoundError: The server has no such conversation.
        """
        return await self._locked(who, conversation_id, reason, locked=True)

    async def unlock(self, who: Actor, conversation_id: str, reason: str = "") -> bool:
        """Unlocks a conversation. Returns whether it was locked. Raises as `lock`.

        Args:
            who: The moderator.
            conversation_id: One of their server.
            reason: For the audit log.
        """
        return await self._locked(who, conversation_id, reason, locked=False)

    async def stop(self, who: Actor, channel_id: int | None, reason: str = "", *, threads: Collection[int] = ()) -> int:
        """Ends running answers in a channel or thread; None: in the whole server. Returns how many ended.

        Args:
            who: Who does it.
            channel_id: Where.
            reason: For the audit log.
            threads: Those of the channel: only Discord knows which they are.
        """
        guild_id = self._acts.may_in_server(who)
        stopped = self._running_in(guild_id, channel_id, threads)
        if stopped:
            target = "" if channel_id is None else f"channel:{channel_id}"
            entry = self._acts.entry(who, guild_id, "stop", target, reason, answers=len(stopped))
            await self._store.audit.add(entry)
            await self._runner.stop(stopped)
            self._acts.done(entry)
        return len(stopped)

    async def _paused(self, who: Actor, guild_id: int, reason: str) -> Pause:
        earlier = (await self._rules.of(guild_id)).pause
        entry = self._acts.entry(who, guild_id, "pause", "", reason)
        pause = Pause(since=earlier.since if earlier is not None else entry.at, by=who.id, reason=reason)
        await self._store.guild_settings.set_pause(pause, guild_id, entry)
        self._acts.done(entry)
        log.warning("server.paused guild=%d by=%d", guild_id, who.id)
        while True:  # also answers already decided on but not yet begun
            await self._runner.stop(self._running_in(guild_id, None))
            await self._runner.locks.decided()
            if not self._running_in(guild_id, None):
                return pause

    async def _unpaused(self, who: Actor, guild_id: int) -> bool:
        if (await self._rules.of(guild_id)).pause is None:
            return False
        entry = self._acts.entry(who, guild_id, "unpause")
        await self._store.guild_settings.set_pause(None, guild_id, entry)
        self._acts.done(entry)
        log.warning("server.unpaused guild=%d by=%d", guild_id, who.id)
        await self._answer_waiting()
        return True

    async def _locked(self, who: Actor, conversation_id: str, reason: str, *, locked: bool) -> bool:
        conversation = await self._conversation(who, conversation_id)
        guild_id = conversation.guild_id or 0
        action = "lock" if locked else "unlock"
        target, channel = f"conversation:{conversation_id}", conversation.channel_id
        entry = self._acts.entry(who, guild_id, action, target, reason, channel=channel)
        changed = await self._store.conversations.set_locked(conversation_id, entry, locked=locked)
        if changed:
            self._acts.done(entry)
        return changed

    async def _conversation(self, who: Actor, conversation_id: str) -> Conversation:
        """A conversation of the moderator's own server; any other is not found."""
        guild_id = self._acts.may(who)
        conversation = await self._store.conversations.get(conversation_id)
        if conversation is None or (conversation.guild_id != guild_id and not who.operator):
            raise NotFoundError(GONE)
        return conversation

    def _running_in(
        self, guild_id: int, channel_id: int | None, threads: Collection[int] = ()
    ) -> Sequence[RunningAnswer]:
        return [
            running
            for running in self._runner.running
            if running.conversation.guild_id == guild_id
            and (channel_id is None or running.conversation.channel_id in (channel_id, *threads))
        ]
