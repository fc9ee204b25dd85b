"""How a conversation begins: what its settings and the person's choices fix then. Pure.

Not here: turns, or where the settings come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.response import Conversation, Mode, Options

if TYPE_CHECKING:
    from datetime import datetime

    from grokbot.settings import Settings


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
    """A key of `personas.PERSONAS`; None and "" for none."""
    system_prompt: str | None = None
    """None: as set."""
    mention_only: bool = False
    channel_ids: tuple[int, ...] = ()
    """What contains the channel, nearest first: their settings apply there besides its own."""
    own: tuple[str, ...] = ()
    """Which of `model` and `persona` the person chose. The engine fills it in."""


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
        reasoning_effort=settings.xai.reasoning_effort,
        temperature=settings.xai.temperature,
        max_tokens=settings.xai.max_tokens,
        search=tuple(settings.xai.search),
        mention_only=opening.mention_only,
        own=opening.own,
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
        created_at=at,
        modified_at=at,
    )
