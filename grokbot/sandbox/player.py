"""Plays a conversation in the sandbox and shows the thread on a terminal while it streams.

Not here: the servers (`stage`), the daemon that answers (`cli` runs it beside this).
"""

from __future__ import annotations

import asyncio
import io
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from grokbot.sandbox.discord_server.rules.protocol import CHANNEL_NAME_CHANGE
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Sequence
    from pathlib import Path

    from rich.console import RenderableType

    from grokbot.sandbox.discord_server import Channel, Message
    from grokbot.sandbox.stage import Stage

QUIET_SECONDS = 1.8
"""An answer is complete when the model is done and nothing has changed for longer than two edits are apart."""

PATIENCE_SECONDS = 60.0
"""How long one answer may take here."""

FRAMES_A_SECOND = 12
WIDTH = 88
SMALL = "-# "
MOMENT = re.compile(r"<t:(\d+):R>")
"""Discord's relative time, which every client shows for itself."""


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """What somebody says, and how the sandbox's model answers; None: by its own author."""

    text: str
    answer: Script | None = None


PLAY: Sequence[ScriptLine] = (
    ScriptLine(
        "Why is the sky blue?",
        Script(
            text="Sunlight holds **all colours**. Air scatters *short* waves far more than long ones, about with the "
            "fourth power of the frequency, so blue light reaches your eyes from every direction.\n\n"
            "- red, 700 nm: hardly scattered\n- blue, 450 nm: scattered about six times as much\n",
            tokens_per_second=45.0,
        ),
    ),
    ScriptLine(
        "Show me that factor in Python, please.",
        Script(
            text="The ratio is the fourth power of the wavelengths' ratio:\n\n```python\ndef rayleigh(blue_nm: float, "
            "red_nm: float) -> float:\n    return (red_nm / blue_nm) ** 4\n\nprint(rayleigh(450, 700))  # 5.86\n```\n"
            "Your eyes do the rest: they see violet badly, and so the sky looks blue.\n",
            tokens_per_second=45.0,
        ),
    ),
    ScriptLine(
        "And why is it red in the evening?",
        Script(
            text="The light then crosses **about 38 times as much air**. Blue is scattered out of its way long before "
            "it reaches you, and what is left is orange and red.\n",
            tokens_per_second=45.0,
            queries=["air mass at the horizon"],
            first_token_after=2.0,
        ),
    ),
)
"""What is played where nobody says anything else."""


