"""How a server's settings change a conversation that begins there, and its turns. Pure.

A channel's setting comes before its server's. Not here: changing them (`moderation.guild_settings`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grokbot.conversation.response import Conversation, Mode, TurnOptions
from grokbot.engine.admission.new_conversation import SEARCH_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.engine.admission.new_conversation import Opening
    from grokbot.engine.admission.rules_cache import ServerRules


def chosen_for(rules: ServerRules, channel_ids: Sequence[int]) -> dict[str, Any]:
    """The settings of a place: narrower ones overwrite wider ones."""
    found = dict(rules.chosen.get(None, {}))
    for channel_id in reversed(channel_ids):
        found |= rules.chosen.get(channel_id, {})
    return found


def begun_with(opening: Opening, chosen: Mapping[str, Any]) -> Opening:
    """An opening with its place's settings, where the person chose nothing."""
    return replace(
        opening,
        mode=opening.mode or (Mode(chosen["mode"]) if "mode" in chosen else None),
        model=opening.model or chosen.get("model"),
        persona=chosen.get("persona") if opening.persona is None else opening.persona,
        mention_only=opening.mention_only or bool(chosen.get("mention_only", False)),
        own=own_of(opening),
        search={name: chosen[name] for name in SEARCH_SETTINGS if name in chosen},
        images=bool(chosen.get("images", True)),
    )


def own_of(opening: Opening) -> tuple[str, ...]:
    """The person's own choices, which later server settings do not change."""
    return tuple(name for name in ("model", "persona") if getattr(opening, name) is not None)


def turn_options(conversation: Conversation, options: TurnOptions, chosen: Mapping[str, Any]) -> TurnOptions:
    """Adds the server's model and persona, and that it wants no images, if they were set after the conversation began.

    Args:
        conversation: Its own choices (`options.own`) stay.
        options: This turn's choices, which stay too.
        chosen: The server's and the channel's settings, by name.
    """
    own = conversation.options.own
    if options.model is None and "model" not in own and chosen.get("model", conversation.model) != conversation.model:
        options = replace(options, model=chosen["model"])
    persona = conversation.persona or ""
    if options.persona is None and "persona" not in own and chosen.get("persona", persona) != persona:
        options = replace(options, persona=chosen["persona"])
    if conversation.options.images and not chosen.get("images", True):
        options = replace(options, images=False)
    return options
