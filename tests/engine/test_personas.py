"""Personas of the operator's folder and of a server; a conversation keeps the words that it began with."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.conversation.errors import ConfigurationError, NotAllowedError, UserError
from grokbot.conversation.response import TurnOptions
from grokbot.engine.admission import ALLOWED
from grokbot.engine.admission import personas as of_places
from grokbot.engine.admission.personas import PersonaFolder

from .house import CALLING_ALICE, CHANNEL, GUILD, PARENT, opening
from .moderators import MEMBER, MODERATOR, OF_OTHER_GUILD, person, say

if TYPE_CHECKING:
    from pathlib import Path

    from .house import House


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator's folder that is looked at each time."""
    monkeypatch.setattr(of_places, "LOOK_SECONDS", 0.0)
    path = tmp_path / "personas"
    path.mkdir()
    return path


def systems(house: House) -> list[str]:
    """The system prompt of each answer, as far as it is a persona's."""
    calls = [call for call in house.grok.requests if call.method == "GetCompletionChunk"]
    return [call.system_prompt.partition("\n\n")[2].partition("\n\n")[0] for call in calls]


async def spoken(house: House, text: str, channel: int = CHANNEL) -> None:
    running = await say(house, text, person(channel=channel))
    assert running is not None
    await running.end()
    await house.quiet()


async def pirate(house: House, text: str, *, new: bool = False) -> None:
    await house.engine.moderation.personas.set(MODERATOR, "Pirate", text, new=new)


async def choose(house: House, name: str, value: Any, channel_id: int | None = None) -> None:
    await house.engine.moderation.settings.choose(MODERATOR, name, value, channel_id=channel_id)


async def test_files_are_read_at_the_start_and_when_one_has_changed(folder: Path) -> None:
    (folder / "Pirate.md").write_text("# Of the sea\nArr.")
    (folder / "a b.md").write_text("No name.")
    (folder / "latin.md").write_bytes(b"\xe9\xe9")
    (folder / "notes.txt").write_text("No persona.")
    personas = PersonaFolder(folder)
    await personas.check()
    [held] = (await personas.held()).values()
    assert (held.name, held.description, held.text) == ("pirate", "Of the sea", "# Of the sea\nArr.")
    assert set(of_places.personas_in(folder)[1]) == {"a b.md", "latin.md"}
    (folder / "Pirate.md").write_text("Arr, me hearties.")
    (folder / "poet.md").write_text("Rhyme.")
    assert {name: each.text for name, each in (await personas.held()).items()} == {
        "pirate": "Arr, me hearties.",
        "poet": "Rhyme.",
    }
    (folder / "poet.md").unlink()
    assert set(await personas.held()) == {"pirate"}
    shutil.rmtree(folder)
    assert set(await personas.held()) == {"pirate"}
    with pytest.raises(ConfigurationError):
        await personas.check()


async def test_a_conversation_keeps_the_words_that_it_began_with(house: House) -> None:
    await pirate(house, "Arr.", new=True)
    await choose(house, "persona", "pirate")
    await spoken(house, "One")
    await pirate(house, "Arr, me hearties.")
    await spoken(house, "Two")
    await spoken(house, "One", CHANNEL + 1)
    assert await house.engine.moderation.personas.remove(MODERATOR, "pirate")
    await spoken(house, "Three")
    await spoken(house, "One", CHANNEL + 2)
    assert systems(house)[:4] == ["Arr.", "Arr.", "Arr, me hearties.", "Arr."]
    assert not systems(house)[4].startswith("Arr")
    first, *others = [call.request.messages for call in house.grok.requests if call.method == "GetCompletionChunk"]  # type: ignore[attr-defined] # its only request
    assert list(others[0])[: len(first)] == list(first)


async def test_a_program_may_choose_the_operators_and_not_a_servers(house: House, folder: Path) -> None:
    (folder / "poet.md").write_text("Rhyme.")
    house.engine.personas.folder = PersonaFolder(folder)
    await pirate(house, "Arr.", new=True)
    conversation = await house.engine.program_conversations.begin(CALLING_ALICE)
    with pytest.raises(UserError, match="poet"):
        await house.engine.program_turns.say(conversation.id, CALLING_ALICE, "Hi", None, TurnOptions(persona="pirate"))
    options = TurnOptions(persona="poet")
    await (await house.engine.program_turns.say(conversation.id, CALLING_ALICE, "Hi", None, options)).end()
    await house.quiet()
    assert systems(house) == ["Rhyme."]


async def test_a_place_allows_what_its_moderators_say_and_always_its_default(house: House) -> None:
    personas = house.engine.personas
    await pirate(house, "Arr.", new=True)
    assert list(await personas.allowed(GUILD)) == ["standard", "fun", "pirate"]
    await choose(house, ALLOWED, ["pirate"], PARENT)
    assert list(await personas.allowed(GUILD, [CHANNEL, PARENT])) == ["standard", "pirate"]
    await choose(house, "persona", "fun", PARENT)
    assert list(await personas.allowed(GUILD, [CHANNEL, PARENT])) == ["fun", "pirate"]
    assert (await personas.found("", GUILD)).options == TurnOptions(persona="")
    for name, sentence in (("standard", "do not allow"), ("nobody", "Unknown")):
        with pytest.raises(UserError, match=sentence):
            await personas.found(name, GUILD, [CHANNEL, PARENT])
    assert "pirate" not in await personas.allowed(GUILD + 1)
    for wrong in (["nobody"], [], "fun", [["fun"]]):
        with pytest.raises(UserError):
            await choose(house, ALLOWED, wrong)


async def test_only_moderators_write_personas_and_each_act_is_noted_without_its_words(house: House) -> None:
    personas = house.engine.moderation.personas
    with pytest.raises(NotAllowedError):
        await personas.set(MEMBER, "pirate", "Arr.", new=True)
    await pirate(house, "Arr.", new=True)
    with pytest.raises(UserError, match="already"):
        await pirate(house, "Arr.", new=True)
    with pytest.raises(UserError, match="no persona"):
        await personas.set(OF_OTHER_GUILD, "pirate", "Arr.", new=False)
    assert not await personas.remove(OF_OTHER_GUILD, "pirate")
    for number in range(24):
        await personas.set(MODERATOR, f"p{number}", "Hi.", new=True)
    with pytest.raises(UserError, match="at most 25"):
        await personas.set(MODERATOR, "p25", "Hi.", new=True)
    assert len(await personas.held(MODERATOR)) == 25
    assert await personas.remove(MODERATOR, "PIRATE")
    page = await house.engine.moderation.records.audit(MODERATOR, limit=50)
    told = [(entry.action, entry.target, dict(entry.details)) for entry in page.entries]
    assert told[0] == ("persona.remove", "persona:pirate", {})
    assert told[-1] == ("persona.add", "persona:pirate", {"characters": 4})


async def test_a_persona_that_is_gone_when_a_kept_command_begins_is_left_out(house: House) -> None:
    begun = await house.engine.turns.open(replace(opening(), persona="forgotten"))
    assert (begun.persona, begun.options.persona_text) == (None, None)
