"""A mention brings what was said before it: as background, of people who may be read, and only as long as it exists."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.texts.privacy_text import OPTED_OUT
from grokbot.sandbox.discord_server.acts import messages
from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.discord_server.rules.permission_bits import Permission

from .play import WHOLE
from .test_commands import shown

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server import Channel, Message

    from .play import Play


def background(play: Play, number: int = -1) -> list[list[tuple[str, str]]]:
    """Of each message of a request that has one: who said what before it."""
    found = []
    for message in play.asked[number].messages:
        for part in message.content[:-1]:
            lines = [json.loads(line) for line in part.text.splitlines() if line.startswith("{")]
            found.append([(said["name"], said["text"]) for said in lines])
    return found


async def talked(play: Play, *said: str) -> tuple[Channel, list[Message]]:
    """Somebody else's thread in which Bob says this."""
    thread = await play.bob.start_thread(await play.bob.say(play.general, "Owls are strange."), "About owls")
    return thread, [await play.bob.say(thread, each) for each in said]


async def asks(play: Play, channel: Channel, text: str) -> Message:
    before = len(play.asked)
    message = await play.alice.say(channel, f"<@BOT> {text}")
    await play.until(lambda: len(play.asked) > before)
    await play.whole(channel)
    return message


def read(play: Play, channel: Channel) -> int:
    return sum(c.method == "GET" and c.path == f"/channels/{channel.id}/messages" for c in play.discord.requests)


def in_file(play: Play, text: str) -> int:
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        [(number,)] = database.execute("SELECT count(*) FROM background WHERE text = ?", (text,))
        return int(number)


async def test_a_mention_in_a_thread_brings_the_last_messages_of_people_who_may_be_read(play: Play) -> None:
    carol = play.discord.create_user("carol")
    result = await carol.slash(play.general, "privacy optout")
    await play.until(lambda: [message.content for message in result.messages] == [OPTED_OUT])
    thread, _ = await talked(play, *(f"owl {number}" for number in range(12)))
    await carol.say(thread, "carol's own")
    messages.by_webhook(play.discord.world, thread, "News", MessageDraft({"content": "a webhook's"}))
    await asks(play, thread, "are they?")
    assert background(play) == [[("Bob", f"owl {number}") for number in range(2, 12)]]
    assert play.told() == [
        'Alice: [called in the thread "About owls", which Bob began:]\n> Owls are strange.\n\nare they?'
    ]
    assert read(play, thread) == 1
    last = await play.bob.say(thread, "they are")
    await asks(play, thread, "really?")
    assert background(play)[1:] == [[("Bob", "they are")]]
    first = play.asked[0].messages
    assert list(play.asked[1].messages[: len(first)]) == list(first)
    await play.bob.delete(last)
    await play.until(lambda: in_file(play, "they are") == 0)
    await asks(play, thread, "and now?")
    assert [("Bob", "they are")] not in background(play)


async def test_what_is_edited_or_whose_writer_opts_out_is_background_no_more(play: Play) -> None:
    thread, said = await talked(play, "my secret", "owl two")
    carol = play.discord.create_user("carol")
    await carol.say(thread, "owl three")
    await asks(play, thread, "well?")
    await play.bob.edit(said[0], "nothing")
    await play.until(lambda: in_file(play, "my secret") == 0)
    await asks(play, thread, "again?")
    assert background(play)[0] == [("Bob", "owl two"), ("carol", "owl three")]
    result = await play.bob.slash(play.general, "privacy optout")
    await play.until(lambda: [message.content for message in result.messages] == [OPTED_OUT])
    await asks(play, thread, "once more?")
    assert background(play)[0] == [("carol", "owl three")]
    assert in_file(play, "owl two") == 0


async def test_an_edited_question_is_asked_again_with_all_that_came_with_it(play: Play) -> None:
    thread, _ = await talked(play, "owl one")
    asked = await asks(play, thread, "well?")
    await play.bob.say(thread, "owl two")
    await play.alice.edit(asked, "<@BOT> really?")
    await play.until(lambda: len(play.asked) == 2)
    await play.has_ended(thread, *WHOLE)
    first, again = (request.messages[-1] for request in play.asked)
    assert [part.text.replace("really?", "well?") for part in again.content] == [part.text for part in first.content]
    assert again != first


async def test_a_channel_is_read_only_where_moderators_say_so(play: Play) -> None:
    await play.bob.say(play.general, "owl one")
    thread = await play.begin("well?")
    await play.whole(thread)
    assert background(play) == []
    assert read(play, play.general) == 0
    mia = play.discord.create_user("mia")
    role = play.guild.create_role("moderators", permissions=Permission.MANAGE_MESSAGES)
    play.guild.add_member(mia, roles=(role,))
    result = await mia.slash(play.general, "mod settings", channel=play.general, context=2)
    await play.until(lambda: any("**Messages read before a mention**\n2\n" in shown(each) for each in result.messages))
    await play.bob.say(play.general, "owl two")
    await play.whole(await play.begin("and now?", channel=play.general))
    assert background(play) == [[("Alice", "well?"), ("Bob", "owl two")]]
    assert read(play, play.general) == 1


async def test_who_may_not_read_what_was_said_before_does_not_get_it_by_a_mention(play: Play) -> None:
    thread, _ = await talked(play, "owl one")
    for person in (play.alice, play.discord.bot_user):
        play.general.set_overwrite(person, deny=Permission.READ_MESSAGE_HISTORY)
        await asks(play, thread, "well?")
        play.general.set_overwrite(person)
    assert [background(play, number) for number in range(2)] == [[], []]
    assert read(play, thread) == 0
    assert [told for number in range(2) for told in play.told(number) if "Owls are strange." in told] == []


async def test_where_discord_does_not_give_it_the_question_is_answered_without(play: Play) -> None:
    thread, _ = await talked(play, "owl one")
    play.discord.faults.add("GET", f"/channels/{thread.id}/messages", status=403, times=None)
    await asks(play, thread, "well?")
    assert background(play) == []
    assert play.told()[-1].endswith("well?")
    play.discord.faults.clear()
    await asks(play, thread, "and now?")
    assert background(play) == []  # what came before the first question is not read later
