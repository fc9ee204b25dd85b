"""Shared by every part of the engine: settings, store, clock, ids, events, and the provider of models.

Not here: the parts themselves (`engine`), what is published (each part's own events).
"""

from __future__ import annotations

from grokbot.engine.context.context import Context
from grokbot.engine.context.events import Events
from grokbot.engine.context.ids import id_maker
from grokbot.engine.context.provider import Provider
from grokbot.engine.context.reload import Reload
from grokbot.engine.context.whole_tasks import WholeTasks

__all__ = ["Context", "Events", "Provider", "Reload", "WholeTasks", "id_maker"]
