"""Which language is spoken where: as chosen, as Discord names it, or as in the last command of a direct message."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import discord
import pytest

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import ENGLISH, in_language, spoken_here
from grokbot.engine.admission import LANGUAGE
from grokbot.engine.moderation.guild_settings import ONLY_OF_SERVERS
from grokbot.languages import language_of
from grokbot.policy.actor import Actor

if TYPE_CHECKING:
    from tests.discord_bot.simcord.house import House


def pressed(channel_id: int, guild_id: int | None, locale: discord.Locale) -> Any:
    """What the bot looks at of an interaction."""
    return SimpleNamespace(channel_id=channel_id, guild_id=guild_id, locale=locale)


async def test_the_language_of_a_server_of_a_person_and_of_a_direct_message(house: House) -> None:
    bot, guild_id = house.bot, house.guild.id
    german, japanese = language_of("de"), language_of("ja")
    assert await bot.language_at(guild_id) is ENGLISH
    guild = bot.get_guild(guild_id)
    assert guild is not None
    guild.preferred_locale = discord.Locale.japanese
    assert await bot.language_at(guild_id) is japanese

    who = Actor(id=house.alice.id, name="alice", guild_id=guild_id, channel_id=house.general.id, moderator=True)
    settings = bot.engine.moderation.settings
    await settings.choose(who, LANGUAGE, "de")
    assert await bot.language_at(guild_id) is german
    with pytest.raises(UserError) as caught, in_language(german):
        await settings.choose(who, LANGUAGE, "ja", channel_id=house.general.id)
    assert str(caught.value) == ONLY_OF_SERVERS  # in whatever language it is read
    with in_language(german):
        assert str(caught.value) == german.gettext(ONLY_OF_SERVERS) != ONLY_OF_SERVERS
    with pytest.raises(UserError):
        await settings.choose(who, LANGUAGE, "tlh")

    assert bot.language_for(pressed(house.general.id, guild_id, discord.Locale.latin_american_spanish)) is language_of(
        "es"
    )
    assert await bot.language_at(None, 77) is ENGLISH
    assert bot.language_for(pressed(77, None, discord.Locale.german)) is german
    assert await bot.language_at(None, 77) is german
    assert await bot.language_at(None, 78) is ENGLISH
    assert spoken_here() is ENGLISH
