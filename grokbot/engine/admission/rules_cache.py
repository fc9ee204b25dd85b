"""What the moderators of each server have set, read once and kept until one of them changes it.

Not here: changing it (`moderation.moderation`), what follows from it (`admission`, `moderation.guild_settings`,
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

    from grokbot.conversation.records import Pause
    from grokbot.engine.context import Context
    from grokbot.policy.blocks import HeldBlock
    from grokbot.policy.filters import Filter

PLACES = "places"
"""The name under which a server's rules of places stand among what is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRules:
    """All that is set in one server, or in every server and direct messages (0)."""

    blocks: tuple[HeldBlock, ...] = ()
    """Those that held when this was read; some may have ended since."""
    pause: Pause | None = None
    places: PlaceRules = field(default_factory=PlaceRules)
    filters: tuple[Filter, ...] = ()
    of_answers: tuple[Filter, ...] = ()
    """Of the filters those that look at answers."""
    chosen: Mapping[int | None, Mapping[str, Any]] = field(default_factory=dict)
    """By channel; of the server itself under None."""


class RulesCache:
    """One for the process. What is asked of it again costs nothing."""

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._now = context.now
        self._kept: dict[int, ServerRules] = {}
        self._reading: dict[int, asyncio.Task[ServerRules]] = {}

    async def of(self, guild_id: int | None) -> ServerRules:
        """What is set in a server; None: in every server, and so in direct messages and outside of Discord.

        Raises:
            StoreError: It could not be read.
        """
        this = EVERY_SERVER if guild_id is None else guild_id
        rules = self._kept.get(this)
        if rules is not None:
            return rules
        reading = self._reading.get(this)
        if reading is None:
            reading = self._reading[this] = asyncio.create_task(self._read(this), name=f"rules of {this}")
            reading.add_done_callback(partial(self._was_read, this))
        # All who wait for it go on in the order in which they came: so do the messages that they bring.
        return await asyncio.shield(reading)

    def changed(self, guild_id: int) -> None:
        """Something else is set there from now on: what is kept is read anew."""
        self._kept.pop(guild_id, None)
        self._reading.pop(guild_id, None)

    def _was_read(self, guild_id: int, reading: asyncio.Task[ServerRules]) -> None:
        if self._reading.get(guild_id) is not reading:
            return  # what was read may be older than the change
        del self._reading[guild_id]
        if not reading.cancelled() and reading.exception() is None:
            self._kept[guild_id] = reading.result()

    async def _read(self, guild_id: int) -> ServerRules:
        blocks = await self._store.blocks.of(guild_id, self._now())
        if guild_id == EVERY_SERVER:  # the pause of all of them is `Pauses`'s
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
            chosen={**chosen, None: of_server},
        )


def rules_text(rules: PlaceRules) -> Mapping[str, Any]:
    """Rules of places as they are kept."""
    return {
        "spread": rules.spread.value,
        "channels": sorted(rules.channel_ids),
        "starters": sorted(rules.starter_role_ids),
        "answerers": sorted(rules.answerer_role_ids),
    }


def rules_of(kept: Mapping[str, Any]) -> PlaceRules:
    """Rules of places from how they are kept."""
    return PlaceRules(
        spread=Spread(kept["spread"]),
        channel_ids=frozenset(kept["channels"]),
        starter_role_ids=frozenset(kept["starters"]),
        answerer_role_ids=frozenset(kept["answerers"]),
    )
