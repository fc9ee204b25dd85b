"""What the page knows of the bot beyond what Discord and Grok see of it.

Here: the questions. Not here: the answers; whoever runs the bot gives them (`sandbox_run`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.sandbox.discord_server.rules.protocol import Json

BotState: TypeAlias = Literal["running", "stopped", "starting"]


class Insight(Protocol):
    """The bot that the page shows.

    Attributes:
        web: The address of its share pages; None where it has none.
        real_grok: Whether it asks the real Grok.
        watchers: Called when its state changed.
    """

    web: str | None
    real_grok: bool
    watchers: list[Callable[[], None]]

    @property
    def state(self) -> BotState:
        """How it is."""

    async def forest(self, channel_id: int) -> Json | None:
        """The conversation of a channel, as the page draws it; None where there is none."""

    async def start(self) -> None:
        """Begins to run it, unless it runs."""

    async def stop(self) -> None:
        """Ends it, and returns once it has ended."""
