"""Messages over the wire: nonces, mentions, replies, files, history, reactions, direct messages."""

import asyncio
import io
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import discord
import pytest
from discord.http import Route

from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Guild, RefusedError, Rules, Upload
from grokbot.sandbox.grok_server.media.pictures import painted
from tests.sandbox.discord_server.conftest import Join, SmallBot, Start

Place = tuple[DiscordSandbox, Guild, Channel, SmallBot, discord.TextChannel]


@pytest.fixture
async def place(start: Start, join: Join) -> Place:
    sandbox = await start()
    guild = sandbox.create_guild("Test server")
    general = guild.create_text_channel("general")
    bot = await join(sandbox)
    channel = bot.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    return sandbox, guild, general, bot, channel


async def test_a_repeated_nonce_returns_the_first_message_for_some_minutes(place: Place) -> None:
    sandbox, _, general, _, channel = place
    first = await channel.send("once", nonce=4711)
    again = await channel.send("once", nonce=4711)
    assert first.id == again.id
    assert len(general.messages) == 1
    sandbox.clock.advance(301)
    assert (await channel.send("once", nonce=4711)).id != first.id


async def test_a_send_that_was_applied_but_cut_off_is_safe_to_repeat_with_its_nonce(place: Place) -> None:
    sandbox, _, general, _, channel = place
    sandbox.faults.add("POST", "/channels/*/messages", reset="after")
    with pytest.raises((aiohttp.ClientError, OSError)):
        await channel.send("once", nonce=7)
    await channel.send("once", nonce=7)
    assert [m.content for m in general.messages] == ["once"]


async def test_an_edit_without_allowed_mentions_pings_though_the_message_did_not(place: Place) -> None:
    sandbox, guild, general, _, channel = place
    alice = sandbox.create_user("alice")
    guild.add_member(alice)
    nobody = discord.AllowedMentions.none()
    sent = await channel.send(f"{alice.mention} @everyone", allowed_mentions=nobody)
    message = general.messages[0]
    await sent.edit(content=f"{alice.mention} still", allowed_mentions=nobody)
    assert message.pinged == set()
    await sent.edit(content=f"{alice.mention} oops")
    assert message.pinged == {alice.id}


async def test_a_reply_pings_its_author_unless_it_says_not_to(place: Place) -> None:
    sandbox, _, general, bot, _ = place
    alice = sandbox.create_user("alice")
    await alice.say(general, "hi")
    heard = await bot.hears("hi")
    await heard.reply("loud")
    await heard.reply("quiet", mention_author=False)
    assert [m.pinged for m in general.messages[1:]] == [{alice.id}, set()]
    assert all(m.reference and m.reference.message_id == general.messages[0].id for m in general.messages[1:])


async def test_files_go_up_and_come_down_by_signed_links_that_expire(place: Place) -> None:
    sandbox, _, general, bot, channel = place
    sent = await channel.send(file=discord.File(io.BytesIO(b"\x00data"), filename="a.bin", description="bytes"))
    stored = general.messages[0].attachments[0]
    assert (stored.file.name, stored.file.data, stored.file.description) == ("a.bin", b"\x00data", "bytes")
    assert await sent.attachments[0].read() == b"\x00data"
    alice = sandbox.create_user("alice")
    await alice.say(general, "look", attachments=(Upload("cat.png", b"meow", "image/png"),))
    attachment = (await bot.hears("look")).attachments[0]
    assert (attachment.content_type, attachment.size, await attachment.read()) == ("image/png", 4, b"meow")
    sandbox.clock.advance(90_000)
    with pytest.raises(discord.NotFound):
        await attachment.read()


async def test_a_link_names_when_it_was_signed_and_for_how_long(place: Place) -> None:
    sandbox, _, general, bot, _ = place
    alice = sandbox.create_user("alice")
    await alice.say(general, "look", attachments=(Upload("dot.png", painted("dot", 30, 20), "image/png"),))
    attachment = (await bot.hears("look")).attachments[0]
    assert (attachment.width, attachment.height) == (30, 20)
    signed = dict(parse_qsl(urlsplit(attachment.url).query))
    assert set(signed) == {"ex", "is", "hm"}
    assert int(signed["ex"], 16) - int(signed["is"], 16) == 86_400
    with pytest.raises(discord.NotFound):
        await bot.http.get_from_cdn(attachment.url.replace(signed["ex"], f"{int(signed['ex'], 16) + 60:x}"))


