"""Pictures of a story: drawn by Chromium with the page's own renderer, or else as SVG.

Here: finding Chromium, the page that it is given, cutting the picture to what is drawn. The page is served on
127.0.0.1 under a token for as long as it takes, and loads nothing from elsewhere.
Not here: what is on the picture (snapshot.py), how messages look (page/static/).
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import secrets
import shutil
import signal
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from PIL import Image

from grokbot.sandbox.page.server import HEADERS, STATIC, TYPES
from grokbot.sandbox.story import film
from grokbot.sandbox.story.snapshot import files, snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Message, Person
    from grokbot.sandbox.discord_server.rules.protocol import Json
    from grokbot.sandbox.story.values import StoryStep

VARIABLE = "GROKBOT_CHROMIUM"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
HIGHEST = 6000
"""Pixels that a picture may be high."""

CHROMIUM_SECONDS = 60.0
OUTSIDE = (255, 0, 255)
"""The colour of picture.css around what is drawn."""

COLOURS = 256
PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="static/style.css"><link rel="stylesheet" href="static/picture.css">
<script type="application/json" id="data">{data}</script>
<script type="module" src="static/picture.js"></script></head>
<body></body>
</html>
"""


class PictureError(Exception):
    """A picture could not be made; the text says why."""


@dataclass(frozen=True, slots=True)
class Look:
    """How pictures look."""

    theme: str = "dark"
    width: int = 880


def chromium() -> str | None:
    """The program; None where there is none."""
    chosen = os.environ.get(VARIABLE)
    return shutil.which(chosen) if chosen else next(filter(None, map(shutil.which, PROGRAMS)), None)


class Pictures:
    """The pictures of one story, in files beside each other.

    Args:
        discord: Where the story is played.
        file: The only picture's name; of several each has its own name behind it.
        several: Whether there are several.
        look: How they look.
    """

    def __init__(self, discord: DiscordSandbox, file: Path, look: Look, *, several: bool) -> None:
        self._discord, self._file, self._look, self._several = discord, file, look, several
        self.made: list[Path] = []
        self.missed = False
        """Whether Chromium was wanted and is not there."""

    async def paint(self, step: StoryStep, who: Person, channel: Channel, messages: list[Message]) -> None:
        """Makes one picture.

        Args:
            step: Which says that it is made.
            who: Who sees it.
            channel: What they see.
            messages: Of the channel.

        Raises:
            PictureError: It could not be made.
            OSError: It cannot be written.
        """
        file = self._file.with_stem(f"{self._file.stem}-{step.what}") if self._several else self._file
        program = chromium()
        if file.suffix.lower() != ".png" or program is None:
            self.missed |= file.suffix.lower() == ".png"
            file = file.with_suffix(".svg")
            file.write_text(film.svg(self._discord, channel, messages), encoding="utf-8")
        else:
            data = snapshot(self._discord, who, channel, messages)
            file.write_bytes(await png(program, data, files(self._discord, messages), self._look))
        self.made.append(file)


async def png(program: str, data: Json, attached: Mapping[str, tuple[str, bytes]], look: Look) -> bytes:
    """Draws a snapshot.

    Args:
        program: Chromium.
        data: The snapshot.
        attached: Its files.
        look: How it looks.

    Raises:
        PictureError: Chromium did not draw it, or it is too high.
    """
    async with served(page(data, look), attached) as address:
        with tempfile.TemporaryDirectory(prefix="grokbot-") as folder:
            shot = Path(folder) / "shot.png"
            size = f"--window-size={look.width},{HIGHEST}"
            await run_chromium(program, Path(folder), f"--screenshot={shot}", "--hide-scrollbars", size, address)
            if not shot.is_file():
                raise PictureError("Chromium drew nothing")
            return await asyncio.to_thread(_cut, shot)


def page(data: Json, look: Look) -> str:
    """The page with its data in it; nothing in them can end the block that they stand in."""
    inside = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return PAGE.format(theme=look.theme, title="A picture", data=inside)


async def run_chromium(program: str, folder: Path, *arguments: str) -> bytes:
    """Runs Chromium once, without a window, and returns what it prints.

    Args:
        program: It.
        folder: For its profile.
        arguments: What it shall do.

    Raises:
        PictureError: It failed or took too long.
    """
    rooted = hasattr(os, "geteuid") and os.geteuid() == 0  # its own sandbox does not start as root
    command = [
        program, "--headless", f"--user-data-dir={folder / 'profile'}", "--no-first-run", "--disable-gpu",
        "--disable-dev-shm-usage", "--disable-background-networking", "--force-device-scale-factor=1",
        "--force-color-profile=srgb", "--disable-lcd-text", "--font-render-hinting=none", "--lang=en-US",
        "--virtual-time-budget=5000", *(["--no-sandbox"] if rooted else []), *arguments,
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"TZ": "UTC"},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(CHROMIUM_SECONDS):
            printed, told = await process.communicate()
    except TimeoutError:
        raise PictureError(f"Chromium did not end within {CHROMIUM_SECONDS:.0f} seconds") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)  # with the processes that it started
            await process.wait()
    if process.returncode:
        last = told.decode(errors="replace").strip().rpartition("\n")[2]
        raise PictureError(f"Chromium ended with {process.returncode}: {last[:300]}")
    return printed


@asynccontextmanager
async def served(text: str, attached: Mapping[str, tuple[str, bytes]]) -> AsyncIterator[str]:
    """The page's address."""
    token = secrets.token_urlsafe(24)

    async def handle(request: web.BaseRequest) -> web.Response:
        path = request.path.removeprefix(f"/{token}/") if request.path.startswith(f"/{token}/") else None
        if path == "":
            return web.Response(text=text, content_type="text/html", headers=HEADERS)
        if path is not None and path in attached:
            kind, content = attached[path]
            return web.Response(body=content, content_type=kind.partition(";")[0], headers=HEADERS)
        file = STATIC / (path or "").removeprefix("static/")
        if not path or file.parent != STATIC or file.suffix not in TYPES or not file.is_file():
            return web.Response(status=404)
        return web.Response(body=file.read_bytes(), content_type=TYPES[file.suffix], charset="utf-8", headers=HEADERS)

    runner = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/{token}/"
    finally:
        await runner.cleanup()


def _cut(shot: Path) -> bytes:
    """The screenshot without what is outside, with few colours: a picture of text needs no more."""
    with Image.open(shot) as opened:
        whole = opened.convert("RGB")
    column = [whole.getpixel((0, y)) for y in range(whole.height)]
    if OUTSIDE not in column:
        raise PictureError(f"this picture would be higher than {HIGHEST} pixels; `last` or `from` makes it shorter")
    cut = whole.crop((0, 0, whole.width, max(1, column.index(OUTSIDE))))
    written = io.BytesIO()
    cut.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()
