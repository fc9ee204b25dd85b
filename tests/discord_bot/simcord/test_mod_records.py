"""/mod filter, audit, usage, limits, settings and log: what is shown and chosen, and that it holds after a restart."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import discord
import pytest

from grokbot.discord_bot.commands.mod.filters import ONE_OF_BOTH
from grokbot.discord_bot.commands.mod.usage.usage_text import NOTHING_USED
from grokbot.discord_bot.notices.texts.audit_text import NOTHING_NOTED
from grokbot.discord_bot.notices.texts.moderator_text import (
    CANNOT_LOG,
    NAME_ONE_LIMITED,
    NO_LOG,
    NO_MATCH,
    NO_SUCH_FILTER,
    NO_SUCH_LIMIT,
)
from grokbot.engine.admission import Opening
from grokbot.policy.filters.filters import NOT_LET_THROUGH
from grokbot.sandbox.grok_server import Script
from tests.discord_bot.simcord.commanding import BLUE, asked, labels, only
from tests.discord_bot.simcord.house import House, private_words
from tests.discord_bot.simcord.moderating import acting, audited, moderator, says, words

if TYPE_CHECKING:
    from simcord.results import ResponseMessage


async def file_of(message: ResponseMessage, name: str) -> bytes:
    [attached] = [each for each in message.attachments if each.filename == name]
    return await attached.read()


async def test_a_filter_is_tried_added_listed_and_removed_and_holds_after_a_restart(house: House) -> None:
    thread, mia = await asked(house), moderator(house)
    assert "There are none yet" in await says(mia, thread, "filter list")
    assert await says(mia, thread, "filter try", pattern="bana+na", sample="an apple") == NO_MATCH
    tried = await says(mia, thread, "filter try", pattern="bana+na", sample="a BANAAANA, *please*")
    assert "**BANAAANA**" in tried
    assert "\\*please\\*" in tried
    assert "bracket" in await says(mia, thread, "filter add", pattern="(", where="both", action="refuse")
    added = await says(mia, thread, "filter add", pattern="bana+na", where="both", action="refuse", sample="banana")
    assert added == "🔎 Filter #1 is active.\nThe pattern matches 1 place:\n> **banana**"
    await house.restart()
    before = len(house.asked())
    await house.bob.send(thread, "Tell me of bananas")
    assert len(house.asked()) == before
    assert NOT_LET_THROUGH in house.said(thread)[-1]
    listed = await says(mia, thread, "filter list")
    assert "**Filter #1** · Both: a question is not answered, an answer ends" in listed
    assert "1 match since my last start" in listed
    [choice] = await mia.autocomplete(thread, "mod filter remove", "name", "ban")
    assert choice["name"] == "#1 · bana+na · both"
    assert await says(mia, thread, "filter remove", name="#2") == NO_SUCH_FILTER
    assert "Filter #1 is removed" in await says(mia, thread, "filter remove", name=choice["value"])
    assert await says(mia, thread, "filter remove", name="1") == NO_SUCH_FILTER
    await house.bob.send(thread, "Tell me of bananas")
    assert len(house.asked()) == before + 1
    assert [line[1] for line in await audited(house, mia)] == ["filter.remove", "filter.add"]


async def test_filters_are_added_in_a_form_from_a_pattern_or_a_list_and_removed_after_a_question(house: House) -> None:
    mia = moderator(house)
    panel = only(await mia.slash(house.general, "mod filter list"))
    form = await mia.click(panel, label="Add a filter")
    await house.restart()
    given = {"what": ["answers:spoiler"], "name": "Fruit", "pattern": "bana+na", "sample": "a banana"}
    await mia.submit_modal(form, given)
    assert "🔎 Filter #1 “Fruit” is active.\nThe pattern matches 1 place:\n> a **banana**" in words(panel)
    form = await mia.click(panel, label="Add a filter")
    both = await mia.submit_modal(form, {**given, "words": ("fruit.txt", b"fig")})
    assert private_words(both) == ONE_OF_BOTH
    form = await mia.click(panel, label="Add a filter")
    assert "Another filter" in private_words(await mia.submit_modal(form, given))
    form = await mia.click(panel, label="Add a filter")
    words_file = ("w.txt", "fig\r\nÄpfel\n".encode())
    await mia.submit_modal(form, {"what": ["prompts:tell"], "name": "List", "words": words_file})
    assert "🔎 Filter #2 “List” is active." in words(panel)
    assert "||`\\bfig\\b|Äpfel\\b`||" in words(panel)
    [_, second] = await house.engine.moderation.filters.held(acting(house, mia))
    await mia.click(panel, custom_id=f"grokbot:filter:remove:{second.id}")
    await mia.click(panel, label="Keep it")
    await mia.click(panel, custom_id=f"grokbot:filter:remove:{second.id}")
    await mia.click(panel, label="Remove")
    assert "🔎 Filter #2 “List” is removed." in words(panel)
    audit = await says(mia, house.general, "audit")
    assert f"<@{mia.id}> removed Filter #2 “List”" in audit


async def test_the_audit_log_is_filtered_paged_and_exported_and_its_buttons_outlive_a_restart(house: House) -> None:
    mia, max_ = moderator(house), moderator(house, "max")
    assert await says(mia, house.general, "audit") == NOTHING_NOTED
    for number in range(12):
        await house.engine.moderation.controls.lock(acting(house, max_), await _fresh(house), f"=reason {number}")
    await says(mia, house.general, "block", user=house.bob.user, reason="rude")
    first = only(await mia.slash(house.general, "mod audit"))
    assert "13 entries · page 1 of 2" in first.content
    assert f"🚫 <@{mia.id}> blocked <@{house.bob.id}> permanently · Reason: rude" in first.content
    assert labels(first) == ["Older ▶"]
    await house.restart()
    await mia.click(first, label="Older ▶")
    by_max = await says(mia, house.general, "audit", by=max_.user)
    assert "12 entries" in by_max
    about_bob = await says(mia, house.general, "audit", user=house.bob.user, action="block", since="1h")
    assert "1 entry" in about_bob
    assert await says(mia, house.general, "audit", action="purge") == NOTHING_NOTED
    table = await file_of(only(await mia.slash(house.general, "mod audit", csv=True)), "audit.csv")
    rows = list(csv.DictReader(table.decode("utf-8-sig").splitlines()))
    assert len(rows) == 13
    assert rows[-1]["who"] == str(mia.id)
    assert rows[0]["reason"].startswith("'=")  # no spreadsheet takes it for a formula


async def _fresh(house: House) -> str:
    """A conversation of its own, held nowhere."""
    opened = await house.engine.turns.open(Opening(guild_id=house.guild.id, channel_id=None, owner_id=house.alice.id))
    return opened.id


@pytest.mark.parametrize("by", ["day", "person", "channel", "model"])
async def test_usage_is_told_in_numbers_as_a_picture_and_as_a_table(house: House, by: str) -> None:
    mia = moderator(house)
    assert await says(mia, house.general, "usage", by=by) == NOTHING_USED
    await asked(house)
    message = only(await mia.slash(house.general, "mod usage", by=by, csv=True))
    assert "1 answer · " in message.content
    assert "Nothing was used in the 30 days before." in message.content
    assert "$" in message.content
    picture = await file_of(message, "usage.png")
    assert picture.startswith(b"\x89PNG")
    [row] = csv.DictReader((await file_of(message, "usage.csv")).decode("utf-8-sig").splitlines())
    assert row["answers"] == "1"
    assert float(row["cost in US dollars"]) > 0
    if by == "person":
        assert row["name"] == "Alice"


async def test_a_limit_is_set_shown_reached_told_once_and_removed(house: House) -> None:
    thread, mia = await asked(house), moderator(house)
    assert await says(mia, thread, "limits remove", what="turns_a_minute", whom="member") == NO_SUCH_LIMIT
    told = await says(mia, thread, "limits set", what="tokens_a_day", amount="400", user=house.bob.user)
    assert f"<@{house.bob.id}>: 400 tokens a day" in told
    await house.bob.send(thread, "And now?")
    await house.restart()
    before, said = len(house.asked()), len(house.said(thread))
    await house.bob.send(thread, "And now?")
    assert len(house.asked()) == before
    await house.bob.send(thread, "And now?")
    [once] = house.said(thread)[said:]
    assert "You have used" in once
    assert "Try again <t:" in once
    assert "You have used" in private_words(await house.bob.slash(house.general, "chat", prompt="Why?"))
    panel = only(await mia.slash(thread, "mod limits show"))
    form = await mia.click(panel, label="Set a limit")
    given = {"what": "cost_a_month", "amount": "$2.50", "whom": "server"}
    refused = await mia.submit_modal(form, {**given, "role": [house.guild.create_role("a")], "user": [house.bob.user]})
    assert private_words(refused) == NAME_ONE_LIMITED
    await mia.submit_modal(await mia.click(panel, label="Set a limit"), given)
    assert "📏 This server: $2.50 a month, from the next turn on." in words(panel)
    assert "**This server**\n$2.50 a month\n" in words(panel)
    assert "of $2.50 a month" in words(panel)
    await mia.click(panel, custom_id=f"grokbot:limit:remove:user:{house.bob.id}:tokens_a_day")
    assert "Limit removed" in words(panel)
    await house.bob.send(thread, "And now?")
    assert len(house.asked()) == before + 1
    for wrong in ("many", "-1", "1.5"):
        assert "an amount such as" in await says(
            mia, thread, "limits set", what="turns_a_minute", amount=wrong, whom="member"
        )


async def test_settings_are_chosen_in_a_panel_for_the_server_and_for_a_channel(house: House) -> None:
    mia = moderator(house)
    panel = only(await mia.slash(house.general, "mod settings"))
    form = await mia.click(panel, custom_id="grokbot:settings:0:persona")
    await house.restart()  # neither the panel nor the open form is lost by that
    await mia.submit_modal(form, {"value": ["=fun"]})
    assert "**Persona**\nfun\n" in words(panel)
    await mia.click(panel, label="Conversations")
    form = await mia.click(panel, custom_id="grokbot:settings:0:archive_minutes")
    await mia.submit_modal(form, {"value": "0"})
    assert "**Archive threads after**\n1 hour\n" in words(panel)
    await mia.submit_modal(await mia.click(panel, custom_id="grokbot:settings:0:mode"), {"value": "1"})
    await mia.click(panel, custom_id="grokbot:settings:0:private")
    assert "**Private threads**\nOn\nTurn off" in words(panel)
    await mia.click(panel, custom_id="grokbot:settings:0:private")
    assert "**Private threads**\nOff *(default)*\nTurn on" in words(panel)
    result = await mia.slash(
        house.general, "mod settings", channel=house.general, model="grok-of-ours", sites="-Example.org", since="any"
    )
    own = only(result)
    assert "**Web searches**\neverywhere but `example.org`\n" in words(own)
    assert "**X searches**\neverywhere *(default)*\n" in words(own)
    refused = await mia.slash(house.general, "mod settings", sites="https://example.org/")
    assert "by domain" in only(refused).content
    form = await mia.click(own, custom_id=f"grokbot:settings:{house.general.id}:search_handles")
    refused = await mia.submit_modal(form, {"value": "only", "names": "no such handle!"})
    assert "handles of X" in private_words(refused)
    await mia.click(own, label="Answers")
    assert "**Model**\ngrok\\-of\\-ours\n" in words(own)
    assert "**Persona**\nfun *(as the server has it)*" in words(own)
    conversation = await house.engine.places.conversation_in((await asked(house)).id)
    assert conversation is not None
    assert (conversation.model, conversation.persona, conversation.mode.value) == ("grok-of-ours", "fun", "stateful")
    assert conversation.options.search_limits.excluded_sites == ("example.org",)
    assert house.env.backend.get_channel(house.threads()[-1].id).thread_metadata.auto_archive_duration == 60  # type: ignore[union-attr] # a thread has it
    server = only(await mia.slash(house.general, "mod settings"))
    await mia.click(server, label="Reset all")
    await mia.click(server, label="Yes, reset all")
    assert "**Persona**\nnone *(default)*" in words(server)
    assert await house.engine.moderation.settings.chosen(house.guild.id) == {}
    assert [line[1] for line in await audited(house, mia)].count(
        "setting"
    ) == 8 + 3  # what was chosen, and what of it was set back


async def test_private_threads_where_they_are_wanted_and_only_the_asker_is_let_in(house: House) -> None:
    mia = moderator(house)
    await house.engine.moderation.settings.choose(acting(house, mia), "private", True, channel_id=house.general.id)
    house.grok.script(Script(text=BLUE))
    await house.alice.send(house.general, f"{house.mention} Why is the sky blue?")
    [thread] = house.threads()
    assert house.said(thread) == [BLUE]
    assert house.env.backend.get_channel(thread.id).type == 12  # Discord's number of a private thread
    house.grok.script(Script(text="Then it is red."))
    await house.alice.send(thread, "And at sunset?")
    assert house.said(thread)[-1] == "Then it is red."
    assert "Continue in" in private_words(await house.alice.slash(house.general, "chat", prompt="Why?", private=False))
    assert house.env.backend.get_channel(house.threads()[-1].id).type == 11


async def test_the_log_channel_is_chosen_shown_and_switched_off(house: House) -> None:
    mia = moderator(house)
    records = house.guild.create_text_channel("records")
    silence = discord.PermissionOverwrite(send_messages=False)
    silent = house.guild.create_text_channel("silent", overwrites={house.guild.default_role: silence})
    assert "No log channel" in await says(mia, house.general, "log")
    assert await says(mia, house.general, "log", channel=silent) == CANNOT_LOG
    assert f"<#{records.id}>" in await says(mia, house.general, "log", channel=records)
    assert [text.count("\n") for text in house.said(records)] == [0]
    assert f"<@{mia.id}>" in house.said(records)[0]
    await house.restart()
    assert f"<#{records.id}>" in await says(mia, house.general, "log")
    assert await says(mia, house.general, "log", off=True) == NO_LOG
    assert len(house.said(records)) == 1
