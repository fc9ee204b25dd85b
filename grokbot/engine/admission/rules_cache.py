"""The rules of each server's moderators, cached until one of them changes.

Not here: changing them (`moderation.moderation`), what follows from them (`admission`, `moderation.guild_settings`,
`answer_filter`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from grokbot.conversation.response import Mode
from grokbot.engine.admission.new_conversation import NOT
from grokbot.languages import SPOKEN
from grokbot.policy.blocks import EVERY_SERVER
from grokbot.policy.filters import of_answers
from grokbot.policy.places import PlaceRules, Spread
from grokbot.settings.validators import handles, sites

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grokbot.conversation.personas import Persona
    from grokbot.conversation.records import Pause
    from grokbot.engine.context import Context
    from grokbot.policy.blocks import HeldBlock
    from grokbot.policy.filters import Filter

log = logging.getLogger(__name__)

PLACES = "places"
"""The name of a server's place rules among its settings."""

ALLOWED = "personas"
"""The name of the setting with the personas that a place allows; not set: all."""

LANGUAGE = "language"
"""The name of the setting with the language of what everybody reads; not set: as Discord names it for the server."""

ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
"""Discord's delays before it archives a thread: an hour, a day, three days, a week."""

LONGEST_MODEL = 100
MOST_CONTEXT = 50
MOST_ROLES = 25
MOST_ALLOWED = 50
"""Personas that a place names."""


def _model(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_MODEL and value.isprintable()


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _context(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_CONTEXT


def _id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _roles(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_ROLES and all(map(_id, value))


def _names(value: Any, possible: Callable[[tuple[str, ...]], tuple[str, ...]]) -> bool:
    """A list of names to search in, or with a minus before each of names to leave out; empty: any."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return False
    if len({name.startswith(NOT) for name in value}) > 1:
        return False
    try:
        return list(possible(tuple(name.removeprefix(NOT) for name in value))) == [n.removeprefix(NOT) for n in value]
    except ValueError:
        return False


def _day(value: Any) -> bool:
    try:
        return value == "" or (isinstance(value, str) and date.fromisoformat(value) is not None)
    except ValueError:
        return False


def _personas(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST_ALLOWED and all(isinstance(each, str) for each in value)


CHECKS: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "model": _model,
        "mode": lambda value: value in [mode.value for mode in Mode],
        "persona": lambda value: isinstance(value, str),
        ALLOWED: _personas,
        "mention_only": _flag,
        "private": _flag,
        "in_channel": _flag,
        "every_message": _flag,
        "images": _flag,
        "archive_minutes": lambda value: not isinstance(value, bool) and value in ARCHIVE_MINUTES,
        "search_sites": lambda value: _names(value, sites),
        "search_handles": lambda value: _names(value, handles),
        "search_since": _day,
        "search_images": _flag,
        "context_messages": _context,
        "summaries": _flag,
        LANGUAGE: lambda value: value in SPOKEN,
        "log_channel": _id,
        "moderators": _roles,
    }
)
"""Each setting with the check of its value."""


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


MOST_KEPT = 2_000
"""Servers: people who installed the bot for themselves use it in any."""


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
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]

    async def _read(self, guild_id: int) -> ServerRules:
        blocks = await self._store.blocks.of(guild_id, self._now())
        if guild_id == EVERY_SERVER:  # `Pauses` has the pause of everything
            return ServerRules(blocks=blocks)
        filters = await self._store.filters.of(guild_id)
        chosen = await self._store.guild_settings.of(guild_id)
        places = chosen.get(None, {}).get(PLACES)
        return ServerRules(
            blocks=blocks,
            pause=await self._store.guild_settings.pause(guild_id),
            places=PlaceRules() if places is None else rules_of(places),
            filters=filters,
            of_answers=of_answers(filters),
            personas=await self._store.personas.of(guild_id),
            chosen={None: {}, **{where: _possible(guild_id, kept) for where, kept in chosen.items()}},
        )


def _possible(guild_id: int, kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settings as they are stored, without those that mean nothing: another version, or a hand, has written them."""
    wrong = [name for name, value in kept.items() if name in CHECKS and not CHECKS[name](value)]
    for name in wrong:
        log.warning("settings.unusable guild=%d name=%s", guild_id, name)
    return {name: value for name, value in kept.items() if name in CHECKS and name not in wrong}


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
