"""Names in a story, `@alice` and `#general`, as Discord takes them.

Not here: which message or thread a step means (player.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from grokbot.sandbox.discord_server.rules import command_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.sandbox.discord_server import Channel, DiscordSandbox

CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
NUMBER = re.compile(r"-?\d+(\.\d+)?")
NAMED = re.compile(r"(?<![\w<])([@#])([a-z0-9][a-z0-9_.-]*)")


class StoryNames:
    """People and channels of one story.

    Args:
        discord: Where they are.
        channels: The channels by their names.
    """

    def __init__(self, discord: DiscordSandbox, channels: Mapping[str, Channel]) -> None:
        self._discord, self._channels = discord, channels

    def option(self, value: str, kind: int | None) -> Any:
        """People, channels and numbers as an option of this type has them; everything else as it is written."""
        if kind in {command_form.INTEGER, command_form.NUMBER} and (number := NUMBER.fullmatch(value)) is not None:
            return int(value) if number[1] is None else float(value)
        person, channel = self._discord.people.get(value[1:]), self._channels.get(value[1:])
        if value.startswith("@") and person is not None:
            return person
        if value.startswith("#") and channel is not None:
            return channel
        return {"yes": True, "no": False}.get(value, value)

    def written(self, text: str) -> str:
        """With mentions as Discord writes them; code stays as it is."""
        parts = CODE.split(text)
        return "".join(part if at % 2 else NAMED.sub(self._mention, part) for at, part in enumerate(parts))

    def _mention(self, found: re.Match[str]) -> str:
        sign, name = found.groups()
        rest = name[len(name.rstrip(".-")) :]
        name = name.rstrip(".-")
        if sign == "#":
            return self._channels[name].mention + rest if name in self._channels else found[0]
        person = self._discord.bot_user if name == "grokbot" else self._discord.people.get(name)
        return found[0] if person is None else person.mention + rest
