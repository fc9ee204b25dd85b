"""Controls the loopback Discord from other processes, over plain HTTP under /sandbox/.

Here: a small JSON interface to people.py, for `--serve` and benchmarks. Anyone who can reach the loopback address
can use it. Not here: Discord's own API.

    GET  /sandbox/channels                     guilds' channels, threads and direct messages
    GET  /sandbox/channels/{id}/messages       what stands in one
    GET  /sandbox/stats                        counters
    POST /sandbox/say    {channel, author, content, reply_to?}
    POST /sandbox/slash  {channel, author, command, options?}
    POST /sandbox/press  {message, author, custom_id? | label?}

`channel` is a channel's id or name, `author` a name; unknown authors are created.
"""

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from grokbot.sandbox.discord_server.rules.errors import RefusedError, refusal
from grokbot.sandbox.discord_server.rules.protocol import Json, read_json
from grokbot.sandbox.discord_server.state.commands import BadOptionError, CommandNotOfferedError
from grokbot.sandbox.discord_server.state.interactions import InteractionResult
from grokbot.sandbox.discord_server.state.model import Channel, Message
from grokbot.sandbox.discord_server.state.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from grokbot.sandbox.discord_server.people import Person


class ControlApi:
    """Answers requests under /sandbox/.

    Args:
        world: All state.
        people: All people, by name.
        create_user: Creates a person with that name.
        stats: Counters, for displays.
    """

    def __init__(
        self,
        world: World,
        people: "Mapping[str, Person]",
        create_user: "Callable[[str], Person]",
        stats: "Callable[[], Json]",
    ) -> None:
        self._world = world
        self._people = people
        self._create_user = create_user
        self._stats = stats
        self._posts: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "say": self._say,
            "slash": self._slash,
            "press": self._press,
        }

    async def handle(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answer one request; `path` is the part after /sandbox/."""
        try:
            if request.method == "GET":
                return web.json_response(self._read(path.strip("/").split("/")))
            act = self._posts.get(path.strip("/"))
            if act is None or request.method != "POST":
                return web.json_response({"error": "no such control"}, status=404)
            body = read_json(await request.text())
            return web.json_response(await act(body if isinstance(body, dict) else {}))
        except RefusedError as refused:
            return web.json_response({"error": refused.text, "code": refused.code}, status=refused.status)
        except (CommandNotOfferedError, BadOptionError, json.JSONDecodeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        except KeyError as missing:
            return web.json_response({"error": f"{missing.args[0]} is missing"}, status=400)

    def _read(self, parts: list[str]) -> Any:
        if parts == ["stats"]:
            return self._stats()
        if parts == ["channels"]:
            return [_channel(c) for c in self._world.channels.values() if not c.deleted]
        if parts[0] == "channels" and parts[2:] == ["messages"]:
            return [_message(m) for m in self._channel(parts[1]).messages]
        raise refusal("not_found")

    async def _say(self, body: Json) -> Json:
        reply_to = body.get("reply_to")
        target = None if reply_to is None else self._message(reply_to)
        author = self._author(body)
        channel = author.direct_messages() if body["channel"] == "@me" else self._channel(body["channel"])
        return _message(await author.say(channel, str(body["content"]), reply_to=target))

    async def _slash(self, body: Json) -> Json:
        options = body.get("options") or {}
        channel = self._channel(body["channel"])
        return _result(await self._author(body).slash(channel, str(body["command"]), **options))

    async def _press(self, body: Json) -> Json:
        message = self._message(body["message"])
        custom_id, label = body.get("custom_id"), body.get("label")
        return _result(await self._author(body).press(message, custom_id=custom_id, label=label))

    def _author(self, body: Json) -> "Person":
        name = str(body["author"])
        return self._people.get(name) or self._create_user(name)

    def _channel(self, wanted: Any) -> Channel:
        if str(wanted).isdigit():
            return self._world.channel(int(wanted))
        for channel in self._world.channels.values():
            if channel.name == wanted and not channel.deleted:
                return channel
        raise refusal("unknown_channel")

    def _message(self, wanted: Any) -> Message:
        found = self._world.messages.get(int(wanted))
        if found is None:
            raise refusal("unknown_message")
        return found


def _channel(channel: Channel) -> Json:
    guild, parent = channel.guild, channel.parent
    return {
        "id": str(channel.id),
        "name": channel.name,
        "kind": channel.kind,
        "guild": None if guild is None else guild.name,
        "parent": None if parent is None else str(parent.id),
        "archived": channel.archived,
        "messages": len(channel.log),
    }


def _message(message: Message) -> Json:
    return {
        "id": str(message.id),
        "channel": str(message.channel.id),
        "author": message.author.name,
        "content": message.content,
        "edits": max(0, len(message.versions) - 1),
        "ephemeral": message.ephemeral,
        "buttons": [{"label": b.get("label"), "custom_id": b.get("custom_id")} for b in message.buttons()],
        "embeds": message.embeds,
        "attachments": [a.file.name for a in message.attachments],
    }


def _result(result: InteractionResult) -> Json:
    return {
        "acknowledged": result.acknowledged,
        "deferred": result.deferred,
        "ephemeral": result.ephemeral,
        "messages": [_message(m) for m in result.messages],
        "modal": result.modal,
    }
