"""What a message shows, and what can be pressed on it, as a story names them.

Not here: which message a step means (player.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grokbot.sandbox.discord_server.rules.protocol import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grokbot.sandbox.discord_server import Channel, Message, Person


def seen(channel: Channel, who: Person) -> list[Message]:
    """What a person sees in a channel, oldest first."""
    mine = [
        message for message in channel.ephemerals
        if not message.deleted and message.interaction and message.interaction["user"]["id"] == str(who.id)
    ]  # fmt: skip
    return sorted((*channel.messages, *mine), key=lambda message: message.id)


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


def inputs(modal: Any) -> dict[str, str]:
    """The inputs of a form by their labels."""
    found: dict[str, str] = {}
    for part in walk(modal.get("components") or []):
        inner = part.get("component") or part
        if inner.get("custom_id") and part.get("label"):
            found.setdefault(str(part["label"]), str(inner["custom_id"]))
    return found
