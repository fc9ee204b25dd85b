"""Validates setting values beyond their type: a network address, a file, a bare key; and parses text to values.

PURE functions from a raw value to the final value. Each raises ValueError with a clause that follows the
setting's name ("must be …") and never repeats the value: an address may contain a password, a key is a secret.
"""

from __future__ import annotations

import ipaddress
import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pydantic import SecretStr


_HOST_AND_PORT = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]{1,5})?")

_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")

MOST_SITES, MOST_HANDLES = 5, 10
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{4,253}}\Z)(?:{_LABEL}\.)+{_LABEL}")
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")

_HIGHEST_PORT = 65535

_HIGHEST_ID = 2**63 - 1
"""Discord ids have 64 bits; the database and the API use one for the sign."""


def locale(value: str) -> str:
    """Accept one of Discord's locales; a language that the bot does not have is English."""
    if not _LOCALE.fullmatch(value):
        raise ValueError("must be the code of a language, such as en or de")
    return value


def not_a_switch(value: object) -> object:
    """Refuse booleans: pydantic would read true as 1."""
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")  # noqa: TRY004 - pydantic collects ValueError only
    return value


def whole(value: object) -> object:
    """Convert a number given as text, as in a variable, which a choice of numbers would not accept."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value) else value


def discord_id(value: int) -> int:
    """A person's Discord id, or 0."""
    if value > _HIGHEST_ID:
        raise ValueError("must be a Discord id: at most 19 digits")
    return value


def whole_path(value: Path | None) -> Path | None:
    """An absolute path, which does not depend on the working directory."""
    if value is not None and not value.is_absolute():
        raise ValueError("must be an absolute path, beginning with /")
    return value


def unset_when_empty(value: object) -> object:
    """Empty text as None: neither TOML nor variables have a null."""
    return None if value == "" else value


def lowered(value: object) -> object:
    """A choice in lower case, since capitals are allowed."""
    return value.lower() if isinstance(value, str) else value


def listed(value: object) -> object:
    """A list given as `web,x` or as JSON, `["web", "x"]`; empty text is the empty list."""
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"\s*\[.*\]\s*", value, re.DOTALL):  # unlike [::1]:50051
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError('must be a list, such as web,x or ["web", "x"]') from None
    return [part.strip() for part in value.split(",") if part.strip()]


def sites(value: tuple[str, ...]) -> tuple[str, ...]:
    """Domain names for a search, in lower case, each once: at most five (xAI's documentation of web_search)."""
    named = tuple(dict.fromkeys(each.lower() for each in value))
    if len(named) > MOST_SITES or not all(map(_DOMAIN.fullmatch, named)):
        raise ValueError("must be at most five domain names, such as wikipedia.org, without https:// and paths")
    return named


def handles(value: tuple[str, ...]) -> tuple[str, ...]:
    """Handles of X for a search, each once: at most ten (xAI's documentation of x_search)."""
    named = tuple(dict.fromkeys(value))
    if len(named) > MOST_HANDLES or not all(map(_HANDLE.fullmatch, named)):
        raise ValueError("must be at most ten handles of X: letters, digits and _ only, without @")
    return named


def day(value: object) -> object:
    """A day as TOML has it, or as text; empty text is none."""
    if value is None or value == "" or isinstance(value, date):
        return value or None
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("must be a day as year-month-day, such as 2026-01-31")


def bare_secret(value: SecretStr) -> SecretStr:
    """A key is sent in a header unchanged: a line break, blank or quote in it is a paste error."""
    if not re.fullmatch(r"[!#-&(-~]+", value.get_secret_value()):
        raise ValueError("must be the key alone: not empty, only ASCII, without spaces, line breaks or quotes")
    return value


