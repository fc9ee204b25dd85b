"""What people change in a conversation that runs: model, persona, effort, temperature, length; and how it is answered.

A change applies from the next turn on. What came before keeps its own options, so that it is sent as it was. Not here:
the options of a beginning (`admission.new_conversation`), a server's settings (`moderation.guild_settings`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UNKNOWN_RESPONSE, NotFoundError
from grokbot.conversation.options import check_options, effective, laid_over
from grokbot.conversation.parts import AttachmentKind
from grokbot.conversation.records import AnswerInfo
from grokbot.conversation.response import AS_THE_CONVERSATION, Sender
from grokbot.engine.admission import GONE
from grokbot.policy.admission import check_unlocked
from grokbot.store import NotStoredError

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation, TurnOptions
    from grokbot.engine.admission import Access, Opening
    from grokbot.engine.context import Context
    from grokbot.engine.turns import TurnQueue
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)


class ConversationOptions:
    """A part of `Library`.

    Args:
        context: Settings, store, clock, ids and events.
        queue: The locks of conversations, and the terms of their turns.
        access: Who may see what.
    """

    def __init__(self, context: Context, queue: TurnQueue, access: Access) -> None:
        self._store = context.store
        self._locks = queue.runner.locks
        self._terms = queue.terms
        self._admission = queue.admission
        self._budgets = queue.budgets
        self._access = access

    async def set(
        self, conversation_id: str, actor: Actor, wanted: TurnOptions, *, reset: bool = False
    ) -> Conversation:
        """Changes the options of a conversation. Returns it as its next turn is answered.

        Args:
            conversation_id: Which.
            actor: Who wants it.
            wanted: What changes; a persona by its name alone.
            reset: Whether everything else goes back to what it was at the beginning.

        Raises:
            UserError: The conversation is gone, or an option is not possible there.
            NotAllowedError: The person may not, or not now; or the conversation is locked.
            StoreError: It could not be kept.
        """
        return await self._locks.decide(self._set(conversation_id, actor, wanted, reset=reset))

    async def current(self, conversation: Conversation) -> Conversation:
        """A conversation as its next turn is answered.

        Raises:
            StoreError: The server's settings could not be read.
        """
        return effective(conversation, await self._terms.options(conversation, AS_THE_CONVERSATION))

    async def imported(self, opening: Opening, model: str | None, chosen: TurnOptions, actor: Actor) -> Opening:
        """An opening with the options of a file, as far as they are possible in its place.

        Args:
            opening: Where it begins.
            model: The file's; left out if xAI does not list it.
            chosen: The file's; a persona that is not allowed there is left out.
            actor: Who imports it.

        Raises:
            StoreError: The server's settings could not be read.
        """
        allowed = await self._terms.personas.allowed(opening.guild_id, opening.channel_ids or actor.channel_ids)
        persona = allowed.get(chosen.persona or "")
        return replace(
            opening,
            model=opening.model or (model if model and self._budgets.lists(model) else None),
            persona=persona.options.persona if persona is not None else None,
            persona_text=persona.options.persona_text if persona is not None else None,
            effort=chosen.effort,
            temperature=chosen.temperature,
            max_tokens=chosen.max_tokens,
        )

    async def of_answer(self, response_id: str, actor: Actor) -> AnswerInfo:
        """How an answer was sampled, for those who may read it.

        Raises:
            UserError: It is gone, or not for them.
            StoreError: It could not be read.
        """
        answer, conversation, _ = await self._access.seen_response(response_id, actor)
        if answer.sender is not Sender.MODEL:
            raise NotFoundError(UNKNOWN_RESPONSE)
        path = await self._store.responses.path_as_stored(answer.parent_id)
        kinds = [each.kind for said in path if not said.erased for each in said.attachments]
        return AnswerInfo(
            answer=answer,
            conversation=effective(conversation, answer.options),
            pictures=kinds.count(AttachmentKind.PICTURE),
            files=kinds.count(AttachmentKind.FILE),
        )

    async def _set(self, conversation_id: str, actor: Actor, wanted: TurnOptions, *, reset: bool) -> Conversation:
        async with self._locks.held(conversation_id):
            conversation, actor = await self._access.seen(conversation_id, actor)
            self._access.check_steers(actor, None, conversation)
            check_unlocked(conversation)
            await self._admission.asks(actor, conversation, None)
            wanted = await self._checked(wanted, conversation, actor)
            chosen = laid_over(AS_THE_CONVERSATION if reset else conversation.options.chosen, wanted)
            options = replace(conversation.options, chosen=chosen)
            try:
                conversation = await self._store.conversations.change(conversation_id, options=options)
            except NotStoredError:
                raise NotFoundError(GONE) from None
            log.info("conversation.options conversation=%s reset=%s", conversation_id, reset)
            return await self.current(conversation)

    async def _checked(self, wanted: TurnOptions, conversation: Conversation, actor: Actor) -> TurnOptions:
        if wanted.persona is not None:
            persona = await self._terms.personas.found(wanted.persona, conversation.guild_id, actor.channel_ids)
            wanted = laid_over(wanted, persona.options)
        check_options(replace(wanted, persona=None))
        return wanted
