"""Registers the commands with Discord when they differ from what is registered, and only then; knows their ids.

Not here: the commands themselves.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord import app_commands

log = logging.getLogger(__name__)

COMPARED = (
    "name",
    "type",
    "description",
    "nsfw",
    "default_member_permissions",
    "required",
    "autocomplete",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
)
"""The fields of a command or an option that people notice. Absent, false and empty are equal; zero is a number."""

PLACES = ("contexts", "integration_types")
"""Where a command can be used and how the bot must have been added; Discord may return them in another order."""

SLASH = 1
"""The type of a slash command; menus of messages and people have others."""


async def sync_if_changed(tree: app_commands.CommandTree[Any], when: str) -> Mapping[str, int]:
    """Compares the registered commands with ours.

    Args:
        tree: All commands.
        when: `auto`, `never` or `always`.

    Returns:
        The ids of the slash commands by name, for `Client.command_mention`; none if `never`.

    Raises:
        discord.HTTPException: Discord does not answer, or refuses a command.
    """
    if when == "never":
        return {}
    if when == "auto":
        known = await _registered(tree)
        registered = [signature(command) for command in known]
        if sorted(registered, key=repr) == sorted((signature(c.to_dict(tree)) for c in tree.get_commands()), key=repr):
            return {command["name"]: int(command["id"]) for command in known if command.get("type", 1) == SLASH}
    synced = await tree.sync()
    log.info("discord.commands_synced commands=%d", len(synced))
    return {command.name: command.id for command in synced if command.type.value == SLASH}


async def _registered(tree: app_commands.CommandTree[Any]) -> Sequence[Mapping[str, Any]]:
    """As Discord sends them: discord.py 2.7's own objects drop 0, the server, from both lists of places."""
    application_id = tree.client.application_id
    if application_id is None:
        raise RuntimeError("commands are compared after the login")
    registered: Sequence[Mapping[str, Any]] = await tree.client.http.get_global_commands(application_id)
    return registered


def signature(command: Mapping[str, Any]) -> dict[str, Any]:
    """A command or an option without the fields that Discord adds."""
    given = {key: _plain(key, command.get(key)) for key in COMPARED}
    kept = {key: value for key, value in given.items() if value is not None and value is not False and value != ""}
    kept |= {key: sorted(command[key]) for key in PLACES if command.get(key)}
    if command.get("choices"):
        kept["choices"] = [(choice["name"], choice["value"]) for choice in command["choices"]]
    if command.get("options"):
        kept["options"] = [signature(option) for option in command["options"]]
    return kept


def _plain(key: str, value: Any) -> Any:
    """Discord sends permissions as text; ours are a number."""
    if key == "default_member_permissions" and value is not None:
        return str(value)
    return getattr(value, "value", value)
