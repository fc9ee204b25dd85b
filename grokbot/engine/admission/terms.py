"""The terms of an answer, as its server's moderators have set them: which model, which filters.

Read when a turn is written down, for every kind of turn. Not here: who may begin one (`admission`), the settings
(`rules_cache`).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.options import laid_over
from grokbot.engine.admission.answer_filter import Screen
from grokbot.engine.admission.filter_deadline import SECONDS_ASKED, within
from grokbot.engine.admission.guild_defaults import begun_with, chosen_for, turn_options
from grokbot.policy.admission import check_open_here
from grokbot.policy.filters import TooSlowError, finds
from grokbot.policy.places import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation, TurnOptions
    from grokbot.engine.admission.new_conversation import Opening
    from grokbot.engine.admission.personas import Personas
    from grokbot.engine.admission.rules_cache import RulesCache
    from grokbot.policy.actor import Actor

MOST_PLACES = 10_000
"""Channels whose parents are remembered. If one is dropped, its next message brings it back."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one answer."""

    options: TurnOptions
    screen: Screen | None
    """None if the server has no filters that check answers."""


class TurnTerms:
    """One for the process.

    Args:
        rules: The servers' rules.
        personas: The personas of each place.
    """

    def __init__(self, rules: RulesCache, personas: Personas) -> None:
        self._rules = rules
        self.personas = personas
        self._lies_in: OrderedDict[int, Sequence[int]] = OrderedDict()

    def note_place(self, channel_ids: Sequence[int]) -> None:
        """Remembers the parents of a channel or thread, which comes first, the nearest next."""
        if channel_ids:
            self._lies_in[channel_ids[0]] = tuple(channel_ids[1:])
            self._lies_in.move_to_end(channel_ids[0])
            if len(self._lies_in) > MOST_PLACES:
                self._lies_in.popitem(last=False)

    def lies_in(self, channel_id: int) -> Sequence[int]:
        """The parents of a channel or thread, nearest first; empty if nobody was there yet."""
        return self._lies_in.get(channel_id, ())

    def place_of(self, channel_id: int | None) -> Place | None:
        """A channel or thread with its parents; None if they are unknown."""
        around = None if channel_id is None else self._lies_in.get(channel_id)
        if channel_id is None or around is None:
            return None
        # Rules of places treat all parents alike.
        return Place(channel_id=channel_id, parent_id=next(iter(around), None), category_id=(*around, None)[-1])

    async def opening(self, opening: Opening, actor: Actor | None) -> Opening:
        """An opening with the settings of its place's moderators, where the person chose nothing.

        Raises:
            StoreError: The settings could not be read.
        """
        rules = await self._rules.of(opening.guild_id)
        around = opening.channel_ids or (actor.channel_ids if actor is not None else ())
        here = () if opening.channel_id is None else (opening.channel_id,)
        channel_ids = (*here, *(each for each in around if each not in here))
        if opening.guild_id is not None:
            self.note_place(channel_ids)
        begun = begun_with(replace(opening, channel_ids=channel_ids), chosen_for(rules, channel_ids))
        return await self.personas.begun(begun)

    async def paused(self, guild_id: int | None) -> bool:
        """Whether the moderators of a server have paused answers in it.

        Raises:
            StoreError: It could not be read.
        """
        return guild_id is not None and (await self._rules.of(guild_id)).pause is not None

    async def allows_images(self, guild_id: int | None, channel_ids: Sequence[int]) -> bool:
        """Whether a server's moderators let images be made in a place.

        Raises:
            StoreError: It could not be read.
        """
        return guild_id is None or bool(chosen_for(await self._rules.of(guild_id), channel_ids).get("images", True))

    async def allows_summaries(self, guild_id: int, channel_ids: Sequence[int]) -> bool:
        """Whether a server's moderators let a place be summarized.

        Raises:
            StoreError: It could not be read.
        """
        return bool(chosen_for(await self._rules.of(guild_id), channel_ids).get("summaries", True))

    async def check_open(self, guild_id: int | None) -> None:
        """Requires that a server's moderators have not paused answers.

        Raises:
            PausedError: They have.
        """
        if guild_id is not None:
            check_open_here((await self._rules.of(guild_id)).pause)

    async def hides(self, guild_id: int | None, text: str) -> bool:
        """Whether a filter of a server would hide or end a short text by the model."""
        filters = () if guild_id is None else (await self._rules.of(guild_id)).of_answers
        if not filters:
            return False
        try:
            return await asyncio.to_thread(lambda: finds(filters, text, within(SECONDS_ASKED)))
        except TooSlowError:
            return True

    async def of_turn(self, conversation: Conversation, options: TurnOptions) -> Terms:
        """The terms of an answer that begins in a conversation now.

        Raises:
            PausedError: The server's moderators have paused answers.
            StoreError: The settings could not be read.
        """
        options = await self.options(conversation, options)
        if conversation.guild_id is None:
            return Terms(options, None)
        rules = await self._rules.of(conversation.guild_id)
        check_open_here(rules.pause)
        return Terms(options, Screen(rules.of_answers) if rules.of_answers else None)

    async def options(self, conversation: Conversation, options: TurnOptions) -> TurnOptions:
        """A turn's options: what it chooses, what people have chosen since the beginning, what the server's place has.

        Raises:
            StoreError: The settings could not be read.
        """
        options = laid_over(conversation.options.chosen, options)
        if conversation.guild_id is None:
            return options
        rules = await self._rules.of(conversation.guild_id)
        lies_in = self._lies_in.get(conversation.channel_id or 0)
        if lies_in is None and any(channel_id is not None for channel_id in rules.chosen):
            return options  # which channel's settings apply is unknown before somebody writes there
        channel_ids = (conversation.channel_id or 0, *(lies_in or ()))
        options = turn_options(conversation, options, chosen_for(rules, channel_ids))
        return await self.personas.worded(options, conversation.guild_id)
