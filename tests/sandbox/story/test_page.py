"""A story in the page: `grokbot sandbox --script`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.test_cli import grokbot
from tests.test_sandbox_run import opened

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_SECONDS = 60.0
STORY = """
title: Two people
server: Somewhere
channels: [talk]
people: { alice: Alice, mo: { shown: Mo, moderator: yes } }
steps:
  - alice says: "@grokbot Hi"
    grok answers: Hello.
"""


async def until(socket: aiohttp.ClientWebSocketResponse, op: str, words: str) -> Any:
    """The first frame of a kind with these words in it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            frame = json.loads(await socket.receive_str())
            if frame["op"] == op and words in json.dumps(frame):
                return frame


async def test_the_page_has_the_people_of_the_story_and_plays_it_when_it_is_asked_to(tmp_path: Path) -> None:
    script = tmp_path / "story.yaml"
    script.write_text(STORY)
    async with (
        opened(tmp_path, "--no-browser", "--script", str(script)) as (_, address),
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{address}socket", headers={"Origin": address[: address.index("/", 8)]}) as socket,
    ):
        await socket.send_json({"op": "become", "person": None})
        world = await until(socket, "world", "Somewhere")
        assert world["title"] == "Two people"
        assert world["me"]["name"] == "alice"
        assert [(person["shown"], person["role"]) for person in world["people"]] == [
            ("Alice", "member"),
            ("Mo", "moderator"),
        ]
        await socket.send_json({"op": "panel", "on": True})
        troubles = await until(socket, "troubles", "Play the story")
        assert troubles["troubles"][0]["kind"] == "press"
        for number in range(2):  # and again
            await socket.send_json({"op": "call", "id": number, "do": "trouble", "name": "story_play", "on": True})
            await until(socket, "sums", f'"grok_calls": {2 * number + 2}')
            world = await until(socket, "world", '"Hi"')


async def test_a_story_that_is_wrong_is_told_before_anything_starts(tmp_path: Path) -> None:
    script = tmp_path / "story.yaml"
    script.write_text(STORY + "  - bob says: Hi\n")
    ended = await grokbot(tmp_path, "sandbox", "--script", str(script))
    assert ended.code == 1
    assert f"{script}:9: there is nobody called 'bob'; there are alice, mo." in ended.err
    assert ended.out == ""
    missing = await grokbot(tmp_path, "sandbox", "--script", "nothing.yaml")
    assert "there is no file nothing.yaml; stories that come along: channel, sky, tour." in missing.err
