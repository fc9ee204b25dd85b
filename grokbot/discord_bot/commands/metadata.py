"""How commands are declared: where they can be used, and where their texts stand.

A command's text is its description, which Discord shows. Discord has none for a menu, so it stands in the menu's
extras. Not here: any command or text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from discord import app_commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TEXT = "text"
"""The key of a menu's text in its extras."""

PROMPT_LENGTH = 6000
"""Characters of a text option (Discord's documentation)."""

AnyCommand: TypeAlias = "app_commands.Command[Any, ..., Any] | app_commands.ContextMenu"
CommandT = TypeVar("CommandT", bound=AnyCommand)


def everywhere(command: CommandT) -> CommandT:
    """In servers that added the bot, and in its direct messages.

    A command without this is also for people who have installed the app, as the operator lets them (`bot`).
    """
    installed = app_commands.allowed_installs(guilds=True, users=False)(command)
    return app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)(installed)


def said(text: str) -> dict[Any, Any]:
    """The extras of a menu with this text."""
    return {TEXT: text}


def description_of(command: AnyCommand | app_commands.Group) -> str:
    """What a command or menu does, in one sentence."""
    if isinstance(command, app_commands.ContextMenu):
        extras: Mapping[Any, Any] = command.extras
        return str(extras[TEXT])
    return command.description


def usage(command: AnyCommand | app_commands.Group) -> str:
    """How a command is written, with optional parts in brackets; for a menu, where to find it."""
    if isinstance(command, app_commands.ContextMenu):
        return f"Apps > {command.name}"
    if isinstance(command, app_commands.Group):
        return f"/{command.qualified_name}"
    options = [p.display_name if p.required else f"[{p.display_name}]" for p in command.parameters]
    return " ".join([f"/{command.qualified_name}", *options])


def single(commands: Iterable[AnyCommand | app_commands.Group]) -> Iterator[AnyCommand]:
    """The commands themselves: a group is replaced by its members."""
    for command in commands:
        if isinstance(command, app_commands.Group):
            yield from single(command.commands)
        else:
            yield command
