"""Whatever people write, wherever it stands in a message: read back by the strict rules of the format, each word is
still where it was put, and nobody has said or sent anything more.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.history import Role, prompt_of
from grokbot.conversation.parts import TextPart
from grokbot.conversation.response import Author, Overheard
from grokbot.conversation.text import label, quotations, speaker
from grokbot.conversation.text.background import BEGINS, ENDS
from grokbot.conversation.text.names import COLONS, safe_name

from .cases import NOW, conversation, human
from .forgeries import FORGERIES, LINES

IN_REPLY = re.compile(r"\[in reply to ([^\[\]:]+):\]")
CALLED_IN = re.compile(r'\[called in the (?:thread|forum post) "([^"\[\]:]+)"(?:, which ([^\[\]:]+) began:)?\]')
PREVIEW = re.compile(r"\[preview of a link in this message:\]()")
SHOWN = re.compile(r"\[(attached): ([^\[\]:]+)\]")
FORWARDED = re.compile(r"\[forwarded:\]()")
FILE = re.compile(r"\[file ([^\[\]:]+)\]")
NOTE = re.compile(r"\[attached, but ([a-z ]+): ([^\[\]:]+)\]")
SPEAKS = re.compile(r"[A-Z][a-z]+ ?[" + "".join(COLONS) + r"]\s")
QUOTES = {"reply": IN_REPLY, "thread": CALLED_IN, "forward": FORWARDED, "preview": PREVIEW}


@dataclass
class Message:
    """One message with everything in it that others can have chosen."""

    speaker: str = "Ann"
    text: str = "my own words"
    thread: str = "Owls"
    starter: str = "Carl"
    start: str = "they hoot"
    replied: str = "Dora"
    reply: str = "do they?"
    forward: str = "so it is said"
    preview: str = "A page of owls"
    file: str = "notes.txt"
    content: str = "one line"
    note: str = "cat.png"
    picture: str = "owl.jpg"
    heard_from: str = "Emil"
    heard: str = "hello there"


PLACES = [each.name for each in fields(Message)]
NAMES = {"speaker", "thread", "starter", "replied", "file", "note", "picture", "heard_from"}


@dataclass
class Read:
    """What a message says, as read back."""

    quotes: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def written(message: Message) -> str:
    """As the bot puts it together, with the speaker's name."""
    inner = quotations.composed([], message.reply, [])
    quotes = [
        quotations.called_in("thread", message.thread, message.starter, quotations.composed([], message.start, [])),
        quotations.in_reply(message.replied, inner),
        quotations.forwarded(quotations.composed([], message.forward, [])),
        quotations.preview(quotations.composed([], message.preview, [])),
    ]
    after = [
        quotations.file(message.file, message.content),
        quotations.shown([message.picture]),
        quotations.attached("not shown to you", [message.note, "dog.png"]),
    ]
    heard = (Overheard(1, Author(1, message.heard_from), NOW, message.heard),)
    asked = human(
        "h1",
        text=quotations.composed(quotes, message.text, after),
        author=Author(2, message.speaker),
        background=heard,
    )
    prompt = prompt_of([asked], conversation(guild_id=1), NOW)
    [said] = [each for each in prompt.messages if each.role is Role.USER]
    [part] = said.parts
    assert isinstance(part, TextPart)
    assert overheard(part.text) == [(safe_name(message.heard_from), message.heard)]
    assert said.name == speaker(message.speaker)
    return said.text


def overheard(text: str) -> list[tuple[str, str]]:
    first, *lines, last, _, _ = text.split("\n")
    assert (first, last) == (BEGINS, ENDS)
    return [(said["name"], said["text"]) for said in map(json.loads, lines)]


def read(text: str) -> Read:
    """Reads a message without its speaker. A line with a header of ours that is not exactly one fails."""
    found, lines = Read(), text.splitlines()
    while lines:
        line = lines.pop(0)
        kind = next((kind for kind, header in QUOTES.items() if header.fullmatch(line)), None)
        if kind is not None:
            names = QUOTES[kind].fullmatch(line)
            assert names is not None
            quoted = []
            while lines and lines[0].startswith("> "):
                quoted.append(lines.pop(0).removeprefix("> "))
            found.quotes.append((kind, tuple(filter(None, names.groups())), "\n".join(quoted)))
        elif named := FILE.fullmatch(line):
            fence = lines.pop(0)
            assert set(fence) == {"`"}
            end = lines.index(fence)
            found.files.append((named[1], "\n".join(lines[:end])))
            del lines[: end + 1]
        elif note := NOTE.fullmatch(line) or SHOWN.fullmatch(line):
            found.notes.append((note[1], note[2]))
        else:
            assert not line.startswith(
                ("[in reply", "[called", "[forwarded", "[file ", "[attached", "[preview", "[background")
            )
            found.own.append(line)
    return found


def plain(text: str) -> str:
    """A text without the backslashes that were put before its lines, and with one kind of line end."""
    return "\n".join(text.splitlines()).replace("\\", "").strip("\n")


def check(message: Message) -> None:
    text = written(message)
    name, colon, rest = text.partition(": ")
    assert (name, colon) == (speaker(message.speaker), ": ")
    found = read(rest)
    assert [(kind, names, plain(quoted)) for kind, names, quoted in found.quotes] == [
        ("thread", (label(message.thread).replace('"', "'"), label(message.starter)), plain(message.start)),
        ("reply", (label(message.replied),), plain(message.reply)),
        ("forward", (), plain(message.forward)),
        ("preview", (), plain(message.preview)),
    ]
    assert plain("\n".join(found.own)) == plain(message.text)
    assert [(name, plain(content)) for name, content in found.files] == [(label(message.file), plain(message.content))]
    assert found.notes == [
        ("attached", label(message.picture).replace(",", ";")),
        ("not shown to you", f"{label(message.note).replace(',', ';')}, dog.png"),
    ]
    code, _ = quotations._fenced(found.own)  # it may hold anything that does not end it
    assert not any(SPEAKS.match(line) for line, is_code in zip(found.own, code, strict=True) if not is_code)


@pytest.mark.parametrize("place", PLACES)
def test_a_forgery_is_read_as_what_it_is(place: str) -> None:
    for forgery in FORGERIES:
        check(replace(Message(), **{place: forgery}))


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_message_that_somebody_points_at_is_the_only_one(forgery: str) -> None:
    first, *lines = quotations.about(forgery, quotations.composed([], forgery, [])).splitlines()
    assert first == f"What do you say to this message by {label(forgery)}?"
    assert all(line.startswith("> ") for line in lines)
    assert quotations.own("\n".join((first, *lines))).startswith("\\")


def test_the_corpus_has_no_trick_twice() -> None:
    assert len(set(FORGERIES)) == len(FORGERIES) > 50


FRAGMENTS = st.lists(
    st.sampled_from([*LINES, "\n", "\n\n", "> ", "`", "```", "\\", "\u200b", "\u2028", " ", "word"]),
    min_size=1,
    max_size=6,
).map("".join)


@given(st.dictionaries(st.sampled_from(PLACES), FRAGMENTS | st.text(min_size=1, max_size=40), min_size=1, max_size=4))
def test_several_at_once_do_not_help_each_other(put: dict[str, str]) -> None:
    said = {place: text if place in NAMES else f"a{text}z" for place, text in put.items()}
    check(replace(Message(), **said))
