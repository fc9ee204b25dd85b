"""The commands are registered when they differ from what is registered, and only then."""

from __future__ import annotations

from gettext import NullTranslations
from typing import TYPE_CHECKING

import pytest
from discord import app_commands
from simcord.backend.errors import SetupError

from grokbot.conversation.text import ENGLISH
from grokbot.discord_bot.commands import COMMANDS, sync
from grokbot.discord_bot.commands.chat import chat
from grokbot.discord_bot.commands.metadata import single
from grokbot.discord_bot.commands.sync import signature
from tests.discord_bot.simcord.house import House, open_house, private_words

if TYPE_CHECKING:
    from pathlib import Path

EVERYBODYS = [command for command in COMMANDS if command.default_permissions is None]
NAMES = tuple(
    sorted(command.qualified_name for command in single(EVERYBODYS) if isinstance(command, app_commands.Command))
)


class Shouted(NullTranslations):
    """A language in capitals."""

    def gettext(self, message: str) -> str:
        return message.upper()


def registrations(house: House) -> int:
    return sum(call.method == "PUT" and call.path.endswith("/commands") for call in house.env.http_requests)


def registered_id(house: House, name: str) -> str:
    registered = house.env.backend.commands[None].values()
    return str(next(command["id"] for command in registered if command["name"] == name and command.get("type", 1) == 1))


async def test_the_first_start_registers_all_commands_for_servers_and_direct_messages(house: House) -> None:
    assert registrations(house) == 1
    assert tuple(sorted(house.alice.available_commands(house.general))) == NAMES
    assert tuple(sorted(house.alice.user.available_commands())) == NAMES
    registered = house.env.backend.commands[None].values()
    assert {command["name"] for command in registered} == {command.name for command in COMMANDS}
    places = {command["name"]: command["contexts"] for command in registered}
    assert places.pop("mod") == places.pop("setup") == [0]  # Discord's documentation: servers only
    assert all(contexts == [0, 1] for contexts in places.values())  # the same: servers, and the bot's own DM
    assert all(command["integration_types"] == [0] for command in registered)  # only where a server added the bot


async def test_a_second_start_registers_nothing_when_nothing_has_changed(house: House) -> None:
    await house.bot.register_commands()
    assert house.bot.command_mention("privacy notice") == f"</privacy notice:{registered_id(house, 'privacy')}>"
    await house.restart()
    assert registrations(house) == 1
    assert house.bot.command_mention("help") == f"</help:{registered_id(house, 'help')}>"  # compared, not sent again
    assert house.bot.command_mention("hel") == "`/hel`"


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("description", "Another text"),
        ("allowed_contexts", app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)),
        ("allowed_installs", app_commands.AppInstallationType(guild=True, user=True)),
    ],
)
async def test_a_start_after_a_change_registers_again_and_once(
    house: House, monkeypatch: pytest.MonkeyPatch, what: str, value: object
) -> None:
    monkeypatch.setattr(chat, what, value)
    await house.restart()
    assert registrations(house) == 2
    await house.restart()
    assert registrations(house) == 2


async def test_a_changed_translation_registers_again_and_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "language_of", lambda locale: Shouted() if locale in {"es-ES", "es-419"} else ENGLISH)
    await house.restart()
    assert registrations(house) == 2
    await house.restart()
    assert registrations(house) == 2
    registered = house.env.backend.commands[None].values()
    said = next(command for command in registered if command["name"] == "chat")
    assert said["description_localizations"] == dict.fromkeys(("es-ES", "es-419"), said["description"].upper())
    assert not said["name_localizations"]  # what people type is one word for all
    assert not any(option.get("name_localizations") for option in said["options"])
    menu = next(command for command in registered if command["name"] == "Ask Grok")
    assert menu["name_localizations"]["es-ES"] == "ASK GROK"


async def test_a_command_that_is_registered_but_no_longer_ours_is_removed(house: House) -> None:
    house.env.backend.commands[None]["old", 1] = {
        **house.env.backend.commands[None]["new", 1], "name": "old", "id": "1"
    }  # fmt: skip
    await house.restart()
    assert tuple(sorted(house.alice.available_commands(house.general))) == NAMES


async def test_never_registers_nothing_so_that_people_cannot_call(tmp_path: Path) -> None:
    async with open_house(tmp_path, sync_commands="never") as house:
        assert registrations(house) == 0
        with pytest.raises(SetupError, match="never synced"):
            await house.alice.slash(house.general, "chat", prompt="Hello?")


async def test_always_registers_at_every_start(tmp_path: Path) -> None:
    async with open_house(tmp_path, sync_commands="always") as house:
        await house.restart()
        assert registrations(house) == 2
        assert "Continue in" in private_words(await house.alice.slash(house.general, "chat", prompt="Hello?"))


def test_absent_false_and_empty_are_the_same_but_zero_is_a_number() -> None:
    assert signature({"name": "x", "required": False, "description": "", "options": []}) == {"name": "x"}
    assert signature({"name": "x", "min_value": 0}) != signature({"name": "x"})


def test_the_order_of_options_and_choices_counts_but_not_that_of_places() -> None:
    one, two = {"name": "a", "type": 3}, {"name": "b", "type": 3}
    assert signature({"name": "x", "options": [one, two]}) != signature({"name": "x", "options": [two, one]})
    choices = [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    assert signature({"name": "x", "choices": choices}) != signature({"name": "x", "choices": choices[::-1]})
    assert signature({"name": "x", "contexts": [0, 1]}) == signature({"name": "x", "contexts": [1, 0]})
    assert signature({"name": "x", "contexts": [0, 1]}) != signature({"name": "x", "contexts": [0]})


def test_other_languages_count_and_none_are_null_or_empty() -> None:
    assert signature({"name": "x", "description_localizations": None}) == signature({"name": "x"})
    assert signature({"name": "x", "description_localizations": {"de": "y"}}) != signature({"name": "x"})
    choice: dict[str, object] = {"name": "a", "value": "1"}
    assert signature({"choices": [choice | {"name_localizations": None}]}) == signature({"choices": [choice]})
    assert signature({"choices": [choice | {"name_localizations": {"ja": "y"}}]}) != signature({"choices": [choice]})
