"""Slash commands about the last answer, and about how the next ones are written.

Not here: commands about the conversation (`slash_actions`).
"""

from __future__ import annotations

import asyncio
import base64
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.conversation.models import EFFORTS
from grokbot.terminal.attached_files import read_files
from grokbot.terminal.chat.screen import usage_line
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.output.code_blocks import code_blocks
from grokbot.terminal.output.formats import in_a_line, money, number

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from grokbot.terminal.chat.talk import Talk
    from grokbot.wire.grokbot import daemon_pb2

NO_ANSWER = "No answers here yet."
NO_SOURCES = "Grok read nothing for this answer."
HOTTEST = 2.0
COPY = "\x1b]52;c;{}\x07"
"""The sign with which a terminal takes text into its clipboard (OSC 52), also over SSH."""


async def _details(talk: Talk) -> daemon_pb2.Answer:
    _text(talk)
    assert talk.known is not None  # noqa: S101 - for the type checker: there is an answer
    return await talk.known_of(talk.known.leaf_id)


def _text(talk: Talk) -> str:
    known = talk.known
    if known is None or known.gone or not known.variants():
        raise CommandFailedError(NO_ANSWER)
    return known.responses[known.leaf_id].message


async def _sources(talk: Talk, _: str) -> None:
    found = (await _details(talk)).citations
    if not found:
        talk.screen.tell(NO_SOURCES)
    for place, address in enumerate(found, 1):
        talk.screen.tell(f"{place}  {in_a_line(address)}")


async def _usage(talk: Talk, _: str) -> None:
    known = await _details(talk)
    talk.screen.tell(f"Answer: {usage_line(known)}")
    used = (await talk.client.daemon.info(known.conversation_id)).usage
    cost = f" · {money(used.cost_ticks)}" if used.HasField("cost_ticks") else ""
    talk.screen.tell(
        f"Conversation: {number(used.prompt_tokens)} in ({number(used.cached_prompt_tokens)} cached) · "
        f"{number(used.completion_tokens)} out · {number(used.reasoning_tokens)} thought{cost}"
    )


async def _save(talk: Talk, given: str) -> None:
    first, _, rest = given.partition(" ")
    chosen, name = (first, rest.strip()) if first.isdecimal() and rest.strip() else ("", given)
    if not name:
        raise CommandFailedError("To which file? /save FILE, or /save NUMBER FILE for one of several code blocks.")
    talk.screen.tell(f"Saved as {_written(name, _picked(_text(talk), chosen, several=False))}.")


def _written(name: str, text: str) -> Path:
    try:
        path = Path(name).expanduser()
        path.write_text(text, encoding="utf-8")
    except (OSError, RuntimeError, ValueError) as error:  # ~nobody, a name with a zero byte
        raise CommandFailedError(f"{name} cannot be written: {error}.") from None
    return path


async def _copy(talk: Talk, chosen: str) -> None:
    text = _text(talk)
    copied = _picked(text, chosen, several=True) if chosen else text
    if not talk.screen.drawn:
        raise CommandFailedError("Only a terminal has a clipboard.")
    sys.stdout.write(COPY.format(base64.b64encode(copied.encode("utf-8", "replace")).decode()))
    sys.stdout.flush()
    talk.screen.tell("Copied.")


def _picked(text: str, chosen: str, *, several: bool) -> str:
    """A code block by its number, or the only one; all of an answer without code."""
    found = code_blocks(text)
    if chosen:
        if not chosen.isdecimal() or not 1 <= int(chosen) <= len(found):
            raise CommandFailedError(f"The answer has {_blocks(len(found))}.", Exit.USAGE)
        return found[int(chosen) - 1].code
    if len(found) > 1 and not several:
        raise CommandFailedError(f"The answer has {_blocks(len(found))}. Which one? /save NUMBER FILE.", Exit.USAGE)
    return found[0].code if found else text


def _blocks(count: int) -> str:
    return f"{count} code {'block' if count == 1 else 'blocks'}"


async def _attach(talk: Talk, name: str) -> None:
    talk.attached = (*talk.attached, *await asyncio.to_thread(read_files, [name])) if name else ()
    talk.screen.tell(attached_now(talk))


def attached_now(talk: Talk) -> str:
    """What goes with the next message."""
    names = ", ".join(in_a_line(name) for name, _ in talk.attached)
    return f"With your next message: {names}" if names else "No files go with your next message."


async def _model(talk: Talk, name: str) -> None:
    if name:
        talk.choices = replace(talk.choices, model=name)
    elif not talk.choices.model:
        here = talk.known is not None and not talk.known.gone
        known = await talk.client.daemon.info(talk.known.conversation_id) if here and talk.known else None
        name = known.model if known else (await talk.client.daemon.status()).model
    talk.screen.tell(f"Model: {in_a_line(name or talk.choices.model)}")


async def _persona(talk: Talk, name: str) -> None:
    if name:
        talk.choices = replace(talk.choices, persona=name)
    talk.screen.tell(f"Persona: {in_a_line(talk.choices.persona) or 'as the conversation began'}")


async def _temperature(talk: Talk, given: str) -> None:
    if given:
        try:
            value = float(given)
        except ValueError:
            value = -1.0
        if not 0 <= value <= HOTTEST:
            raise CommandFailedError("The temperature must be a number from 0 to 2.", Exit.USAGE)
        talk.choices = replace(talk.choices, temperature=value)
    value_now = talk.choices.temperature
    talk.screen.tell(f"Temperature: {'as the conversation began' if value_now is None else f'{value_now:g}'}")


async def _effort(talk: Talk, given: str) -> None:
    if given and given not in EFFORTS:
        raise CommandFailedError(f"The effort must be one of {', '.join(EFFORTS)}.", Exit.USAGE)
    if given:
        talk.choices = replace(talk.choices, effort=given)
    talk.screen.tell(f"Effort: {talk.choices.effort or 'as the conversation began'}")


async def _system(talk: Talk, text: str) -> None:
    if not text:
        raise CommandFailedError("Which system prompt? /system TEXT.", Exit.USAGE)
    talk.choices = replace(talk.choices, system_prompt=text)
    talk.leave()
    talk.screen.remark("Your next message starts a new conversation with this system prompt.")


WORK: Mapping[str, Callable[[Talk, str], Awaitable[None]]] = {
    "attach": _attach,
    "sources": _sources,
    "usage": _usage,
    "save": _save,
    "copy": _copy,
    "model": _model,
    "persona": _persona,
    "temperature": _temperature,
    "effort": _effort,
    "system": _system,
}
