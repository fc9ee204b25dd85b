"""Moderators' permanent deletions: a conversation, or everything of a user in their server since a moment.

A plan comes first. Not here: what belongs to it (`store.moderation.purge`), messages in Discord (`discord_bot`).
"""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotFoundError, UserError
from grokbot.conversation.records.purge import PurgeScope
from grokbot.conversation.response import State
from grokbot.conversation.text import Sentence
from grokbot.engine.admission import GONE
from grokbot.engine.library import SHOWN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from grokbot.conversation.records import AuditEntry, PurgePlan
    from grokbot.conversation.response import MessageRef
    from grokbot.engine.context import Context
    from grokbot.engine.library import Titles
    from grokbot.engine.moderation.actions import Actions
    from grokbot.engine.turns import ConversationLock, TurnRunner
    from grokbot.engine.xai_deletion import XaiDeletion
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

ONE_OF_BOTH = Sentence("Name either a person or a conversation.")


class Purge:
    """The part of `Moderation` that deletes.

    Args:
        context: Settings, store, clock, ids and events.
        acts: Checks the right to an action, and notes it.
        runner: The answers under way.
        xai_deletion: Deletes at xAI.
        titles: Writes titles, perhaps of text that goes.
    """

    def __init__(
        self, context: Context, acts: Actions, runner: TurnRunner, xai_deletion: XaiDeletion, titles: Titles
    ) -> None:
        self._store = context.store
        self._now = context.now
        self._acts = acts
        self._runner = runner
        self._xai_deletion = xai_deletion
        self._titles = titles

    async def plan(
        self,
        who: Actor,
        *,
        conversation_id: str | None = None,
        user_id: int | None = None,
        since: datetime | None = None,
    ) -> PurgePlan:
        """What a purge would delete now. Changes nothing.

        Args:
            who: Who asks.
            conversation_id: A conversation of the server; or
            user_id: somebody in it. `conversation.records.purge.PurgeScope` says what goes of theirs.
            since: UTC; None: ever.

        Raises:
            UserError: Neither, or both.
            NotFoundError: The server has no such conversation.
        """
        wanted = await self._wanted(who, conversation_id, user_id, since)
        return await self._store.purge.plan(wanted, self._now())

    async def run(
        self,
        who: Actor,
        *,
        conversation_id: str | None = None,
        user_id: int | None = None,
        since: datetime | None = None,
        reason: str = "",
    ) -> PurgePlan:
        """Deletes rows, shares and xAI's copies. Ends running answers there. Raises as `plan`.

        Args:
            who: As in `plan`, like the next three.
            conversation_id: A conversation of the server; or
            user_id: somebody in it.
            since: UTC; None: ever.
            reason: For the audit log.

        Returns:
            What went. The caller deletes its messages in Discord; they are no longer known here.
        """
        wanted = await self._wanted(who, conversation_id, user_id, since)
        return await self._runner.locks.decide(self._purged(who, wanted, reason))

    async def _wanted(
        self, who: Actor, conversation_id: str | None, user_id: int | None, since: datetime | None
    ) -> PurgeScope:
        guild_id = self._acts.may_in_server(who)
        if (conversation_id is None) == (user_id is None):
            raise UserError(ONE_OF_BOTH)
        conversation = None
        if conversation_id is not None:
            conversation = await self._store.conversations.get(conversation_id)
            if conversation is None or conversation.guild_id != guild_id:
                raise NotFoundError(GONE)
        return PurgeScope(
            guild_id=guild_id,
            conversation_id=conversation_id,
            user_id=user_id,
            since=since,
            channel_id=None if conversation is None else conversation.channel_id,
        )

    async def _purged(self, who: Actor, wanted: PurgeScope, reason: str) -> PurgePlan:
        noted: list[AuditEntry] = []
        dropped: list[MessageRef] = []
        """The Discord messages of dropped waiting ones, which go first."""

        def entry(went: PurgePlan) -> AuditEntry:
            noted.append(self._purge_entry(who, wanted, reason, _and_dropped(went, dropped)))
            return noted[-1]

        while True:
            concerned = await self._store.purge.conversations(wanted)
            await self._end_all_in(concerned, wanted, dropped)
            async with AsyncExitStack() as stack:
                # In a fixed order, so that two purges never wait for each other.
                held = self._runner.locks.held
                locks = [await stack.enter_async_context(held(key)) for key in sorted(concerned)]
                now_concerned = await self._store.purge.conversations(wanted)
                if set(now_concerned) - set(concerned) or any(lock.running is not None for lock in locks):
                    continue
                went = _and_dropped(await self._taken(wanted, locks, entry), dropped)
                break
        self._acts.done(noted[-1])
        for key in concerned:
            self._titles.anew(key)
        log.info("purge.done conversations=%d responses=%d", went.conversations, went.responses)
        return went

    async def _taken(
        self, wanted: PurgeScope, locks: Sequence[ConversationLock], entry: Callable[[PurgePlan], AuditEntry]
    ) -> PurgePlan:
        runner, titles = self._runner, self._titles
        for lock in locks:
            await runner.save(lock)  # xAI may keep an answer whose end is not saved yet
            titles.taking_back(lock.key)
        for running in runner.running:  # branches' running answers may have seen the deleted text
            its = runner.locks.of(running)
            if its is not None and running.conversation.branched_from is not None:
                running.taken_back = True
                its.then.append(partial(self._xai_deletion.forget_below, running.id))
        went, xai_ids = await self._store.purge.run(wanted, self._now(), entry)
        for lock in locks:
            titles.taking_back(lock.key)
        self._xai_deletion.forget(xai_ids)
        return went

    async def _end_all_in(self, conversation_ids: Sequence[str], wanted: PurgeScope, dropped: list[MessageRef]) -> None:
        """Ends running answers there and waits until Discord shows them: or a message would come back after it."""
        runner = self._runner
        for key in conversation_ids:
            async with runner.locks.held(key) as lock:
                running = lock.running
                dropped += await self._drop_waiting(key, wanted)  # or its turn would begin as this one ends
                if running is not None:
                    runner.end_early(running, State.STOPPED)
            if running is not None:
                await running.end()
            await runner.display.all_shown(key, SHOWN_SECONDS)

    async def _drop_waiting(self, conversation_id: str, wanted: PurgeScope) -> Sequence[MessageRef]:
        """Drops waiting messages in the purge's scope. Returns their places in Discord."""
        refs: list[MessageRef] = []
        for human in await self._store.queue.of(conversation_id):
            theirs = human.author is not None and human.author.id == wanted.user_id
            late = wanted.since is None or human.created_at >= wanted.since
            if wanted.conversation_id is not None or (theirs and late):
                refs += await self._store.messages.of(human.id)
        for ref in refs:
            await self._store.queue.drop(ref.message_id)
        return refs

    def _purge_entry(self, who: Actor, wanted: PurgeScope, reason: str, went: PurgePlan) -> AuditEntry:
        of_user = wanted.user_id is not None
        target = f"user:{wanted.user_id}" if of_user else f"conversation:{wanted.conversation_id}"
        return self._acts.entry(
            who,
            wanted.guild_id,
            "purge",
            target,
            reason,
            channel=wanted.channel_id,
            since=None if wanted.since is None else wanted.since.isoformat(),
            conversations=went.conversations,
            responses=went.responses,
            shares=went.shares,
            messages=len(went.messages),
        )


def _and_dropped(went: PurgePlan, dropped: Sequence[MessageRef]) -> PurgePlan:
    """The result, with messages that had waited for their turn."""
    messages = tuple(sorted({*went.messages, *dropped}, key=lambda ref: ref.message_id))
    return replace(went, responses=went.responses + len({ref.response_id for ref in dropped}), messages=messages)
