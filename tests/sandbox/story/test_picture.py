"""Pictures: drawn by Chromium with the page's renderer, the same each time; without Chromium plain ones."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from grokbot.sandbox.discord_server import DiscordSandbox, Rules, Upload
from grokbot.sandbox.story import StoryStep, furnish, parse
from grokbot.sandbox.story import picture as picture_module
from grokbot.sandbox.story.picture import PROGRAMS, VARIABLE, Look, PictureError, Pictures, chromium, page, png
from grokbot.sandbox.story.snapshot import files, snapshot
from tests.installed import installed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from grokbot.sandbox.discord_server import Channel, Person

STORY = parse("people: { alice: Alice, bob: Bob }", "a.yaml")
HOSTILE = "</script><script>document.title = 'x'</script> <!-- <img src=https://example.org/x.png> **bold** \u2028"
DOT = io.BytesIO()
Image.new("RGB", (40, 30), (0, 200, 0)).save(DOT, "PNG")


@pytest.fixture
async def discord() -> AsyncIterator[DiscordSandbox]:
    async with DiscordSandbox(Rules().unlimited()) as found:
        yield found


async def talked(discord: DiscordSandbox, text: str) -> tuple[Person, Channel]:
    """A channel in which two people have talked."""
    guild = furnish(STORY, discord)
    (general,) = guild.channels
    alice, bob = discord.people["alice"], discord.people["bob"]
    first = await alice.say(general, text)
    answer = await bob.say(general, f"Yes, {alice.mention}, <t:{int(discord.clock.wall()) - 300}:R>", reply_to=first)
    await bob.edit(answer, answer.content + "!")
    await alice.say(general, "Look", attachments=[Upload("dot.png", DOT.getvalue(), "image/png")])
    await bob.react(answer, "⭐")
    return alice, general


async def drawn(text: str, look: Look) -> bytes:
    program = installed(*PROGRAMS, debian="chromium")
    async with DiscordSandbox(Rules().unlimited()) as discord:
        alice, general = await talked(discord, text)
        data = snapshot(discord, alice, general, general.messages)
        return await png(program, data, files(discord, general.messages), look)


def apart(one: bytes, other: bytes) -> float:
    """The part of the pixels that are not the same; 1 for pictures of different sizes."""
    with Image.open(io.BytesIO(one)) as first, Image.open(io.BytesIO(other)) as second:
        if first.size != second.size:
            return 1.0
        same = ImageChops.difference(first.convert("RGB"), second.convert("RGB")).convert("L").histogram()[0]
        return 1 - same / (first.width * first.height)


async def test_a_picture_made_again_in_another_world_is_the_same(tmp_path: Path) -> None:
    first, second = [await drawn("Hello", Look("dark", 640)) for _ in range(2)]
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", first[16:24])
    assert width == 640
    assert 200 < height < 800
    assert apart(first, second) < 0.002  # on a busy machine Chromium smooths some edges of letters in another way
    assert apart(first, await drawn("Hullo", Look("dark", 640))) > apart(first, second)
    assert len(first) < 100_000
    (tmp_path / "a.png").write_bytes(first)
    with Image.open(tmp_path / "a.png") as opened:
        colours = {colour for _, colour in opened.convert("RGB").getcolors(100_000) or []}
    assert (0, 200, 0) in colours, "the attachment is shown"
    assert (255, 0, 255) not in colours, "what is outside is cut off"


async def test_light_and_dark_differ_and_the_width_is_the_one_asked_for() -> None:
    light = await drawn("Hello", Look("light", 500))
    with Image.open(io.BytesIO(light)) as opened:
        assert opened.width == 500
        assert sum(opened.convert("RGB").getpixel((250, opened.height - 5))) > 700  # type: ignore[arg-type] # three


async def test_what_people_write_is_text_on_the_picture_and_nothing_else(
    discord: DiscordSandbox, tmp_path: Path
) -> None:
    program = installed(*PROGRAMS, debian="chromium")
    alice, general = await talked(discord, HOSTILE)
    data = snapshot(discord, alice, general, general.messages)
    async with picture_module.served(page(data, Look()), {}) as address:
        dom = (await picture_module.run_chromium(program, tmp_path, "--dump-dom", address)).decode()
    body = dom.partition("<body>")[2]
    assert "<title>A picture</title>" in dom
    assert "&lt;/script&gt;&lt;script&gt;document.title = 'x'" in body
    assert "<strong>bold</strong>" in body
    assert "5 minutes ago" in body
    assert "(edited)" in body
    assert "2:02 PM" in body
    assert 'example.org/x.png"' not in body


async def test_a_picture_that_is_too_high_says_how_to_make_it_shorter() -> None:
    with pytest.raises(PictureError, match="`last` or `from` makes it shorter"):
        await drawn("\n".join("x" * 300), Look())


def shot(name: str = "thread") -> StoryStep:
    return StoryStep(1, "picture", what=name)


async def test_without_chromium_and_for_svg_a_picture_is_a_plain_one(
    discord: DiscordSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "no-such-program"))
    assert chromium() is None
    alice, general = await talked(discord, "Hello")
    for name, missed in (("a.png", True), ("b.svg", False)):
        pictures = Pictures(discord, tmp_path / name, Look(), several=False)
        await pictures.paint(shot(), alice, general, general.messages)
        assert pictures.made == [tmp_path / name.replace("png", "svg")]
        assert "Hello" in pictures.made[0].read_text("utf-8")
        assert pictures.missed is missed


async def test_several_pictures_stand_beside_each_other(discord: DiscordSandbox, tmp_path: Path) -> None:
    alice, general = await talked(discord, "Hello")
    pictures = Pictures(discord, tmp_path / "a.svg", Look(), several=True)
    for name in ("one", "two"):
        await pictures.paint(shot(name), alice, general, general.messages)
    assert [file.name for file in pictures.made] == ["a-one.svg", "a-two.svg"]


async def test_a_chromium_that_fails_is_told_in_a_sentence(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho 'no display' >&2\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(PictureError, match=r"^Chromium ended with 3: no display$"):
        await png(str(program), {}, {}, Look())


async def test_ids_and_times_of_a_snapshot_are_always_the_same() -> None:
    found = []
    for _ in range(2):
        async with DiscordSandbox(Rules().unlimited()) as discord:
            alice, general = await talked(discord, "http://127.0.0.1:40000/s/abc-DEF_1")
            found.append(snapshot(discord, alice, general, general.messages))
    assert found[0] == found[1]
    assert found[0]["messages"][0]["content"].startswith("https://grok.example/s/")