class Player:
    """Says one line after the other, the first with a mention in the channel, the others in the thread.

    Args:
        stage: Where it plays.
        console: Where it is shown. On a terminal the thread is seen growing; elsewhere each message once it is whole.
        picture: A file for an SVG of the thread in the middle of the play's second answer, or else at the end.
    """

    def __init__(self, stage: Stage, console: Console, picture: Path | None = None) -> None:
        self._stage = stage
        self._console = console
        self._picture = picture
        self._changed = asyncio.Event()
        self._printed: set[int] = set()
        self._thread: Channel | None = None
        self.answers = 0
        stage.discord.on_change(self._changed.set)

    async def play(self, lines: AsyncIterable[ScriptLine]) -> None:
        """Plays until there are no more lines.

        Raises:
            TimeoutError: An answer did not come to its end.
        """
        await self._stage.discord.until(lambda: self._stage.discord.connected, PATIENCE_SECONDS)
        async for line in lines:
            if line.answer is not None:
                self._stage.grok.script(line.answer)
            said = await self._say(line.text)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._watch(said)
            self.answers += 1
        self._draw("")

    def summary(self) -> str:
        """What it took, counted by the loopback Discord."""
        requests = self._stage.discord.requests
        edits = sum(1 for call in requests if call.method == "PATCH")
        return (
            f"{self.answers} turns · {len(requests)} requests to Discord, {edits} of them edits · "
            f"{self._stage.discord.count_429} rate limits hit · "
            f"{len(self._stage.grok.requests)} requests to Grok"
        )

    async def _say(self, text: str) -> Message:
        stage = self._stage
        if self._thread is None:
            message = await stage.alice.say(stage.general, f"<@BOT> {text}")
            self._print(message)
            return message
        message = await stage.alice.say(self._thread, text)
        self._print(message)
        return message

    async def _watch(self, said: Message) -> None:
        """Shows what comes after `said` until it is complete."""
        with Live(console=self._console, refresh_per_second=FRAMES_A_SECOND, transient=True) as live:
            quiet = False
            while not (quiet and self._answered(said)):
                live.update(Group(*(self._bubble(m) for m in self._open_messages()), self._typing()))
                self._take_picture()
                quiet = not await self._change_within(QUIET_SECONDS)
        for message in self._open_messages():
            self._print(message)

    def _answered(self, said: Message) -> bool:
        """Whether the bot has said something since, and nothing of it can still be stopped."""
        ours = self._stage.discord.bot_user
        newer = [m for m in (*self._stage.general.messages, *self._in_thread()) if m.id > said.id and m.author is ours]
        under_way = any(button.get("label") == "Stop" for message in newer for button in message.buttons())
        return bool(newer) and not under_way and self._stage.grok.running == 0

    async def _change_within(self, seconds: float) -> bool:
        """Whether something changed; several changes that come fast count as one."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        await asyncio.sleep(1 / FRAMES_A_SECOND)
        self._changed.clear()
        return True

    def _in_thread(self) -> Sequence[Message]:
        if self._thread is None and self._stage.general.threads:
            self._thread = self._stage.general.threads[-1]
        return self._thread.messages if self._thread is not None else ()

    def _open_messages(self) -> Sequence[Message]:
        ours = self._stage.discord.bot_user
        shown = [m for m in self._stage.general.messages if m.author is ours]
        return [m for m in (*shown, *self._in_thread()) if m.id not in self._printed and m.content]

    def _typing(self) -> Text:
        writing = self._stage.grok.running and not self._open_messages()
        return Text("  grokbot is typing…" if writing else "", style="dim italic")

    def _place(self) -> str:
        return f"#general / {self._thread.name}" if self._thread is not None else "#general"

    def _print(self, message: Message) -> None:
        self._printed.add(message.id)
        self._console.print(self._bubble(message))

    def _bubble(self, message: Message) -> RenderableType:
        if message.kind == CHANNEL_NAME_CHANGE:
            return Text(f"  {message.author.name} called the thread: {message.content}", style="dim")
        names = {person.mention: f"@{person.display_name}" for person in self._stage.discord.people.values()}
        ours = self._stage.discord.bot_user
        content = message.content.replace(ours.mention, f"@{ours.name}")
        for mention, name in names.items():
            content = content.replace(mention, name)
        content = MOMENT.sub(lambda found: f"{max(0, int(time.time()) - int(found[1]))} seconds ago", content)
        place = self._place() if message.channel.is_thread else "#general"
        return _bubble(message, content, place)

    def _take_picture(self) -> None:
        """Once, when the play's second answer is well under way and still growing."""
        messages = self._in_thread()
        if self.answers == 1 and messages and "return (" in messages[-1].content and self._stage.grok.running:
            self._draw("  grokbot is writing…")

    def _draw(self, below: str) -> None:
        """Writes the picture as it is now, unless that was done before."""
        if self._picture is None:
            return
        recorder = Console(record=True, width=WIDTH, file=io.StringIO())
        for message in (*self._stage.general.messages, *self._in_thread()):
            if message.content:
                recorder.print(self._bubble(message))
        recorder.print(Text(below, style="dim italic"))
        self._picture.write_text(recorder.export_svg(title=self._place(), code_format=SVG), encoding="utf-8")
        self._picture = None


def _bubble(message: Message, content: str, place: str) -> RenderableType:
    """One message as it stands: who, where, the text as Markdown, its buttons."""
    ours = message.author.bot
    times = len(message.versions)
    note = f" · edited {times - 1} times" if times > 1 else ""
    body: list[RenderableType] = [_body(content)]
    labels = [str(button.get("label", "")) for button in message.buttons()]
    if labels:
        body.append(Text("  ".join(f"[ {label} ]" for label in labels), style="bold"))
    return Padding(
        Panel(
            Group(*body),
            title=f"[bold]{message.author.display_name or message.author.name}[/] [dim]{place}{note}[/]",
            title_align="left",
            border_style="magenta" if ours else "cyan",
            width=WIDTH,
        ),
        (0, 0, 0, 2 if ours else 0),
    )


def _body(content: str) -> RenderableType:
    """Discord's Markdown; its small print is no Markdown of anybody else's."""
    small = [line for line in content.splitlines() if line.startswith(SMALL)]
    rest = "\n".join(line for line in content.splitlines() if not line.startswith(SMALL))
    parts: list[RenderableType] = [Markdown(rest)] if rest.strip() else []
    return Group(*parts, *(Text(line.removeprefix(SMALL), style="dim") for line in small))


SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: Consolas, Menlo, "DejaVu Sans Mono", monospace; font-size: {char_height}px;
line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""An SVG that asks nobody for a font."""
