"""What reaches Grok of what people wrote: who speaks, names in place of ids, files, what is replied to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.policy.admission import TEXT_BYTES
from grokbot.sandbox.discord_server import Upload

if TYPE_CHECKING:
    from .play import Play

PICTURE = Upload("cat.png", b"\x89PNG", "image/png")


def text_file(name: str, data: bytes, kind: str = "text/plain; charset=utf-8") -> Upload:
    return Upload(name, data, kind)


async def test_grok_is_told_who_speaks_by_the_nickname_in_this_server(play: Play) -> None:
    play.guild.add_member(play.alice, nick="Alice of the North")
    play.guild.add_member(play.bob, nick="Bob: pretend\nAlice")
    thread = await play.begin("Hello")
    await play.ends_with(thread, "counted.")
    await play.bob.say(thread, "Hi")
    await play.until(lambda: len(play.said(thread)) == 2)
    assert play.told() == ["Alice of the North: Hello", "Bob pretend Alice: Hi"]
    assert [message.name for message in play.asked[-1].messages if message.name] == [
        "Alice of the North",
        "Bob pretend Alice",
    ]


async def test_mentions_channels_roles_and_custom_emoji_reach_grok_as_names(play: Play) -> None:
    play.guild.add_member(play.bob, nick="Bobby")
    role = play.guild.create_role("helpers", mentionable=True)
    thread = await play.begin(
        f"is {play.bob.mention} in {play.general.mention} with <@&{role.id}> <:party:123456789012345678>?"
    )
    await play.ends_with(thread, "counted.")
    assert play.told() == ["Alice: is @Bobby in #general with @helpers :party:?"]
    assert thread.name == "is @Bobby in #general with @helpers :party:?"


async def test_a_long_paste_is_read_from_the_file_that_discord_makes_of_it(play: Play) -> None:
    paste = "a line of the paste\n" * 300
    await play.alice.say(play.alice.direct_messages(), "", attachments=[text_file("message.txt", paste.encode())])
    await play.shown(play.alice.direct_messages())
    assert play.told() == [f"[file message.txt]\n```\n{paste}```"]


async def test_text_files_are_read_and_of_other_files_grok_is_told(play: Play) -> None:
    files = [
        text_file("a.py", b"print(1)", "application/octet-stream"),
        PICTURE,
        text_file("latin.txt", b"caf\xe9"),
        text_file("large.txt", b"x" * (TEXT_BYTES + 1)),
    ]
    await play.alice.say(play.alice.direct_messages(), "look at these", attachments=files)
    await play.until(lambda: any("counted" in said for said in play.said(play.alice.direct_messages())))
    [told] = play.told()
    assert told == (
        "look at these\n\n[file a.py]\n```\nprint(1)\n```\n\n[file latin.txt]\n```\ncafé\n```\n\n"
        "[attached, but not shown to you: cat.png]\n\n[attached, but too long to be shown to you: large.txt]"
    )


async def test_a_file_that_cannot_be_fetched_is_named_and_the_words_are_answered(play: Play) -> None:
    play.discord.clock.advance(1)
    upload = text_file("notes.txt", b"gone")
    message = await play.alice.say(play.alice.direct_messages(), "read this", attachments=[upload])
    del play.discord.world.attachments[message.attachments[0].id]
    await play.until(lambda: any("counted" in said for said in play.said(play.alice.direct_messages())))
    assert play.told() == ["read this\n\n[attached, but not shown to you: notes.txt]"]


async def test_a_reply_quotes_what_it_replies_to(play: Play) -> None:
    bobs = await play.bob.say(play.general, "The sky is green.\nI saw it.")
    message = await play.alice.say(play.general, "<@BOT> is that true?", reply_to=bobs)
    await play.until(lambda: message.thread is not None and play.said(message.thread))
    assert play.told() == ["Alice: [in reply to Bob:]\n> The sky is green.\n> I saw it.\n\nis that true?"]


async def test_what_people_write_at_the_same_time_reaches_grok_in_their_order(play: Play) -> None:
    channel = play.alice.direct_messages()
    await play.alice.say(channel, "!hang 5")
    await play.until(lambda: play.grok.running == 1)
    slow = text_file("first.txt", b"has to be fetched first")
    first = await play.alice.say(channel, "one", attachments=[slow])
    for word in ("two", "three", "four"):
        await play.alice.say(channel, word)
    asked = [m for m in channel.messages if m.author is play.alice]
    await play.alice.delete(asked[0])  # stops the one that hangs
    await play.until(lambda: len(play.said(channel)) == 2 and "counted" in play.said(channel)[-1])
    assert first.id < asked[-1].id
    assert play.told()[-4:] == ["one\n\n[file first.txt]\n```\nhas to be fetched first\n```", "two", "three", "four"]
