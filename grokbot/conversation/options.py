"""One turn's own options, laid over those of its conversation. Pure.

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
"""Longest model name in characters: longer ones are no real models, and would show in every list."""

UNKNOWN_MODEL = "A model's name has at most 200 characters, on one line."
UNKNOWN_PERSONA = "Unknown persona. Choose one of: {names}."
TEMPERATURE = "The temperature must be from 0 to 2."
MAX_TOKENS = "The maximum of tokens must be at least 1."


@dataclass(frozen=True, slots=True)
class Voice:
    """What changes the beginning of a request for the same path: the persona, and whether it is raw."""

    persona: str | None
    raw: bool


def voice_of(conversation: Conversation, turn: TurnOptions) -> Voice:
    """The voice in which the model answers a turn. A raw turn has no persona."""
    if conversation.options.raw if turn.raw is None else turn.raw:
        return Voice(None, raw=True)
    persona = conversation.persona if turn.persona is None else turn.persona
    return Voice(persona or None, raw=False)


def model_of(conversation: Conversation, turn: TurnOptions) -> str:
    """The name of the model that answers a turn."""
    return turn.model or conversation.model


def effective(conversation: Conversation, turn: TurnOptions) -> Conversation:
    """The conversation with this turn's own options in place of its own, for building the request."""
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
    """The conversation after its first turn, which fixes model, persona and rawness.

    The system prompt and the searches stay, for turns that are not raw.
    """
    voice = voice_of(conversation, turn)
    persona = conversation.persona if turn.persona is None else turn.persona or None
    chosen = {"model": turn.model, "persona": turn.persona}
    own = tuple(name for name, value in chosen.items() if value is not None or name in conversation.options.own)
    options = replace(conversation.options, raw=voice.raw, reasoning_effort=_effort(conversation, turn), own=own)
    return replace(conversation, model=model_of(conversation, turn), persona=persona, options=options)


def _effort(conversation: Conversation, turn: TurnOptions) -> str | None:
    """The reasoning effort. It applies to the model it was set for only: others may not support it."""
    other = model_of(conversation, turn) != conversation.model
    return None if other else conversation.options.reasoning_effort


def check_options(turn: TurnOptions) -> None:
    """Accepts options that can be asked for.

    Raises:
        UserError: Unknown model or persona, or a temperature or length out of range.
    """
    if turn.model and (len(turn.model) > LONGEST_MODEL or not turn.model.isprintable()):
        raise UserError(UNKNOWN_MODEL)
    if turn.persona and turn.persona not in PERSONAS:
        raise UserError(UNKNOWN_PERSONA.format(names=", ".join(sorted(PERSONAS))))
    if turn.temperature is not None and not (math.isfinite(turn.temperature) and 0 <= turn.temperature <= WARMEST):
        raise UserError(TEMPERATURE)
    if turn.max_tokens is not None and turn.max_tokens < 1:
        raise UserError(MAX_TOKENS)
