"""/mod persona and the personas of a place: written in a form, chosen by people, allowed or not, edited and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.texts.moderator_text import NO_SUCH_PERSONA
from tests.discord_bot.simcord.commanding import SUNSET, only
from tests.discord_bot.simcord.house import House, private_words
from tests.discord_bot.simcord.moderating import audited, moderator, says, seen_by_all, words

if TYPE_CHECKING:
    from simcord.actors import MemberActor

ARR = "You are a pirate. Say arr."
CALM = "You are a calm pirate."


async def written(house: House, mia: MemberActor, action: str, text: str, about: str = "of the sea") -> str:
    form = await mia.slash(house.general, f"mod persona {action}", name="Pirate" if action == "add" else "pirate")
    return private_words(await mia.submit_modal(form, {"text": text, "about": about}))


def pirates(house: House) -> list[str]:
    """Which pirate each request speaks to."""
    prompts = [request.messages[0].content[0].text for request in house.asked()]
    return [next((text for text in (ARR, CALM) if text in prompt), "") for prompt in prompts]


async def test_a_persona_is_written_chosen_edited_and_removed(house: House) -> None:
    mia = moderator(house)
    assert "added" in await written(house, mia, "add", ARR)
    assert "already" in await written(house, mia, "add", CALM)
    offered = await house.alice.autocomplete(house.general, "chat", "persona", "pir", prompt="Why?")
    assert offered == [{"name": "pirate: of the sea", "value": "pirate"}]
    await house.alice.slash(house.general, "chat", prompt="Why?", persona="Pirate")
    thread = house.threads()[-1]
    form = await mia.slash(house.general, "mod persona edit", name="PIRATE")
    assert ARR in str(form.modal)
    assert "edited" in await written(house, mia, "edit", CALM)
    await house.restart()
    await house.alice.send(thread, SUNSET)
    panel = only(await mia.slash(house.general, "mod persona list"))
    form = await mia.click(panel, label="Add a persona")
    await mia.submit_modal(form, {"name": "Bard", "text": "Sing.", "about": "of the song"})
    assert "Persona **bard** added" in words(panel)
    form = await mia.click(panel, custom_id="grokbot:personas:edit:bard")
    await mia.submit_modal(form, {"text": "Sing.", "about": "of old songs"})
    assert "**bard**\nof old songs" in words(panel)
    assert "**pirate**\nof the sea" in words(panel)
    await mia.select(panel, ["bard"], custom_id="grokbot:personas:remove")
    await mia.click(panel, label="Remove")
    assert "bard** removed" in words(panel)
    await house.alice.slash(house.general, "chat", prompt="Why?", persona="pirate")
    assert "removed" in await says(mia, house.general, "persona remove", name="\uff30irate")
    assert await says(mia, house.general, "persona remove", name="pirate") == NO_SUCH_PERSONA
    await house.alice.send(thread, SUNSET)
    assert pirates(house) == [ARR, ARR, CALM, ARR]
    assert "Unknown persona" in private_words(
        await house.alice.slash(house.general, "chat", prompt="Why?", persona="pirate")
    )
    assert len(house.threads()) == 2  # no thread was opened for nothing
    assert [line[1] for line in await audited(house, mia)] == [
        "persona.remove",
        "persona.remove",
        "persona.edit",
        "persona.add",
        "persona.edit",
        "persona.add",
    ]


async def test_a_channel_allows_some_and_a_conversation_changes_to_one_of_them(house: House) -> None:
    mia = moderator(house)
    await written(house, mia, "add", ARR)
    quiet = house.guild.create_text_channel("quiet")
    typed = await mia.autocomplete(house.general, "mod settings", "personas", "fun, pi")
    assert typed == [{"name": "fun, pirate", "value": "fun, pirate"}]
    shown = await says(mia, house.general, "settings", channel=quiet, personas="pirate")
    assert "**Personas to choose from**\npirate\n" in shown
    names = [
        [each["value"] for each in await house.alice.autocomplete(place, "chat", "persona", "", prompt="?")]
        for place in (house.general, quiet)
    ]
    assert names == [["standard", "fun", "pirate"], ["standard", "pirate"]]
    refused = private_words(await house.alice.slash(quiet, "chat", prompt="Why?", persona="fun"))
    assert "do not allow" in refused
    await house.alice.slash(quiet, "chat", prompt="Why?")
    thread = house.threads(quiet)[-1]
    assert "do not allow" in private_words(await house.alice.slash(thread, "set", persona="fun"))
    assert "Persona: pirate" in private_words(await house.alice.slash(thread, "set", persona="pirate"))
    await house.alice.send(thread, SUNSET)
    assert pirates(house) == ["", ARR]
    assert "Persona: pirate" not in private_words(await house.alice.slash(thread, "set", persona="standard"))


async def test_only_moderators_see_the_forms_and_what_is_no_name_gets_none(house: House) -> None:
    seen_by_all(house)
    assert "moderators" in private_words(await house.bob.slash(house.general, "mod persona add", name="pirate"))
    assert await house.bob.autocomplete(house.general, "mod persona edit", "name", "") == []
    mia = moderator(house)
    for name in ("a b", "fun"):
        assert "persona" in await says(mia, house.general, "persona add", name=name)
    assert await says(mia, house.general, "persona edit", name="nobody") == NO_SUCH_PERSONA
