"""The retry button: who may press it, how often, and after a restart, when nothing of it is left in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from simcord import interactions
from simcord.backend import serializers
from simcord.enums import ComponentType, InteractionType
from simcord.results import InteractionResult

from grokbot.conversation.errors import UNKNOWN_RESPONSE
from grokbot.discord_bot.notices.texts.answer_text import UNEXPECTED
from grokbot.engine.turns import STILL_ANSWERING
from grokbot.engine.variants import ANOTHER_SHOWN
from grokbot.engine.variants.insertion_point import MOVED_ON
from grokbot.policy.rights import NOT_YOURS
from grokbot.sandbox.grok_server import Script
from grokbot.settings import StoreSettings
from tests.discord_bot.simcord.house import House, private_words

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from simcord.actors import MemberActor
    from simcord.builders import ChannelHandle

FAILING = Script(fail="internal", fail_after_tokens=3, text="a b c d e f", reasoning="")
GOOD = Script(text="This time it worked.")


async def failed_answer(house: House) -> tuple[ChannelHandle, discord.Message]:
    """Alice asks by a command and the answer breaks off."""
    house.grok.script(FAILING)
    await house.alice.slash(house.general, "chat", prompt="Try it")
    thread = house.threads()[-1]
    return thread, house.written(thread)[-1]


def buttons(message: discord.Message) -> list[str | None]:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return [part.label for row in rows for part in row.children if isinstance(part, discord.Button)]


async def retried(house: House, thread: ChannelHandle) -> None:
    """Looks that the answer stands where the failed one stood, which is a variant of it now."""
    _, answer = house.written(thread)
    assert answer.content == "This time it worked."
    assert buttons(answer)[:3] == ["‹", "2/2", "›"]  # noqa: RUF001 - as the buttons say
    assert len(house.asked()) == 2
    assert house.wanted() == "Alice: Try it"


async def test_a_failed_answer_keeps_its_text_and_has_the_button(house: House) -> None:
    _, answer = await failed_answer(house)
    assert answer.content.startswith("a b c")
    assert buttons(answer) == ["Continue", "Retry", "More…"]


async def test_the_asker_may_press_and_the_answer_comes_in_the_same_message(house: House) -> None:
    thread, answer = await failed_answer(house)
    house.grok.script(GOOD)
    result = await house.alice.click(answer, label="Retry")
    assert result.acknowledged
    assert result.followups == []
    assert house.written(thread)[1].id == answer.id
    await retried(house, thread)


async def test_a_moderator_may_press(house: House) -> None:
    mods = house.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    carol = house.guild.add_member(house.env.create_user("carol"), roles=[mods])
    thread, answer = await failed_answer(house)
    house.grok.script(GOOD)
    await carol.click(answer, label="Retry")
    await retried(house, thread)


async def test_the_threads_owner_may_press_under_an_answer_to_somebody_else(house: House) -> None:
    await house.alice.slash(house.general, "chat", prompt="First")
    [thread] = house.threads()
    house.grok.script(FAILING)
    await house.bob.send(thread, "Second")
    answer = house.written(thread)[-1]
    house.grok.script(GOOD)
    await house.alice.click(answer, label="Retry")
    assert house.said(thread)[-1] == "This time it worked."
    assert house.wanted() == "Bob: Second"


async def test_nobody_else_may_press_and_only_they_are_told(house: House) -> None:
    thread, answer = await failed_answer(house)
    before = house.said(thread)
    assert private_words(await house.bob.click(answer, label="Retry")) == NOT_YOURS
    assert house.said(thread) == before
    assert len(house.asked()) == 1


async def test_the_right_to_manage_messages_elsewhere_is_not_one_here(house: House) -> None:
    elsewhere = discord.PermissionOverwrite(manage_messages=True)
    house.guild.create_text_channel("elsewhere", overwrites={house.bob: elsewhere})
    _, answer = await failed_answer(house)
    assert private_words(await house.bob.click(answer, label="Retry")) == NOT_YOURS


async def test_a_press_on_an_answer_that_has_become_complete_is_told(house: House) -> None:
    thread, answer = await failed_answer(house)
    house.grok.script(GOOD)
    await house.alice.click(answer, label="Retry")
    [result] = await pressed_together(house, answer, stale_button(answer), house.alice)
    assert private_words(result) == ANOTHER_SHOWN
    await retried(house, thread)


async def test_two_presses_at_once_are_one_answer(house: House) -> None:
    mods = house.guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    carol = house.guild.add_member(house.env.create_user("carol"), roles=[mods])
    thread, answer = await failed_answer(house)
    house.grok.script(GOOD)
    results = await pressed_together(house, answer, stale_button(answer), house.alice, carol, house.alice)
    assert all(result.acknowledged for result in results)
    told = [message.content for result in results for message in result.followups]
    assert len(told) == 2
    assert set(told) <= {STILL_ANSWERING, ANOTHER_SHOWN}
    assert all(message.ephemeral for result in results for message in result.followups)
    await retried(house, thread)


async def test_a_press_after_the_conversation_has_gone_on_is_told(house: House) -> None:
    thread, answer = await failed_answer(house)
    stale = stale_button(answer)
    await house.alice.send(thread, "Never mind, something else")
    before = house.said(thread)
    assert not buttons(house.written(thread)[0])
    [result] = await pressed_together(house, answer, stale, house.alice)
    assert private_words(result) == MOVED_ON
    assert house.said(thread) == before


async def test_a_press_after_a_restart_works_with_nothing_left_in_memory(house: House) -> None:
    thread, answer = await failed_answer(house)
    old = house.bot
    await house.restart()
    assert house.bot is not old
    house.grok.script(GOOD)
    await house.alice.click(answer, label="Retry")
    await retried(house, thread)


async def test_a_press_on_an_answer_that_is_not_known_any_more_is_told(house: House, tmp_path: Path) -> None:
    _, answer = await failed_answer(house)
    await house.restart(house.settings.model_copy(update={"store": StoreSettings(url=str(tmp_path / "empty.sqlite3"))}))
    assert private_words(await house.alice.click(answer, label="Retry")) == UNKNOWN_RESPONSE


async def test_a_button_in_direct_messages_works_too(house: House) -> None:
    house.grok.script(FAILING)
    await house.alice.send_dm("Try it")
    channel = house.alice.user.dm_channel
    house.grok.script(GOOD)
    await house.alice.user.click(house.written(channel)[-1], label="Retry")
    assert house.said(channel) == ["This time it worked."]


async def test_a_press_that_discord_does_not_let_us_acknowledge_is_logged_and_does_what_it_is_for(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    thread, answer = await failed_answer(house)
    house.env.inject_error("POST", "/interactions/*", status=404, code=10062, times=None)
    house.grok.script(GOOD)
    result = await house.alice.click(answer, label="Retry")
    assert not result.acknowledged
    assert "discord.unacknowledged" in caplog.text
    assert "Traceback" not in caplog.text
    await retried(house, thread)


async def test_a_press_while_the_database_is_closed_is_told(house: House) -> None:
    _, answer = await failed_answer(house)
    await house.rooms.aclose()
    told = private_words(await house.alice.click(answer, label="Retry"))
    assert told
    assert told != UNEXPECTED


def stale_button(message: discord.Message) -> str:
    """The id of the button as it was when a client last drew the message."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    parts = [part for row in rows for part in row.children if isinstance(part, discord.Button)]
    [custom_id] = [part.custom_id for part in parts if part.label == "Retry"]
    assert custom_id is not None
    return custom_id


async def pressed_together(
    house: House, message: discord.Message, custom_id: str, *pressers: MemberActor
) -> list[InteractionResult]:
    """Several presses that are under way at the same moment, with the message as the pressers still see it."""
    backend = house.env.backend
    stored = backend.get_message(message.channel.id, message.id)
    shown: dict[str, Any] = dict(serializers.message_payload(backend, stored))
    button = {"type": 2, "style": 2, "label": "Retry", "custom_id": custom_id}
    shown["components"] = [{"type": 1, "components": [button]}]
    records = []
    for actor in pressers:
        record, payload = interactions.base_payload(
            backend,
            type=InteractionType.MESSAGE_COMPONENT,
            channel_id=message.channel.id,
            guild_id=house.guild.id,
            user_id=actor.id,
            data={"custom_id": custom_id, "component_type": ComponentType.BUTTON},
        )
        record.source_message_id = message.id
        backend.emit("INTERACTION_CREATE", {**payload, "message": shown})
        records.append(record)
    await house.env.settle()
    return [InteractionResult(house.env, record) for record in records]
