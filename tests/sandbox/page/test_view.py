"""What one person sees, and when it is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from grokbot.sandbox.discord_server import Permission, Upload
from grokbot.sandbox.discord_server.acts import interactions, messages, reactions
from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.page import open_channel
from tests.sandbox.page.browser import tab

if TYPE_CHECKING:
    import pytest

    from grokbot.sandbox.discord_server import Message
    from grokbot.sandbox.discord_server.state.interactions import Interaction
    from tests.sandbox.page.browser import Json
    from tests.sandbox.page.conftest import Place

EPHEMERAL = 64


def channels(world: Json) -> dict[str, Json]:
    return {channel["name"]: channel for guild in world["guilds"] for channel in guild["channels"]}


def bot_says(place: Place, content: str, **more: Any) -> Message:
    world = place.here.discord.world
    return messages.send(world, world.bot_user, place.here.general, MessageDraft({"content": content, **more}))


def bot_edits(place: Place, message: Message, content: str) -> None:
    world = place.here.discord.world
    messages.edit(world, world.bot_user, message, MessageDraft({"content": content}))


def whispered(place: Place, content: str) -> Interaction:
    """Only Alice sees the bot's answer to a command of hers."""
    world = place.here.discord.world
    data = {"id": "1", "name": "secret", "type": 1}
    asked = interactions.start(world, place.here.alice, place.here.general, interactions.COMMAND, data)
    body = {"type": interactions.REPLY_NOW, "data": {"content": content, "flags": EPHEMERAL}}
    interactions.answer(world, asked.id, asked.token, MessageDraft(body))
    return asked


async def test_everybody_sees_their_own_world(place: Place) -> None:
    async with tab(place.served, "bob") as page:
        as_bob = page.now["world"]
        assert set(channels(as_bob)) == {"general", "questions", "ideas", "lounge"}
        assert channels(as_bob)["ideas"]["kind"] == "forum"
        assert {p["name"]: p["role"] for p in as_bob["people"]} == {
            "alice": "member", "bob": "member", "moderator": "moderator", "owner": "owner",
        }  # fmt: skip
        assert as_bob["people"][0]["shown"] == "Alice"
        assert as_bob["limits"] == {"content": 2000, "file_bytes": 10 * 2**20, "request_bytes": 25 * 2**20}
        assert (as_bob["bot"]["state"], as_bob["bot"]["connected"]) == ("stopped", False)
        as_moderator = await page.become("moderator")
        assert "moderators" in channels(as_moderator)
        assert not channels(as_bob)["general"]["can"]["manage"]
        assert channels(as_moderator)["general"]["can"]["manage"]
        assert "moderators" in channels(await page.become("owner"))


async def test_what_one_does_not_see_one_cannot_open(place: Place) -> None:
    async with tab(place.served, "bob") as page:
        for channel in (str(place.channel("moderators").id), "1", "x", None, ["1"]):
            await page.send(op="open", channel=channel)
            await page.until(lambda: page.now.get("answer"))
            assert page.now.pop("answer")["ok"] is False
        await page.open(place.here.general)


async def test_a_channel_that_is_hidden_meanwhile_tells_no_more(place: Place) -> None:
    private = place.channel("moderators")
    async with tab(place.served, "moderator") as page:
        await page.open(private)
        await page.become("bob")
        await place.here.discord.people["owner"].say(private, "not for Bob")
        await place.here.alice.say(place.here.general, "for all")
        await page.open(place.here.general)
        await page.message("for all")
        assert not [f for f in page.frames if "not for Bob" in str(f)]


async def test_an_answer_that_only_alice_sees_never_reaches_bob(place: Place) -> None:
    async with tab(place.served, "alice") as alice, tab(place.served, "bob") as bob:
        await alice.open(place.here.general)
        await bob.open(place.here.general)
        whispered(place, "the secret")
        await place.here.alice.say(place.here.general, "and aloud")
        secret = await alice.message("the secret")
        assert (secret["ephemeral"], secret["command"]) == (True, "/secret")
        assert secret["can"] == {"edit": False, "delete": True, "pin": False, "react": False, "reply": False}
        for do, more in (
            ("press", {"custom_id": "x"}),
            ("delete", {}),
            ("pin", {}),
            ("react", {"emoji": "👍"}),
            ("forward", {"channel": str(place.channel("questions").id)}),
            ("thread", {"name": "x"}),
        ):
            assert (await bob.call(do, message=secret["id"], **more))["error"] == "Unknown Message."
        await bob.message("and aloud")
        await bob.become("alice")
        await bob.message("the secret")
        await bob.become("bob")
        await bob.until(lambda: bob.messages and not bob.saying("the secret"))
        before = len(bob.frames)
        await bob.open(place.here.general)
        assert not [f for f in bob.frames[before:] if "the secret" in str(f)]
        await alice.done("delete", message=secret["id"])  # Dismiss
        await alice.until(lambda: not alice.saying("the secret"))


