"""One turn's own options, laid over those of its conversation. Pure.

Not here: the values themselves (`response`), what is then sent (`history`, `xai.requests`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.models import EFFORTS, nearest_effort, options_of
from grokbot.conversation.personas import PERSONAS
from grokbot.conversation.text.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Collection

    from grokbot.conversation.response import Conversation, TurnOptions

WARMEST = 2.0
"""The highest temperature that xAI takes; the lowest is 0."""

LONGEST_MODEL = 200
"""Longest model name in characters: longer ones are no real models, and would show in every list."""

MOST_TOKENS = 2**31 - 1
"""What fits the wire."""

UNKNOWN_MODEL = Sentence("A model's name has at most 200 characters, on one line.")
UNKNOWN_PERSONA = Sentence("Unknown persona. Choose one of: {names}.")
TEMPERATURE = Sentence("The temperature must be from 0 to 2.")
MAX_TOKENS = Sentence("The maximum of tokens must be at least 1.")
UNKNOWN_EFFORT = Sentence("Unknown effort. Choose one of: {names}.")


@dataclass(frozen=True, slots=True)
class Voice:
    """What changes the beginning of a request for the same path: the persona, and whether it is raw."""

    persona: str | None
    raw: bool
    text: str | None = None
    """The persona's instructions; None: those of a built-in one."""


def laid_over(base: TurnOptions, over: TurnOptions) -> TurnOptions:
    """The options of `over`, and those of `base` where it chooses nothing. A persona keeps its own instructions."""
    given = {each.name: value for each in fields(over) if (value := getattr(over, each.name)) is not None}
    if "persona" in given:
        given.setdefault("persona_text", None)
    return replace(base, **given)


def again(conversation: Conversation, before: TurnOptions) -> TurnOptions:
    """The options for answering something once more: as before, but for what people have changed meanwhile."""
    return laid_over(before, conversation.options.chosen)


def voice_of(conversation: Conversation, turn: TurnOptions) -> Voice:
    """The voice in which the model answers a turn. A raw turn has no persona."""
    if conversation.options.raw if turn.raw is None else turn.raw:
        return Voice(None, raw=True)
    persona, text = _persona(conversation, turn)
    return Voice(persona, raw=False, text=text)


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
        options = replace(options, system_prompt="", search=(), images=False)
    if turn.images is False:
        options = replace(options, images=False)
    options = replace(
        options, raw=voice.raw, reasoning_effort=_effort(conversation, turn, turn.effort), persona_text=voice.text
    )
    return replace(conversation, model=model_of(conversation, turn), persona=voice.persona, options=options)


def fixed_by(conversation: Conversation, turn: TurnOptions) -> Conversation:
    """The conversation after its first turn, which fixes model, persona and rawness.

    The system prompt and the searches stay, for turns that are not raw.
    """
    voice = voice_of(conversation, turn)
    persona, text = _persona(conversation, turn)
    chosen = {"model": turn.model, "persona": turn.persona}
    own = tuple(name for name, value in chosen.items() if value is not None or name in conversation.options.own)
    effort = _effort(conversation, turn, None)
    options = replace(conversation.options, raw=voice.raw, reasoning_effort=effort, own=own, persona_text=text)
    return replace(conversation, model=model_of(conversation, turn), persona=persona, options=options)


def _persona(conversation: Conversation, turn: TurnOptions) -> tuple[str | None, str | None]:
    """Name and instructions of the persona that answers a turn."""
    if turn.persona is not None:
        return turn.persona or None, turn.persona_text
    return conversation.persona or None, conversation.options.persona_text


def _effort(conversation: Conversation, turn: TurnOptions, wanted: str | None) -> str | None:
    """The reasoning effort, as far as the model takes it.

    That of the conversation goes to the model that it was set for, and to others that are known to take one.
    """
    model = model_of(conversation, turn)
    if wanted is None and (model == conversation.model or options_of(model) is not None):
        wanted = conversation.options.reasoning_effort
    return None if wanted is None else nearest_effort(model, wanted)


def check_options(turn: TurnOptions, personas: Collection[str] = PERSONAS.keys()) -> None:
    """Accepts options that can be asked for. `personas` are the names to choose from.

    Raises:
        UserError: Unknown model, persona or effort, or a temperature or length out of range.
    """
    if turn.model and (len(turn.model) > LONGEST_MODEL or not turn.model.isprintable()):
        raise UserError(UNKNOWN_MODEL)
    if turn.persona and turn.persona not in personas:
        raise UserError(UNKNOWN_PERSONA.format(names=", ".join(sorted(personas))))
    if turn.effort is not None and turn.effort not in EFFORTS:
        raise UserError(UNKNOWN_EFFORT.format(names=", ".join(EFFORTS)))
    if turn.temperature is not None and not (math.isfinite(turn.temperature) and 0 <= turn.temperature <= WARMEST):
        raise UserError(TEMPERATURE)
    if turn.max_tokens is not None and not 1 <= turn.max_tokens <= MOST_TOKENS:
        raise UserError(MAX_TOKENS)
