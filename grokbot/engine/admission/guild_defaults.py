"""What a server's settings change in a conversation that begins there, and in its turns. Pure.

A channel's setting counts before its server's. Not here: changing them (`moderation.guild_settings`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grokbot.conversation.response import Conversation, Mode, TurnOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.engine.admission.new_conversation import Opening
    from grokbot.engine.admission.rules_cache import ServerRules


def chosen_for(rules: ServerRules, channel_ids: Sequence[int]) -> dict[str, Any]:
    """What is chosen for a place, the widest first overwritten by the narrower."""
    found = dict(rules.chosen.get(None, {}))
    for channel_id in reversed(channel_ids):
        found |= rules.chosen.get(channel_id, {})
    return found


def begun_with(opening: Opening, chosen: Mapping[str, Any]) -> Opening:
    """An opening with what is chosen for its place, where the person chose nothing."""
    return replace(
        opening,
        mode=opening.mode or (Mode(chosen["mode"]) if "mode" in chosen else None),
        model=opening.model or chosen.get("model"),
        persona=chosen.get("persona") if opening.persona is None else opening.persona,
        mention_only=opening.mention_only or bool(chosen.get("mention_only", False)),
        own=own_of(opening),
    )


def own_of(opening: Opening) -> tuple[str, ...]:
    """What the person chose for the conversation themselves, and no server's choice changes later."""
    return tuple(name for name in ("model", "persona") if getattr(opening, name) is not None)


def turn_options(conversation: Conversation, options: TurnOptions, chosen: Mapping[str, Any]) -> TurnOptions:
    """Adds the server's model and persona, where they were chosen after the conversation began.

    Args:
        conversation: What it chose itself (`options.own`) stays.
        options: What was chosen for this turn, which stays too.
        chosen: The server's and the channel's settings, by name.
    """
    own = conversation.options.own
    if options.model is None and "model" not in own and chosen.get("model", conversation.model) != conversation.model:
        options = replace(options, model=chosen["model"])
    persona = conversation.persona or ""
    if options.persona is None and "persona" not in own and chosen.get("persona", persona) != persona:
        options = replace(options, persona=chosen["persona"])
    return options
