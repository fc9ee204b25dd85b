"""How a conversation begins: what its settings and the person's choices fix then. Pure.

Not here: turns, or where the settings come from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from grokbot.conversation.response import Conversation, Mode, Options, SearchLimits, TitleBy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from grokbot.settings import Settings, XaiSettings

NOT = "-"
"""Before a name in a server's settings: searches leave it out."""

SEARCH_SETTINGS = ("search_sites", "search_handles", "search_since", "search_images")
"""A server's settings for searches. They are fixed when a conversation begins: what tools find is a part of what xAI
keeps cached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A new conversation's place, owner and options. Ids are Discord's."""

    guild_id: int | None
    channel_id: int | None
    """None: nowhere in Discord."""
    owner_id: int
    mode: Mode | None = None
    """None: as set."""
    model: str | None = None
    persona: str | None = None
    """A persona's name; None and "" for none."""
    persona_text: str | None = None
    """Its words. The engine fills them in."""
    system_prompt: str | None = None
    """None: as set."""
    effort: str | None = None
    """None: as set; so for the next two."""
    temperature: float | None = None
    max_tokens: int | None = None
    mention_only: bool = False
    in_channel: bool = False
    """Whether it stands in a channel beside others: then it is a new one, whatever stands there."""
    asked: bool = False
    channel_ids: tuple[int, ...] = ()
    """What contains the channel, nearest first: their settings apply there besides its own."""
    own: tuple[str, ...] = ()
    """Which of `model` and `persona` the person chose. The engine fills it in."""
    search: Mapping[str, Any] = field(default_factory=dict)
    """The place's settings of `SEARCH_SETTINGS`. The engine fills it in."""
    title: str | None = None
    """One that Grok has written already; None: none."""
    images: bool = True
    """Whether the place's moderators let the model make images. The engine fills it in."""


def nowhere(owner_id: int) -> Opening:
    """A conversation with no place in Discord."""
    return Opening(guild_id=None, channel_id=None, owner_id=owner_id)


def opened(opening: Opening, settings: Settings, conversation_id: str, at: datetime) -> Conversation:
    """The new conversation, with everything fixed that its requests begin with.

    Args:
        opening: Its choices; None there means the settings' value.
        settings: The operator's.
        conversation_id: A new one.
        at: When it begins, in UTC.
    """
    options = Options(
        system_prompt=settings.conversation.system_prompt if opening.system_prompt is None else opening.system_prompt,
        reasoning_effort=opening.effort or settings.xai.reasoning_effort,
        temperature=settings.xai.temperature if opening.temperature is None else opening.temperature,
        max_tokens=opening.max_tokens or settings.xai.max_tokens,
        search=tuple(settings.xai.search),
        search_limits=search_limits(settings.xai, opening.search),
        images=opening.channel_id is not None and opening.images and "tool" in settings.xai.images,
        mention_only=opening.mention_only,
        in_channel=opening.in_channel,
        asked=opening.asked,
        own=opening.own,
        persona_text=opening.persona_text if opening.persona else None,
    )
    return Conversation(
        id=conversation_id,
        guild_id=opening.guild_id,
        channel_id=opening.channel_id,
        owner_id=opening.owner_id,
        mode=opening.mode or Mode(settings.conversation.mode),
        model=opening.model or settings.xai.model,
        persona=opening.persona or None,
        options=options,
        title=opening.title or "",
        title_by=TitleBy.GROK if opening.title else None,
        created_at=at,
        modified_at=at,
    )


def branch_of(
    old: Conversation, response_id: str | None, opening: Opening, conversation_id: str, at: datetime
) -> Conversation:
    """A conversation that continues a response of another one, with that one's settings.

    Args:
        old: The other one.
        response_id: What it continues; None: nothing, only the settings.
        opening: Its place, owner and what it chooses.
        conversation_id: A new one.
        at: When it begins, in UTC.
    """
    return replace(
        old,
        id=conversation_id,
        guild_id=opening.guild_id,
        channel_id=opening.channel_id,
        owner_id=opening.owner_id,
        mode=opening.mode or old.mode,
        model=opening.model or old.model,
        options=replace(
            old.options, mention_only=opening.mention_only, in_channel=opening.in_channel, asked=opening.asked
        ),
        title="",
        title_by=None,
        leaf_id=None,
        branched_from=response_id,
        created_at=at,
        modified_at=at,
        locked=False,
    )


def search_limits(xai: XaiSettings, chosen: Mapping[str, Any]) -> SearchLimits:
    """What searches find: as the operator set it, where the place's moderators chose nothing.

    Args:
        xai: The operator's settings.
        chosen: The place's, by name.
    """
    limits = SearchLimits(
        sites=xai.search_sites,
        excluded_sites=xai.search_excluded_sites,
        handles=xai.search_handles,
        excluded_handles=xai.search_excluded_handles,
        since=xai.search_from,
        images=xai.search_images,
    )
    if (sites := chosen.get("search_sites")) is not None:
        limits = replace(limits, sites=_only(sites), excluded_sites=_without(sites))
    if (handles := chosen.get("search_handles")) is not None:
        limits = replace(limits, handles=_only(handles), excluded_handles=_without(handles))
    if (since := chosen.get("search_since")) is not None:
        limits = replace(limits, since=date.fromisoformat(since) if since else None)
    return replace(limits, images=chosen.get("search_images", limits.images))


def _only(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if not name.startswith(NOT))


def _without(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.removeprefix(NOT) for name in names if name.startswith(NOT))
