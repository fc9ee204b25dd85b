"""grokbot.Daemon's status, and the operator's methods: usage, keys, pauses.

Not here: conversations (`daemon_conversations`), running methods (`calls.calls`).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.api.calls import OPERATOR_ONLY
from grokbot.api.messages.daemon import (
    BYS,
    caller_message,
    key_message,
    model_message,
    moment,
    part_message,
    pause_message,
    usage_rows,
)
from grokbot.api.messages.prompt_ide import timestamp
from grokbot.conversation.errors import NotAllowedError, StoreError, UserError
from grokbot.conversation.records import By
from grokbot.wire.grokbot import daemon_pb2 as wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from google.protobuf.empty_pb2 import Empty

    from grokbot.engine.engine import Engine
    from grokbot.policy.actor import Actor
    from grokbot.process.health import PartHealth

NO_SUCH_SUM = "`by` has an unknown value."


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonFacts:
    """A daemon's state at one moment."""

    version: str
    started_at: datetime
    model: str
    """The default model of new conversations; likewise `mode`."""
    mode: str
    discord_connected: bool = False
    """Whether Discord is connected. False also if the daemon runs without Discord."""
    discord_name: str = ""
    servers: int = 0
    public_url: str = ""
    """The base address of share pages; empty without any."""
    settings_note: str = ""
    backup_note: str = ""
    """What the operator should know of the last reload; empty: nothing."""
    summary: str = ""
    """How it is, in a sentence."""
    parts: Sequence[PartHealth] = ()
    """What it stands on."""


LOOKUP_SECONDS = 2.0
"""For so long the status waits for figures from the database, which may be what is wrong."""


class DaemonOperator:
    """The service's status and operator methods.

    Args:
        engine: The engine.
        facts: The daemon's current state.
    """

    def __init__(self, engine: Engine, facts: Callable[[], DaemonFacts]) -> None:
        self._engine = engine
        self._facts = facts

    async def get_status(self, _: Empty, caller: Actor) -> wire.Status:
        """The daemon's status. It counts only conversations that the caller can access."""
        facts = self._facts()
        status = wire.Status(
            version=facts.version,
            started_at=timestamp(facts.started_at),
            discord_connected=facts.discord_connected,
            discord_name=facts.discord_name,
            servers=facts.servers,
            model=facts.model,
            mode=facts.mode,
            running=len(self._engine.runner.running),
            pause=pause_message(self._engine.pauses.state),
            public_url=facts.public_url,
            settings_note=facts.settings_note,
            backup_note=facts.backup_note,
            caller=caller_message(caller),
        )
        if caller.operator:
            status.summary = facts.summary
            status.parts.extend(part_message(part) for part in facts.parts)
        with suppress(TimeoutError, StoreError, OSError):
            async with asyncio.timeout(LOOKUP_SECONDS):
                status.conversations = await self._count(caller)
                if caller.operator:
                    await self._add_figures(status)
        return status

    async def _add_figures(self, status: wire.Status) -> None:
        """What waits, and how large the database is."""
        store = self._engine.context.store
        status.waiting = await store.queue.number()
        status.unshown = await store.messages.number_unshown()
        status.database_bytes, _, _ = await store.file.sizes()

    async def get_choices(self, _: Empty, __: Actor) -> wire.Choices:
        """The models and personas that may be chosen outside Discord."""
        prices = self._engine.prices
        personas = await self._engine.personas.allowed(None)
        return wire.Choices(
            models=[model_message(name, prices.listed(name)) for name in prices.models],
            personas=[wire.Persona(name=each.name, description=each.description) for each in personas.values()],
        )

    async def _count(self, caller: Actor) -> int:
        """How many conversations the caller can access."""
        if caller.operator:
            return await self._engine.program_conversations.count()
        return (await self._engine.program_conversations.listed(caller, limit=1)).total

    async def get_usage(self, request: wire.GetUsageRequest, caller: Actor) -> wire.GetUsageResponse:
        """Usage, by group."""
        by = BYS.get(request.by)
        if by is None:
            raise UserError(NO_SUCH_SUM)
        since = moment(request.since, "since") if request.HasField("since") else None
        until = moment(request.until, "until") if request.HasField("until") else None
        (total,) = await self._engine.spending.spent(caller, By.NOTHING, since, until)
        rows = await self._engine.spending.spent(caller, by, since, until) if by is not By.NOTHING else ()
        return usage_rows(rows, total)

    async def make_key(self, request: wire.MakeKeyRequest, caller: Actor) -> wire.MadeKey:
        """Create a key."""
        check_operator(caller)
        key, secret = await self._engine.api_keys.make(request.owner_id, request.name, everything=request.everything)
        return wire.MadeKey(key=key_message(key), secret=secret)

    async def list_keys(self, _: Empty, caller: Actor) -> wire.ListKeysResponse:
        """All keys, revoked ones too."""
        check_operator(caller)
        return wire.ListKeysResponse(keys=[key_message(key) for key in await self._engine.api_keys.listed()])

    async def revoke_key(self, request: wire.RevokeKeyRequest, caller: Actor) -> wire.Key:
        """Revoke a key."""
        check_operator(caller)
        return key_message(await self._engine.api_keys.revoke(request.key_id))

    async def pause(self, request: wire.PauseRequest, caller: Actor) -> wire.PauseState:
        """Pause all answers."""
        check_operator(caller)
        return pause_message(await self._engine.pauses.pause(caller.id, request.reason))

    async def unpause(self, _: Empty, caller: Actor) -> wire.PauseState:
        """End the pause."""
        check_operator(caller)
        await self._engine.pauses.unpause()
        return pause_message(self._engine.pauses.state)


def check_operator(caller: Actor) -> None:
    """Require the operator.

    Raises:
        NotAllowedError: It is somebody else.
    """
    if not caller.operator:
        raise NotAllowedError(OPERATOR_ONLY)
