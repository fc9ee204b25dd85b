"""The input prompt: its history, completion of slash commands, and output above it.

Owns prompt_toolkit. Not here: processing the input (`chat`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings

from grokbot.terminal.chat.slash_commands import COMMANDS, beginning_so

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document
    from prompt_toolkit.key_binding import KeyPressEvent

PROMPT = FormattedText([("bold", "> ")])
MENU_LINES = 5
HISTORY = "chat_history"


class ChatPrompt:
    """Reads lines from this terminal."""

    def __init__(self, history: History) -> None:
        self._session: PromptSession[str] = PromptSession(
            history=history,
            completer=Slashes(),
            complete_while_typing=Condition(lambda: bool(beginning_so(self._typed))),
            key_bindings=_keys(),
            multiline=True,
            prompt_continuation="  ",
            reserve_space_for_menu=MENU_LINES,
            enable_open_in_editor=True,
            enable_suspend=True,
        )
        self._asking = False

    async def line(self) -> str:
        """Read a message.

        Raises:
            EOFError: Ctrl-D.
            KeyboardInterrupt: Ctrl-C.
        """
        self._asking = True
        try:
            return await self._session.prompt_async(PROMPT, handle_sigint=False)
        finally:
            self._asking = False

    async def above(self, show: Callable[[], None]) -> None:
        """Show something above the current prompt, if there is one."""
        if self._asking and self._session.app.is_running:
            await run_in_terminal(show)

    @property
    def _typed(self) -> str:
        return self._session.default_buffer.text


class Slashes(Completer):
    """Completes the slash commands."""

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002 - prompt_toolkit's signature
        """The commands that begin with the line."""
        typed = document.text
        for name in beginning_so(typed):
            slash = COMMANDS[name]
            yield Completion(
                f"/{name}", -len(typed), display=f"/{name} {slash.takes}".rstrip(), display_meta=slash.does
            )


def history(environ: Mapping[str, str]) -> History:
    """Earlier input, in the person's state directory and readable only by them; in memory if that is impossible."""
    folder = _state_directory(environ)
    if folder is None:
        return InMemoryHistory()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / HISTORY
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.fchmod(descriptor, 0o600)  # an existing one may have been readable by others
        finally:
            os.close(descriptor)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))


def _state_directory(environ: Mapping[str, str]) -> Path | None:
    """The state directory of the XDG base directories."""
    xdg, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    if xdg.startswith("/"):
        return Path(xdg, "grokbot")
    return Path(home, ".local", "state", "grokbot") if home else None


def _keys() -> KeyBindings:
    """Enter sends: pasted text keeps its lines, and Alt-Enter begins a new line."""
    keys = KeyBindings()

    @keys.add("enter")
    def _say(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys
