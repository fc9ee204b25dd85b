"""What of a path leaves the house, and under which names."""

from __future__ import annotations

import pytest

from grokbot.conversation.response import Author, Query, Sender, State
from grokbot.documents.as_html import to_html
from grokbot.documents.as_json import to_json
from grokbot.documents.as_markdown import to_markdown
from grokbot.documents.transcript import _AT_ONCE, Transcript, _parts, file_name, public, transcript_of
from tests.documents.cases import ALICE, BOB, CONVERSATION, answered, asked, transcript


def shown(*path: object, names: bool = False) -> Transcript:
    return transcript_of(CONVERSATION, path, names=names)  # type: ignore[arg-type]


def test_people_are_numbered_in_the_order_in_which_they_appear_and_keep_their_number() -> None:
    path = [asked(0, "one", BOB), answered(1, "two"), asked(2, "three"), answered(3, "four"), asked(4, "five", BOB)]
    turns = shown(*path).turns
    assert [turn.speaker for turn in turns] == ["Person 1", "Grok", "Person 2", "Grok", "Person 1"]
    assert [turn.sender for turn in turns][:2] == [Sender.HUMAN, Sender.MODEL]


def test_names_are_shown_only_when_they_are_wanted_and_the_newest_one_of_a_person() -> None:
    path = [asked(0, "one", Author(1, "old")), answered(1, "hello old"), asked(2, "two", Author(1, "new\u202e:\nname"))]
    assert [turn.speaker for turn in shown(*path, names=True).turns] == ["new name", "Grok", "new name"]
    assert shown(*path, names=True).turns[1].text == "hello old"
    assert shown(*path).turns[1].text == "hello Person 1"


def test_names_are_replaced_wherever_they_stand() -> None:
    path = [
        asked(0, "alice: I am alice, ask @alice or Bob Brown"),
        answered(
            1,
            "Alice: that is malice, Alice's and Bob Brown's",
            reasoning="alice asks",
            queries=(Query("web", "who is alice"),),
        ),
        asked(2, "Bob Brown: no", BOB),
    ]
    first, second, third = shown(*path).turns
    assert first.text == "Person 1: I am Person 1, ask @Person 1 or Person 2"
    assert second.text == "Person 1: that is malice, Person 1's and Person 2's"
    assert second.reasoning == "Person 1 asks"
    assert second.queries == (Query("web", "who is Person 1"),)
    assert third.text == "Person 2: no"


def test_a_name_of_two_letters_is_replaced_only_where_it_is_one() -> None:
    path = [asked(0, "al: hi", Author(1, "al")), answered(1, "al dente, @al\nal: yes\n@aloe")]
    assert shown(*path).turns[1].text == "al dente, @Person 1\nPerson 1: yes\n@aloe"


def test_names_of_those_whose_turns_are_erased_are_replaced_too_and_so_is_the_title() -> None:
    path = [asked(0, "", BOB, erased=True), answered(1, "Thank you, Bob Brown."), asked(2, "fine")]
    turns = shown(*path).turns
    assert [turn.speaker for turn in turns] == ["Grok", "Person 1"]
    assert turns[0].text == "Thank you, someone."


def test_a_name_is_found_wherever_in_a_long_line_it_stands_and_only_as_a_word() -> None:
    for before in range(_AT_ONCE - 12, _AT_ONCE + 2):
        filled = "-" * before
        said = f"{filled} alice malice alices @alice {filled}alice: yes"
        expected = f"{filled} Person 1 malice alices @Person 1 {filled}Person 1: yes"
        assert shown(asked(0, said)).turns[0].text == expected


class Looks:
    """A pattern that finds nothing, and how much it was looked for in at once."""

    def __init__(self) -> None:
        self.at_once: list[int] = []

    def search(self, text: str, start: int, end: int) -> None:
        self.at_once.append(min(end, len(text)) - start)


def test_others_have_their_turn_while_names_are_looked_for_in_a_long_line() -> None:
    looks, line = Looks(), "a" * 1_000_000
    assert "".join(_parts(line, looks, {}, _AT_ONCE + 10)) == line  # type: ignore[arg-type]
    assert max(looks.at_once) == _AT_ONCE + 10


