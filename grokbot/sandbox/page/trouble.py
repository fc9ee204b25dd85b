"""Switches that cause trouble, so that one sees how the bot takes it.

Here: each trouble as data, and turning it on and off. Not here: what then happens (the servers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import DiscordSandbox
    from grokbot.sandbox.discord_server.rest.faults import Fault
    from grokbot.sandbox.discord_server.rules.protocol import Json
    from grokbot.sandbox.grok_server import GrokSandbox
    from grokbot.sandbox.page.insight import Insight

SLOW_DISCORD_SECONDS = 2.0

GROK: dict[str, tuple[str, str, Script]] = {
    "grok_slow": (
        "Grok is slow",
        "3 seconds before the first word, then 8 words a second.",
        Script(first_token_after=3.0, tokens_per_second=8.0),
    ),
    "grok_overloaded": (
        "Grok is overloaded",
        "Every request is refused: UNAVAILABLE.",
        Script(fail="overloaded"),
    ),
    "grok_no_credit": (
        "Grok has no credit",
        "Every request is refused: the team's credits are used up.",
        Script(fail="no_credit"),
    ),
    "grok_hangs": (
        "Grok hangs",
        "Answers stand still after ten words. Stop ends them.",
        Script(hang_after_tokens=10),
    ),
}
"""What answers are like while the switch is on: label, help, script. The one that was turned on last counts."""

FAILS_ONCE = Script(fail="internal", fail_after_tokens=12)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One switch, or one that is only pressed."""

    label: str
    help: str
    kind: Literal["switch", "press"]
    cause: Callable[[bool], Awaitable[None]]


class Troubles:
    """All switches of one sandbox.

    Args:
        discord: The loopback Discord.
        grok: The loopback Grok; None where the real one is asked, which nobody here can trouble.
        insight: The bot.
    """

    def __init__(self, discord: DiscordSandbox, grok: GrokSandbox | None, insight: Insight) -> None:
        self._discord, self._grok, self._insight = discord, grok, insight
        self._faults: dict[str, Fault] = {}
        self._on: dict[str, None] = {}
        self._known: dict[str, Trouble] = {
            "gateway_cut": Trouble(
                "Cut the gateway", "The bot loses its connection and comes back.", "press", self._cut
            ),
            "gateway_away": Trouble("The gateway stays away", "No connection to the gateway.", "switch", self._away),
            "discord_refuses": Trouble(
                "Discord refuses requests", "Every request is answered with 503.", "switch", self._refuse
            ),
            "discord_slow": Trouble(
                "Discord is slow", "Every request takes 2 seconds longer.", "switch", self._slow_down
            ),
        }
        if grok is not None:
            for name, (label, text, _) in GROK.items():
                self._known[name] = Trouble(label, text, "switch", self._nothing)
            self._known["grok_fails_once"] = Trouble(
                "Grok fails once", "The next answer breaks off after a few words.", "press", self._fail_once
            )
        self._known["bot_restart"] = Trouble(
            "Restart the bot", "It ends and starts again, with the same database.", "press", self._restart
        )
        self._known["bot_stop"] = Trouble("Stop the bot", "Nobody is there to answer.", "switch", self._stop)

    def add(self, name: str, trouble: Trouble) -> None:
        """One more switch, above the others."""
        self._known = {name: trouble} | self._known

    def listed(self) -> list[Json]:
        """All of them, and which are on."""
        return [
            {"name": name, "label": each.label, "help": each.help, "kind": each.kind, "on": self._is_on(name)}
            for name, each in self._known.items()
        ]

    async def turn(self, name: str, *, on: bool) -> bool:
        """Turns one on or off; whether there is such a trouble. What is only pressed happens whenever it is on."""
        trouble = self._known.get(name)
        if trouble is None:
            return False
        if trouble.kind == "press":
            if on:
                await trouble.cause(True)
            return True
        self._on.pop(name, None)
        if on:
            self._on[name] = None
        await trouble.cause(on)
        return True

    async def end(self) -> None:
        """Turns off whatever is on, except that a bot that was stopped stays so."""
        for name in sorted(self._on.keys() - {"bot_stop"}):
            await self.turn(name, on=False)

    def _is_on(self, name: str) -> bool:
        return self._insight.state == "stopped" if name == "bot_stop" else name in self._on

    def script(self) -> Script | None:
        """How the loopback Grok answers now; None where it is in no trouble."""
        return next((GROK[name][2] for name in reversed(self._on) if name in GROK), None)

    def _fault(self, name: str, on: bool, **kind: Any) -> None:
        fault = self._faults.pop(name, None)
        if fault is not None:
            self._discord.faults.remove(fault)
        if on:
            self._faults[name] = self._discord.faults.add("*", "**", times=None, **kind)

    async def _nothing(self, _on: bool) -> None:
        """The answers to come ask by themselves whether it is on."""

    async def _cut(self, _on: bool) -> None:
        self._discord.disconnect(abort=True)

    async def _away(self, on: bool) -> None:
        self._discord.trouble_gateway("refuses" if on else None)

    async def _refuse(self, on: bool) -> None:
        self._fault("discord_refuses", on, status=503)

    async def _slow_down(self, on: bool) -> None:
        self._fault("discord_slow", on, delay=SLOW_DISCORD_SECONDS)

    async def _fail_once(self, _on: bool) -> None:
        if self._grok is not None:
            self._grok.script(FAILS_ONCE)

    async def _restart(self, _on: bool) -> None:
        await self._insight.stop()
        await self._insight.start()

    async def _stop(self, on: bool) -> None:
        await (self._insight.stop() if on else self._insight.start())
