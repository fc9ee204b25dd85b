"""What one turn chooses for itself, laid over what its conversation has. Pure.

Not here: the values themselves (`response`), what is then sent (`history`, `xai.requests`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.personas import PERSONAS

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation, TurnOptions

WARMEST = 2.0
"""The highest temperature that xAI takes; the lowest is 0."""

LONGEST_MODEL = 200
"""Characters of a model's name: what is longer is none, and would stand in every list."""

UNKNOWN_MODEL = "A model's name has at most 200 characters, on one line."
UNKNOWN_PERSONA = "Unknown persona. Choose one of: {names}."
TEMPERATURE = "The temperature must be from 0 to 2."
MAX_TOKENS = "The maximum of tokens must be at least 1."


@dataclass(frozen=True, slots=True)
class Voice:
    """What makes the same path another request at its beginning: the persona, and whether the model is asked raw."""

    persona: str | None
    raw: bool


def voice_of(conversation: Conversation, turn: TurnOptions) -> Voice:
    """As who the model answers a turn. Raw, it is nobody else."""
    if conversation.options.raw if turn.raw is None else turn.raw:
        return Voice(None, raw=True)
    persona = conversation.persona if turn.persona is None else turn.persona
    return Voice(persona or None, raw=False)


def model_of(conversation: Conversation, turn: TurnOptions) -> str:
    """Which model answers a turn, by the name under which it is asked for."""
    return turn.model or conversation.model


def effective(conversation: Conversation, turn: TurnOptions) -> Conversation:
    """The conversation as the request for this turn is to be made: with the turn's own choices in place of its own."""
    voice, options = voice_of(conversation, turn), conversation.options
    if turn.temperature is not None:
        options = replace(options, temperature=turn.temperature)
    if turn.max_tokens is not None:
        options = replace(options, max_tokens=turn.max_tokens)
    if voice.raw:
        options = replace(options, system_prompt="", search=())
    options = replace(options, raw=voice.raw, reasoning_effort=_effort(conversation, turn))
    return replace(conversation, model=model_of(conversation, turn), persona=voice.persona, options=options)


def fixed_by(conversation: Conversation, turn: TurnOptions) -> Conversation:
    """The conversation after its first turn: model, persona and rawness are from now on what that one chose.

    The system prompt and the searches stay, for turns that are not raw.
    """
    voice = voice_of(conversation, turn)
    persona = conversation.persona if turn.persona is None else turn.persona or None
    chosen = {"model": turn.model, "persona": turn.persona}
    own = tuple(name for name, value in chosen.items() if value is not None or name in conversation.options.own)
    options = replace(conversation.options, raw=voice.raw, reasoning_effort=_effort(conversation, turn), own=own)
    return replace(conversation, model=model_of(conversation, turn), persona=persona, options=options)


def _effort(conversation: Conversation, turn: TurnOptions) -> str | None:
    """How much the model is to reason. What is set is for the model that is set: others may not know it at all."""
    other = model_of(conversation, turn) != conversation.model
    return None if other else conversation.options.reasoning_effort


def check_options(turn: TurnOptions) -> None:
    """Lets pass what can be asked for.

    Raises:
        UserError: Such a model, persona, temperature or length there is not.
    """
    if turn.model and (len(turn.model) > LONGEST_MODEL or not turn.model.isprintable()):
        raise UserError(UNKNOWN_MODEL)
    if turn.persona and turn.persona not in PERSONAS:
        raise UserError(UNKNOWN_PERSONA.format(names=", ".join(sorted(PERSONAS))))
    if turn.temperature is not None and not (math.isfinite(turn.temperature) and 0 <= turn.temperature <= WARMEST):
        raise UserError(TEMPERATURE)
    if turn.max_tokens is not None and turn.max_tokens < 1:
        raise UserError(MAX_TOKENS)