def is_loopback(host: str) -> bool:
    """Whether a host name or address, without port and brackets, is this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # ::ffff:127.0.0.1 is left out: Python versions disagree on it, and nobody needs it.
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


def is_loopback_target(address: str) -> bool:
    """Whether a gRPC target stays on this machine: localhost, 127.0.0.0/8, [::1] (with or without port) or unix:."""
    if address.startswith("unix:"):
        return True
    found = _HOST_AND_PORT.fullmatch(address)
    return found is not None and is_loopback(found["v6"] or found["name"])


def target(value: str) -> str:
    """A gRPC target: host, host:port or unix:path."""
    if "://" in value:
        raise ValueError("must be host:port without https://, such as api.x.ai:443")
    if not _HOST_AND_PORT.fullmatch(value) and not re.fullmatch(r"unix:\S+", value):
        raise ValueError("must be host:port, such as api.x.ai:443")
    return value


def api_url(value: str) -> str:
    """The address of Discord's REST API, without a trailing slash."""
    return _endpoint(value, plain="http", safe="https")


def gateway_url(value: str | None) -> str | None:
    """The address of Discord's gateway, or None to ask Discord."""
    return None if value is None else _endpoint(value, plain="ws", safe="wss")


def public_url(value: str | None) -> str | None:
    """The public address of the web server, without a trailing slash; None: there is none."""
    if value is None:
        return None
    return _endpoint(value, plain="http", safe="https", danger="would send every page in plain text")


def policy_url(value: str | None) -> str | None:
    """A public page; None: there is none."""
    if value is None:
        return None
    if not re.fullmatch(r"https?://[^\s<>\"']{1,480}", value) or not urlsplit(value).hostname:
        raise ValueError("must be the address of a page, such as https://example.org/privacy")
    return value


def collector(value: str) -> str:
    """The address of a collector of traces, which may be on another machine; empty for none."""
    if value and not re.fullmatch(r"https?://[^\s/?#@]+", value.rstrip("/")):
        raise ValueError("must be the URL of a collector without a path, such as http://127.0.0.1:4317")
    return value.rstrip("/")


def listen(value: str) -> str:
    """Where a server listens: host:port, [::1]:port or unix:/path; empty for no server."""
    if not value or re.fullmatch(r"unix:/[^\0\n]{1,106}", value):
        return value
    found = _HOST_AND_PORT.fullmatch(value)
    _, separator, port = value.rpartition(":")
    if found is None or not separator or not port.isdigit() or int(port) > _HIGHEST_PORT:
        raise ValueError("must be host:port, such as 127.0.0.1:8080, or unix: and a socket's absolute path")
    return value


def api_listen(value: str) -> str:
    """Where the API listens: as `listen`, or unix for the default socket."""
    if value == "unix":
        return value
    if not value:
        raise ValueError("must be unix, unix: and a socket's absolute path, or host:port")
    return listen(value)


def monitoring_listen(value: str) -> str:
    """Where metrics are served: as `listen`, or unix for the socket beside the API's."""
    return value if value == "unix" else listen(value)


def _endpoint(value: str, *, plain: str, safe: str, danger: str = "would send the token in plain text") -> str:
    try:
        url = urlsplit(value)
        host, user = url.hostname, url.username
        _ = url.port  # raises if it is not a number
    except ValueError:
        raise ValueError(f"must be a URL that begins with {safe}://") from None
    if url.scheme not in (plain, safe) or not host or re.search(r"\s", value):
        raise ValueError(f"must be a URL that begins with {safe}://")
    if user is not None or url.query or url.fragment:
        raise ValueError("must be a URL without user, query or fragment")
    if url.scheme == plain and not is_loopback(host):
        raise ValueError(f"must begin with {safe}://, because {plain}:// {danger}")
    return value.rstrip("/")


def database_url(value: str) -> str:
    """SQLAlchemy's URL of a SQLite file, from a URL or a path."""
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = "sqlite", "/" + _home_expanded(value)
    if scheme not in ("sqlite", "sqlite+aiosqlite"):
        raise ValueError("must be a SQLite file: no other database is supported yet")
    path = rest.removeprefix("/")
    if not rest.startswith("/") or path in ("", ":memory:") or path.endswith("/"):
        raise ValueError("must name a file: a database in memory loses all conversations when the bot stops")
    if "?" in path:
        raise ValueError("must be a file's path without question marks: options are not supported")
    return f"sqlite+aiosqlite:///{path}"


def _home_expanded(path: str) -> str:
    try:
        return str(Path(path).expanduser()) if path.startswith("~") else path
    except RuntimeError:  # no such person on this machine
        return path
