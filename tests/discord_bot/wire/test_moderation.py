"""Moderators at work with Discord's limits switched on: in mid-stream, many messages at once, the log channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from grokbot.discord_bot.notices.texts.answer_text import STOPPED as STOPPED_LINE
from grokbot.discord_bot.notices.texts.log_text import MOST_LINES
from grokbot.policy.rights import NOT_YOURS
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.grok_server import Script

from .test_commands import streaming, told

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server import Person
    from grokbot.sandbox.discord_server.state.model import GuildRole

    from .play import Play


def moderator(play: Play, name: str = "mia") -> tuple[Person, GuildRole]:
    """Somebody who may manage messages by a role, and the role."""
    role = play.guild.create_role(f"role of {name}", permissions=Permission.MANAGE_MESSAGES)
    person = play.discord.create_user(name)
    play.guild.add_member(person, roles=(role,))
    return person, role


def bot_may_delete(play: Play) -> None:
    [role_id, *_] = play.guild.members[play.discord.bot_user.id].role_ids
    role = play.guild.roles[role_id]
    play.guild.set_permissions(role, role.permissions | Permission.MANAGE_MESSAGES)


@pytest.mark.parametrize("command", ["stop", "pause", "lock"])
async def test_what_ends_answers_ends_them_in_mid_stream(play: Play, command: str) -> None:
    mia, _ = moderator(play)
    thread = await streaming(play)
    answer = await told(play, await mia.slash(thread, f"mod {command}"))
    assert "log has the cause" not in answer.content
    if command == "lock":  # what runs may end
        await mia.slash(thread, "mod stop")
    message = await play.ends_with(thread, STOPPED_LINE)
    assert message.content.startswith("word0")
    await play.until(lambda: play.grok.running == 0)


async def test_a_role_that_is_lost_in_mid_stream_ends_the_right_to_stop(play: Play) -> None:
    mia, role = moderator(play)
    thread = await streaming(play)
    play.guild.members[mia.id].role_ids.remove(role.id)
    with pytest.raises(LookupError):  # Discord does not even offer it any more
        await mia.slash(thread, "mod stop")
    [message] = play.messages(thread)
    await play.privately(await mia.press(message, label="Stop"), NOT_YOURS)
    assert play.grok.running == 1
    await told(play, await play.alice.slash(thread, "stop"))
    await play.ends_with(thread, STOPPED_LINE)


async def test_a_refusal_is_in_the_servers_language_whoever_began_the_answer_that_was_waited_for(play: Play) -> None:
    mia, _ = moderator(play)
    thread = await play.talk("One.")
    play.alice.locale, mia.locale = "de", "ja"
    play.grok.script(Script(text="word and more", reasoning="", hang_after_tokens=1))
    await play.alice.press(play.messages(thread)[0], label="Resample")
    await play.until(lambda: play.said(thread)[0].startswith("wor"))
    await play.bob.say(thread, "And what of me?")
    await play.quiet()
    await told(play, await mia.slash(thread, "mod block", user=play.bob, time="1h", reason="rude"))
    await told(play, await mia.slash(thread, "mod stop"))
    await play.until(lambda: len(play.said(thread)) == 2)
    assert "You cannot use Grok here until" in play.said(thread)[1]


async def test_who_is_blocked_while_their_message_waits_is_told_when_its_turn_comes(play: Play) -> None:
    mia, _ = moderator(play)
    thread = await streaming(play)
    await play.bob.say(thread, "And what of me?")
    await play.quiet()
    assert [text for _, _, text in play.kept() if "what of me" in text]
    await told(play, await mia.slash(thread, "mod block", user=play.bob, time="1h", reason="rude"))
    await told(play, await mia.slash(thread, "mod stop"))
    await play.until(lambda: len(play.said(thread)) == 2)
    assert "You cannot use Grok here until" in play.said(thread)[1]
    assert "rude" not in play.said(thread)[1]
    assert "Reason: rude" in (await told(play, await play.bob.slash(thread, "chat", prompt="Hello"))).content
    await play.quiet()
    assert not any("what of me" in text for text in play.told())
    assert [text for _, _, text in play.kept() if "what of me" in text] == []


async def test_a_conversation_goes_with_one_request_for_its_messages(play: Play) -> None:
    mia, _ = moderator(play)
    bot_may_delete(play)
    thread = await play.talk("First.", "Second.", "Third.")
    question = await told(play, await mia.slash(thread, "mod purge", reason="spam 🎈"))
    await play.restart()
    await mia.press(question, label="Remove permanently")
    await play.until(lambda: question.content.startswith("🧹 Removed: 6 messages"))
    assert play.said(thread) == []
    assert play.kept() == []
    deletions = [
        call.path for call in play.discord.requests if call.method in {"DELETE", "POST"} and "/messages/" in call.path
    ]
    assert len([path for path in deletions if path.endswith("/bulk-delete")]) == 1
    page = await told(play, await mia.slash(play.general, "mod audit"))
    assert "🧹 <@" in page.content
    assert "spam 🎈" in page.content


async def test_messages_of_two_weeks_ago_go_one_by_one(play: Play) -> None:
    mia, _ = moderator(play)
    bot_may_delete(play)
    thread = await play.talk("First.", "Second.")
    play.discord.clock.advance(15 * 86_400)
    question = await told(play, await mia.slash(thread, "mod purge"))
    await mia.press(question, label="Remove permanently")
    await play.until(lambda: question.content.startswith("🧹 Removed"))
    assert play.said(thread) == []
    codes = [call.status for call in play.discord.requests if call.path.endswith("/bulk-delete")]
    assert codes == [400]
    assert len([call for call in play.discord.requests if call.method == "DELETE"]) >= 3


async def test_without_the_right_only_the_bots_own_go_and_it_is_said_before_and_after(play: Play) -> None:
    mia, _ = moderator(play)
    thread = await play.talk("First.", "Second.")
    question = await told(play, await mia.slash(thread, "mod purge"))
    assert "only mine" in question.content
    await mia.press(question, label="Remove permanently")
    await play.until(lambda: question.content.startswith("🧹 Removed"))
    assert "2 messages in Discord could not be deleted" in question.content
    assert play.said(thread) == []
    assert [call for call in play.discord.requests if call.status == 403] == []


async def test_everything_of_a_person_goes_from_the_database_and_from_discord(play: Play) -> None:
    bot_may_delete(play)
    thread = await play.talk("First.", "Second.")
    question = await told(play, await play.alice.slash(thread, "privacy delete"))
    await play.restart()
    await play.quiet()
    await play.alice.press(question, label="Delete all my data")
    await play.until(lambda: question.content.startswith("🧹 All your data"))
    assert [text for sender, _, text in play.kept() if sender == "human"] == ["!fast"]  # the witness of the quiet
    assert play.said(thread) == []


@pytest.mark.parametrize("how", ["delete", "privacy delete", "mod purge"])
async def test_what_was_deleted_is_not_heard_again_after_a_restart_where_it_still_stands(play: Play, how: str) -> None:
    mia, _ = moderator(play)
    thread = await play.talk("First.", "Second.")
    who = mia if how == "mod purge" else play.alice
    question = await told(play, await who.slash(thread, how))
    label = {"delete": "Delete it", "mod purge": "Remove permanently"}.get(how, "Delete all my data")
    await who.press(question, label=label)
    await play.until(lambda: play.kept() == [] and "?" not in question.content.split("\n")[0])
    asked = len(play.asked)
    await play.restart()
    await play.quiet()
    assert [text for text in play.told() if "question" in text] == []
    assert len(play.asked) == asked + 1  # the witness of the quiet


async def test_a_flood_in_the_log_channel_is_summed_up_and_nobody_is_pinged(play: Play) -> None:
    mia, _ = moderator(play)
    records = play.guild.create_text_channel("records")
    thread = await play.talk("First.")
    await told(play, await mia.slash(play.general, "mod log", channel=records))
    await told(play, await mia.slash(play.general, "mod block", user=play.bob, reason="@everyone <@&1>"))
    await play.until(lambda: any(" blocked <@" in text for text in play.said(records)))
    for number in range(60):
        await play.bob.say(thread, f"secretword {number}")
    await play.until(lambda: any("more. See `/mod audit`" in text for text in play.said(records)))
    texts = play.said(records)
    assert all(text.count("\n") <= MOST_LINES for text in texts)
    assert "secretword" not in "".join(texts)
    assert len(texts) < 15
    assert not any(message.pinged for message in play.messages(records))
    assert len(play.said(thread)) == 2


async def test_lines_that_come_one_by_one_are_all_posted_with_a_link_to_the_answer(play: Play) -> None:
    mia, _ = moderator(play)
    records = play.guild.create_text_channel("records")
    await told(play, await mia.slash(play.general, "mod log", channel=records))
    for number in range(5):
        await told(play, await mia.slash(play.general, "mod block", user=play.bob, reason=f"number {number}"))
        await play.until(lambda number=number: any(f"number {number}" in text for text in play.said(records)))  # type: ignore[misc] # a lambda's default
    thread = await play.talk("First.")
    play.grok.script(Script(fail="refused"))
    await play.alice.say(thread, "And now?")
    link = f"[look](https://discord.com/channels/{play.guild.id}/{thread.id}/"
    await play.until(lambda: any("xAI declined" in text and link in text for text in play.said(records)))


async def test_every_message_and_edit_that_the_bot_sent_says_that_nobody_is_to_be_pinged(play: Play) -> None:
    mia, _ = moderator(play)
    bot_may_delete(play)
    play.says("@everyone <@&1> <@1> @here")
    thread = await play.begin("Say @everyone")
    await play.whole(thread)
    records = play.guild.create_text_channel("records")
    commands: dict[str, dict[str, Any]] = {
        "mod log": {"channel": records},
        "mod block": {"user": play.bob, "reason": "@everyone"},
        "mod blocks": {},
        "mod pause": {"reason": "@everyone"},
        "mod unpause": {},
        "mod channels": {},
        "mod settings": {},
        "mod limits show": {},
        "mod usage": {},
        "mod audit": {},
        "mod filter try": {"pattern": "every", "sample": "@everyone"},
        "privacy notice": {},
        "privacy export": {},
    }
    for command, options in commands.items():
        await told(play, await mia.slash(thread, command, **options))
    await play.replies(await play.bob.say(thread, "Hello?"))
    await play.until(lambda: len(play.said(records)) > 1)
    question = await told(play, await mia.slash(thread, "mod purge"))
    await mia.press(question, label="Remove permanently")
    await play.until(lambda: question.content.startswith("🧹 Removed"))
    checked = 0
    for call in play.discord.requests:
        body: dict[str, Any] = call.body if isinstance(call.body, dict) else {}
        message: Any = body.get("data") if "/interactions/" in call.path else body
        writes = call.method in {"POST", "PATCH"} and isinstance(message, dict) and message.get("content")
        if writes and ("/messages" in call.path or "/webhooks/" in call.path or "/interactions/" in call.path):
            assert message["allowed_mentions"].get("parse") == [], call.path
            assert not message["allowed_mentions"].get("users"), call.path
            checked += 1
    assert checked > 15
