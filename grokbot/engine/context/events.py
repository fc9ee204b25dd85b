"""Tells all subscribers what happens in the engine, as it happens.

Each event is a frozen value beside the part that publishes it. Not here: what anybody does about one.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

E = TypeVar("E")

log = logging.getLogger(__name__)


class Events:
    """One for the process, made before all that publishes or subscribes."""

    def __init__(self) -> None:
        self._handlers: defaultdict[type, list[Callable[[Any], object]]] = defaultdict(list)

    def subscribe(self, kind: type[E], handler: Callable[[E], object]) -> None:
        """Calls `handler` with every event of this class from now on. It must not take long."""
        self._handlers[kind].append(handler)

    def publish(self, event: object) -> None:
        """Calls the subscribers one after the other. If one fails, that is logged and the others are called anyway."""
        for handler in tuple(self._handlers[type(event)]):
            try:
                handler(event)
            except Exception:
                log.exception("event.handler_failed event=%s", type(event).__name__)
