"""What Discord refuses, seen by the real discord.py: codes, and that nothing was changed."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest

from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Guild, Permission, RefusedError
from tests.sandbox.discord_server.conftest import Join, SmallBot, Start


@pytest.fixture
async def place(start: Start, join: Join) -> tuple[DiscordSandbox, Guild, Channel, SmallBot, discord.TextChannel]:
    sandbox = await start()
    guild = sandbox.create_guild("Test server")
    general = guild.create_text_channel("general")
    bot = await join(sandbox)
    channel = bot.get_channel(general.id)
    assert isinstance(channel, discord.TextChannel)
    return sandbox, guild, general, bot, channel


Place = tuple[DiscordSandbox, Guild, Channel, SmallBot, discord.TextChannel]


async def _code(doing: Awaitable[Any]) -> int:
    with pytest.raises(discord.HTTPException) as caught:
        await doing
    return caught.value.code


async def test_an_empty_message_and_one_that_is_too_long_are_refused(place: Place) -> None:
    _, _, general, _, channel = place
    assert await _code(channel.send("   ")) == 50006
    with pytest.raises(discord.HTTPException) as caught:
        await channel.send("x" * 2001)
    assert caught.value.code == 50035
    assert "Must be 2000 or fewer in length" in caught.value.text
    assert general.messages == []


@pytest.mark.parametrize(
    ("denied", "act", "code"),
    [
        (Permission.SEND_MESSAGES, lambda c: c.send("x"), 50013),
        (Permission.VIEW_CHANNEL, lambda c: c.send("x"), 50001),
        (Permission.EMBED_LINKS, lambda c: c.send(embed=discord.Embed(title="x")), 50013),
        (Permission.CREATE_PRIVATE_THREADS, lambda c: c.create_thread(name="x"), 50013),
    ],
)
async def test_a_missing_permission_is_refused(
    place: Place, denied: Permission, act: Callable[[discord.TextChannel], Awaitable[Any]], code: int
) -> None:
    sandbox, _, general, _, channel = place
    general.set_overwrite(sandbox.bot_user, deny=denied)
    assert await _code(act(channel)) == code
    assert general.messages == []


async def test_threads_need_permissions_of_their_own(place: Place) -> None:
    sandbox, guild, general, _, channel = place
    message = await channel.send("start")
    general.set_overwrite(sandbox.bot_user, deny=Permission.CREATE_PUBLIC_THREADS)
    assert await _code(message.create_thread(name="x")) == 50013
    general.set_overwrite(sandbox.bot_user, deny=Permission.SEND_MESSAGES_IN_THREADS)
    thread = await message.create_thread(name="x")
    assert await _code(thread.send("x")) == 50013
    general.set_overwrite(sandbox.bot_user, deny=Permission.SEND_MESSAGES)
    await thread.send("SEND_MESSAGES has no effect here")
    assert guild.threads[0].messages[-1].content == "SEND_MESSAGES has no effect here"


async def test_unknown_channels_and_messages_have_their_codes(place: Place) -> None:
    _, _, general, bot, channel = place
    assert await _code(bot.fetch_channel(1)) == 10003
    assert await _code(channel.fetch_message(1)) == 10008
    alice = place[0].create_user("alice")
    said = await alice.say(general, "gone")
    await alice.delete(said)
    assert said.deleted
    assert await _code(channel.get_partial_message(said.id).edit(content="x")) == 10008
    assert await _code(channel.send("x", reference=discord.MessageReference(message_id=said.id, channel_id=channel.id)))


async def test_only_the_author_edits_and_only_moderators_delete_others_messages(place: Place) -> None:
    sandbox, guild, general, _, channel = place
    said = await sandbox.create_user("alice").say(general, "mine")
    partial = channel.get_partial_message(said.id)
    assert await _code(partial.edit(content="yours")) == 50005
    assert await _code(partial.delete()) == 50013
    guild.set_bot_permissions(guild.bot_role.permissions | Permission.MANAGE_MESSAGES)
    await partial.delete()
    assert said.deleted
    assert said.content == "mine"


async def test_a_message_has_one_thread(place: Place) -> None:
    _, guild, _, _, channel = place
    message = await channel.send("start")
    await message.create_thread(name="one")
    assert await _code(channel.get_partial_message(message.id).create_thread(name="two")) == 160004
    assert await _code(channel.create_thread(name="x" * 101)) == 50035
    assert [t.name for t in guild.threads] == ["one"]


async def test_an_archived_thread_refuses_edits_and_wakes_when_somebody_writes(place: Place) -> None:
    sandbox, guild, _, bot, channel = place
    message = await channel.send("start")
    thread = await message.create_thread(name="one")
    reply = await thread.send("first")
    here = guild.threads[0]
    here.archive()
    await bot.until(lambda: "THREAD_UPDATE" in bot.events)
    assert await _code(reply.edit(content="no")) == 50083
    assert await _code(reply.add_reaction("⭐")) == 50083
    await sandbox.create_user("alice").say(here, "wake up")
    assert not here.archived
    await reply.edit(content="yes")
    assert reply.id == here.messages[1].id
    assert here.messages[1].content == "yes"


async def test_a_locked_thread_takes_words_from_moderators_only(place: Place) -> None:
    sandbox, guild, _, _, channel = place
    thread = await (await channel.send("start")).create_thread(name="one")
    here = guild.threads[0]
    here.archive(locked=True)
    assert await _code(thread.send("no")) == 160005
    with pytest.raises(RefusedError) as refused:
        await sandbox.create_user("alice").say(here, "no")
    assert refused.value.code == 160005
    guild.set_bot_permissions(guild.bot_role.permissions | Permission.MANAGE_THREADS)
    await thread.send("yes")
    assert here.messages[-1].content == "yes"


async def test_a_thread_is_renamed_archived_and_reopened_by_its_owner(place: Place) -> None:
    _, guild, _, bot, channel = place
    thread = await (await channel.send("start")).create_thread(name="one")
    await thread.edit(name="two")
    await thread.edit(archived=True)
    here = guild.threads[0]
    assert (here.name, here.archived) == ("two", True)
    assert await _code(thread.edit(name="three")) == 50083
    assert [t.id async for t in channel.archived_threads()] == [thread.id]
    await thread.edit(archived=False)
    assert not here.archived
    assert await _code(thread.edit(locked=True)) == 50013
    seen = bot.get_guild(guild.id)
    assert seen is not None
    assert [t.id for t in await seen.active_threads()] == [thread.id]


async def test_who_takes_no_direct_messages_is_not_written_to(place: Place) -> None:
    sandbox, guild, _, bot, _ = place
    alice, stranger = sandbox.create_user("alice"), sandbox.create_user("stranger")
    guild.add_member(alice)
    user = await bot.fetch_user(alice.id)
    await user.send("hello")
    assert [m.content for m in alice.direct_messages().messages] == ["hello"]
    alice.accepts_direct_messages = False
    assert await _code(user.send("again")) == 50007
    assert await _code((await bot.fetch_user(stranger.id)).send("hello")) == 50007


async def test_bulk_deletion_takes_2_to_100_messages_of_two_weeks(place: Place) -> None:
    sandbox, guild, general, bot, channel = place
    guild.set_bot_permissions(guild.bot_role.permissions | Permission.MANAGE_MESSAGES)
    sent = [await channel.send(str(n)) for n in range(4)]
    await channel.delete_messages(sent[:2])
    await bot.until(lambda: "MESSAGE_DELETE_BULK" in bot.events)
    assert [m.content for m in general.messages] == ["2", "3"]
    assert await _code(bot.http.delete_messages(general.id, [sent[2].id, sent[2].id])) == 50035
    assert await _code(bot.http.delete_messages(general.id, [sent[2].id])) == 50016
    assert [m.content for m in general.messages] == ["2", "3"]
    sandbox.clock.advance(15 * 86_400)
    assert await _code(channel.delete_messages(sent[2:])) == 50034


async def test_a_forum_takes_posts_and_no_loose_messages(place: Place) -> None:
    sandbox, guild, _, bot, _ = place
    help_forum = guild.create_forum_channel("help")
    await bot.until(lambda: bot.get_channel(help_forum.id))
    forum = bot.get_channel(help_forum.id)
    assert isinstance(forum, discord.ForumChannel)
    assert await _code(bot.get_partial_messageable(forum.id).send("x")) == 40058
    made = await forum.create_thread(name="mine", content="first words")
    assert made.thread.id == made.message.id
    assert guild.threads[0].messages[0].content == "first words"
    post = await sandbox.create_user("alice").post(help_forum, "question", "how?")
    await bot.until(lambda: "how?" in [m.content for m in bot.heard])
    heard = bot.heard[-1]
    assert (heard.channel.id, heard.id) == (post.id, post.id)
    await heard.reply("so")
    assert post.messages[-1].reference is not None
    assert post.messages[-1].reference.message_id == post.id
    assert sandbox.bot_user.id in post.members


async def test_an_unknown_route_is_a_404_that_is_remembered(start: Start, join: Join) -> None:
    sandbox = await start()
    bot: SmallBot = await join(sandbox)
    with pytest.raises(discord.NotFound) as caught:
        await bot.http.request(discord.http.Route("GET", "/nowhere/at/all"))
    assert caught.value.code == 0
    assert sandbox.unknown_routes == [("GET", "/nowhere/at/all")]
    sandbox.unknown_routes.clear()
