"""Undocumented parts of discord.py that the bot uses: where one is gone, a test says which, and who used it."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from discord import AutoShardedClient, Member, utils
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import HTTPClient, Ratelimit, Route
from discord.shard import Shard, ShardInfo
from discord.state import AutoShardedConnectionState
from discord.ui import DynamicItem
from discord.webhook import async_

NAMES: list[tuple[Any, str, str]] = [
    (Member, "_roles", "permissions.roles_of"),
    (DynamicItem, "__init_subclass__", "answers.buttons.answer_button: `template` may be a compiled pattern"),
    (ShardInfo, "_parent", "connection.resilient_client"),
    (Shard, "reidentify", "connection.resilient_client"),
    (Shard, "reconnect", "connection.resilient_client"),
    (AutoShardedClient, "_get_state", "connection.resilient_client"),
    (AutoShardedClient, "launch_shard", "connection.resilient_client"),
    (AutoShardedClient, "before_identify_hook", "connection.resilient_client"),
    (async_, "async_context", "connection.resilient_client"),
    (async_.AsyncWebhookAdapter, "request", "connection.request_tasks"),
    (HTTPClient, "request", "connection.request_tasks"),
    (utils, "_to_json", "connection.request_tasks"),
    (HTTPClient, "get_ratelimit", "connection.request_tasks"),
    (HTTPClient, "get_bot_gateway", "bot.prepare"),
    (HTTPClient, "get_global_commands", "commands.sync"),
    (HTTPClient, "get_thread_member", "membership"),
    (HTTPClient, "delete_messages", "threads.bulk_delete"),
    (Route, "BASE", "rate_limits.http_trace"),
    (DiscordWebSocket, "DEFAULT_GATEWAY", "startup"),
]

PARAMETERS = [
    (HTTPClient.__init__, {"loop", "connector", "proxy", "proxy_auth", "unsync_clock", "http_trace"}),
    (HTTPClient.__init__, {"max_ratelimit_timeout"}),
    (AutoShardedClient.launch_shard, {"gateway", "shard_id", "initial"}),
    (ReconnectWebSocket.__init__, {"shard_id", "resume"}),
]

SET_IN: list[tuple[Any, str]] = [
    (Shard.__init__, "self._backoff"),
    (HTTPClient.__init__, "self._buckets"),
    (HTTPClient.__init__, "self.use_clock"),
    (HTTPClient.__init__, "self.connector"),
    (ReconnectWebSocket.__init__, "self.resume"),
    (Ratelimit.__init__, "self.limit"),
    (Ratelimit.__init__, "self.remaining"),
    (AutoShardedConnectionState._delay_shard_ready, "self.guild_ready_timeout"),
    (AutoShardedConnectionState.clear, "self._guilds"),
    (AutoShardedClient._get_state, "handlers=self._handlers"),
]
"""What exists only on instances: where discord.py's own code has it."""


@pytest.mark.parametrize(("owner", "name", "used_in"), NAMES, ids=[f"{o.__name__}.{n}" for o, n, _ in NAMES])
def test_discord_py_still_has_what_it_does_not_document(owner: Any, name: str, used_in: str) -> None:
    assert hasattr(owner, name), f"discord.py has no {owner.__name__}.{name} any more; it is used in {used_in}"


@pytest.mark.parametrize(("function", "names"), PARAMETERS)
def test_discord_py_still_takes_the_parameters_that_are_passed(function: Any, names: set[str]) -> None:
    missing = names - set(inspect.signature(function).parameters)
    assert not missing, f"discord.py's {function.__qualname__} no longer takes {', '.join(sorted(missing))}"


@pytest.mark.parametrize(("function", "attribute"), SET_IN)
def test_discord_py_still_keeps_the_attributes_that_are_reached_for(function: Any, attribute: str) -> None:
    found = attribute in inspect.getsource(function)
    assert found, f"discord.py's {function.__qualname__} no longer uses {attribute}"
