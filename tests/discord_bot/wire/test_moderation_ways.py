"""Ways that moderators and people take in Discord, and what is said to them there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.texts.answer_text import STOPPED as STOPPED_LINE
from grokbot.discord_bot.notices.texts.moderator_text import NOT_EVERYBODY, NOT_ME, SINCE_OF_WHOM
from grokbot.sandbox.discord_server import Upload
from grokbot.sandbox.discord_server.rules.permission_bits import Permission

from .test_commands import answered, shown, streaming, told
from .test_moderation import moderator

if TYPE_CHECKING:
    from .play import Play


async def test_a_channel_stands_for_its_threads_where_answers_are_stopped(play: Play) -> None:
    mia, _ = moderator(play)
    thread = await streaming(play)
    assert "1 answer stopped" in (await told(play, await mia.slash(play.general, "mod stop"))).content
    await play.ends_with(thread, STOPPED_LINE)


async def test_no_thread_is_opened_for_a_question_that_a_limit_forbids(play: Play) -> None:
    mia, _ = moderator(play)
    await told(play, await mia.slash(play.general, "mod limits set", what="turns_a_minute", amount="1", whom="member"))
    await answered(play, "One", "Yes")
    before = len(play.guild.threads)
    message = await play.alice.say(play.general, "<@BOT> Two")
    [reply] = await play.replies(message)
    assert "once a minute" in reply.content
    assert (message.thread, len(play.guild.threads)) == (None, before)


async def test_who_is_blocked_imports_nothing_and_no_thread_is_opened_for_it(play: Play) -> None:
    mia, _ = moderator(play)
    thread = await answered(play, "One", "Yes")
    exported = await told(play, await play.alice.slash(thread, "export", format="json"))
    await play.until(lambda: exported.attachments)
    await told(play, await mia.slash(thread, "mod block", user=play.bob))
    before = len(play.guild.threads)
    file = Upload("talk.json", exported.attachments[0].file.data)
    assert "cannot use Grok here" in (await told(play, await play.bob.slash(play.general, "import", file=file))).content
    assert len(play.guild.threads) == before


async def test_a_block_of_everybody_blocks_everybody_and_nobody_blocks_the_bot(play: Play) -> None:
    mia, _ = moderator(play)
    answer = await told(play, await mia.slash(play.general, "mod block", user=play.discord.bot_user))
    assert answer.content == NOT_ME
    await told(play, await mia.slash(play.general, "mod block", role=play.guild.everyone))
    message = await play.bob.say(play.general, "<@BOT> Hello")
    await play.replies(message)
    assert message.thread is None
    owner = play.discord.create_user("olivia")
    role = play.guild.create_role("owners", permissions=Permission.MANAGE_MESSAGES | Permission.MANAGE_GUILD)
    play.guild.add_member(owner, roles=(role,))
    panel = await told(play, await owner.slash(play.general, "mod settings"))
    everybody = [str(play.guild.everyone.id)]
    await owner.press(panel, label="Server")
    await play.until(lambda: "More roles that moderate" in shown(panel))
    form = await owner.press(panel, custom_id="grokbot:settings:0:moderators")
    await play.privately(await owner.submit(form, {"value": everybody}), NOT_EVERYBODY)


async def test_menus_of_words_channels_and_roles_are_understood_over_the_wire(play: Play) -> None:
    mia, _ = moderator(play)
    panel = await told(play, await mia.slash(play.general, "mod settings"))
    await mia.submit(await mia.press(panel, custom_id="grokbot:settings:0:persona"), {"value": ["=fun"]})
    await play.until(lambda: "**Persona**\nfun\n" in shown(panel))
    places = await told(play, await mia.slash(play.general, "mod channels"))
    await mia.press(places, custom_id="grokbot:places:spread", values=["only"])
    await play.until(lambda: "No channel is chosen yet" in shown(places))
    await mia.press(places, custom_id="grokbot:places:channels", values=[str(play.general.id)])
    await play.until(lambda: "No channel is chosen yet" not in shown(places))
    role = play.guild.create_role("helpers")
    await mia.press(places, custom_id="grokbot:places:starter_role_ids", values=[str(role.id)])
    await play.until(lambda: f"[{{'id': {role.id}, 'type': 'role'}}]" in str(places.components))


async def test_a_moderator_is_told_what_does_not_do_what_it_seems_to(play: Play) -> None:
    mia, _ = moderator(play)
    records = play.guild.create_text_channel("records")
    thread = await answered(play, "One", "Yes")
    assert (await told(play, await mia.slash(thread, "mod purge", since="1h"))).content == SINCE_OF_WHOM
    await told(play, await mia.slash(thread, "mod log", channel=records))
    assert "I cannot post there" not in (await told(play, await mia.slash(thread, "mod log"))).content
    records.set_overwrite(play.discord.bot_user, deny=Permission.SEND_MESSAGES)
    await play.quiet()
    assert "I cannot post there" in (await told(play, await mia.slash(thread, "mod log"))).content
    panel = await told(play, await mia.slash(thread, "mod settings", model="grok-nonsense"))
    assert "xAI does not list the model `grok-nonsense`" in shown(panel)
    await play.alice.say(thread, "And now?")
    await play.ends_with(thread, "A moderator can set one for the server with `/mod settings`.")


async def test_a_limit_is_audited_in_dollars(play: Play) -> None:
    mia, _ = moderator(play)
    await told(play, await mia.slash(play.general, "mod limits set", what="cost_a_day", amount="$1", whom="server"))
    page = await told(play, await mia.slash(play.general, "mod audit"))
    assert "$1.00 a day" in page.content
