"""The page with the real daemon behind it: answers, commands, the stored conversation, trouble, another start."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from pydantic import SecretStr

from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import GrokRules
from grokbot.sandbox_run.page import PageOptions, daemon_settings, page
from tests.sandbox.page.browser import Tab, tab
from tests.sandbox.page.conftest import placed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from grokbot.sandbox.page import PageServer
    from grokbot.sandbox.stage import Stage
    from grokbot.sandbox_run.bot import Bot
    from tests.sandbox.page.browser import Json

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Played:
    """A page whose bot is there."""

    def __init__(self, served: PageServer, bot: Bot, here: Stage) -> None:
        self.served, self.bot, self.here = served, bot, here
        self.general = str(here.general.id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played() -> AsyncIterator[Played]:
    async with page(PageOptions(), Rules().unlimited(), GrokRules(tokens_per_second=2_000.0)) as (served, bot, here):
        await here.discord.until(lambda: bot.state == "running", 20.0)
        yield Played(served, bot, here)
        assert here.discord.crashes == []
        assert here.discord.unknown_routes == []


@asynccontextmanager
async def watching(played: Played, person: str = "alice") -> AsyncIterator[Tab]:
    async with tab(played.served, person) as found:
        await running(found)
        yield found


async def running(tab: Tab) -> None:
    await tab.until(lambda: tab.now["world"]["bot"]["state"] == "running" and tab.now["world"]["bot"]["connected"])


async def asked(page: Tab, played: Played, question: str) -> Json:
    """Asks in #general, opens the thread that comes of it, and returns the whole answer there."""
    await page.open(played.general)
    said = (await page.done("say", channel=played.general, content=f"<@BOT> {question}"))["message"]
    await page.until(lambda: page.messages.get(said, {}).get("thread"))
    await page.open(page.messages[said]["thread"]["id"])
    return await answered(page)


def labels(message: Json) -> list[str]:
    return [part.get("label") for row in message["components"] for part in row.get("components", ())]


async def answered(page: Tab) -> Json:
    """The newest answer once it is whole."""

    def whole() -> Json | None:
        ours = [m for m in page.messages.values() if m["author"]["bot"] and m["type"] in {0, 19}]
        return ours[-1] if ours and "Resample" in labels(ours[-1]) else None

    found: Json = await page.until(whole)
    return found


def button(message: Json, label: str) -> str:
    return next(
        str(p["custom_id"]) for row in message["components"] for p in row["components"] if p.get("label") == label
    )


def node_texts(page: Tab) -> list[str]:
    conversation = page.now.get("forest", {}).get("conversation") or {}
    return [node["text"] for node in conversation.get("nodes", ())]


async def test_a_mention_is_answered_in_a_thread_and_stored_as_a_tree(played: Played) -> None:
    async with watching(played) as page:
        await page.send(op="panel", on=True)
        answer = await asked(page, played, "why is the grass green?")
        assert "why is the grass green?" in answer["content"]
        await page.until(lambda: len(node_texts(page)) == 2)
        forest = page.now["forest"]["conversation"]
        question, reply = forest["nodes"]
        assert (question["sender"], question["who"], question["parent"]) == ("human", "Alice", None)
        assert "why is the grass green?" in question["text"]
        await page.until(lambda: page.now["forest"]["conversation"]["nodes"][1]["state"] == "done")
        reply = page.now["forest"]["conversation"]["nodes"][1]
        assert (reply["parent"], reply["message"], reply["variant"]) == (question["id"], answer["id"], None)
        assert all(node["on_path"] for node in page.now["forest"]["conversation"]["nodes"])
        assert reply["tokens"] > 0
        assert page.now["forest"]["conversation"]["cost"] == pytest.approx(reply["cost"])
        await page.done("press", message=answer["id"], custom_id=button(answer, "Resample"))
        await page.until(lambda: len(node_texts(page)) == 3)
        await page.until(
            lambda: [n["variant"] for n in page.now["forest"]["conversation"]["nodes"]] == [None, "1/2", "2/2"]
        )
        assert page.now["sums"]["grok_calls"] > 0
        entries = [e for f in page.frames if f["op"] == "traffic" for e in f["entries"]]
        assert {"discord", "grok"} == {e["to"] for e in entries}
        assert "PATCH /channels/…/messages/…" in {e["what"] for e in entries}


async def test_requests_stand_in_their_order_though_no_panel_was_open(played: Played) -> None:
    async with watching(played) as page:
        await asked(page, played, "in which order?")
        await page.send(op="panel", on=True)
        found = await page.until(lambda: page.now.get("traffic"))
        order = [entry["what"] for entry in found["entries"]]
        edits = [at for at, what in enumerate(order) if what == "PATCH /channels/…/messages/…"]
        assert order.index("GetCompletionChunk") < edits[-1]


async def test_a_private_answer_and_what_moderators_may(played: Played) -> None:
    async with watching(played, "alice") as alice, watching(played, "bob") as bob:
        await alice.open(played.general)
        await bob.open(played.general)
        await alice.until(lambda: alice.now["commands"]["commands"])
        assert "mod" not in {c["name"] for c in alice.now["commands"]["commands"]}
        await alice.done("slash", channel=played.general, command="privacy notice")
        notice = await alice.message("/privacy export")
        assert (notice["ephemeral"], notice["command"]) == (True, "/privacy notice")
        await alice.done("say", channel=played.general, content="aloud")
        await bob.message("aloud")
        assert not bob.saying("/privacy export")
        await bob.become("moderator")
        await bob.open(played.general)
        assert "mod" in {c["name"] for c in bob.now["commands"]["commands"]}
        await bob.done("slash", channel=played.general, command="mod settings")
        await bob.until(lambda: [m for m in bob.messages.values() if m["ephemeral"] and m["components"]])


