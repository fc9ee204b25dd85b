"""Shared by nearly every part of the engine: the settings, the store, the clock, a source of ids, events and health.

Not here: the parts, which are given to each other by name (`engine`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.engine.context.events import Events
from grokbot.process.health import Health

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from grokbot.engine.context.provider import Provider
    from grokbot.settings import Settings
    from grokbot.store import Store


@dataclass(slots=True)
class Context:
    """One for the process."""

    settings: Settings
    """Those in effect. A reload puts others here, so they are read when they are used, and kept by nobody."""
    store: Store
    grok: Provider
    now: Callable[[], datetime]
    """The clock, in UTC."""
    new_id: Callable[[], str]
    """Makes ids that sort by time."""
    events: Events = field(default_factory=Events)
    health: Health = field(default_factory=Health)
    settings_note: str = ""
    """What the operator should know of the last reload, in one line: `Reload` writes it. Empty: nothing."""
    backup_note: str = ""
    """The same of the backups: when the newest was made, or what is wrong. `daemon.backups` writes it."""
