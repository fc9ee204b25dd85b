"""Settings of a server and its channels: how conversations begin there, and how their turns are answered.

A channel's setting comes before its server's, a thread's channel before its category. Mode, mentions and the opening of
threads apply to new conversations; model and persona to the next turn of all conversations whose people chose none.
Not here: the operator's settings (`settings.settings`), a person's choices for one conversation
(`admission.new_conversation`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import UserError
from grokbot.conversation.options import UNKNOWN_PERSONA
from grokbot.conversation.text.sentences import Sentence
from grokbot.engine.admission import ALLOWED, CHECKS, LANGUAGE, NOT, PLACES, chosen_for, rules_text
from grokbot.policy.places import Place, open_to_grok
from grokbot.settings.validators import MOST_HANDLES, MOST_SITES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.engine.admission import Personas, RulesCache
    from grokbot.engine.context import Context
    from grokbot.engine.moderation.actions import Actions
    from grokbot.policy.actor import Actor
    from grokbot.policy.places import PlaceRules

UNKNOWN_SETTING = Sentence("There is no such setting.")
NOT_POSSIBLE = Sentence("This value is not allowed there.")
SEARCH_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "search_sites": Sentence(
            "Name at most {most} sites by domain, such as `wikipedia.org, nasa.gov`: either those to search in, or "
            "with a minus before each (`-example.org`) those to leave out, not both."
        ).later(most=MOST_SITES),
        "search_handles": Sentence(
            "Name at most {most} handles of X without @: either those to search in, or with a minus before each those "
            "to leave out, not both."
        ).later(most=MOST_HANDLES),
        "search_since": Sentence("Write the day as year-month-day, such as `2026-01-31`."),
    }
)
"""What is said of a value of these that is not possible."""

ONLY_OF_SERVERS = Sentence("This can be set only for a whole server, not for a channel.")

OF_SERVERS = frozenset({LANGUAGE, "log_channel", "moderators"})


class GuildSettings:
    """The part of `Moderation` for settings."""

    def __init__(self, context: Context, acts: Actions, rules: RulesCache, personas: Personas) -> None:
        self._context = context
        self._store = context.store
        self._acts = acts
        self._rules = rules
        self._personas = personas

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The settings of new conversations where nobody chose anything."""
        xai = self._context.settings.xai
        return {
            "model": xai.model,
            "mode": self._context.settings.conversation.mode,
            "mention_only": False,
            "search_sites": [*xai.search_sites, *(f"{NOT}{site}" for site in xai.search_excluded_sites)],
            "search_handles": [*xai.search_handles, *(f"{NOT}{handle}" for handle in xai.search_excluded_handles)],
            "search_since": "" if xai.search_from is None else xai.search_from.isoformat(),
            "search_images": xai.search_images,
        }

    @property
    def operators_context(self) -> tuple[int, int]:
        """How many messages before a mention the operator has read: in threads and posts, and in channels."""
        return (
            self._context.settings.conversation.context_messages,
            self._context.settings.conversation.channel_context_messages,
        )

    async def chosen(self, guild_id: int, channel_id: int | None = None) -> Mapping[str, Any]:
        """What is set for exactly this server, or this channel of it."""
        return dict((await self._rules.of(guild_id)).chosen.get(channel_id, {}))

    async def effective(self, guild_id: int, channel_ids: Sequence[int] = ()) -> Mapping[str, Any]:
        """The settings in force in a place, narrowest channel first; a missing one is as the operator set it."""
        return chosen_for(await self._rules.of(guild_id), channel_ids)

    async def switched_on(self, name: str) -> frozenset[int]:
        """The servers where a setting is switched on, in general or for any channel.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.guild_settings.switched_on(name)

    async def open_to_grok(self, guild_id: int, channel_ids: Sequence[int]) -> bool:
        """Whether the server's moderators let Grok be used in a place, narrowest channel first.

        Raises:
            StoreError: It could not be read.
        """
        place = Place(
            channel_id=channel_ids[0], parent_id=next(iter(channel_ids[1:]), None), category_id=channel_ids[-1]
        )
        return open_to_grok((await self._rules.of(guild_id)).places, place)

    async def context_messages(self, guild_id: int, channel_ids: Sequence[int], *, in_channel: bool) -> int:
        """How many messages before a mention are read.

        Args:
            guild_id: The server.
            channel_ids: The place, narrowest channel first.
            in_channel: Whether it is a channel itself, not a thread or post that the bot was called into.

        Raises:
            StoreError: It could not be read.
        """
        chosen: int | None = (await self.effective(guild_id, channel_ids)).get("context_messages")
        return self.operators_context[in_channel] if chosen is None else chosen

    async def choose(self, who: Actor, name: str, value: Any, *, channel_id: int | None = None) -> None:
        """Changes a setting of the server, or of one of its channels.

        Args:
            who: The moderator.
            name: The setting's.
            value: None: as the next wider scope has it.
            channel_id: A channel or category; None: the whole server.

        Raises:
            UserError: Unknown setting or invalid value, or one that channels do not have.
            RowRefusedError: The channel is another server's.
        """
        guild_id = self._acts.may_in_server(who)
        _check(name, value, channel_id)
        if value and name in ("persona", ALLOWED):
            await self._check_personas([value] if name == "persona" else value, guild_id)
        target = "" if channel_id is None else f"channel:{channel_id}"
        told = len(value) if isinstance(value, list) else value
        entry = self._acts.entry(who, guild_id, "setting", target, name=name, value=told)
        await self._store.guild_settings.set(guild_id, channel_id, name, value, who.id, entry.at, entry)
        self._acts.done(entry)

    async def places(self, who: Actor) -> PlaceRules:
        """Where in the server Grok may be used, and by whom."""
        return (await self._rules.of(self._acts.may_in_server(who))).places

    async def set_places(self, who: Actor, rules: PlaceRules) -> None:
        """Replaces these rules."""
        guild_id = self._acts.may_in_server(who)
        kept = rules_text(rules)
        told = {name: len(value) if isinstance(value, list) else value for name, value in kept.items()}
        entry = self._acts.entry(who, guild_id, "channels", **told)
        await self._store.guild_settings.set(guild_id, None, PLACES, kept, who.id, entry.at, entry)
        self._acts.done(entry)

    async def _check_personas(self, names: Sequence[str], guild_id: int) -> None:
        known = await self._personas.known(guild_id)
        if any(name not in known for name in names):
            raise UserError(UNKNOWN_PERSONA.format(names=", ".join(known)))


def _check(name: str, value: Any, channel_id: int | None) -> None:
    possible = CHECKS.get(name)
    if possible is None:
        raise UserError(UNKNOWN_SETTING)
    if channel_id is not None and name in OF_SERVERS:
        raise UserError(ONLY_OF_SERVERS)
    if value is not None and not possible(value):
        raise UserError(SEARCH_NAMES.get(name, NOT_POSSIBLE))
