"""Finds the handler of a request, in time independent of the number of routes.

Here: the route table's types, a tree of path segments, and the handler's argument. Not here: HTTP.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.discord_server.rules.errors import invalid
from grokbot.sandbox.discord_server.rules.protocol import Json
from grokbot.sandbox.discord_server.rules.rules import BucketRule, Rules
from grokbot.sandbox.discord_server.state.model import Channel, Guild, Message, Upload, User
from grokbot.sandbox.discord_server.state.world import World

Reply = tuple[int, Any]
"""HTTP status and JSON body."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request for its handler. `body` is {} if there was no JSON object; `raw` is the parsed input."""

    world: World
    actor: User
    path: Mapping[str, str]
    query: Mapping[str, str]
    raw: Any
    files: dict[int, Upload] = field(default_factory=dict)

    @property
    def body(self) -> Json:
        """The JSON object of the request."""
        return self.raw if isinstance(self.raw, dict) else {}

    @property
    def draft(self) -> MessageDraft:
        """The request as a message."""
        return MessageDraft(self.body, self.files)

    def id(self, name: str) -> int:
        """A snowflake in the path.

        Raises:
            RefusedError: 50035 if it is not one.
        """
        text = self.path[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 20):  # noqa: PLR2004 -- digits of 2**64
            raise invalid(name, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        return int(text)

    def channel(self) -> Channel:
        """The channel in the path, if the bot can see it.

        Raises:
            RefusedError: 10003, 50001.
        """
        return self.world.channel(self.id("channel_id"), self.actor)

    def message(self) -> Message:
        """The message in the path.

        Raises:
            RefusedError: 10003, 50001, 10008.
        """
        return self.world.message(self.channel(), self.id("message_id"))

    def guild(self) -> Guild:
        """The guild in the path.

        Raises:
            RefusedError: 10004.
        """
        return self.world.guild(self.id("guild_id"), self.actor)


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One documented route.

    Attributes:
        bucket: the rule that limits it; None for no limit and no headers.
        shared: name of a bucket shared by several routes; "" for its own.
        authorized: whether it needs the bot's token; interaction routes have their own.
    """

    method: str
    template: str
    handler: Handler
    bucket: Callable[[Rules], BucketRule] | None = None
    authorized: bool = True
    shared: str = ""


class _Node:
    __slots__ = ("fixed", "name", "routes", "wild")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.wild: _Node | None = None
        self.name = ""
        self.routes: dict[str, tuple[Route, tuple[str, ...]]] = {}


class Router:
    """All routes in a tree of path segments; a fixed segment wins over a placeholder."""

    def __init__(self, routes: list[Route]) -> None:
        self._root = _Node()
        for route in routes:
            node, names = self._root, []
            for segment in route.template.strip("/").split("/"):
                if segment.startswith("{"):
                    names.append(segment[1:-1])
                    node.wild = node.wild or _Node()
                    node = node.wild
                else:
                    node = node.fixed.setdefault(segment, _Node())
            node.routes[route.method] = (route, tuple(names))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | int:
        """The route of a raw path and its placeholders, or 404 or 405 if there is none."""
        segments = path.strip("/").split("/")
        found = self._walk(self._root, segments, 0, ())
        if found is None:
            return 404
        node, values = found
        known = node.routes.get(method)
        if known is None:
            return 405
        route, names = known
        return route, dict(zip(names, values, strict=True))

    def _walk(
        self, node: _Node, segments: list[str], at: int, values: tuple[str, ...]
    ) -> tuple[_Node, tuple[str, ...]] | None:
        if at == len(segments):
            return (node, values) if node.routes else None
        fixed = node.fixed.get(segments[at])
        if fixed is not None:
            found = self._walk(fixed, segments, at + 1, values)
            if found is not None:
                return found
        if node.wild is None:
            return None
        return self._walk(node.wild, segments, at + 1, (*values, unquote(segments[at])))
