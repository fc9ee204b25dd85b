"""The rules of each server's moderators, cached until one of them changes.

Not here: changing them (`moderation.moderation`), what follows from them (`admission`, `moderation.guild_settings`,
`answer_filter`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from grokbot.policy.blocks import EVERY_SERVER
from grokbot.policy.filters import of_answers
from grokbot.policy.places import PlaceRules, Spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.conversation.personas import Persona
    from grokbot.conversation.records import Pause
    from grokbot.engine.context import Context
    from grokbot.policy.blocks import HeldBlock
    from grokbot.policy.filters import Filter

PLACES = "places"
"""The name of a server's place rules among its settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRules:
    """All rules of one server, or of every server and direct messages (0)."""

    blocks: tuple[HeldBlock, ...] = ()
    """Those in force when this was read; some may have ended since."""
    pause: Pause | None = None
    places: PlaceRules = field(default_factory=PlaceRules)
    filters: tuple[Filter, ...] = ()
    of_answers: tuple[Filter, ...] = ()
    """The filters that check answers."""
    personas: tuple[Persona, ...] = ()
    """The server's own."""
    chosen: Mapping[int | None, Mapping[str, Any]] = field(default_factory=dict)
    """Settings by channel; the server's own under None."""


class RulesCache:
    """One for the process. Repeated reads cost nothing."""

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._now = context.now
        self._kept: dict[int, ServerRules] = {}
        self._reading: dict[int, asyncio.Task[ServerRules]] = {}

    async def of(self, guild_id: int | None) -> ServerRules:
        """The rules of a server; None: those for every server, and so for direct messages and outside of Discord.

        Raises:
            StoreError: They could not be read.
        """
        this = EVERY_SERVER if guild_id is None else guild_id
        rules = self._kept.get(this)
        if rules is not None:
            return rules
        reading = self._reading.get(this)
        if reading is None:
            reading = self._reading[this] = asyncio.create_task(self._read(this), name=f"rules of {this}")
            reading.add_done_callback(partial(self._was_read, this))
        # All waiters continue in the order in which they came, and so do their messages.
        return await asyncio.shield(reading)

    def changed(self, guild_id: int) -> None:
        """The rules there have changed: drops the cached ones."""
        self._kept.pop(guild_id, None)
        self._reading.pop(guild_id, None)

    def _was_read(self, guild_id: int, reading: asyncio.Task[ServerRules]) -> None:
        if self._reading.get(guild_id) is not reading:
            return  # this read may be older than the change
        del self._reading[guild_id]
        if not reading.cancelled() and reading.exception() is None:
            self._kept[guild_id] = reading.result()

    async def _read(self, guild_id: int) -> ServerRules:
        blocks = await self._store.blocks.of(guild_id, self._now())
        if guild_id == EVERY_SERVER:  # `Pauses` has the pause of everything
            return ServerRules(blocks=blocks)
        filters = await self._store.filters.of(guild_id)
        chosen = dict(await self._store.guild_settings.of(guild_id))
        of_server = dict(chosen.get(None, {}))
        places = of_server.pop(PLACES, None)
        return ServerRules(
            blocks=blocks,
            pause=await self._store.guild_settings.pause(guild_id),
            places=PlaceRules() if places is None else rules_of(places),
            filters=filters,
            of_answers=of_answers(filters),
            personas=await self._store.personas.of(guild_id),
            chosen={**chosen, None: of_server},
        )


def rules_text(rules: PlaceRules) -> Mapping[str, Any]:
    """Place rules in their stored form."""
    return {
        "spread": rules.spread.value,
        "channels": sorted(rules.channel_ids),
        "starters": sorted(rules.starter_role_ids),
        "answerers": sorted(rules.answerer_role_ids),
    }


def rules_of(kept: Mapping[str, Any]) -> PlaceRules:
    """Place rules from their stored form."""
    return PlaceRules(
        spread=Spread(kept["spread"]),
        channel_ids=frozenset(kept["channels"]),
        starter_role_ids=frozenset(kept["starters"]),
        answerer_role_ids=frozenset(kept["answerers"]),
    )
