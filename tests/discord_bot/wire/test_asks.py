"""/ask and the menus over real HTTP: in servers without the bot, in other people's direct messages, and at home."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.discord_bot.asks import reply_slot
from grokbot.discord_bot.notices.texts.answer_text import STOPPED, THINKING, WHOLE_ANSWER
from grokbot.discord_bot.notices.texts.ask_text import ASKERS_ONLY, GOES_ON_UNSEEN, NOT_INSTALLED, ONLY_YOU
from grokbot.discord_bot.rate_limits import retry
from grokbot.engine.variants import MOVED_ON
from grokbot.sandbox.discord_server import CommandNotOfferedError, Permission, Upload
from grokbot.sandbox.discord_server.rules.protocol import SUPPRESS_EMBEDS
from grokbot.sandbox.grok_server import Script

from .test_moderation import moderator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel, Message
    from grokbot.sandbox.discord_server.state.interactions import InteractionResult

    from .play import Play

INSTALLED: dict[str, Any] = {"user_install": True}


@pytest.fixture
async def play(begin: Callable[..., Awaitable[Play]]) -> Play:
    """Alice has installed the app; the server Elsewhere has not added the bot."""
    play = await begin(discord=INSTALLED)
    play.alice.install()
    return play


def elsewhere(play: Play) -> Channel:
    """A channel of a server that has not added the bot."""
    guild = play.discord.create_guild("Elsewhere", play.bob, bot=False)
    guild.add_member(play.alice)
    return guild.create_text_channel("lounge")


async def ends(play: Play, result: InteractionResult, text: str) -> Message:
    """The newest reply, once it ends so and the answer runs no more."""
    assert result.acknowledged
    await play.until(
        lambda: (
            result.messages
            and not result.messages[-1].content.startswith(THINKING)
            and result.messages[-1].content.endswith(text)
            and "Stop" not in play.labels(result.messages[-1])
        )
    )
    return result.messages[-1]


async def test_where_the_bot_is_not_it_answers_privately_and_the_conversation_goes_on_by_its_buttons(
    play: Play,
) -> None:
    lounge = elsewhere(play)
    play.grok.script(Script(text="Because of Rayleigh.", reasoning=""))
    asked = await play.alice.slash(lounge, "ask", question="Why is the sky blue?")
    first = await ends(play, asked, "Because of Rayleigh.")
    assert first.flags & SUPPRESS_EMBEDS
    assert (first.ephemeral, first.content) == (True, "> Why is the sky blue?\n\nBecause of Rayleigh.")
    play.grok.script(Script(text="Then it is red.", reasoning=""))
    form = await play.alice.press(first, label="Ask more")
    more = await play.alice.submit(form, {"question": "And at sunset?"})
    second = await ends(play, more, "Then it is red.")
    assert second.ephemeral
    assert play.told() == ["Why is the sky blue?", "And at sunset?"]
    await play.until(lambda: play.labels(first) == [])
    play.grok.script(Script(text="Red and gold.", reasoning=""))
    again = await play.alice.press(second, label="Resample")
    await play.until(lambda: second.content.endswith("Red and gold.") and "Stop" not in play.labels(second))
    assert again.messages == []
    await play.alice.press(second, label="‹")  # noqa: RUF001 - as the button says
    await play.until(lambda: second.content.endswith("Then it is red."))
    shown = await play.alice.press(second, label="Show to everyone")
    public = await ends(play, shown, "Then it is red.")
    assert (public.ephemeral, play.labels(public)) == (False, [])
    assert {channel for (channel,) in _rows(play, "SELECT channel_id FROM conversations")} == {None}
    assert _rows(play, "SELECT count(*) FROM discord_messages") == [(0,)]
    listed = await play.alice.slash(lounge, "history")
    await play.until(lambda: listed.messages and "asked with `/ask`" in str(listed.messages[0].components))
    card = await play.alice.press(listed.messages[0], label="More…")
    await play.until(lambda: card.messages and "Ask more" in str(card.messages[0].components))
    form = await play.alice.press(card.messages[0], label="Ask more")
    play.grok.script(Script(text="Stars come out.", reasoning=""))
    await ends(play, await play.alice.submit(form, {"question": "And then?"}), "Stars come out.")
    assert play.told()[-1] == "And then?"


async def test_an_answer_for_all_stays_private_where_the_server_wants_that_of_such_apps(play: Play) -> None:
    lounge = elsewhere(play)
    asked = await play.alice.slash(lounge, "ask", question="one", private=False)
    assert not (await ends(play, asked, "")).ephemeral
    assert lounge.guild is not None
    lounge.guild.set_permissions(
        lounge.guild.everyone, lounge.guild.everyone.permissions & ~Permission.USE_EXTERNAL_APPS
    )
    asked = await play.alice.slash(lounge, "ask", question="two", private=False)
    message = await ends(play, asked, str(ONLY_YOU))
    assert message.ephemeral
    assert "Show to everyone" not in play.labels(message)


async def test_a_continued_answer_quotes_no_question_and_a_row_that_stayed_hides_nothing(play: Play) -> None:
    lounge = elsewhere(play)
    play.grok.script(Script(text="one two three", reasoning="", hang_after_tokens=2))
    asked = await play.alice.slash(lounge, "ask", question="count")
    await play.until(lambda: asked.messages and play.labels(asked.messages[0]) == ["Stop"])
    [first] = asked.messages
    await play.until(lambda: "one" in first.content)
    await play.alice.press(first, label="Stop")
    await play.until(lambda: "Continue" in play.labels(first))
    row = first.components
    play.says("three.")
    going_on = await play.alice.press(first, label="Continue")
    second = await ends(play, going_on, "three.")
    assert second.content == "three."
    await play.until(lambda: play.labels(first) == [])
    first.components = row  # as if Discord had not taken it away
    for label in ("Resample", "Retry", "Continue"):
        refused = await play.alice.press(first, label=label)
        await play.privately(refused, str(MOVED_ON))
    assert len(play.asked) == 2


async def test_an_answer_goes_on_though_the_row_above_it_cannot_be_taken_away(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.01)
    lounge = elsewhere(play)
    play.says("Blue.")
    first = await ends(play, await play.alice.slash(lounge, "ask", question="Which?"), "Blue.")
    form = await play.alice.press(first, label="Ask more")
    play.discord.faults.add("PATCH", "/webhooks/*/*/messages/@original", reset="before", times=9)
    play.says("Still blue.")
    await ends(play, await play.alice.submit(form, {"question": "And now?"}), "Still blue.")


async def test_a_refusal_is_said_though_the_line_before_it_is_gone(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.01)
    mia, _ = moderator(play)
    paused = await mia.slash(play.general, "mod pause")
    await play.until(lambda: paused.messages and "Paused" in paused.messages[0].content)
    play.discord.faults.add("DELETE", "/webhooks/*/*/messages/@original", status=404, code=10008, times=9)
    file = Upload("notes.txt", b"Buy cheese.", "text/plain")
    refused = await play.alice.slash(play.general, "ask", question="What is in it?", file=file)
    await play.until(lambda: "Moderators have paused" in refused.messages[-1].content)


async def test_what_all_see_is_in_the_servers_language_and_what_one_sees_in_theirs(play: Play) -> None:
    lounge = elsewhere(play)
    assert lounge.guild is not None
    play.alice.locale, lounge.guild.preferred_locale = "de", "ja"

    async def asked(channel: Channel, label: str, *, private: bool) -> Message:
        play.says("Here.")
        result = await play.alice.slash(channel, "ask", question="where?", private=private)
        await play.until(lambda: result.messages and label in play.labels(result.messages[0]))
        return result.messages[0]

    await asked(play.general, "Resample", private=False)
    secret = await asked(play.general, "Neu schreiben", private=True)
    copy = await play.alice.press(secret, label="Allen zeigen")
    await play.until(lambda: copy.messages and copy.messages[0].content.endswith("Here."))
    await asked(lounge, "別の回答", private=False)
    made = await play.alice.slash(play.general, "imagine", prompt="a fox")
    await play.until(lambda: made.messages and "Delete" in play.labels(made.messages[0]))


async def test_a_message_of_others_is_asked_about_in_their_direct_messages(play: Play) -> None:
    between = play.discord.private_channel(play.alice, play.bob)
    message = await play.bob.say(between, "The moon is made of cheese.")
    play.grok.script(Script(text="It is not.", reasoning=""))
    answer = await ends(play, await play.alice.context_menu(message, "Ask Grok"), "It is not.")
    assert answer.ephemeral
    assert answer.content.startswith("> **Bob**: The moon is made of cheese")
    assert "made of cheese" in play.told()[-1]
    empty = await play.bob.say(between, "", attachments=[Upload("sound.bin", b"\0\1", "application/octet-stream")])
    refused = await play.alice.context_menu(empty, "Ask Grok")
    await play.until(lambda: len(refused.messages) == 2 and refused.messages[1].content)
    assert (refused.messages[0].deleted, refused.messages[1].ephemeral) == (True, True)
    assert "/channels/" + str(between.id) not in " ".join(call.path for call in play.discord.requests)


async def test_a_long_answer_takes_no_more_replies_than_discord_allows_and_a_file(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(discord=INSTALLED | {"answer_messages": 20})
    play.alice.install()
    play.grok.script(Script(text="word " * 4_000, reasoning=""))
    asked = await play.alice.slash(elsewhere(play), "ask", question="long")
    last = await ends(play, asked, str(WHOLE_ANSWER))
    assert len(asked.messages) <= 6
    await play.until(lambda: last.attachments)
    [file] = last.attachments
    assert file.file.data.decode().count("word") == 4_000


async def test_when_the_token_is_over_the_rest_is_kept_and_a_press_shows_it(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_slot, "REPLY_SECONDS", 0.5)
    play.grok.script(Script(text="one two three four", reasoning="", hang_after_tokens=2))
    asked = await play.alice.slash(elsewhere(play), "ask", question="count")
    message = await ends(play, asked, str(GOES_ON_UNSEEN))
    assert play.labels(message) == ["Show the answer"]
    monkeypatch.undo()
    await play.alice.press(message, label="Show the answer")
    await play.until(lambda: play.labels(message) == ["Stop"])
    await play.alice.press(message, label="Stop")
    await ends(play, asked, str(STOPPED))
    assert play.grok.running == 0


async def test_where_the_bot_may_write_itself_it_goes_on_when_the_token_is_over(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_slot, "REPLY_SECONDS", 0.1)
    play.grok.script(Script(text="one two three four five six", reasoning="", tokens_per_second=20.0))
    asked = await play.alice.slash(play.general, "ask", question="count", private=False)
    message = await ends(play, asked, "five six")
    own = [call.path for call in play.discord.requests if call.method == "PATCH" and call.path.startswith("/channels")]
    assert set(own) == {f"/channels/{play.general.id}/messages/{message.id}"}


async def test_a_file_is_asked_about(play: Play) -> None:
    file = Upload("notes.txt", b"Buy cheese.", "text/plain")
    asked = await play.alice.slash(elsewhere(play), "ask", question="What is in it?", file=file)
    await ends(play, asked, "")
    assert "Buy cheese." in play.told()[-1]


async def test_after_a_kill_in_mid_answer_a_press_shows_what_was_written(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(discord=INSTALLED, drain_seconds=0.0)
    play.alice.install()
    play.grok.script(Script(text="one two three four", reasoning="", hang_after_tokens=3))
    asked = await play.alice.slash(elsewhere(play), "ask", question="count")
    await play.until(lambda: asked.messages and "one" in asked.messages[0].content)
    [message] = asked.messages
    shown, row = message.content, message.components
    await play.stop()
    play.was_killed(text="one two")
    message.content, message.components = shown, row
    await play.start()
    await play.alice.press(message, label="Stop")
    await play.until(lambda: "Retry" in play.labels(message))
    assert message.content.startswith("> count\n\none two")


async def test_in_a_server_with_the_bot_it_answers_in_place_and_for_all_if_wanted(play: Play) -> None:
    play.grok.script(Script(text="Here.", reasoning=""))
    asked = await play.bob.slash(play.general, "ask", question="where?", private=False)
    message = await ends(play, asked, "Here.")
    assert not message.ephemeral
    assert play.general.threads == []
    assert _rows(play, "SELECT guild_id FROM conversations") == [(play.guild.id,)]
    await play.bob.press(await play.menu(play.bob, message), label="Branch")
    await play.until(lambda: play.general.threads and play.said(play.general.threads[0]))
    secret = await ends(play, await play.bob.slash(play.general, "ask", question="a secret"), "")
    await play.bob.press(await play.menu(play.bob, secret), label="Branch")
    await play.until(lambda: len(play.general.threads) == 2 and play.said(play.general.threads[1]))
    assert [thread.is_private_thread for thread in play.general.threads] == [True, True]
    assert _rows(play, "SELECT count(*) FROM conversations WHERE options LIKE '%\"asked\":true%'") == [(2,)]
    pressed = await play.alice.press(message, label="Resample")
    refused = await play.alice.press(message, label="Ask more")
    menu = await play.alice.press(message, label="More…")
    await play.until(lambda: pressed.messages and refused.messages and menu.messages)
    for told in (*pressed.messages, *refused.messages, *menu.messages):
        assert (told.ephemeral, told.content) == (True, str(ASKERS_ONLY))
    assert message.content.endswith("Here.")
    owner = play.discord.create_user("owner")
    play.guild.add_member(owner, permissions=Permission.MANAGE_MESSAGES)
    blocked = await owner.slash(play.general, "mod block", user=play.bob, reason="rude")
    await play.until(lambda: blocked.messages and blocked.messages[0].content)
    refused = await play.bob.slash(play.general, "ask", question="and now?")
    await play.until(lambda: refused.messages and "rude" in refused.messages[0].content)
    assert (len(play.asked), refused.messages[0].ephemeral) == (2, True)


async def test_images_are_made_where_the_bot_is_not_and_go_by_their_button(play: Play) -> None:
    lounge = elsewhere(play)
    made = await play.alice.slash(lounge, "imagine", prompt="a fox")
    await play.until(lambda: made.messages and made.messages[0].attachments)
    await play.alice.press(made.messages[0], label="Delete")
    await play.until(lambda: lounge.messages == [])


async def test_only_who_installed_it_and_whom_the_operator_lets_may_use_it(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(discord={"user_install": True, "user_install_allowed": [7]})
    lounge = elsewhere(play)
    with pytest.raises(CommandNotOfferedError):
        await play.bob.slash(lounge, "ask", question="one")
    play.alice.install()
    with pytest.raises(CommandNotOfferedError):
        await play.alice.slash(lounge, "chat", prompt="one")
    helped = await play.alice.slash(lounge, "help")
    await play.until(lambda: helped.messages and helped.messages[0].components)
    page = str(helped.messages[0].components)
    assert "I am not a member here" in page
    assert ("</chat:" in page, "</ask:" in page) == (False, True)
    refused = await play.alice.slash(lounge, "ask", question="one")
    await play.until(lambda: refused.messages)
    assert (refused.messages[0].content, play.asked) == (str(NOT_INSTALLED), [])


def _rows(play: Play, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        return list(database.execute(sql))
