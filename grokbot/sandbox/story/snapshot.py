"""What a person sees of a channel as JSON for picture.html, with ids, times and addresses that are always the same.

A story that is played again has other ids, tokens and times; a picture of it does not show that.
Not here: drawing it (picture.py, static/picture.js).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from grokbot.sandbox.page.view import View, file_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Message, Person
    from grokbot.sandbox.discord_server.rules.protocol import Json

BEGIN = datetime(2026, 12, 1, 14, 2, tzinfo=UTC)
APART = timedelta(seconds=25)
"""Two messages, in a picture."""

SNOWFLAKE = re.compile(r"\b\d{17,20}\b")
MOMENT = re.compile(r"<t:(\d+)")
SHARE_PAGE = re.compile(r"http://127\.0\.0\.1:\d+/s/[\w-]+")
SHARED = "https://grok.example/s/5pVd0uQkq2nLwYx7"
FIRST_ID = 10**17


def snapshot(discord: DiscordSandbox, who: Person, channel: Channel, messages: Sequence[Message]) -> Json:
    """The data of a picture.

    Args:
        discord: Where it is seen.
        who: Who sees it.
        channel: Where the messages stand.
        messages: They.
    """
    view = View(discord, who, set())
    bot = discord.bot_user
    end = BEGIN + APART * len(messages)
    times = {str(message.id): BEGIN + APART * at for at, message in enumerate(messages)}
    data = {
        "world": {
            "op": "world",
            "people": view.people(),
            "me": view.person(who),
            "bot": {"id": str(bot.id), "name": bot.display_name or bot.name},
            "guilds": view.guilds(),
            "direct": view.direct(),
        },
        "channel": str(channel.id),
        "now": end.isoformat(),
        "messages": [_timed(view.message(message), times) for message in messages],
    }
    return _fixed(data, discord.clock.wall(), end.timestamp())


def files(discord: DiscordSandbox, messages: Sequence[Message]) -> dict[str, tuple[str, bytes]]:
    """Type and content of the attachments, also of the messages that these point at, by their addresses in the data."""
    pointed = {message.reference.message_id for message in messages if message.reference is not None}
    others = [message for i, message in discord.world.messages.items() if i in pointed]
    return {
        SNOWFLAKE.sub("file", file_address(each)): (each.file.content_type, each.file.data)
        for message in (*messages, *others)
        for each in message.attachments
    }


def _timed(message: Json, times: Mapping[str, datetime]) -> Json:
    """A message, and the one that it replies to, as if they had been written then."""
    at = times.get(str(message.get("id")), BEGIN).isoformat()
    edited = at if message.get("edited_timestamp") else None
    timed = message | {"timestamp": at, "edited_timestamp": edited}
    if timed.get("referenced_message"):
        timed["referenced_message"] = _timed(timed["referenced_message"], times)
    return timed


def _fixed(data: Json, now: float, then: float) -> Json:
    ids: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        # The eighth is the colour of a face.
        return ids.setdefault(found[0], str(FIRST_ID + 8 * len(ids)))

    def moved(found: re.Match[str]) -> str:
        return f"<t:{int(then + 10 * round((int(found[1]) - now) / 10))}"

    text = json.dumps(data, ensure_ascii=False)
    text = re.sub(r"files/\d+/", "files/file/", text)
    text = SHARE_PAGE.sub(SHARED, MOMENT.sub(moved, SNOWFLAKE.sub(numbered, text)))
    found: Any = json.loads(text)
    return dict(found)
