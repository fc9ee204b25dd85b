"""Registers the commands with Discord when they differ from what is registered, and only then; knows their ids.

Not here: the commands themselves.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from discord import app_commands
from discord.http import Route

from grokbot.languages import language_of, read_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import discord

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

LOCALIZED = ("name_localizations", "description_localizations")
"""What a command, an option or a choice says in other languages. Discord returns none as null."""

PLACES = ("contexts", "integration_types")
"""Where a command can be used and how the bot must have been added; Discord may return them in another order."""

ENGLISH_EVERYWHERE = (
    app_commands.TranslationContextLocation.command_name,
    app_commands.TranslationContextLocation.group_name,
    app_commands.TranslationContextLocation.parameter_name,
)
"""Names that people type, tell each other and find in the documentation: one word for all. Menus are only pressed."""

SLASH = 1
"""The type of a slash command; menus of messages and people have others."""


class CommandTexts(app_commands.Translator):
    """Descriptions, choices and menus in every language that the bot has. Words of commands and options are English."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """The text in a language of Discord's; None if it is the English one.

        Args:
            string: The English text.
            locale: The language.
            context: What says it.
        """
        is_menu = isinstance(context.data, app_commands.ContextMenu)
        if not string.message or (context.location in ENGLISH_EVERYWHERE and not is_menu):
            return None
        said = language_of(locale.value).gettext(string.message)
        return said if said != string.message else None


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
        known, _ = await asyncio.gather(_registered(tree), asyncio.to_thread(read_all))
        if _signatures(known) == _signatures(await payload(tree)):
            return {command["name"]: int(command["id"]) for command in known if command.get("type", 1) == SLASH}
    synced = await tree.sync()
    log.info("discord.commands_synced commands=%d", len(synced))
    return {command.name: command.id for command in synced if command.type.value == SLASH}


async def payload(tree: app_commands.CommandTree[Any]) -> Sequence[Mapping[str, Any]]:
    """All commands as they are sent, in every language."""
    texts = CommandTexts()
    return [await command.get_translated_payload(tree, texts) for command in tree.get_commands()]


async def _registered(tree: app_commands.CommandTree[Any]) -> Sequence[Mapping[str, Any]]:
    """As Discord sends them: discord.py 2.7's own objects drop 0, the server, from both lists of places."""
    application_id = tree.client.application_id
    if application_id is None:
        raise RuntimeError("commands are compared after the login")
    route = Route("GET", "/applications/{application_id}/commands", application_id=application_id)
    registered: Sequence[Mapping[str, Any]] = await tree.client.http.request(
        route, params={"with_localizations": "true"}
    )
    return registered


def _signatures(commands: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return sorted(map(signature, commands), key=lambda each: (each["name"], each.get("type", SLASH)))


def signature(command: Mapping[str, Any]) -> dict[str, Any]:
    """A command or an option without the fields that Discord adds."""
    given = {key: _plain(key, command.get(key)) for key in COMPARED}
    kept = {key: value for key, value in given.items() if value is not None and value is not False and value != ""}
    kept |= {key: sorted(command[key]) for key in PLACES if command.get(key)}
    kept |= {key: dict(command[key]) for key in LOCALIZED if command.get(key)}
    if command.get("choices"):
        kept["choices"] = [
            (choice["name"], choice["value"], choice.get("name_localizations") or {}) for choice in command["choices"]
        ]
    if command.get("options"):
        kept["options"] = [signature(option) for option in command["options"]]
    return kept


def _plain(key: str, value: Any) -> Any:
    """Discord sends permissions as text; ours are a number."""
    if key == "default_member_permissions" and value is not None:
        return str(value)
    return getattr(value, "value", value)
