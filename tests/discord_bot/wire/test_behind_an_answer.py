"""What stands behind an answer, over the wire: numbers, the line below, private views, after a restart too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grokbot.discord_bot.notices.texts.source_text import NO_CODE, NO_SOURCES, NO_THOUGHTS
from grokbot.sandbox.grok_server import Script
from grokbot.sandbox.grok_server.answers.scripts import ScriptedQuery
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import InteractionResult

    from .play import Play

OWLS, POST = "https://en.wikipedia.org/wiki/Owl_(bird)", "https://x.com/nasa/status/17"
TEXT = f"Owls see well[[1]]({OWLS}), says NASA[[2]]({POST}), as owls[[1]]({OWLS}) do."
SHOWN = (
    "Owls see well[¹](<https://en.wikipedia.org/wiki/Owl_%28bird%29>), says NASA[²](<https://x.com/nasa/status/17>), "
    "as owls[¹](<https://en.wikipedia.org/wiki/Owl_%28bird%29>) do.\n"
    "-# Sources: [1 en\\.wikipedia\\.org](<https://en.wikipedia.org/wiki/Owl_%28bird%29>)"
    " · [2 x\\.com/nasa](<https://x.com/nasa/status/17>)"
)
CODE = "print('```')\nprint(6 * 7)"


async def told(play: Play, result: InteractionResult) -> str:
    await play.until(lambda: result.messages)
    [message] = result.messages
    assert message.ephemeral
    return message.content


@pytest.fixture
async def answered(begin: Callable[..., Awaitable[Play]]) -> Play:
    play = await begin(start=False)
    xai = play.settings.xai.model_copy(update={"search": ("web", "x", "code")})
    play.settings = play.settings.model_copy(update={"xai": xai})
    await play.start()
    play.grok.script(
        Script(
            text=TEXT,
            reasoning="I should look at **owls** first.",
            queries=[
                ScriptedQuery("owls at night", sources=(OWLS, "https://seen.example/")),
                ScriptedQuery("https://www.nasa.gov/owls", name="browse_page"),
                ScriptedQuery("17", kind="x", name="x_thread_fetch", sources=(POST,)),
                ScriptedQuery(CODE, kind="code", output="```\n42"),
            ],
        )
    )
    return play


async def test_an_answers_sources_thoughts_and_code_are_behind_buttons_for_those_who_see_it(answered: Play) -> None:
    play = answered
    thread = await play.begin("do owls see well?")
    [message] = await play.whole(thread)
    assert message.content == SHOWN
    menu = await play.menu(play.bob, message)
    assert play.labels(menu) == ["Star", "Sources", "Thoughts", "Code", "Info"]
    await play.restart()
    sources = await told(play, await play.bob.press(menu, label="Sources"))
    assert sources.splitlines() == [
        "**Sources**",
        "1. [en\\.wikipedia\\.org/wiki/Owl\\_\\(bird\\)](<https://en.wikipedia.org/wiki/Owl_%28bird%29>)",
        "2. [x\\.com/nasa/status/17](<https://x.com/nasa/status/17>)",
        "**Also looked at**",
        "3. [seen\\.example](<https://seen.example/>)",
        "4. [nasa\\.gov/owls](<https://www.nasa.gov/owls>)",
        "**On the way**",
        "- Searched the web: `owls at night`",
        "- Opened nasa\\.gov",
        "- Read a post on X",
        "- Ran code",
    ]
    thoughts = await told(play, await play.bob.press(menu, label="Thoughts"))
    assert thoughts.replace("\n\n", "").replace(" ", "") == "Ishouldlookat**owls**first."
    code = await told(play, await play.bob.press(menu, label="Code"))
    assert code == "```py\nprint('`\u200b``')\nprint(6 * 7)\n```\n```\n`\u200b``\n42\n```"
    # What is replayed to the model is what it said.
    play.says("Yes.")
    await play.alice.say(thread, "Sure?")
    await play.until(lambda: play.said(thread)[-1] == "Yes.")
    request = [call.request for call in play.grok.requests if isinstance(call.request, GetCompletionsRequest)][-1]
    assert TEXT in [content.text for said in request.messages for content in said.content]


async def test_what_is_behind_an_answer_goes_with_it(answered: Play) -> None:
    play = answered
    thread = await play.begin("do owls see well?")
    [message] = await play.whole(thread)
    menu = await play.menu(play.alice, message)
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database, database:
        [(citations,)] = database.execute("SELECT citations FROM responses WHERE sender = 'model'")
        assert OWLS in citations
        database.execute(
            "UPDATE responses SET message = '', reasoning = '', steps = '[]', queries = '[]', citations = '[]',"
            " erased = 1 WHERE sender = 'model'"
        )
    for label, gone in (("Sources", NO_SOURCES), ("Thoughts", NO_THOUGHTS), ("Code", NO_CODE)):
        said = await told(play, await play.alice.press(menu, label=label))
        assert said == gone
