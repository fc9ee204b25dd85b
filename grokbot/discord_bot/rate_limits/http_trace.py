"""Holds requests until they may leave, and reads the headers of their responses, for `Client(http_trace=...)`.

A message that is refused for a while is handed back to its sender.

Not here: what follows from them (`pacing`, `bucket_rule`).
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import aiohttp
import discord

from grokbot.discord_bot.rate_limits.pacing import Kind
from grokbot.discord_bot.rate_limits.routes import route_of
from grokbot.process import metrics

if TYPE_CHECKING:
    from types import SimpleNamespace

    from grokbot.discord_bot.rate_limits.gate import Traffic

_MESSAGES = re.compile(r"/channels/(\d+)/messages(/\d+)?$")
_KINDS = {("POST", False): Kind.SEND, ("PATCH", True): Kind.EDIT}
_UNCOUNTED = re.compile(r"/(interactions|webhooks)/")
"""Responses to interactions, which do not count in the limit of the whole bot."""
_TOO_MANY = 429
_SCOPES = ("user", "global", "shared")


def listening(traffic: Traffic) -> aiohttp.TraceConfig:
    """A trace that tells `traffic` what every response says about its limits."""

    async def leaves(
        session: aiohttp.ClientSession,  # noqa: ARG001  # aiohttp's signature
        context: SimpleNamespace,
        params: aiohttp.TraceRequestStartParams,
    ) -> None:
        context.counted = context.left = None  # also if it ends while waiting
        if _counts(str(params.url)):
            opening = params.method == "POST" and params.url.path.endswith("/threads")
            context.counted = await traffic.leaving(opening=opening)
        context.left = asyncio.get_running_loop().time()

    async def broke_off(
        session: aiohttp.ClientSession,  # noqa: ARG001  # aiohttp's signature
        context: SimpleNamespace,
        params: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        if context.left is not None:
            _count(params.method, str(params.url), "error")
        if context.counted is not None:
            traffic.answered(context.counted)

    async def heard(
        session: aiohttp.ClientSession,  # noqa: ARG001  # aiohttp's signature
        context: SimpleNamespace,
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        if context.counted is not None:
            traffic.answered(context.counted)
            context.counted = None  # an exception here breaks off the request, too
        if _count(params.method, str(params.url), str(params.response.status)):
            metrics.REQUEST_SECONDS.labels(params.method).observe(asyncio.get_running_loop().time() - context.left)
        context.left = None
        hear(traffic, params.method, params.url.path, params.response)
        _keep_from_repeating(params.method, params.url.path, params.response)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(leaves)
    trace.on_request_end.append(heard)
    trace.on_request_exception.append(broke_off)
    return trace


def _counts(url: str) -> bool:
    """Whether a request counts for the whole bot: to Discord's API, not to its files or its gateway."""
    api = discord.http.Route.BASE
    return url.startswith(api) and _UNCOUNTED.match(url.removeprefix(api)) is None


def _count(method: str, url: str, status: str) -> bool:
    """Count a request among the metrics, if it goes to Discord's API."""
    api = discord.http.Route.BASE
    if not url.startswith(api):
        return False
    metrics.REQUESTS.labels(method, route_of(url.removeprefix(api)), status).inc()
    return True


def _keep_from_repeating(method: str, path: str, response: aiohttp.ClientResponse) -> None:
    """Stops discord.py from sleeping through a limit and sending the same again: by then there is newer text.

    Raises:
        discord.RateLimited: A message was refused for a while. Its sender sends it again.
    """
    where = _MESSAGES.search(path)
    if where is None or (method, where.group(2) is not None) not in _KINDS or response.status != _TOO_MANY:
        return
    headers = response.headers
    if "Via" not in headers or headers.get("X-RateLimit-Global") or headers.get("X-RateLimit-Scope") == "global":
        return  # the first is an error for discord.py too; for the others it holds all requests back
    try:
        seconds = float(headers["Retry-After"])
    except (KeyError, ValueError):
        return
    raise discord.RateLimited(seconds)


def hear(traffic: Traffic, method: str, path: str, response: aiohttp.ClientResponse) -> None:
    """Takes in one response. Missing headers, or ones that are not numbers, are ignored.

    Args:
        traffic: Learns from it.
        method: The HTTP method.
        path: The URL's, with the API's version.
        response: Only its status and headers are read.
    """
    headers = response.headers
    try:
        if response.status == _TOO_MANY:
            scope = headers.get("X-RateLimit-Scope", "")
            metrics.RATE_LIMITS.labels(scope if scope in _SCOPES else "unknown").inc()
            if headers.get("X-RateLimit-Global") or headers.get("X-RateLimit-Scope") == "global":
                traffic.refused(float(headers["Retry-After"]))
            return
        remaining, reset_after = int(headers["X-RateLimit-Remaining"]), float(headers["X-RateLimit-Reset-After"])
    except (KeyError, ValueError):
        return
    where = _MESSAGES.search(path)
    kind = _KINDS.get((method, where.group(2) is not None)) if where is not None else None
    if where is not None and kind is not None:
        bucket = headers.get("X-RateLimit-Bucket")
        traffic.told(int(where.group(1)), kind, remaining=remaining, reset_after=reset_after, bucket=bucket)