async def test_a_link_that_has_expired_is_signed_anew(place: Place) -> None:
    sandbox, _, general, bot, _ = place
    alice = sandbox.create_user("alice")
    await alice.say(general, "look", attachments=(Upload("note.txt", b"hello", "text/plain"),))
    address = (await bot.hears("look")).attachments[0].url
    sandbox.clock.advance(90_000)

    async def refreshed(*addresses: str) -> list[dict[str, str | None]]:
        answer = await bot.http.request(
            Route("POST", "/attachments/refresh-urls"), json={"attachment_urls": list(addresses)}
        )
        found: list[dict[str, str | None]] = answer["refreshed_urls"]
        return found

    (signed,) = await refreshed(address)
    assert signed["original"] == address
    assert await bot.http.get_from_cdn(str(signed["refreshed"])) == b"hello"
    with pytest.raises(discord.HTTPException, match="attachment_urls"):
        await refreshed()


async def test_an_edit_keeps_the_files_that_it_names_and_adds_others(place: Place) -> None:
    _, _, general, _, channel = place
    first, second = (discord.File(io.BytesIO(b"1"), filename=name) for name in ("a.png", "b.txt"))
    sent = await channel.send("two", files=[first, second])
    assert [a.content_type for a in sent.attachments] == ["image/png", "text/plain"]
    third = discord.File(io.BytesIO(b"3"), filename="c.txt")
    await sent.edit(attachments=[sent.attachments[1], third])
    assert [a.file.name for a in general.messages[0].attachments] == ["b.txt", "c.txt"]
    await sent.edit(content="still two")
    assert [a.file.name for a in general.messages[0].attachments] == ["b.txt", "c.txt"]
    with pytest.raises(discord.HTTPException, match="10 or fewer"):
        await sent.add_files(*(discord.File(io.BytesIO(b"x"), filename=f"{n}.txt") for n in range(9)))


async def test_a_voice_message_has_its_flag_a_duration_and_nothing_else(place: Place) -> None:
    sandbox, _, general, bot, _ = place
    alice = sandbox.create_user("alice")
    recording = Upload("voice-message.ogg", b"OggS", "audio/ogg", duration=2.5, waveform="AAEC")
    spoken = await alice.speak(general, recording)
    heard = await bot.hears("")
    assert heard.flags.voice
    assert heard.attachments[0].is_voice_message()
    assert (heard.attachments[0].duration, heard.attachments[0].waveform) == (2.5, b"\0\1\2")
    with pytest.raises(RefusedError, match="cannot be edited"):
        await alice.edit(spoken, "words")
    for wrong in (Upload("a.txt", b"x", "text/plain"), Upload("a.ogg", b"OggS", "audio/ogg")):
        with pytest.raises(RefusedError, match="Voice messages must have"):
            await alice.speak(general, wrong)


async def test_a_file_above_the_limit_is_refused(start: Start, join: Join) -> None:
    sandbox = await start(Rules(attachment_bytes=1000).unlimited())
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot: SmallBot = await join(sandbox)
    with pytest.raises(discord.HTTPException) as caught:
        await bot.get_partial_messageable(general.id).send(file=discord.File(io.BytesIO(b"x" * 1001), filename="big"))
    assert (caught.value.status, caught.value.code) == (413, 40005)


async def test_history_is_read_before_after_and_around(place: Place) -> None:
    sandbox, _, general, _, channel = place
    alice = sandbox.create_user("alice")
    said = [await alice.say(general, str(n)) for n in range(120)]
    await alice.delete(said[50])
    everything = [m.content async for m in channel.history(limit=None, oldest_first=True)]
    assert everything == [str(n) for n in range(120) if n != 50]
    after = [m.content async for m in channel.history(after=discord.Object(said[116].id))]
    assert after == ["117", "118", "119"]
    before = [m.content async for m in channel.history(before=discord.Object(said[2].id))]
    assert before == ["1", "0"]
    around = [m.content async for m in channel.history(around=discord.Object(said[50].id), limit=5)]
    assert set(around) == {"48", "49", "51", "52", "53"}


