"""Which messages are for us: a table of all that can be known of one."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace

import pytest

from grokbot.discord_bot.content import Verdict, verdict
from grokbot.discord_bot.content.triggers import Heard

PERSON = Heard(
    from_person=True,
    direct=False,
    in_thread=True,
    held_here=True,
    mention_only=False,
    mentions_us=False,
    mentions_others=False,
    replies_to_other=False,
)
CHANNEL = {"held_here": False, "in_thread": False}
CASES: list[tuple[str, dict[str, bool], Verdict]] = [
    ("free chat in our thread", {}, Verdict.GO_ON),
    ("a mention in our thread", {"mentions_us": True}, Verdict.GO_ON),
    ("a mention of somebody else", {"mentions_others": True}, Verdict.LEAVE),
    ("a mention of both", {"mentions_others": True, "mentions_us": True}, Verdict.GO_ON),
    ("a reply to somebody else", {"replies_to_other": True}, Verdict.LEAVE),
    ("a reply to somebody else that mentions us", {"replies_to_other": True, "mentions_us": True}, Verdict.GO_ON),
    ("chat where mentions are needed", {"mention_only": True}, Verdict.LEAVE),
    ("a mention where mentions are needed", {"mention_only": True, "mentions_us": True}, Verdict.GO_ON),
    ("chat in our thread without a conversation", {"held_here": False, "own_thread": True}, Verdict.BEGIN_HERE),
    ("people talking there", {"held_here": False, "own_thread": True, "replies_to_other": True}, Verdict.LEAVE),
    ("chat in somebody else's thread", {"held_here": False}, Verdict.LEAVE),
    ("a mention in somebody else's thread", {"held_here": False, "mentions_us": True}, Verdict.BEGIN_HERE),
    ("chat in a channel", {"held_here": False, "in_thread": False}, Verdict.LEAVE),
    ("a mention in a channel", {"held_here": False, "in_thread": False, "mentions_us": True}, Verdict.OPEN_THREAD),
    ("chat where all is answered", {**CHANNEL, "every_message": True}, Verdict.OPEN_THREAD),
    ("a mention there", {**CHANNEL, "every_message": True, "mentions_us": True}, Verdict.OPEN_THREAD),
    ("people talking there", {**CHANNEL, "every_message": True, "replies_to_other": True}, Verdict.LEAVE),
    ("a call to somebody else there", {**CHANNEL, "every_message": True, "mentions_others": True}, Verdict.LEAVE),
    ("another bot's command there", {**CHANNEL, "every_message": True, "calls_other": True}, Verdict.LEAVE),
    ("chat there that we do not see", {**CHANNEL, "every_message": True, "mention_only": True}, Verdict.LEAVE),
    ("a new post where all is answered", {"held_here": False, "every_message": True}, Verdict.BEGIN_HERE),
    ("chat in a channel without threads", {**CHANNEL, "in_channel": True}, Verdict.LEAVE),
    ("a mention there", {**CHANNEL, "in_channel": True, "mentions_us": True}, Verdict.IN_CHANNEL),
    ("a reply to an answer there", {**CHANNEL, "in_channel": True, "continues": True}, Verdict.IN_CHANNEL),
    ("chat there if all is answered", {**CHANNEL, "in_channel": True, "every_message": True}, Verdict.IN_CHANNEL),
    ("the first direct message", {"direct": True, "held_here": False, "in_thread": False}, Verdict.BEGIN_HERE),
    ("a further direct message", {"direct": True, "in_thread": False}, Verdict.GO_ON),
    ("a direct message to which mentions do not matter", {"direct": True, "mention_only": True}, Verdict.GO_ON),
]


@pytest.mark.parametrize(("facts", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_message_gets_the_verdict_that_a_person_would_expect(facts: dict[str, bool], expected: Verdict) -> None:
    assert verdict(replace(PERSON, **facts), answer_direct_messages=True) is expected


def every() -> list[Heard]:
    names = [field.name for field in fields(Heard)]
    return [
        Heard(**dict(zip(names, bits, strict=True))) for bits in itertools.product([False, True], repeat=len(names))
    ]


def test_what_no_person_wrote_is_always_left() -> None:
    left = {verdict(h, answer_direct_messages=on) for h in every() if not h.from_person for on in (True, False)}
    assert left == {Verdict.LEAVE}


def test_a_mention_by_a_person_is_never_left_and_nothing_else_opens_threads_unless_all_is_answered() -> None:
    for heard in every():
        found = verdict(heard, answer_direct_messages=True)
        if heard.from_person and heard.mentions_us:
            assert found is not Verdict.LEAVE
        if found is Verdict.OPEN_THREAD:
            assert heard.mentions_us or heard.every_message or heard.continues
            assert not heard.in_channel
            assert not heard.direct


def test_direct_messages_that_are_switched_off_get_a_sentence_and_nothing_else() -> None:
    found = {verdict(h, answer_direct_messages=False) for h in every() if h.from_person and h.direct}
    assert found == {Verdict.NO_DIRECT}
