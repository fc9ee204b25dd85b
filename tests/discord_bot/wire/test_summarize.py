"""/summarize tells one person what was said in a channel: within their rights and limits, of who may be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from grokbot.discord_bot.notices.texts.command_text import NOT_READABLE, NOT_YOURS_TO_READ
from grokbot.discord_bot.notices.texts.privacy_text import OPTED_OUT
from grokbot.engine.library.summaries import NO_SUMMARIES_HERE, NOTHING_SAID, ONLY_IN_SERVERS
from grokbot.sandbox.discord_server.acts import messages
from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.grok_server import Script
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest

from .test_commands import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.sandbox.discord_server import Channel, Person

    from .play import Play

HEAD = "-# Summary of "


def asked(play: Play) -> list[GetCompletionsRequest]:
    calls = [call.request for call in play.grok.requests if call.method == "GetCompletion"]
    return [request for request in calls if isinstance(request, GetCompletionsRequest)]


def record(play: Play) -> list[str]:
    """What was said, as Grok is told of it."""
    return [json.loads(line)["text"] for line in asked(play)[-1].messages[-1].content[0].text.splitlines()]


async def summary(play: Play, person: Person, channel: Channel, **options: object) -> Sequence[str]:
    result = await person.slash(channel, "summarize", **options)
    await play.until(lambda: any(each.content for each in result.messages))
    assert all(each.ephemeral for each in result.messages)
    return [each.content for each in result.messages]


async def test_one_person_hears_what_others_who_may_be_read_have_said(play: Play) -> None:
    carol = play.discord.create_user("carol")
    result = await carol.slash(play.general, "privacy optout")
    await play.until(lambda: [message.content for message in result.messages] == [OPTED_OUT])
    for number in range(5):
        await play.bob.say(play.general, f"owl {number}")
    await carol.say(play.general, "carol's own")
    messages.by_webhook(play.discord.world, play.general, "News", MessageDraft({"content": "a webhook's"}))
    play.grok.script(Script(text="**Owls**, mostly. @everyone", reasoning=""))
    [told] = await summary(play, play.alice, play.general, messages=5)
    assert told.startswith(f"{HEAD}3 messages by 1 person since <t:")
    assert told.endswith("\n**Owls**, mostly. @everyone")
    assert record(play) == ["owl 2", "owl 3", "owl 4"]
    assert play.kept() == []
    play.grok.script(Script(text="Owls.", reasoning=""))
    await summary(play, play.alice, play.general, since="1h")
    assert record(play) == [f"owl {number}" for number in range(5)]
    play.grok.script(Script(text="Owls hoot. " * 1_000, reasoning=""))
    result = await play.alice.slash(play.general, "summarize")
    await play.until(lambda: any(each.attachments for each in result.messages))


async def test_a_long_channel_takes_a_request_for_each_hundred_messages(play: Play) -> None:
    await play.bob.say(play.general, "owl")
    for number in range(129):
        messages.send(play.discord.world, play.bob, play.general, MessageDraft({"content": f"owl {number}"}))
    play.grok.script(Script(text="Owls.", reasoning=""))
    await summary(play, play.alice, play.general, messages=500)
    assert len(record(play)) == 130
    read = [c for c in play.discord.requests if c.path == f"/channels/{play.general.id}/messages" and c.method == "GET"]
    assert len(read) == 2


@pytest.mark.parametrize("whose", ["alice", "bot"])
async def test_who_may_not_read_a_channel_gets_no_summary_of_it(play: Play, whose: str) -> None:
    await play.bob.say(play.general, "owl one")
    person = play.alice if whose == "alice" else play.discord.bot_user
    play.general.set_overwrite(person, deny=Permission.READ_MESSAGE_HISTORY)
    told = await summary(play, play.alice, play.general)
    assert told == [NOT_YOURS_TO_READ if whose == "alice" else NOT_READABLE]
    assert asked(play) == []


async def test_it_is_refused_where_moderators_or_limits_say_so_and_in_direct_messages(
    play: Play,
) -> None:
    mia = play.discord.create_user("mia")
    role = play.guild.create_role("moderators", permissions=Permission.MANAGE_MESSAGES | Permission.MANAGE_GUILD)
    play.guild.add_member(mia, roles=(role,))
    limit = await mia.slash(play.general, "mod limits set", what="turns_a_minute", amount="1", whom="member")
    await play.until(lambda: any(each.content for each in limit.messages))
    assert await summary(play, play.alice, play.general) == [NOTHING_SAID]
    await play.bob.say(play.general, "owl one")
    play.grok.script(Script(text="Owls.", reasoning=""))
    await summary(play, play.alice, play.general)
    refused = await summary(play, play.alice, play.general)
    assert "once a minute" in refused[0]
    result = await mia.slash(play.general, "mod settings", summaries=False)
    await play.until(lambda: any("**/summarize**\nOff\n" in shown(each) for each in result.messages))
    assert await summary(play, play.bob, play.general) == [NO_SUMMARIES_HERE]
    assert len(asked(play)) == 1
    assert await summary(play, play.alice, play.alice.direct_messages()) == [ONLY_IN_SERVERS]