async def test_people_edit_delete_and_react_and_the_bot_hears_it(place: Place) -> None:
    sandbox, _, general, bot, channel = place
    alice = sandbox.create_user("alice")
    said = await alice.say(general, "helo")
    await alice.edit(said, "hello")
    await alice.react(said, "⭐")
    await bot.until(lambda: "MESSAGE_REACTION_ADD" in bot.events)
    assert [m.content for m in bot.edits] == ["hello"]
    assert [text for _, text in said.versions] == ["helo", "hello"]
    partial = channel.get_partial_message(said.id)
    await partial.add_reaction("👍")
    assert said.reactions == {"⭐": {alice.id}, "👍": {sandbox.bot_user.id}}
    await partial.remove_reaction("👍", discord.Object(sandbox.bot_user.id))
    await alice.delete(said)
    await bot.until(lambda: "MESSAGE_DELETE" in bot.events)
    assert general.messages == []
    assert general.log == [said]


async def test_a_direct_message_is_heard_and_answered(place: Place) -> None:
    sandbox, _, _, bot, _ = place
    alice = sandbox.create_user("alice")
    await alice.say(alice.direct_messages(), "psst")
    heard = await bot.hears("psst")
    assert isinstance(heard.channel, discord.DMChannel)
    await heard.channel.send("yes?")
    assert [m.content for m in alice.direct_messages().messages] == ["psst", "yes?"]


async def test_silent_messages_keep_their_flag_and_embeds_and_buttons_survive_the_wire(place: Place) -> None:
    _, _, general, _, channel = place
    view = discord.ui.View()
    view.add_item(discord.ui.Button(label="Docs", url="https://example.com/"))
    sent = await channel.send("shh", silent=True, embed=discord.Embed(title="T", description="D"), view=view)
    message = general.messages[0]
    assert message.flags == 1 << 12
    assert message.embeds[0]["description"] == "D"
    assert [b["label"] for b in message.buttons()] == ["Docs"]
    assert sent.embeds[0].title == "T"
    await sent.edit(content="still", view=None)
    assert (message.buttons(), len(message.embeds)) == ([], 1)


async def test_writing_in_a_thread_or_being_mentioned_there_makes_one_a_member(place: Place) -> None:
    sandbox, guild, general, bot, _ = place
    alice, bob = sandbox.create_user("alice"), sandbox.create_user("bob")
    guild.add_member(bob)
    thread = await alice.start_thread(await alice.say(general, "start"), "one")
    await bot.until(lambda: bot.get_channel(thread.id))
    assert set(thread.members) == {alice.id}
    await bot.get_partial_messageable(thread.id).send(bob.mention)
    assert set(thread.members) == {alice.id, bob.id, sandbox.bot_user.id}


async def test_a_private_thread_is_hidden_from_a_bot_that_is_not_in_it(place: Place) -> None:
    _sandbox, guild, _general, _bot, channel = place
    made = await channel.create_thread(name="private", type=discord.ChannelType.private_thread)
    here = guild.threads[0]
    assert here.is_private_thread
    await made.leave()
    with pytest.raises(discord.Forbidden) as caught:
        await made.send("x")
    assert caught.value.code == 50001


async def test_latency_delays_replies_and_events_but_not_what_happens(start: Start, join: Join) -> None:
    sandbox = await start(Rules(latency=0.05).unlimited())
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot: SmallBot = await join(sandbox)
    before = asyncio.get_running_loop().time()
    await bot.get_partial_messageable(general.id).send("slow")
    assert asyncio.get_running_loop().time() - before >= 0.05
    await bot.hears("slow")


async def test_waiting_for_what_never_comes_ends_with_the_last_requests(place: Place) -> None:
    sandbox, _, _, _, channel = place
    await channel.send("a trace of this")
    with pytest.raises(TimeoutError, match="a trace of this"):
        await sandbox.until(lambda: False, timeout=0.01)