async def test_own_conversations_are_offered_while_one_types(played: Played) -> None:
    async with watching(played) as page:
        await asked(page, played, "tell me of autocompletion")
        channel = page.now["messages"]["channel"]

        async def offered() -> list[Json]:
            call: dict[str, Any] = {"channel": channel, "command": "info", "focused": "conversation"}
            return list((await page.done("autocomplete", **call, options={"conversation": "auto"}))["choices"])

        async with asyncio.timeout(10):
            while not await offered():  # noqa: ASYNC110 - the title comes when it comes
                await asyncio.sleep(0.05)


async def test_a_shared_answer_has_a_page(played: Played) -> None:
    async with watching(played) as page:
        answer = await asked(page, played, "something to share")
        web = page.now["world"]["web"]
        await page.done("press", message=answer["id"], custom_id=button(answer, "More…"))
        [menu] = await page.until(lambda: page.saying("What would you like to do"))
        await page.done("press", message=menu["id"], custom_id=button(menu, "Share"))
        told = await page.until(lambda: page.saying(f"{web}/s/"))
        address = next(word.strip("<>()") for word in told[-1]["content"].split() if f"{web}/s/" in word)
        async with aiohttp.ClientSession() as session, session.get(address) as reply:
            assert reply.status == 200
            assert "something to share" in await reply.text()


async def test_a_bot_that_was_stopped_goes_on_with_the_same_conversation(played: Played) -> None:
    async with watching(played) as page:
        await page.send(op="panel", on=True)
        await asked(page, played, "the first question")
        thread = page.now["messages"]["channel"]
        await page.done("trouble", name="bot_stop", on=True)
        await page.until(lambda: page.now["world"]["bot"]["state"] == "stopped")
        await page.until(lambda: {t["name"]: t["on"] for t in page.now["troubles"]["troubles"]}["bot_stop"])
        await page.open(played.general)
        await page.until(lambda: page.now["forest"]["channel"] == played.general)
        await page.open(thread)
        await page.until(lambda: page.now["forest"]["channel"] == thread and len(node_texts(page)) == 2)
        await page.done("say", channel=thread, content="said while nobody was there")
        await page.done("trouble", name="bot_stop", on=False)
        await running(page)
        await page.until(lambda: len(node_texts(page)) == 4)
        assert "said while nobody was there" in node_texts(page)[2]


async def test_it_takes_trouble_with_grok_and_with_the_gateway(played: Played) -> None:
    async with watching(played) as page:
        await page.send(op="panel", on=True)
        await page.done("trouble", name="grok_no_credit", on=True)
        await page.open(played.general)
        said = (await page.done("say", channel=played.general, content="<@BOT> how are you?"))["message"]
        await page.until(lambda: page.messages.get(said, {}).get("thread"))
        thread = page.messages[said]["thread"]["id"]
        await page.open(thread)
        await page.until(lambda: [m for m in page.messages.values() if "credit" in m["content"]])
        await page.done("trouble", name="grok_no_credit", on=False)
        await page.done("trouble", name="grok_fails_once", on=True)
        await page.done("say", channel=thread, content="and now?")
        [failed] = await page.until(
            lambda: [m for m in page.messages.values() if "Retry" in labels(m) and "credit" not in m["content"]]
        )
        await page.done("press", message=failed["id"], custom_id=button(failed, "Retry"))
        await answered(page)
        identified = played.here.discord.gateway_connects
        await page.done("trouble", name="gateway_cut", on=True)
        await played.here.discord.until(lambda: played.here.discord.gateway_connects > identified, 10.0)
        await running(page)


async def test_a_restart_is_one_press(played: Played) -> None:
    async with watching(played) as page:
        before = played.here.discord.identified
        await page.done("trouble", name="bot_restart", on=True)
        await played.here.discord.until(lambda: played.here.discord.identified == before + 1, 10.0)
        await page.until(lambda: page.now["world"]["bot"]["state"] == "running")


async def test_a_page_that_goes_in_the_middle_of_a_restart_leaves_a_bot_that_runs(played: Played) -> None:
    discord = played.here.discord
    before = discord.identified
    async with watching(played) as page:
        await page.send(op="call", id=1, do="trouble", name="bot_restart", on=True)
        await discord.until(lambda: not discord.connected)
    await discord.until(lambda: discord.connected and discord.identified == before + 1, 10.0)


async def test_only_the_page_speaks_for_people(played: Played) -> None:
    address = f"{played.here.discord.world.origin}/sandbox/say"
    said = {"channel": "general", "author": "alice", "content": "not hers"}
    async with aiohttp.ClientSession() as session, session.post(address, json=said) as reply:
        assert reply.status == 404
    played.here.discord.unknown_routes.clear()


async def test_with_a_real_key_the_real_grok_is_asked(tmp_path: Path) -> None:
    async with placed(real_grok=True) as place:
        options = PageOptions(key=SecretStr("xai-real"))
        settings = daemon_settings(place.here, tmp_path, options)
        assert (settings.xai.target, settings.xai.insecure) == ("api.x.ai:443", False)
        assert settings.xai.api_key.get_secret_value() == "xai-real"
        loopback = daemon_settings(place.here, tmp_path, PageOptions())
        assert (loopback.xai.target, loopback.web.public_url is not None) == (place.here.grok.target, True)
        async with tab(place.served) as page:
            await page.send(op="panel", on=True)
            await page.until(lambda: page.now.get("troubles"))
            assert not [t for t in page.now["troubles"]["troubles"] if t["name"].startswith("grok")]
            assert page.now["sums"]["grok"] == "real"
            [entry] = page.now["traffic"]["entries"]
            assert "real Grok" in entry["note"]
