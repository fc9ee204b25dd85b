"""Model, persona, effort, temperature and length: chosen for a conversation, changed in its middle, for one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grokbot.sandbox.grok_server import Script
from grokbot.wire.xai import chat_pb2
from tests.discord_bot.simcord.commanding import BLUE, FULL, RED, SUNSET, asked, attached, conversation_id, only
from tests.discord_bot.simcord.house import House, private_words
from tests.discord_bot.simcord.moderating import acting, moderator

if TYPE_CHECKING:
    from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest


def chosen(request: GetCompletionsRequest) -> tuple[str, str]:
    return request.model, chat_pb2.ReasoningEffort.Name(request.reasoning_effort).removeprefix("EFFORT_").lower()


async def test_a_conversation_begins_with_what_was_chosen_and_goes_on_so_after_a_restart(house: House) -> None:
    wanted: dict[str, Any] = {"model": "grok-4.5", "effort": "xhigh", "temperature": 0.5, "length": 900}
    told = private_words(await house.alice.slash(house.general, "chat", prompt="Why?", **wanted))
    assert told.endswith("\n-# grok\\-4\\.5 does not take the effort xhigh: high is used.")
    thread = house.threads()[-1]
    await house.restart()
    await house.alice.send(thread, SUNSET)
    for request in house.asked():
        assert (*chosen(request), request.temperature, request.max_tokens) == ("grok-4.5", "high", 0.5, 900)
    shown = private_words(await house.alice.slash(thread, "set"))
    assert "Model: grok\\-4\\.5 · effort high\nTemperature: 0.5\nLength: at most 900 tokens" in shown


async def test_effort_and_model_change_in_the_middle_and_what_came_before_is_sent_as_it_was(house: House) -> None:
    thread = await asked(house)
    assert "effort high" in private_words(await house.alice.slash(thread, "set", effort="high"))
    await house.alice.send(thread, SUNSET)
    assert "grok\\-4\\.3" in private_words(await house.alice.slash(thread, "set", model="grok-4.3"))
    await house.restart()
    await house.alice.send(thread, "And at night?")
    assert "effort low" in private_words(await house.alice.slash(thread, "set", reset=True))
    await house.alice.send(thread, "And on Mars?")
    first, second, third, fourth = house.asked()
    assert list(map(chosen, (first, second, third, fourth))) == [
        ("grok-4.7", "low"),
        ("grok-4.7", "high"),
        ("grok-4.3", "high"),
        ("grok-4.7", "low"),
    ]
    assert list(second.messages)[: len(first.messages)] == list(first.messages)
    # Another model cannot open the reasoning: only what people saw is sent to it, and to the first one all of it again.
    assert [m.content for m in third.messages][: len(second.messages)] == [m.content for m in second.messages]
    assert list(fourth.messages)[: len(second.messages)] == list(second.messages)


async def test_another_effort_or_model_for_one_answer_is_for_that_one(house: House) -> None:
    thread = await asked(house, BLUE, RED)
    assert "not a model" in private_words(await house.alice.slash(thread, "resample", model=" "))
    told = private_words(await house.alice.slash(thread, "resample", model="grok-4.5", effort="xhigh"))
    assert told.endswith("high is used.")
    assert list(map(chosen, house.asked())) == [("grok-4.7", "low"), ("grok-4.7", "low"), ("grok-4.5", "high")]
    assert "grok\\-4\\.7 · effort low" in private_words(await house.alice.slash(thread, "set"))


async def test_only_who_decides_about_a_conversation_changes_it(house: House) -> None:
    thread = await asked(house)
    assert "Model:" not in private_words(await house.bob.slash(thread, "set", effort="xhigh"))
    assert "Model:" in private_words(await house.bob.slash(thread, "set"))
    mia = moderator(house)
    assert "effort xhigh" in private_words(await mia.slash(thread, "set", effort="xhigh"))
    assert "no conversation here" in private_words(await house.bob.slash(house.general, "set"))


async def test_what_people_chose_is_stronger_than_what_moderators_set_later(house: House) -> None:
    thread = await asked(house)
    await house.alice.slash(thread, "set", model="grok-4.3")
    await house.engine.moderation.settings.choose(acting(house, moderator(house)), "model", "grok-4.5")
    await house.alice.send(thread, SUNSET)
    await house.alice.slash(thread, "set", reset=True)
    await house.env.advance_time(FULL)
    assert "grok\\-4\\.5" in private_words(await house.alice.slash(thread, "info"))
    await house.alice.send(thread, SUNSET)
    assert [request.model for request in house.asked()] == ["grok-4.7", "grok-4.3", "grok-4.5"]


async def test_models_are_offered_with_context_and_price(house: House) -> None:
    assert await house.engine.prices.look()
    offered = await house.alice.autocomplete(house.general, "chat", "model", "4.7", prompt="Why?")
    assert offered == [{"name": "grok-4.7 · 500k · $2.00/$6.00", "value": "grok-4.7"}]
    thread = await asked(house)
    for command in ("set", "resample"):
        assert len(await house.alice.autocomplete(thread, command, "model", "")) > 5


async def test_an_answer_says_what_it_took_and_what_is_left(house: House) -> None:
    thread = await asked(house)
    await house.alice.slash(thread, "set", effort="high")
    house.grok.script(Script(text=BLUE))
    question = await house.alice.send(thread, SUNSET)
    mia = moderator(house)
    await mia.slash(thread, "mod limits set", what="tokens_a_day", amount="50k", whom="member")
    menu = only(await house.alice.context_menu(thread, "Answer menu", question))
    told = private_words(await house.alice.click(menu, label="Info"))
    assert "Model: grok\\-4\\.7 · effort high\n" in told
    assert "Tokens: " in told
    assert "Cost: $" in told
    assert "-# Left for you: " in told
    assert " of 50,000 tokens a day" in told
    first = house.written(thread)[0]
    menu = only(await house.alice.context_menu(thread, "Answer menu", first))
    assert "effort low" in private_words(await house.alice.click(menu, label="Info"))
    whole = private_words(await house.alice.slash(thread, "info"))
    assert "effort high" in whole
    assert "Left for you" in whole
    assert await conversation_id(house, thread)


async def test_an_export_takes_the_options_along_as_far_as_the_other_place_allows_them(house: House) -> None:
    mia = moderator(house)
    thread = await asked(house)
    await house.alice.slash(thread, "set", model="grok-4.3", persona="fun", effort="none", temperature=0.5, length=900)
    _, text = await attached(await house.alice.slash(thread, "export", format="json"))
    assert await house.engine.prices.look()
    quiet = house.guild.create_text_channel("quiet")
    await mia.slash(house.general, "mod settings", channel=quiet, personas="standard")
    for place in (house.general, quiet):
        await house.bob.slash(place, "import", file=("sky.json", text.encode()))
    shown = [private_words(await house.bob.slash(house.threads(place)[-1], "set")) for place in (house.general, quiet)]
    for words in shown:
        assert "Model: grok\\-4\\.3 · effort none\n" in words
        assert "Temperature: 0.5\nLength: at most 900 tokens" in words
    assert ["Persona: fun" in words for words in shown] == [True, False]


async def test_a_conversation_with_a_model_that_is_none_is_mended(house: House) -> None:
    await house.alice.slash(house.general, "chat", prompt="Why?", model="grok-none")
    thread = house.threads()[-1]
    assert "Choose another with `/set`" in house.said(thread)[-1]
    await house.alice.slash(thread, "set", model="grok-4.5")
    house.grok.script(Script(text=BLUE))
    await house.alice.slash(thread, "resample")
    assert house.said(thread)[-1] == BLUE
