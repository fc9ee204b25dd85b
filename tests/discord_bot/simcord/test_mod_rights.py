"""Who may use /mod is looked at again in every command and every press, whatever Discord shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest
from simcord.backend.errors import SetupError

from grokbot.discord_bot.notices.texts.moderator_text import (
    MODERATES_ONLY_HERE,
    NOT_A_MODERATOR,
    NOTHING_RUNS,
    OWNER_SETS,
)
from grokbot.engine.library.library import NOTHING_HERE
from tests.discord_bot.simcord.commanding import asked, only
from tests.discord_bot.simcord.house import House, private_words
from tests.discord_bot.simcord.moderating import acting, moderator, says, seen_by_all, strip_roles, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COMMANDS: Mapping[str, Callable[[House], dict[str, Any]]] = {
    "block": lambda house: {"user": house.bob.user},
    "unblock": lambda house: {"user": house.bob.user},
    "blocks": lambda _: {},
    "channels": lambda _: {},
    "pause": lambda _: {},
    "unpause": lambda _: {},
    "lock": lambda _: {},
    "unlock": lambda _: {},
    "stop": lambda _: {},
    "purge": lambda _: {},
    "filter add": lambda _: {"pattern": "secret", "where": "both", "action": "tell"},
    "filter list": lambda _: {},
    "filter remove": lambda _: {"name": "x"},
    "filter try": lambda _: {"pattern": "secret", "sample": "a secret"},
    "log": lambda house: {"channel": house.general},
    "audit": lambda _: {},
    "settings": lambda _: {},
    "usage": lambda _: {},
    "limits set": lambda _: {"what": "turns_a_minute", "amount": "5", "whom": "member"},
    "limits show": lambda _: {},
    "limits remove": lambda _: {"what": "turns_a_minute", "whom": "member"},
    "persona add": lambda _: {"name": "pirate"},
    "persona edit": lambda _: {"name": "pirate"},
    "persona remove": lambda _: {"name": "pirate"},
    "persona list": lambda _: {},
}


async def test_every_command_is_refused_to_who_is_no_moderator_even_where_discord_shows_it(house: House) -> None:
    thread = await asked(house)
    seen_by_all(house)
    offered = {name.removeprefix("mod ") for name in house.alice.available_commands(thread) if name.startswith("mod ")}
    assert offered == set(COMMANDS)
    for name, options in COMMANDS.items():
        result = await house.alice.slash(thread, f"mod {name}", **options(house))
        assert private_words(result) == NOT_A_MODERATOR, name
    mia = moderator(house)
    assert (await house.engine.moderation.records.audit(acting(house, mia))).total == 0
    assert not await house.engine.moderation.blocks.held(acting(house, mia))


async def test_discord_shows_the_commands_to_who_may_manage_messages_alone(house: House) -> None:
    with pytest.raises(SetupError, match="default-member-permissions"):
        await house.alice.slash(house.general, "mod blocks")
    assert "Nothing is blocked" in await says(moderator(house), house.general, "blocks")


async def test_roles_that_were_named_moderate_too_and_only_who_manages_the_server_names_them(house: House) -> None:
    seen_by_all(house)
    mia, owner = moderator(house), moderator(house, "olivia", manage_guild=True, manage_messages=True)
    helpers = house.guild.create_role("helpers")
    carol = house.guild.add_member(house.env.create_user("carol"), roles=[helpers])
    assert await says(carol, house.general, "blocks") == NOT_A_MODERATOR
    panel = only(await mia.slash(house.general, "mod settings"))
    await mia.click(panel, label="Server")
    assert private_words(await mia.click(panel, custom_id="grokbot:settings:0:moderators")) == OWNER_SETS
    panel = only(await owner.slash(house.general, "mod settings"))
    await owner.click(panel, label="Server")
    form = await owner.click(panel, custom_id="grokbot:settings:0:moderators")
    await owner.submit_modal(form, {"value": [helpers]})
    assert f"<@&{helpers.id}>" in words(panel)
    assert "Nothing is blocked" in await says(carol, house.general, "blocks")
    await house.restart()
    seen_by_all(house)
    assert "Nothing is blocked" in await says(carol, house.general, "blocks")
    strip_roles(house, carol)
    assert await says(carol, house.general, "blocks") == NOT_A_MODERATOR


async def test_who_was_named_may_steer_others_answers_too(house: House) -> None:
    thread = await asked(house)
    helpers = house.guild.create_role("helpers")
    carol = house.guild.add_member(house.env.create_user("carol"), roles=[helpers])
    assert "Only the person who asked" in private_words(await carol.slash(thread, "title", text="Blue"))
    await house.engine.moderation.settings.choose(acting(house, house.bob), "moderators", [helpers.id])
    assert "Blue" in private_words(await carol.slash(thread, "title", text="Blue"))


async def test_rights_that_were_lost_meanwhile_are_looked_at_when_a_button_is_pressed(house: House) -> None:
    thread = await asked(house)
    mia = moderator(house)
    question = only(await mia.slash(thread, "mod purge"))
    panel = only(await mia.slash(thread, "mod settings"))
    form = await mia.click(panel, custom_id="grokbot:settings:0:persona")
    strip_roles(house, mia)
    assert private_words(await mia.click(question, label="Remove permanently")) == NOT_A_MODERATOR
    assert private_words(await mia.submit_modal(form, {"value": ["=fun"]})) == NOT_A_MODERATOR
    for pressed in ("images", "persona", "tab:searches"):
        refused = await mia.click(panel, custom_id=f"grokbot:settings:0:{pressed}")
        assert private_words(refused) == NOT_A_MODERATOR, pressed
    assert await house.engine.places.conversation_in(thread.id) is not None
    assert not await house.engine.moderation.settings.chosen(house.guild.id)


async def test_who_manages_messages_in_one_channel_moderates_there_and_not_the_server(house: House) -> None:
    seen_by_all(house)
    admin = moderator(house, "ada", administrator=True)
    assert "Nothing is blocked" in await says(admin, house.general, "blocks")
    own = house.guild.create_text_channel(
        "own", overwrites={house.bob: discord.PermissionOverwrite(manage_messages=True)}
    )
    everywhere: list[tuple[str, dict[str, Any]]] = [
        *(
            (name, options(house))
            for name, options in COMMANDS.items()
            if name not in ("lock", "unlock", "stop", "purge")
        ),
        ("stop", {"everywhere": True}),
        ("purge", {"user": house.bob.user}),
    ]
    for name, options in everywhere:
        assert await says(house.bob, own, name, **options) == MODERATES_ONLY_HERE, name
    for name in ("lock", "unlock", "purge"):
        assert await says(house.bob, own, name) == NOTHING_HERE  # he may, and there is no conversation
    assert await says(house.bob, own, "stop") == NOTHING_RUNS
    assert await says(house.bob, house.general, "lock") == NOT_A_MODERATOR
