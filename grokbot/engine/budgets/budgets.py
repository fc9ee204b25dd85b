"""Limits and what is left of them: what a turn reserves, and warnings when one runs out.

Not here: setting limits (`moderation.limits`), the rules (`policy.budgets`), holding and settling reservations
(`store`).
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.options import effective
from grokbot.conversation.parts import AttachmentKind
from grokbot.conversation.personas import spoken_as
from grokbot.conversation.records import ModeratorWarning as Told
from grokbot.conversation.text import background
from grokbot.conversation.text.sentences import Sentence
from grokbot.engine.budgets.limit_use import Used, order, used_now
from grokbot.engine.budgets.operator_limits import operators_limits, operators_own
from grokbot.policy.budgets import (
    OPERATOR,
    WARNED_AT,
    AccountKind,
    Limit,
    Who,
    decide,
    known,
    longest_answer,
    most_images,
    most_searches,
    refusal,
    tokens_of,
    tokens_said,
)
from grokbot.policy.rights import check_moderates
from grokbot.store.budgets import Payer, Reserving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.history import Prompt
    from grokbot.conversation.image_request import ImageRequest
    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.budgets.price_list import PriceList
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor
    from grokbot.policy.budgets import LimitWarning

log = logging.getLogger(__name__)

TAKES_NO_PICTURES = Sentence(
    "`{model}` takes no pictures. Choose another model for this conversation, or describe it in words."
)

REMEMBERED = 20_000
"""People whose last known roles are remembered, for messages that wait for their turn."""


class Budgets:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        prices: What models cost.
    """

    def __init__(self, context: Context, prices: PriceList) -> None:
        self._context = context
        self._store = context.store
        self._prices = prices
        self._now = context.now
        self._new_id = context.new_id
        self._roles: OrderedDict[tuple[int, int | None], frozenset[int]] = OrderedDict()
        self._events = context.events

    @property
    def _operators(self) -> tuple[Limit, ...]:
        return operators_limits(self._context.settings.limits)

    def lists(self, model: str) -> bool:
        """Whether xAI lists a model."""
        return self._prices.listed(model) is not None

    def heard(self, actor: Actor | None) -> None:
        """Remembers somebody's roles: their message may wait for its turn, and limits look at roles."""
        if actor is None:
            return
        key = (actor.id, actor.guild_id)
        self._roles[key] = actor.role_ids
        self._roles.move_to_end(key)
        if len(self._roles) > REMEMBERED:
            self._roles.popitem(last=False)

    def reserving(
        self,
        conversation: Conversation,
        answer: Response,
        humans: Sequence[Response],
        *,
        asker_id: int | None,
        actor: Actor | None = None,
    ) -> Reserving:
        """The reservation for a turn. If it holds several people's messages, each pays in proportion to theirs.

        Args:
            conversation: Where it begins.
            answer: Pending.
            humans: Its new messages.
            asker_id: Who asked, if no `actor` is given. An import's people have ids below zero; then the conversation's
                owner pays.
            actor: Who wants the answer: it goes to their account, whoever asked first.
        """
        self.heard(actor)
        user_id = actor.id if actor is not None else asker_id
        if user_id is None or user_id < 0:
            user_id = conversation.owner_id
        if answer.options.image_model is not None:
            model, count = answer.options.image_model, answer.options.image_count or 1
            return self._of_images(self._who(user_id, conversation.guild_id), model, count)
        speaking = effective(conversation, answer.options)
        said = sum(map(_human_tokens, humans))
        return Reserving(
            who=self._who(user_id, conversation.guild_id),
            operators=self._operators,
            prices=self._prices.of(speaking.model),
            beginning=spoken_as(speaking.persona, speaking.options.system_prompt, speaking.options.persona_text),
            said_tokens=said + (tokens_said(answer.instruction) if answer.instruction else 0),
            answer_tokens=longest_answer(speaking.options),
            searches=most_searches(speaking.options),
            flat_ticks=self._prices.of_image(self._context.settings.xai.image_model) * most_images(speaking.options),
            with_others=self._payers(conversation, humans, user_id),
        )

    def reserving_alone(self, conversation: Conversation, prompt: Prompt) -> Reserving:
        """The reservation for an answer that is not stored: its whole history is in `prompt`."""
        return Reserving(
            who=self._who(conversation.owner_id, None),
            operators=self._operators,
            prices=self._prices.of(conversation.model),
            said_tokens=sum(tokens_said(said.text) for said in prompt.messages),
            answer_tokens=longest_answer(conversation.options),
            searches=most_searches(conversation.options),
        )

    def reserving_beside(
        self, conversation: Conversation, prompt: Prompt, max_tokens: int, user_id: int, actor: Actor | None
    ) -> Reserving:
        """The reservation for a side request, for example a title: it is paid for, and counts as no turn.

        Args:
            conversation: What it is about; it names the model and the server.
            prompt: All that is sent.
            max_tokens: The longest answer.
            user_id: Whose account pays.
            actor: The same person, if their roles are known; None otherwise.
        """
        self.heard(actor)
        return Reserving(
            who=self._who(user_id, conversation.guild_id),
            operators=self._operators,
            prices=self._prices.of(conversation.model),
            said_tokens=sum(tokens_said(said.text) for said in prompt.messages),
            answer_tokens=max_tokens,
            kind=AccountKind.TITLE,
        )

    def reserving_images(self, place: Conversation, wanted: ImageRequest, actor: Actor) -> Reserving:
        """The reservation for a request for images. All of it has to be left: what it costs is known.

        Args:
            place: Names the server.
            wanted: What is asked for. An image to edit costs no more than one that is made.
            actor: Who pays.
        """
        self.heard(actor)
        return self._of_images(self._who(actor.id, place.guild_id), wanted.model, wanted.count + len(wanted.sources))

    def _of_images(self, who: Who, model: str, images: int) -> Reserving:
        return Reserving(
            who=who,
            operators=self._operators,
            prices=self._prices.of(model),
            flat_ticks=images * self._prices.of_image(model),
            certain=True,
        )

    def warn(self, reserving: Reserving, warnings: Sequence[LimitWarning]) -> None:
        """Reports limits that a turn has taken past 80%. The operator's ceiling goes to the log only."""
        for each in warnings:
            limit, who = each.limit, reserving.who
            log.warning(
                "limit.nearly_reached guild=%s scope=%s counted=%s user=%s used=%d amount=%d",
                limit.guild_id,
                limit.scope.value,
                limit.counted.value,
                who.user_id if limit.personal else "-",
                each.used,
                limit.amount,
            )
            if who.guild_id is not None and not operators_own(limit):
                told = Told(
                    guild_id=who.guild_id,
                    user_id=who.user_id if limit.personal else None,
                    counted=limit.counted.value,
                    amount=limit.amount,
                    used=each.used,
                )
                self._events.publish(told)

    async def limits(self, who: Actor) -> Sequence[Limit]:
        """The limits of a server, and the operator's for each person there. The operator sees all of theirs.

        Raises:
            NotAllowedError: They do not moderate there.
            StoreError: They could not be read.
        """
        guild_id = _guild_of(who)
        check_moderates(who, guild_id)
        found = {*await self._store.limits.of(guild_id), *self._operators}
        shown = [limit for limit in found if who.operator or not operators_own(limit)]
        return sorted(shown, key=order)

    async def standing(self, who: Actor) -> Sequence[Used]:
        """How much somebody has used of each limit that holds for them in their place, without the operator's ceiling.

        Raises:
            StoreError: It could not be read.
        """
        self.heard(who)
        return await self._standing(who.id, who.guild_id, everything=who.operator)

    async def near(self, who: Actor, people: Sequence[int]) -> Sequence[tuple[int | None, Used]]:
        """Limits of a day or month that are nearly used up in a server: its own, then those of people.

        Args:
            who: A moderator.
            people: Whose are looked at.

        Raises:
            NotAllowedError: They do not moderate there.
            StoreError: They could not be read.
        """
        check_moderates(who, _guild_of(who))
        found: dict[tuple[int | None, Limit], Used] = {}
        for user_id in people:
            for used in await self._standing(user_id, who.guild_id):
                limit = used.limit
                if limit.counted.period is not None and used.used * 100 >= limit.amount * WARNED_AT:
                    found[user_id if limit.personal else None, limit] = used
        return sorted(((whose, used) for (whose, _), used in found.items()), key=lambda each: each[0] is not None)

    async def _standing(self, user_id: int, guild_id: int | None, *, everything: bool = False) -> Sequence[Used]:
        now = self._now()
        found = await self._store.limits.standings(self._who(user_id, guild_id), self._operators, now)
        shown = [limit for limit in found if everything or not operators_own(limit)]
        return [used_now(limit, found[limit], now) for limit in sorted(shown, key=order)]

    def check_sees(self, conversation: Conversation, attachments: Sequence[AttachedFile]) -> None:
        """Whether the model of a conversation takes what is attached.

        Raises:
            UserError: It takes no pictures.
        """
        if any(each.kind is AttachmentKind.PICTURE for each in attachments) and not self._prices.sees(
            conversation.model
        ):
            raise UserError(TAKES_NO_PICTURES.later(model=conversation.model))

    async def check(
        self, actor: Actor, guild_id: int | None, text: str = "", attachments: Sequence[AttachedFile] = ()
    ) -> None:
        """Refuses before anything is made for a turn, if a limit is used up or too little is left for the text.

        Args:
            actor: Who would pay.
            guild_id: The server; None outside servers.
            text: Their message in a new conversation.
            attachments: What comes with it.

        Raises:
            LimitReachedError, NotAllowedError: A limit is reached. A turn checks again as it begins.
        """
        self.heard(actor)
        now = self._now()
        found = await self._store.limits.standings(self._who(actor.id, guild_id), self._operators, now)
        shown = tokens_said(text) + sum(each.tokens for each in attachments)
        sent = known(shown, self._prices.of(self._context.settings.xai.model))
        if (reached := decide(tuple(found), found, now, known=sent).reached) is not None:
            raise refusal(reached, actor.id)

    async def look(self) -> None:
        """Drops data of months that are over; called now and then."""
        await self._store.reservations.forget_before(self._now())

    def roles_of(self, user_id: int, guild_id: int | None) -> frozenset[int]:
        """Somebody's last known roles."""
        return self._roles.get((user_id, guild_id), frozenset())

    def _payers(self, conversation: Conversation, humans: Sequence[Response], user_id: int) -> tuple[Payer, ...]:
        """All writers of a turn's messages, in order; empty if there is only one."""
        said: dict[int, int] = {}
        for human in humans:
            author_id = human.author.id if human.author is not None and human.author.id >= 0 else conversation.owner_id
            said[author_id] = said.get(author_id, 0) + _human_tokens(human)
        if len(said) < 2 or user_id not in said:  # noqa: PLR2004 - several
            return ()
        return tuple(Payer(self._who(each, conversation.guild_id), tokens) for each, tokens in said.items())

    def _who(self, user_id: int, guild_id: int | None) -> Who:
        return Who(user_id=user_id, guild_id=guild_id, role_ids=self.roles_of(user_id, guild_id))


def _guild_of(who: Actor) -> int:
    return OPERATOR if who.guild_id is None else who.guild_id


def _human_tokens(human: Response) -> int:
    """Tokens of a message with what comes with it. If several people write, it begins with its writer's name."""
    name = tokens_of(human.author.name) if human.author is not None else 0
    before = tokens_of(background(human.background)) if human.background else 0
    return tokens_said(human.message) + name + before + sum(each.tokens for each in human.attachments)