async def test_opened_a_channel_gives_its_newest_messages_and_then_what_changes(place: Place) -> None:
    first = await place.here.alice.say(place.here.general, "one")
    await place.here.alice.say(place.here.general, "two")
    async with tab(place.served, "bob") as page:
        await page.open(place.here.general)
        assert [m["content"] for m in page.messages.values()] == ["one", "two"]
        before = len(page.frames)
        await place.here.alice.edit(first, "one, changed")
        edited = await page.message("one, changed")
        assert (edited["edits"], edited["mine"], edited["shown"]) == (1, False, "Alice")
        told = [f for f in page.frames[before:] if f["op"] == "messages"]
        assert [[m["id"] for m in f["messages"]] for f in told] == [[str(first.id)]]
        await place.here.alice.delete(first)
        await page.until(lambda: str(first.id) not in page.messages)
        assert page.now["messages"]["gone"] == [str(first.id)]


async def test_a_message_is_told_anew_whatever_of_it_changes(place: Place) -> None:
    said = await place.here.alice.say(place.here.general, "look at me")
    reply = await place.here.bob.say(place.here.general, "at you", reply_to=said)
    async with tab(place.served, "alice") as page:
        await page.open(place.here.general)
        assert page.messages[str(reply.id)]["mentions_me"]

        def mine() -> Json:
            return page.messages[str(said.id)]

        await place.here.bob.react(said, "👍")
        await page.until(lambda: mine().get("reactions"))
        assert mine()["reactions"][0]["me"] is False
        await place.here.alice.react(said, "👍")
        await page.until(lambda: mine()["reactions"][0]["count"] == 2)
        assert mine()["reactions"][0]["me"] is True
        assert mine()["reactions"][0]["who"] == ["Alice", "Bob"]
        await place.here.discord.people["moderator"].pin(said)
        await page.until(lambda: mine()["pinned"])
        thread = await place.here.alice.start_thread(said, "a thread")
        await page.until(lambda: mine().get("thread"))
        await place.here.alice.rename(thread, "another name")
        await page.until(lambda: mine()["thread"]["name"] == "another name")
        await place.here.alice.edit(said, "said otherwise")
        await page.until(lambda: page.messages[str(reply.id)]["referenced_message"]["content"] == "said otherwise")


async def test_files_are_addressed_on_the_page(place: Place) -> None:
    world = place.here.discord.world
    chart = Upload("a chart.png", b"png", "image/png")
    body = {"embeds": [{"image": {"url": "attachment://a chart.png"}}], "content": "files/"}
    said = messages.send(world, world.bot_user, place.here.general, MessageDraft(body, {0: chart}))
    forwarded = await place.here.alice.forward(said, place.here.general)
    async with tab(place.served) as page:
        await page.open(place.here.general)
        address = f"files/{said.attachments[0].id}/a%20chart.png"
        message = page.messages[str(said.id)]
        assert message["attachments"][0]["url"] == message["embeds"][0]["image"]["url"] == address
        snapshot = page.messages[str(forwarded.id)]["message_snapshots"][0]["message"]
        assert snapshot["attachments"][0]["url"] == address
        assert world.origin not in str(page.frames)


async def test_a_fast_stream_is_told_in_few_frames_and_the_last_text_arrives(place: Place) -> None:
    said = bot_says(place, "begin")
    async with tab(place.served) as page:
        await page.open(place.here.general)
        before = len(page.frames)

        async def stream() -> None:
            for number in range(200):
                bot_edits(place, said, f"text {number}")
                await asyncio.sleep(0.003)

        streaming = asyncio.create_task(stream())
        await page.message("text 199")
        await streaming
        told = page.frames[before:]
        assert {f["op"] for f in told} == {"messages"}  # an edit changes nothing else
        assert len(told) < 40, "far fewer than edits"


