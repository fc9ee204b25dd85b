"""A bot on the real discord.py talks in the loopback Discord."""

import discord
import pytest

from grokbot.sandbox.discord_server import RefusedError
from tests.sandbox.discord_server.conftest import Join, SmallBot, Start


async def test_a_bot_logs_in_and_knows_its_guilds_channels_and_itself(start: Start, join: Join) -> None:
    sandbox = await start()
    guild = sandbox.create_guild("Test server")
    general = guild.create_text_channel("general")
    bot = await join(sandbox)
    assert bot.user is not None
    assert bot.user.id == sandbox.bot_user.id
    seen = bot.get_guild(guild.id)
    assert seen is not None
    assert [c.id for c in seen.channels] == [general.id]
    assert seen.me.guild_permissions.send_messages
    assert bot.application is not None
    assert bot.application.flags.gateway_message_content_limited


async def test_a_mention_is_answered_in_a_thread_that_has_the_messages_id_and_the_answer_is_edited(
    start: Start, join: Join
) -> None:
    sandbox = await start()
    guild = sandbox.create_guild("Test server")
    general = guild.create_text_channel("general")
    bot: SmallBot = await join(sandbox)

    async def answer(message: discord.Message) -> None:
        assert bot.user in message.mentions
        thread = await message.create_thread(name="a question")
        async with thread.typing():
            reply = await thread.send("thinking")
        for text in ("thinking harder", "42"):
            await reply.edit(content=text)

    bot.on_said = answer
    alice = sandbox.create_user("alice", display_name="Alice")
    asked = await alice.say(general, "<@BOT> what is it?")
    await sandbox.until(lambda: guild.threads and [m.content for m in guild.threads[0].messages][1:] == ["42"])
    thread = guild.threads[0]
    assert thread.id == asked.id
    assert thread.owner_id == sandbox.bot_user.id
    reply = thread.messages[-1]
    assert [text for _, text in reply.versions] == ["thinking", "thinking harder", "42"]
    assert [at for at, _ in reply.versions] == sorted(at for at, _ in reply.versions)
    assert thread.id in [channel_id for channel_id, _ in sandbox.typing]


async def test_the_bot_is_told_of_a_thread_that_its_owner_renames_and_others_may_not(start: Start, join: Join) -> None:
    sandbox = await start()
    general = sandbox.create_guild("Test server").create_text_channel("general")
    bot: SmallBot = await join(sandbox)
    alice, bob = sandbox.create_user("alice"), sandbox.create_user("bob")
    thread = await alice.start_thread(await alice.say(general, "hello"), "first name")
    await alice.rename(thread, "second name")
    await bot.until(lambda: "THREAD_UPDATE" in bot.events)
    seen = bot.get_channel(thread.id)
    assert isinstance(seen, discord.Thread)
    assert seen.name == "second name"
    with pytest.raises(RefusedError):
        await bob.rename(thread, "third name")
    assert thread.names == ["first name", "second name"]
