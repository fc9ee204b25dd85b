"""Actions on whole conversations: title, list, info, delete.

Not here: answers (`engine`, `variants.stop_and_retry`, `variants.variants`), Grok's titles (`titles`), stars (`stars`),
documents (`transcripts`, `shares`), Discord.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import UNKNOWN_RESPONSE, NotFoundError, UserError
from grokbot.conversation.response import Sender, State, TitleBy
from grokbot.conversation.text import Sentence
from grokbot.conversation.titles import LONGEST_OF_PERSON, cut_at_word, one_line
from grokbot.engine.admission import GONE, check_owns
from grokbot.engine.library.conversation_options import ConversationOptions
from grokbot.engine.library.shares import Shares
from grokbot.engine.library.stars import Stars
from grokbot.engine.library.titles import TitleChanged
from grokbot.engine.library.transcripts import Transcripts
from grokbot.engine.turns import answer_of
from grokbot.policy.admission import check_unlocked
from grokbot.store import NotStoredError

if TYPE_CHECKING:
    from datetime import datetime

    from grokbot.conversation.records import DeletedConversation, Info, Page
    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.admission import Access
    from grokbot.engine.context import Context
    from grokbot.engine.turns import ConversationLock, TurnQueue
    from grokbot.engine.xai_deletion import XaiDeletion
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

SHOWN_SECONDS = 10.0
"""How long a deletion with messages waits until all of a conversation is shown in Discord."""

NOTHING_HERE = Sentence("There is no conversation here yet. Mention me, or start one with /chat.")
NOT_YOURS_HERE = Sentence(
    "You have no conversation in this channel. For somebody else's, right-click one of its answers and choose Apps."
)
NO_TITLE = Sentence("A title needs at least one visible character.")
NOT_ANSWERED = Sentence("The conversation shows no answer to this message.")


class Library:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        queue: What runs in a conversation; deleting it ends its answer first.
        xai_deletion: Deletes at xAI.
        access: Who may see what.
    """

    def __init__(self, context: Context, queue: TurnQueue, xai_deletion: XaiDeletion, access: Access) -> None:
        self._store = context.store
        self._now = context.now
        self._access = access
        self._admission = queue.admission
        self.options = ConversationOptions(context, queue, access)
        self.stars = Stars(context, access)
        self.transcripts = Transcripts(context, access, queue.admission, queue.budgets, self.options)
        self.shares = Shares(context, access, queue.admission, self.transcripts)
        self._queue = queue
        self._runner = queue.runner
        self._xai_deletion = xai_deletion
        self._events = context.events

    async def here(self, channel_id: int, user_id: int) -> Conversation:
        """The conversation in a channel; the newest, if there were several.

        Args:
            channel_id: The channel or thread.
            user_id: Who asks: where conversations stand side by side, it is the one that they spoke in last.

        Raises:
            UserError: There is none.
        """
        conversation = await self._store.conversations.newest_in(channel_id)
        if conversation is None:
            raise UserError(NOTHING_HERE)
        if conversation.options.in_channel:
            conversation = await self._store.conversations.last_of(channel_id, user_id)
            if conversation is None:
                raise UserError(NOT_YOURS_HERE)
        return conversation

    async def answer(self, response_id: str) -> Response:
        """An answer, by its id.

        Raises:
            UserError: It is gone.
        """
        return await answer_of(self._store, response_id)

    async def answer_for(self, response_id: str, actor: Actor) -> Response:
        """An answer with all that is behind it, for those who may see it.

        Raises:
            NotFoundError: It is gone, or not for them.
            DiscordError: Discord did not answer.
        """
        answer, _, _ = await self._access.seen_response(response_id, actor)
        if answer.sender is not Sender.MODEL:
            raise NotFoundError(UNKNOWN_RESPONSE)
        return answer

    async def answer_at(self, message_id: int) -> Response:
        """The answer that a Discord message shows a part of; for a person's message, the answer to it that is shown.

        Raises:
            UserError: The message belongs to no conversation, or nothing on the path answers it.
        """
        response = await self._store.messages.response(message_id)
        if response is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        if response.sender is Sender.MODEL:
            return response
        conversation = await self._access.conversation(response.conversation_id)
        path = iter(await self._store.responses.path(conversation.leaf_id) if conversation.leaf_id else ())
        # The second search continues below the message, where the first one stopped.
        asked = any(each.id == response.id for each in path)
        answer = next((each for each in path if each.sender is Sender.MODEL), None) if asked else None
        if answer is None:
            raise UserError(NOT_ANSWERED)
        return answer

    async def title(self, conversation_id: str, text: str, actor: Actor) -> Conversation:
        """Gives a conversation the title that a person chose.

        Args:
            conversation_id: Which.
            text: Made one line, of at most 100 characters.
            actor: Who chose it.

        Raises:
            UserError: The conversation is gone, or the title is invisible.
            NotAllowedError: The person may not, or is blocked; or the conversation is locked.
            StoreError: It could not be kept.
        """
        conversation, actor = await self._access.seen(conversation_id, actor)
        self._access.check_steers(actor, None, conversation)
        check_unlocked(conversation)
        title = cut_at_word(one_line(text), LONGEST_OF_PERSON)
        if not title:
            raise UserError(NO_TITLE)
        await self._admission.shows(actor, conversation, title)
        if not await self._store.conversations.set_title(conversation_id, title, TitleBy.PERSON):
            raise NotFoundError(GONE)
        log.info("title.by_person conversation=%s", conversation_id)
        titled = replace(conversation, title=title, title_by=TitleBy.PERSON)
        self._events.publish(TitleChanged(titled))
        return titled

    async def listed(
        self, user_id: int, *, search: str = "", starred: bool = False, offset: int = 0, limit: int = 10
    ) -> Page:
        """A person's conversations in places that they see now, last changed first.

        Args:
            user_id: Discord's.
            search: As in the store's `listing.page`, like the rest.
            starred: Only those that they starred.
            offset: How many to leave out.
            limit: How many at most.
        """
        return await self.listed_of(user_id, search=search, starred=starred, offset=offset, limit=limit)

    async def listed_of(self, user_id: int, **wanted: Any) -> Page:
        """The same, with any other arguments of the store's `listing.page`."""
        seen, unknown = await self._access.seen_places(user_id)
        return replace(await self._store.listing.page(user_id, seen=seen, **wanted), unknown=unknown)

    async def info(self, conversation_id: str, actor: Actor) -> Info:
        """A conversation's details and usage, for those who may read it.

        Raises:
            UserError: It is gone, or not for them.
        """
        await self._access.seen(conversation_id, actor)
        info = await self._store.listing.info(conversation_id, actor.id)
        if info is None:
            raise NotFoundError(GONE)
        return replace(info, conversation=await self.options.current(info.conversation))

    async def to_delete(self, conversation_id: str, actor: Actor) -> Info:
        """What a deletion would remove, for those who may delete. Raises as `delete`."""
        check_owns(*await self._access.seen(conversation_id, actor))
        return await self.info(conversation_id, actor)

    async def delete(self, conversation_id: str, actor: Actor, *, with_messages: bool = False) -> DeletedConversation:
        """Deletes a conversation permanently: its responses, stars and shares, and xAI's copies.

        Ends its answer and drops waiting messages first. The caller deletes its messages in Discord.

        Args:
            conversation_id: Which.
            actor: Who wants it deleted.
            with_messages: The caller deletes its messages too. Then nothing of it is still being sent, or one would
                come back.

        Raises:
            UserError: It is gone.
            NotAllowedError: The person is neither its owner nor a moderator.
            StoreError: It could not be deleted; it is still there.
        """
        check_owns(*await self._access.seen(conversation_id, actor))
        return await self._delete(conversation_id, with_messages=with_messages)

    async def places_gone(self, *, channel_id: int | None = None, guild_id: int | None = None) -> None:
        """Deletes the conversations of a channel, or of a server, that Discord no longer has. Twice is harmless.

        Raises:
            StoreError: It could not be deleted; some of it may still be there.
        """
        here = await self._store.listing.in_channel(channel_id) if channel_id is not None else ()
        there = await self._store.listing.in_guild(guild_id) if guild_id is not None else ()
        for conversation_id in (*here, *there):
            with suppress(NotFoundError):
                await self._delete(conversation_id, with_messages=False)

    async def guilds(self) -> frozenset[int]:
        """Servers with conversations: the bot may have left some while it was not running."""
        return await self._store.listing.guilds()

    async def _delete(self, conversation_id: str, *, with_messages: bool) -> DeletedConversation:
        deleted = await self._runner.locks.decide(self._deleted(conversation_id, with_messages=with_messages))
        self._xai_deletion.forget(deleted.xai_ids)
        log.info("conversation.deleted conversation=%s at_xai=%d", conversation_id, len(deleted.xai_ids))
        return deleted

    async def let_go(self, conversation_id: str, before: datetime) -> DeletedConversation | None:
        """Deletes a conversation unchanged since `before`; None if it has changed, or is active.

        Raises:
            StoreError: It could not be deleted; it is still there.
        """
        deleted = await self._runner.locks.decide(self._let_go(conversation_id, before))
        if deleted is not None:
            self._xai_deletion.forget(deleted.xai_ids)
        return deleted

    async def _let_go(self, conversation_id: str, before: datetime) -> DeletedConversation | None:
        async with self._runner.locks.held(conversation_id) as lock:
            if lock.running is not None:
                return None
            await self._runner.save(lock)
            self._mark_branches()
            return await self._store.retention.delete(conversation_id, before, self._now())

    async def _deleted(self, conversation_id: str, *, with_messages: bool) -> DeletedConversation:
        shown = not with_messages
        while True:
            async with self._runner.locks.held(conversation_id) as lock:
                running = lock.running
                if running is None and shown:
                    return await self._taken_away(lock)
                await self._drop_waiting(lock)  # or the next turn would begin as this one ends
                if running is not None:
                    self._runner.end_early(running, State.STOPPED)
            if running is not None:
                await running.end()
            if with_messages:
                await self._runner.display.all_shown(conversation_id, SHOWN_SECONDS)
                shown = True

    async def _taken_away(self, lock: ConversationLock) -> DeletedConversation:
        await self._runner.save(lock)  # xAI may keep an answer whose end is not saved yet
        self._mark_branches()
        try:
            return await self._store.deletion.delete(lock.key, self._now())
        except NotStoredError:
            raise NotFoundError(GONE) from None

    def _mark_branches(self) -> None:
        """Branches' running answers may have seen the deleted text: xAI's copies of them are dropped as they end."""
        for running in self._runner.running:
            lock = self._runner.locks.of(running)
            if lock is not None and running.conversation.branched_from is not None:
                running.taken_back = True
                lock.then.append(partial(self._xai_deletion.forget_below, running.id))

    async def _drop_waiting(self, lock: ConversationLock) -> None:
        for human in await self._queue.waiting(lock):
            for ref in await self._store.messages.of(human.id):
                await self._store.queue.drop(ref.message_id)