async def test_a_quiet_world_sends_nothing(place: Place) -> None:
    async with tab(place.served) as page:
        await page.send(op="panel", on=True)
        await page.open(place.here.general)
        await page.until(lambda: "troubles" in page.now and "forest" in page.now)
        while not await page.quiet(0.3):
            pass
        assert await page.quiet(1.0)


async def test_a_page_that_reads_nothing_holds_nobody_up_and_gets_the_newest(place: Place) -> None:
    said = [bot_says(place, f"{number} begin") for number in range(50)]
    async with tab(place.served, "alice") as slow, tab(place.served, "bob") as quick:
        await slow.open(place.here.general)
        await quick.open(place.here.general)
        for turn in range(40):
            for number, message in enumerate(said):
                bot_edits(place, message, f"{number} turn {turn} {'x' * 1900}")
            await asyncio.sleep(0.01)
        await quick.until(lambda: len(quick.saying("turn 39 ")) == 50)
        before = len(slow.frames)
        await slow.until(lambda: len(slow.saying("turn 39 ")) == 50)
        assert len(slow.frames) - before < 30


async def test_who_comes_back_has_everything_again(place: Place) -> None:
    async with tab(place.served) as page:
        await page.open(place.here.general)
    await place.here.bob.say(place.here.general, "meanwhile")
    async with tab(place.served) as page:
        await page.open(place.here.general)
        assert [m["content"] for m in page.messages.values()] == ["meanwhile"]


async def test_of_thousands_of_messages_the_newest_are_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2_000):
        bot_says(place, f"number {number}")
    async with tab(place.served) as page:
        await page.open(place.here.general)
        assert [m["content"] for m in page.messages.values()] == [f"number {n}" for n in range(1_800, 2_000)]
        monkeypatch.setattr(open_channel, "MOST", 210)
        for number in range(20):
            bot_says(place, f"more {number}")
        await page.message("more 19")
        await page.until(lambda: len(page.messages) == 210)
        assert not page.saying("number 1809")


async def test_typing_is_shown_until_it_ends(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactions, "TYPING_SECONDS", 0.5)
    async with tab(place.served, "alice") as alice, tab(place.served, "bob") as bob:
        await alice.open(place.here.general)
        await bob.open(place.here.general)
        await alice.done("typing", channel=str(place.here.general.id))
        await bob.until(lambda: bob.now.get("typing"))
        assert bob.now["typing"]["who"] == ["Alice"]
        await bob.until(lambda: not bob.now["typing"]["who"])  # by itself: nothing happens in the world
        assert "typing" not in alice.now
        await alice.done("typing", channel=str(place.here.general.id))
        await bob.until(lambda: bob.now["typing"]["who"])
        await alice.done("say", channel=str(place.here.general.id), content="there")
        await bob.until(lambda: not bob.now["typing"]["who"])


async def test_how_many_messages_there_are_is_told_of_every_channel_that_one_sees(place: Place) -> None:
    async with tab(place.served, "bob") as page:
        said = await place.here.alice.say(place.channel("questions"), "one")
        await page.until(lambda: channels(page.now["world"])["questions"]["last"] == str(said.id))
        assert channels(page.now["world"])["questions"]["count"] == 1
        owner, guild = place.here.discord.people["owner"], place.here.general.guild
        assert guild is not None
        guild.add_member(place.here.bob, roles=tuple(r for r in guild.roles.values() if r.name == "Moderators"))
        await page.until(lambda: "moderators" in channels(page.now["world"]))
        private = place.channel("moderators")
        await owner.say(private, "for moderators")
        await page.until(lambda: channels(page.now["world"])["moderators"]["count"] == 1)
        private.set_overwrite(place.here.bob, deny=Permission.VIEW_CHANNEL)
        await page.until(lambda: "moderators" not in channels(page.now["world"]))


async def test_threads_stand_under_their_channel_and_are_told_to_be_archived(place: Place) -> None:
    said = await place.here.alice.say(place.here.general, "a question")
    thread = await place.here.alice.start_thread(said, "an answer")
    async with tab(place.served, "bob") as page:
        found = channels(page.now["world"])["an answer"]
        assert (found["kind"], found["parent"], found["archived"]) == ("thread", str(place.here.general.id), False)
        await page.open(thread)
        await place.here.alice.archive(thread)
        await page.until(lambda: channels(page.now["world"])["an answer"]["archived"])
        await page.until(lambda: page.now["messages"]["all"])  # what may be done there has changed
