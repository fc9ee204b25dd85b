"""What a message shows, and what can be pressed on it, as a story names them.

Not here: which message a step means (player.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grokbot.sandbox.discord_server.rules.modals import BOX, RADIOS, TEXT_INPUT
from grokbot.sandbox.discord_server.rules.protocol import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Message, Person


def seen(channel: Channel, who: Person) -> list[Message]:
    """What a person sees in a channel, oldest first."""
    mine = [
        message for message in channel.ephemerals
        if not message.deleted and message.interaction and message.interaction["user"]["id"] == str(who.id)
    ]  # fmt: skip
    return sorted((*channel.messages, *mine), key=lambda message: message.id)


def of_bot(discord: DiscordSandbox) -> Iterator[Message]:
    """All messages of the bot."""
    for channel in list(discord.world.channels.values()):
        for message in (*channel.messages, *channel.ephemerals):
            if message.author is discord.bot_user and not message.deleted:
                yield message


def ids(message: Message) -> Iterator[str]:
    """The ids of its buttons."""
    return (str(button.get("custom_id", "")) for button in message.buttons())


def words(message: Message) -> str:
    """Everything that a message shows."""
    parts = [
        str(part.get(key) or "") for part in walk(message.components) for key in ("content", "label", "placeholder")
    ]
    embeds = [str(embed.get(key) or "") for embed in message.embeds for key in ("title", "description")]
    return "\n".join((message.content, *embeds, *parts))


def custom_id(message: Message, label: str) -> str | None:
    """The id of a button, or of a select, by what stands on it."""
    for part in message.buttons():
        if label in {part.get("label"), part.get("placeholder"), (part.get("emoji") or {}).get("name")}:
            return str(part.get("custom_id") or "") or None
    return None


def inputs(modal: Any) -> dict[str, Any]:
    """The fields of a form by their labels."""
    found: dict[str, Any] = {}
    for part in walk(modal.get("components") or []):
        inner = part.get("component") or part
        if inner.get("custom_id") and part.get("label"):
            found.setdefault(str(part["label"]), inner)
    return found


def field_value(field: Any, typed: str) -> str | bool | list[str]:
    """What a form's field gets: the text, whether a box is ticked, or the choices with these labels."""
    if field["type"] == BOX:
        return typed.casefold() in {"yes", "true", "on"}
    by_label = {str(option["label"]).casefold(): str(option["value"]) for option in field.get("options") or []}
    if field["type"] == RADIOS:
        return by_label.get(typed.casefold(), typed)
    if field["type"] == TEXT_INPUT:
        return typed
    return [by_label.get(each.strip().casefold(), each.strip()) for each in typed.split(",") if each.strip()]
