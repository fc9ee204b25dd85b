"""A story on a terminal while it is played: each message grows, and is printed once it is whole.

Not here: playing it (player.py).
"""

from __future__ import annotations

import asyncio
import io
import re
import time
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.markdown import Markdown
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from grokbot.sandbox.discord_server.rules.protocol import CHANNEL_NAME_CHANGE

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator

    from rich.console import RenderableType

    from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Message

FRAMES_A_SECOND = 12
WIDTH = 88
SMALL = "-# "
MOMENT = re.compile(r"<t:(\d+):R>")
"""Discord's relative time, which every client shows for itself."""


class Film:
    """Shows what changes.

    Args:
        discord: Where it happens.
        console: Where it is shown. On a terminal messages are seen growing; elsewhere each once it is whole.
    """

    def __init__(self, discord: DiscordSandbox, console: Console) -> None:
        self._discord = discord
        self._console = console
        self._printed: dict[int, str] = {}

    async def show(self, playing: Coroutine[None, None, None]) -> None:
        """Shows what happens while `playing` runs, and prints it at the end."""
        task = asyncio.ensure_future(playing)
        try:
            with Live(console=self._console, refresh_per_second=FRAMES_A_SECOND, transient=True) as live:
                while not task.done():
                    await asyncio.wait([task], timeout=1 / FRAMES_A_SECOND)
                    live.update(Group(*(bubble(self._discord, message) for message in self._news()), self._typing()))
            task.result()
        finally:
            task.cancel()
        for message in filter(_is_whole, self._news()):
            self._printed[message.id] = message.content
            self._console.print(bubble(self._discord, message))

    def _news(self) -> list[Message]:
        """What is not printed yet, or was changed since."""
        return [m for m in self._messages() if m.content and self._printed.get(m.id) != m.content]

    def _messages(self) -> Iterator[Message]:
        for channel in list(self._discord.world.channels.values()):
            yield from sorted((*channel.messages, *channel.ephemerals), key=lambda message: message.id)

    def _typing(self) -> Text:
        now, typists = self._discord.clock.monotonic(), self._discord.world.typists
        ours = self._discord.bot_user.id
        writing = any(who == ours and until > now for (_, who), until in typists.items())
        growing = any(message.author.bot for message in self._news())
        return Text("  grokbot is typing…" if writing and not growing else "", style="dim italic")


def _is_whole(message: Message) -> bool:
    """Whether the bot does not go on writing it."""
    return not any(str(button.get("custom_id")).startswith("grokbot:stop:") for button in message.buttons())


def svg(discord: DiscordSandbox, channel: Channel, messages: Iterable[Message]) -> str:
    """Messages as an SVG that asks nobody for a font.

    Args:
        discord: Where they stand.
        channel: The channel.
        messages: They.
    """
    recorder = Console(record=True, width=WIDTH, file=io.StringIO())
    for message in messages:
        if message.content:
            recorder.print(bubble(discord, message))
    return recorder.export_svg(title=_place(channel), code_format=SVG, unique_id="story")


def _place(channel: Channel) -> str:
    parent = f"#{channel.parent.name} / " if channel.parent is not None else "#" if channel.guild else "@"
    return f"{parent}{channel.name or 'grokbot'}"


def bubble(discord: DiscordSandbox, message: Message) -> RenderableType:
    """One message as it stands: who, where, the text as Markdown, its buttons."""
    name = message.author.display_name or message.author.name
    if message.kind == CHANNEL_NAME_CHANGE:
        return Text(f"  {message.author.name} called the thread: {message.content}", style="dim")
    content = message.content
    for user in (*discord.people.values(), discord.bot_user):
        content = content.replace(user.mention, f"@{user.display_name or user.name}")
    content = MOMENT.sub(lambda found: f"{max(0, int(time.time()) - int(found[1]))} seconds ago", content)
    times = len(message.versions)
    note = f" · edited {times - 1} times" if times > 1 else ""
    body: list[RenderableType] = [_body(content)]
    labels = [str(button.get("label") or button.get("placeholder") or "…") for button in message.buttons()]
    if labels:
        body.append(Text("  ".join(f"[ {label} ]" for label in labels), style="bold"))
    title = f"[bold]{escape(name)}[/] [dim]{escape(_place(message.channel))}{note}[/]"
    border = "magenta" if message.author.bot else "cyan"
    panel = Panel(Group(*body), title=title, title_align="left", border_style=border, width=WIDTH)
    return Padding(panel, (0, 0, 0, 2 if message.author.bot else 0))


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
