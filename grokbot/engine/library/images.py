"""Images that people have made, with /imagine and its buttons: who may, who pays, and the one request for them.

The images themselves are kept in Discord alone. Not here: xAI's messages (`xai.images`), posting (`discord_bot`), the
images that the model makes in an answer (`turns.sampler`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, GrokFailure, NotAllowedError, NotFoundError, RestartingError
from grokbot.conversation.response import Conversation, Mode, Usage
from grokbot.conversation.text import Sentence
from grokbot.engine.turns import RESTARTING
from grokbot.policy.actor import ActorKind
from grokbot.policy.budgets import in_dollars

if TYPE_CHECKING:
    from grokbot.conversation.image_request import ImageRequest, MadeImages
    from grokbot.engine.admission import Admission, TurnTerms
    from grokbot.engine.budgets import PriceList, SideRequests, Taken
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Requests for images at the same time; further ones wait."""

NO_IMAGES = Sentence("I make no images: the bot's operator has switched that off.")
NO_IMAGES_HERE = Sentence("I make no images here: this server's moderators have switched that off.")
NO_MODEL = Sentence("xAI makes no images with this model. Choose another, or leave it out.")


class Images:
    """One for the process.

    Args:
        context: Settings, store, clock, ids and events.
        admission: Who may begin something.
        terms: The rules of a server's moderators.
        side_requests: Who pays.
        prices: What an image costs.
    """

    def __init__(
        self,
        context: Context,
        admission: Admission,
        terms: TurnTerms,
        side_requests: SideRequests,
        prices: PriceList,
    ) -> None:
        self._context = context
        self._grok = context.grok
        self._now = context.now
        self._admission = admission
        self._terms = terms
        self._side_requests = side_requests
        self._prices = prices
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[MadeImages]] = set()
        self._draining = False

    @property
    def model(self) -> str:
        """The model where nobody chose one."""
        return self._context.settings.xai.image_model

    @property
    def models(self) -> tuple[str, ...]:
        """Models by name, for people to choose from: the operator's own first."""
        return tuple(dict.fromkeys([self.model, *self._prices.image_models]))

    @property
    def ways(self) -> frozenset[str]:
        """How images may be made, as the operator has set it: `command`, `tool`."""
        return frozenset(self._context.settings.xai.images)

    async def check(self, actor: Actor, where: Conversation | int | None, prompt: str) -> None:
        """Refuses before anybody sees that something begins. `make` checks again.

        Args:
            actor: Who wants some.
            where: As in `make`.
            prompt: What to show, or to change.

        Raises:
            As `make`, except for GrokError.
        """
        await self._check_on(actor, where)
        await self._admission.asks(actor, where, prompt, ahead=True)

    async def make(self, actor: Actor, where: Conversation | int | None, wanted: ImageRequest) -> MadeImages:
        """Makes images for somebody, or edits some; once: nothing is tried again, for it may have been paid for.

        Args:
            actor: Who wants them, and pays.
            where: The conversation of the place; or the server; None in direct messages without one.
            wanted: What to make.

        Raises:
            NotAllowedError, UserError: As `Admission.asks`; or images are switched off, or the bot is stopping; or xAI
                has no such model for them.
            LimitReachedError: A limit is used up, or too little is left.
            GrokError: There are none: xAI failed, or declined.
            StoreError: The rules could not be read, or the cost not be reserved.
        """
        await self._check_on(actor, where)
        await self._admission.asks(actor, where, wanted.prompt)
        model = wanted.model
        place = where if isinstance(where, Conversation) else self._nowhere(actor, where)
        try:
            async with (
                self._gate,
                self._admission.noting_of(actor.id, place.guild_id, actor.channel_id),
                self._side_requests.paid_images(place, wanted, actor) as taken,
            ):
                made = await self._asked(wanted, taken)
                many = len(made.images) + made.withheld + len(wanted.sources)
                told = made.usage.cost_ticks
                cost = told if told is not None else many * self._prices.of_image(model)
                taken.usage = replace(made.usage, cost_ticks=cost)
        except GrokError as trouble:
            if trouble.kind is GrokFailure.UNKNOWN_MODEL:  # its own words are about conversations
                raise NotFoundError(NO_MODEL) from trouble
            raise
        log.info(
            "images.made images=%d withheld=%d dollars=%.6f", len(made.images), made.withheld, in_dollars(taken.usage)
        )
        if not made.images:
            raise GrokError(GrokFailure.REFUSED if made.withheld else GrokFailure.EMPTY, "no image")
        return made

    async def drain(self, seconds: float) -> None:
        """Begins no more; running requests may end for `seconds`."""
        self._draining = True
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _check_on(self, actor: Actor, where: Conversation | int | None) -> None:
        if self._draining:
            raise RestartingError(RESTARTING)
        if "command" not in self.ways:
            raise NotAllowedError(NO_IMAGES)
        guild_id = where.guild_id if isinstance(where, Conversation) else where
        if not await self._terms.allows_images(guild_id, actor.channel_ids):
            raise NotAllowedError(NO_IMAGES_HERE)

    async def _asked(self, wanted: ImageRequest, taken: Taken) -> MadeImages:
        """The request, as a task that a stop can end; the person hears of it then."""
        if self._draining:
            taken.usage = Usage(cost_ticks=0)
            raise GrokError(GrokFailure.INTERRUPTED, "stopping")
        task = asyncio.create_task(self._grok.make_images(wanted, taken.person), name="images")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await task
        except asyncio.CancelledError:
            this = asyncio.current_task()
            if this is None or this.cancelling():
                raise
            raise GrokError(GrokFailure.INTERRUPTED, "stopped") from None  # by `drain`

    def _nowhere(self, actor: Actor, guild_id: int | None) -> Conversation:
        """Stands for the place in the accounts, where there is no conversation."""
        at = self._now()
        return Conversation(
            id="",
            guild_id=guild_id,
            channel_id=actor.channel_id if actor.kind is ActorKind.MEMBER else None,
            owner_id=actor.id,
            mode=Mode.STATELESS,
            model=self.model,
            created_at=at,
            modified_at=at,
        )