@pytest.mark.parametrize("form", [to_json, to_markdown, to_html])
def test_no_form_of_an_anonymous_transcript_holds_a_name(form: object) -> None:
    path = [asked(0, "alice: hi"), answered(1, "hi Alice and Bob Brown", reasoning="alice"), asked(2, "yes", BOB)]
    document = form(shown(*path))  # type: ignore[operator]
    assert "alice" not in document.lower()
    assert "brown" not in document.lower()


def test_what_nobody_saw_is_left_out_and_what_was_stopped_is_not() -> None:
    path = [
        asked(0, "one"), answered(1, "", State.FAILED), asked(2, "gone", erased=True),
        answered(3, "half", State.STOPPED), answered(4, "nothing yet", State.STREAMING),
    ]  # fmt: skip
    assert [turn.text for turn in shown(*path).turns] == ["one", "half"]


def test_what_has_no_author_is_said_by_someone() -> None:
    assert shown(asked(0, "one", None)).turns[0].speaker == "someone"


def test_what_is_public_holds_no_thoughts() -> None:
    thinking = shown(asked(0, "one"), answered(1, "two", reasoning="a secret thought"))
    assert "secret" in to_json(thinking)
    assert "secret" not in to_json(public(thinking))
    assert "secret" not in to_html(thinking) + to_markdown(thinking)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Owls & other birds!", "owls-other-birds-2026-11-23.md"),
        ("Über Käuze", "uber-kauze-2026-11-23.md"),
        ("../../etc/passwd\0\r\n", "etc-passwd-2026-11-23.md"),
        ("", "conversation-2026-11-23.md"),
        ("フクロウ", "conversation-2026-11-23.md"),
        ("a" * 200, "a" * 60 + "-2026-11-23.md"),
    ],
)
def test_a_file_is_called_after_the_title_in_plain_ascii(title: str, name: str) -> None:
    assert file_name(transcript(title=title), "md") == name


def test_nobody_is_taken_for_somebody_else() -> None:
    path = [asked(0, "x", ALICE), asked(1, "y", Author(333, "alice"))]
    assert [turn.speaker for turn in shown(*path).turns] == ["Person 1", "Person 2"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "山田太郎",
            "山田太郎さん、@山田太郎です\n山田太郎\uff1aはい",
            "Person 1さん、@Person 1です\nPerson 1\uff1aはい",
        ),
        ("王芳", "你好王芳、我是Grok", "你好Person 1、我是Grok"),
        ("민준", "민준은 학생입니다", "Person 1은 학생입니다"),
        ("สมชาย", "คุณสมชายครับ", "คุณPerson 1ครับ"),
        ("alice", "aliceさんとmaliceさん", "Person 1さんとmaliceさん"),
        ("愛", "愛しています", "愛しています"),  # one character is part of too much else
    ],
)
def test_names_are_found_where_no_spaces_stand_between_words(name: str, text: str, told: str) -> None:
    assert shown(asked(0, "?", Author(1, name)), answered(1, text)).turns[1].text == told


def test_names_that_begin_alike_are_told_apart() -> None:
    names = ["Ann", "Anna", "Annabel", "A", "Bo", "Bob", "王", "王安", "Ann王"]
    people = [Author(number, name) for number, name in enumerate(names, 1)]
    path = [asked(each.id, f"hello {each.name} and @{each.name}, {each.name}: {each.name}x", each) for each in people]
    texts = [turn.text for turn in shown(*path).turns]
    assert texts[1] == "hello Person 2 and @Person 2, Person 2: Annax"
    assert texts[2] == "hello Person 3 and @Person 3, Person 3: Annabelx"
    assert texts[3] == "hello A and @Person 4, A: Ax"
    assert texts[7] == "hello Person 8 and @Person 8, Person 8: Person 8x"
    assert texts[8] == "hello Person 9 and @Person 9, Person 9: Person 9x"
