"""The personas of a place: built-in ones, the operator's files, and those of its server's moderators.

A conversation keeps the words that a persona had when it was chosen: an edit, or its removal, changes nothing there,
and its requests grow only at their end. Not here: changing a server's (`moderation.personas`), what a persona may be
(`conversation.personas`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import ConfigurationError, UserError
from grokbot.conversation.options import UNKNOWN_PERSONA, check_options
from grokbot.conversation.personas import BUILT_IN, LONGEST_FILE, STANDARD, folded_name, persona_of_file
from grokbot.conversation.response import AS_THE_CONVERSATION
from grokbot.conversation.text import Sentence
from grokbot.engine.admission.filter_deadline import in_thread
from grokbot.engine.admission.guild_defaults import chosen_for
from grokbot.engine.admission.rules_cache import ALLOWED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from grokbot.conversation.personas import Persona
    from grokbot.conversation.response import TurnOptions
    from grokbot.engine.admission.new_conversation import Opening
    from grokbot.engine.admission.rules_cache import RulesCache

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often the folder is looked at, when somebody wants a persona."""
MOST_FILES = 100
ENDING = ".md"

NO_FOLDER = "conversation.personas_dir must be a folder that this user can read."
NOT_ALLOWED = Sentence("The moderators do not allow this persona here. Choose one of: {names}.")
TOO_LARGE = "The file is too large."
NOT_TEXT = "The file is not UTF-8."
TOO_MANY = f"There are more than {MOST_FILES} files."


class PersonaFolder:
    """The operator's personas: the Markdown files of a folder, read again when one of them has changed.

    Args:
        path: The folder; None: there is none.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._held: Mapping[str, Persona] = {}
        self._seen: object = None
        self._looked = float("-inf")
        self._lock = asyncio.Lock()

    async def check(self) -> None:
        """Reads it at the start.

        Raises:
            ConfigurationError: It cannot be read. A file that cannot be used is only logged.
        """
        if self._path is not None:
            try:
                await in_thread(partial(_files, self._path))
            except OSError as error:
                raise ConfigurationError("conversation.personas_dir", NO_FOLDER) from error
            await self.held()

    async def held(self) -> Mapping[str, Persona]:
        """The personas by name. If the folder cannot be read any more, those that were there."""
        if self._path is None:
            return self._held
        async with self._lock:
            if time.monotonic() - self._looked >= LOOK_SECONDS:
                await in_thread(partial(self._look, self._path))
                self._looked = time.monotonic()
        return self._held

    def _look(self, path: Path) -> None:
        try:
            files = _files(path)
        except OSError:
            log.exception("personas.unreadable")
            return
        if files != self._seen:
            self._held, problems = personas_in(path)
            self._seen = files
            for name, problem in problems.items():
                log.error("personas.unusable file=%r problem=%r", name, problem)
            log.info("personas.read personas=%d", len(self._held))


def _files(path: Path) -> Sequence[tuple[str, int, int]]:
    """Name, time and size of each file."""
    with os.scandir(path) as entries:
        found = [entry for entry in entries if entry.name.endswith(ENDING) and entry.is_file()]
    return sorted((entry.name, entry.stat().st_mtime_ns, entry.stat().st_size) for entry in found)


def personas_in(path: Path) -> tuple[Mapping[str, Persona], Mapping[str, str]]:
    """The personas of a folder by name, and what is wrong with files that cannot be used, by theirs.

    Raises:
        OSError: The folder cannot be read.
    """
    found, problems = {}, {}
    for number, (name, _, size) in enumerate(_files(path)):
        try:
            persona = _persona(path / name, number, size)
        except (OSError, ValueError, UserError) as error:
            problems[name] = NOT_TEXT if isinstance(error, ValueError) else str(error)
        else:
            found[persona.name] = persona
    return found, problems


def _persona(path: Path, number: int, size: int) -> Persona:
    if number >= MOST_FILES:
        raise UserError(TOO_MANY)
    if size > 4 * LONGEST_FILE:
        raise UserError(TOO_LARGE)
    with path.open("rb") as file:
        return persona_of_file(path.stem, file.read(4 * LONGEST_FILE).decode())


class Personas:
    """One for the process.

    Args:
        path: The operator's folder; None: there is none.
        rules: The servers' rules.
    """

    def __init__(self, path: Path | None, rules: RulesCache) -> None:
        self.folder = PersonaFolder(path)
        self._rules = rules

    async def known(self, guild_id: int | None) -> Mapping[str, Persona]:
        """All of a server, or outside of servers, by name. A server's own stands for the operator's of its name.

        Raises:
            StoreError: They could not be read.
        """
        rules = await self._rules.of(guild_id)
        return {**BUILT_IN, **await self.folder.held(), **{each.name: each for each in rules.personas}}

    async def allowed(self, guild_id: int | None, channel_ids: Sequence[int] = ()) -> Mapping[str, Persona]:
        """Those that people may choose in a place; the one that conversations begin with there is always among them.

        Args:
            guild_id: The server; None outside servers.
            channel_ids: The channel and what contains it, nearest first.
        """
        known, chosen = await self.known(guild_id), chosen_for(await self._rules.of(guild_id), channel_ids)
        names = chosen.get(ALLOWED)
        if names is None:
            return known
        first = chosen.get("persona") or STANDARD
        return {name: each for name, each in known.items() if name in names or name == first}

    async def found(self, name: str, guild_id: int | None, channel_ids: Sequence[int] = ()) -> Persona:
        """One that a person may choose in a place.

        Args:
            name: As it was typed; "" for none.
            guild_id: The server; None outside servers.
            channel_ids: As for `allowed`.

        Raises:
            UserError: There is none of this name, or it is not allowed there.
        """
        wanted, allowed = folded_name(name) or STANDARD, await self.allowed(guild_id, channel_ids)
        if wanted in allowed:
            return allowed[wanted]
        text = NOT_ALLOWED if wanted in await self.known(guild_id) else UNKNOWN_PERSONA
        raise UserError(text.later(names=", ".join(allowed)))

    async def checked(self, options: TurnOptions) -> TurnOptions:
        """Options that a program chose for a turn, with the words of an operator's persona.

        Raises:
            UserError: As `check_options`.
        """
        known = await self.known(None)
        check_options(options, known)
        return self._worded(options, known)

    async def begun(self, opening: Opening) -> Opening:
        """An opening with its persona's words; one that is no longer there is left out."""
        known = await self.known(opening.guild_id)
        worded = self._worded(replace(AS_THE_CONVERSATION, persona=opening.persona), known)
        return replace(opening, persona=worded.persona, persona_text=worded.persona_text)

    async def worded(self, options: TurnOptions, guild_id: int | None) -> TurnOptions:
        """A turn's options with its persona's words; one that is no longer there is left out."""
        if not options.persona or options.persona_text is not None:
            return options
        return self._worded(options, await self.known(guild_id))

    def _worded(self, options: TurnOptions, known: Mapping[str, Persona]) -> TurnOptions:
        if not options.persona:
            return options
        persona = known.get(options.persona)
        named: Mapping[str, Any] = {"persona": None, "persona_text": None}
        if persona is not None:
            named = {"persona": persona.options.persona, "persona_text": persona.options.persona_text}
        return replace(options, **named)
