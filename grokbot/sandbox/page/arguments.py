"""Arguments of a call, as they come from a browser: ids, texts, files, options of commands.

Here: reading them, and the sentence where one cannot be read. Not here: what is done with them (calls.py).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from grokbot.sandbox.discord_server import Upload
from grokbot.sandbox.discord_server.rules import command_form
from grokbot.sandbox.discord_server.state import commands

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.sandbox.discord_server import Channel, RefusedError
    from grokbot.sandbox.discord_server.rules.protocol import Json
    from grokbot.sandbox.discord_server.rules.rules import Rules
    from grokbot.sandbox.page.view import View

FILES_MAX = 10


class CallError(Exception):
    """A call that cannot be done; its text is a sentence for the page."""


def uploads(given: Sequence[Any], rules: Rules) -> list[Upload]:
    """Files that came from the page.

    Raises:
        CallError: There are too many, or they are too large.
    """
    if len(given) > FILES_MAX:
        raise CallError(f"A message takes {FILES_MAX} files.")
    files = [_upload(each, rules) for each in given]
    if sum(len(each.data) for each in files) > rules.request_bytes:
        raise CallError("These files are too large together.")
    return files


def _upload(given: Any, rules: Rules) -> Upload:
    if not isinstance(given, dict):
        raise CallError("A file was not sent as a file.")
    try:
        data = base64.b64decode(given.get("data") or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise CallError("A file did not arrive whole.") from None
    most = rules.attachment_bytes
    if len(data) > most:
        raise CallError(f"A file may have {most // 2**20} MiB.")
    name = str(given.get("name") or "file").replace("/", "_").replace("\\", "_")[-100:]
    return Upload(name, data, str(given.get("type") or "application/octet-stream"))


def options(view: View, channel: Channel, line: str, given: Json) -> dict[str, Any]:
    """The options as a person's client has them: things in place of ids, numbers in place of what was typed.

    Args:
        view: Of the person.
        channel: Where the command is called.
        line: Its name, with group and subcommand.
        given: By option, as the page sent them.

    Raises:
        CallError: There is no such command, or a value does not fit.
        BadOptionError: There is no such subcommand.
    """
    kinds = commands.kinds_of(view.me.offered(channel), line)
    if kinds is None:
        raise CallError(f"There is no command /{line.partition(' ')[0]} here.")
    return {
        name: _option(view, channel, kinds.get(name, command_form.STRING), value)
        for name, value in given.items()
        if value is not None
    }


def _option(view: View, channel: Channel, kind: int, value: Any) -> Any:
    try:
        return _read(view, channel, kind, value)
    except (ValueError, TypeError, KeyError):
        raise CallError(f"{str(value)[:40]!r} does not fit here.") from None


def _read(view: View, channel: Channel, kind: int, value: Any) -> Any:
    roles: dict[int, Any] = channel.guild.roles if channel.guild is not None else {}
    users: dict[int, Any] = view.discord.world.users
    if kind == command_form.ATTACHMENT:
        return _upload(value, view.discord.world.rules)
    if kind == command_form.CHANNEL:
        return view.find_channel(int(value))
    if kind in {command_form.USER, command_form.ROLE, command_form.MENTIONABLE}:
        things: Mapping[int, Any] = (
            roles if kind == command_form.ROLE else users if kind == command_form.USER else users | roles
        )
        return things[int(value)]
    if kind == command_form.BOOLEAN:
        return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
    return int(value) if kind == command_form.INTEGER else float(value) if kind == command_form.NUMBER else str(value)


def number(body: Json, key: str) -> int:
    """An id that came from the page.

    Raises:
        CallError: It is none.
    """
    value = body.get(key)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:  # noqa: PLR2004 -- of 2**64
        return int(value)
    raise CallError(f"The page left out {key!r}.")


def text(body: Json, key: str) -> str:
    """A text that came from the page.

    Raises:
        CallError: It is none.
    """
    value = body.get(key)
    if isinstance(value, str):
        return value
    raise CallError(f"The page left out {key!r}.")


def several(body: Json, key: str) -> list[Any]:
    """A list that came from the page; empty where there is none.

    Raises:
        CallError: It is something else.
    """
    value = body.get(key) or []
    if isinstance(value, list):
        return value
    raise CallError(f"{key!r} came as something else than a list.")


def named(body: Json, key: str) -> Json:
    """Values by name that came from the page; empty where there are none.

    Raises:
        CallError: It is something else.
    """
    value = body.get(key) or {}
    if isinstance(value, dict):
        return value
    raise CallError(f"{key!r} came as something else than values by name.")


def sentence(refused: RefusedError) -> str:
    """What Discord has against it, for a person."""
    reasons = list(_reasons(refused.errors or {}))
    return ended(f"{refused.text}: {' '.join(reasons)}" if reasons else refused.text)


def _reasons(errors: Any, path: str = "") -> list[str]:
    if not isinstance(errors, dict):
        return []
    own = [f"{path}: {each['message']}" for each in errors.get("_errors", ())]
    for key, inner in errors.items():
        if key != "_errors":
            own += _reasons(inner, f"{path}.{key}".lstrip("."))
    return own


def ended(told: str) -> str:
    """A text as a sentence."""
    return told if told.endswith((".", "!", "?")) else f"{told}."
