"""A transcript written as JSON and read again; other people's files; how wrong ones are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from grokbot.conversation.errors import UserError
from grokbot.conversation.response import TurnOptions
from grokbot.documents import as_json
from grokbot.documents.as_json import from_json, to_json
from tests.documents.cases import SAMPLE, transcripts

if TYPE_CHECKING:
    from grokbot.documents.transcript import Transcript


@given(transcripts)
def test_what_was_written_is_read_as_it_was(transcript: Transcript) -> None:
    written = to_json(transcript)
    assert from_json(written) == transcript
    assert from_json(written.encode().decode("utf-8-sig")) == transcript


def test_it_says_what_it_is() -> None:
    document = json.loads(to_json(SAMPLE))
    assert (document["format"], document["version"]) == ("grokbot-conversation", 1)
    assert list(document["turns"][0]) == ["speaker", "sender", "at", "text"]


def changed(**changes: Any) -> str:
    document = json.loads(to_json(SAMPLE))
    turn = changes.pop("turn", {})
    document |= changes
    if turn:
        together = document["turns"][2] | turn
        document["turns"][2] = {name: value for name, value in together.items() if value != "LEFT OUT"}
    return json.dumps(document)


def test_unknown_keys_are_passed_over_and_times_may_lack_their_zone() -> None:
    read = from_json(changed(turn={"at": "2026-11-24T12:00:00", "mood": "good"}, weather="fine"))
    assert read == SAMPLE


def test_a_byte_order_mark_does_not_matter() -> None:
    assert from_json("\ufeff" + to_json(SAMPLE)) == SAMPLE


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it is not valid JSON"),
        ("{", "it is not valid JSON"),
        ('{"x": ' + "1" * 4_000 + "}", "it is not valid JSON"),  # thousands of them would take long
        ("[" * 200_000, "it holds too many values"),
        ('{"x": [' + "[]," * 100_000 + "[]]}", "it holds too many values"),
        ('"' + "[," * 300_000 + '"', "`format` must be `grokbot-conversation`"),
        ("1" * 10_000, "it is not valid JSON"),
        ("[]", "`format` must be `grokbot-conversation`"),
        ('{"format": ["grokbot-conversation"]}', "`format` must be `grokbot-conversation`"),
        (changed(version=2), "reads version 1"),
        (changed(version=True), "reads version 1"),
        (changed(title=5), "`title` must be text"),
        (changed(title="x" * 301), "`title` is longer than 300 characters"),
        (changed(created_at="yesterday"), "`created_at` must be a time such as 2026-11-23T12:00:00+00:00"),
        (changed(created_at=None), "`created_at` is missing"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        from_json(text)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("turn", "sentence"),
    [
        ({"text": "LEFT OUT"}, "turn 3: `text` is missing"),
        ({"text": 5}, "turn 3: `text` must be text"),
        ({"sender": "LEFT OUT"}, "turn 3: `sender` is missing"),
        ({"sender": "owl"}, "turn 3: `sender` must be `human` or `model`"),
        ({"sender": "model", "text": " \n"}, "turn 3: `text` is empty"),
        ({"speaker": ""}, "turn 3: `speaker` is empty"),
        ({"speaker": "x" * 301}, "turn 3: `speaker` is longer than 300 characters"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "turn 3: `at` must be a time"),
        ({"at": 5}, "turn 3: `at` must be text"),
        ({"citations": "x"}, "turn 3: `citations` must be a list"),
        ({"citations": [5]}, "turn 3: `citations` must be a list"),
        ({"citations": ["x"] * 1_001}, "turn 3: `citations` holds more than 1,000"),
        ({"queries": ["x"]}, "turn 3: `queries` must be a list"),
        ({"queries": [{}]}, "turn 3: `kind` is missing"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(turn: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        from_json(changed(turn=turn))
    assert f"cannot be imported: {sentence}" in str(caught.value)


def test_something_else_in_place_of_a_turn_is_said() -> None:
    with pytest.raises(UserError, match="turn 2: must be an object"):
        from_json(changed(turns=[*json.loads(to_json(SAMPLE))["turns"][:1], "x", {}]))


def test_no_turns_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="no turns"):
        from_json(changed(turns=[]))
    monkeypatch.setattr(as_json, "MOST_TURNS", 3)
    with pytest.raises(UserError, match="at most 3 turns"):
        from_json(to_json(SAMPLE))


def test_a_file_that_is_too_large_is_refused_by_its_bytes() -> None:
    with pytest.raises(UserError, match="at most 10 MB"):
        from_json("ü" * (as_json.LONGEST // 2 + 1))


def test_half_a_character_becomes_a_whole_one() -> None:
    read = from_json(changed(turn={"text": "a \ud800 b"}))
    assert read.turns[2].text == "a \N{REPLACEMENT CHARACTER} b"
    assert to_json(read).encode()


def test_options_are_read_as_they_were_written_and_left_out_where_there_are_none() -> None:
    chosen = TurnOptions(persona="pirate", effort="high", temperature=0.5, max_tokens=900)
    written = to_json(replace(SAMPLE, chosen=chosen))
    assert json.loads(written)["options"] == {
        "persona": "pirate",
        "effort": "high",
        "temperature": 0.5,
        "max_tokens": 900,
    }
    assert from_json(written).chosen == chosen
    assert "options" not in json.loads(to_json(SAMPLE))


@pytest.mark.parametrize(
    "options",
    [
        [],
        {"persona": 5},
        {"persona": "p" * 301},
        {"effort": "extreme"},
        {"temperature": "hot"},
        {"temperature": 3},
        {"temperature": 10**90},
        {"max_tokens": True},
        {"max_tokens": 0},
        {"max_tokens": 10**90},
        {"max_tokens": 1.5},
    ],
)
def test_options_that_are_not_possible_are_refused_in_one_sentence(options: object) -> None:
    with pytest.raises(UserError, match=r"^[^\n]+\.$"):
        from_json(changed(options=options))
