"""Every interaction ends with an answer, whatever happens, and the log tells of it without people's words."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.conversation.errors import StoreError
from grokbot.discord_bot.notices.texts.answer_text import UNEXPECTED
from grokbot.sandbox.grok_server import Script
from tests.discord_bot.simcord.house import House, private_words
from tests.discord_bot.simcord.test_permissions import logged, ours

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simcord.results import InteractionResult

    Act = Callable[[House], Awaitable[InteractionResult]]

WORDS = "words-of-alice"


async def chat(house: House) -> InteractionResult:
    return await house.alice.slash(house.general, "chat", prompt=WORDS)


async def private_chat(house: House) -> InteractionResult:
    return await house.alice.slash(house.general, "chat", prompt=WORDS, private=True)


async def chat_directly(house: House) -> Any:
    return await house.alice.user.slash("chat", prompt=WORDS)


async def new_directly(house: House) -> Any:
    return await house.alice.user.slash("new")


async def ask_grok(house: House) -> InteractionResult:
    message = await house.bob.send(house.general, WORDS)
    return await house.alice.context_menu(house.general, "Ask Grok", message)


async def retry(house: House) -> InteractionResult:
    return await house.alice.click(house.written(house.threads()[-1])[-1], label="Retry")


ACTS: dict[str, Act] = {
    "chat": chat,
    "private chat": private_chat,
    "chat directly": chat_directly,
    "new directly": new_directly,
    "ask grok": ask_grok,
    "retry": retry,
}


async def arranged(house: House, act: str) -> Act:
    if act == "retry":
        house.grok.script(Script(fail="internal", fail_after_tokens=1, reasoning=""))
        await chat(house)
    return ACTS[act]


def failing(error: Exception) -> Callable[..., Awaitable[None]]:
    async def fail(*_: object) -> None:
        raise error

    return fail


def told_by(result: InteractionResult) -> list[str]:
    """Everything that an interaction was answered with; it has to be acknowledged."""
    assert result.acknowledged
    shown = [message for message in (result.response, *result.followups) if message is not None]
    return [message.content for message in shown]


def check_log(caplog: pytest.LogCaptureFixture, event: str) -> None:
    """Looks that the event is there, and nobody's words in any event of ours."""
    written = [logged(record) for record in caplog.records if ours(record)]
    assert [line for line in written if line.startswith(event)]
    assert not [line for line in written if WORDS in line]


@pytest.mark.parametrize("act", ACTS)
async def test_the_acknowledgement_is_the_first_thing_that_discord_hears(house: House, act: str) -> None:
    run = await arranged(house, act)
    if act == "ask grok":
        await house.bob.send(house.general, "before")
    before = len(house.env.http_requests)
    result = await run(house)
    assert result.acknowledged
    first = house.env.http_requests[before]
    assert (first.method, first.path.rpartition("/")[2]) == ("POST", "callback")


DOES = {
    "chat": "turns.ask",
    "private chat": "turns.ask",
    "chat directly": "turns.ask",
    "new directly": "turns.open",
    "ask grok": "turns.ask",
    "retry": "answers.retry",
}
"""What each act asks of the engine."""


@pytest.mark.parametrize(("act", "method"), DOES.items())
async def test_a_trouble_of_the_engine_is_told_in_its_own_words(
    house: House, act: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, (part, _, name) = await arranged(house, act), method.partition(".")
    monkeypatch.setattr(getattr(house.engine, part), name, failing(StoreError("The disk is full.")))
    assert "The disk is full." in told_by(await run(house))


@pytest.mark.parametrize(("act", "method"), DOES.items())
async def test_what_nobody_foresaw_ends_in_a_sentence_and_an_event(
    house: House, act: str, method: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run, (part, _, name) = await arranged(house, act), method.partition(".")
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(getattr(house.engine, part), name, failing(ZeroDivisionError("somewhere deep")))
    assert UNEXPECTED in told_by(await run(house))
    check_log(caplog, "discord.interaction_failed")
    assert "ZeroDivisionError" in caplog.text


async def test_with_a_database_that_fails_the_bot_does_not_answer_its_own_messages(house: House) -> None:
    await house.alice.send_dm("Hello")
    await house.rooms.aclose()
    house.env.settle_timeout = 3.0  # what is proven wrong here would go on for ever
    before = len(house.said(house.alice.user.dm_channel))
    await house.alice.send_dm("Are you there?")
    assert len(house.said(house.alice.user.dm_channel)) == before + 1


ON_THE_WAY = pytest.mark.parametrize(
    "path", ["/channels/*/threads", "/channels/*/messages", "/channels/*/thread-members/*"]
)


@pytest.mark.parametrize(("status", "code"), [(403, 50013), (404, 10003)])
@ON_THE_WAY
async def test_whatever_discord_refuses_on_the_way_ends_in_a_sentence(
    house: House, path: str, status: int, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.env.inject_error("*", path, status=status, code=code, times=None)
    assert private_words(await private_chat(house)) == UNEXPECTED
    check_log(caplog, "discord.interaction_failed")


@pytest.mark.parametrize("status", [500, 503, 403, 404])
@ON_THE_WAY
async def test_what_discord_refuses_once_on_the_way_is_waited_out(house: House, path: str, status: int) -> None:
    house.env.inject_error("*", path, status=status)
    told = private_words(await private_chat(house))
    assert [thread.id for thread in house.threads() if str(thread.id) in told]
    assert len(house.asked()) == 1


async def test_a_person_who_cannot_be_told_is_an_event_and_the_conversation_goes_on(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.env.inject_error("*", "/webhooks/*", status=404, code=10015, times=None)
    await chat(house)
    [thread] = house.threads()
    assert len(house.said(thread)) == 2
    check_log(caplog, "discord.untold")


async def test_a_command_that_was_registered_otherwise_is_told(house: House, caplog: pytest.LogCaptureFixture) -> None:
    [registered] = [c for (name, _), c in house.env.backend.commands[None].items() if name == "chat"]
    registered["options"][0]["name"] = "question"
    result = await house.alice.slash(house.general, "chat", question=WORDS)
    assert private_words(result) == UNEXPECTED
    check_log(caplog, "discord.command_failed")


async def test_a_command_of_an_earlier_version_is_told(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.env.backend.register_commands(None, [{"name": "old", "description": "Gone", "type": 1}])
    assert private_words(await house.alice.slash(house.general, "old")) == UNEXPECTED
    check_log(caplog, "discord.command_failed")
