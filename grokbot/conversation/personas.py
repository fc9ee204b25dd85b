"""Ways of speaking for the model, by the names under which people choose them. Pure.

Not here: who chose one for what (`options`), the system prompt that it is added to (the settings).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FUN = "fun"

PERSONAS: Mapping[str, str] = {
    FUN: (
        "You are in fun mode. Be witty and playful, with dry humor and a taste for the absurd. Tease a little, but "
        "never at the expense of somebody's dignity or of the facts: what you claim is true, and what was asked is "
        "answered. Where somebody is in trouble or grieves, drop the jokes and be kind."
    )
}
"""Instructions to the model, by persona name."""


def spoken_as(persona: str | None, system_prompt: str, text: str | None = None) -> str:
    """The system prompt plus the persona's instructions.

    Args:
        persona: A persona's name. None and "" add nothing.
        system_prompt: May be empty.
        text: The instructions. None: those of a built-in persona; unknown or removed names then add nothing.
    """
    added = (PERSONAS.get(persona, "") if text is None else text) if persona else ""
    return "\n\n".join(part for part in (system_prompt, added) if part)
