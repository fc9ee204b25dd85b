"""A transcript as JSON that can be read back, by `/import` or by any program.

Here: the format, its limits, and what is wrong with a file and where. Not here: other formats.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import UserError
from grokbot.conversation.options import check_options
from grokbot.conversation.parts import AttachmentKind
from grokbot.conversation.response import AS_THE_CONVERSATION, Query, Sender, TurnOptions
from grokbot.conversation.text.sentences import Sentence
from grokbot.documents.transcript import MODEL_SPEAKER, Mention, Transcript, TranscriptTurn, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.conversation.text import OthersText

FORMAT = "grokbot-conversation"
VERSION = 1

LONGEST = 10 * 1024 * 1024
"""Maximum size of a file to read, in bytes."""
MOST_TURNS = 5_000
LONGEST_WORD = 300
"""Maximum length of a title, a name, a model, in characters."""
MOST_IN_A_LIST = 1_000
"""Maximum number of citations, queries or attachments per turn."""

LARGEST = 2**40
"""Bytes that an attachment may claim to have."""

MOST_VALUES = 200_000
"""Maximum number of brackets and commas outside of strings: a turn has about ten."""
DEEPEST = 50
_MOST_DIGITS = 100
"""Per number: parsing one takes quadratic time."""
_STRUCTURE = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([\[\]{},])', re.DOTALL)

_TOO_LARGE = Sentence("The file is too large: at most {most} MB can be imported.")
_NO_JSON = Sentence("This is not a conversation exported by grokbot: it is not valid JSON.")
_NOT_OURS = Sentence("This is not a conversation exported by grokbot: `format` must be `{format}`.")
_TOO_MUCH = Sentence("This is not a conversation exported by grokbot: it holds too many values.")
_OTHER_VERSION = Sentence("This bot reads version {version} of exports, and this file has another version.")
_NO_TURNS = Sentence("There are no turns in this conversation.")
_TOO_LONG = Sentence("This conversation is too long: at most {most} turns can be imported.")
_WRONG = Sentence("This file cannot be imported: {what}.")
_WRONG_TURN = Sentence("This file cannot be imported: turn {number}: {what}.")
_OPTIONS_FORM = Sentence("`options` must be an object")
_TURN_FORM = Sentence("must be an object with `speaker`, `sender`, `at` and `text`")
_SENDER_FORM = Sentence("`sender` must be `human` or `model`")
_KIND_FORM = Sentence("`kind` of an attachment must be `picture` or `file`")
_SIZE_FORM = Sentence("`size` of an attachment must be a number of bytes")
_NO_NUMBER = Sentence("`{key}` must be a number")
_NO_TEXT = Sentence("`{key}` must be text")
_NO_TIME = Sentence("`{key}` must be a time such as 2026-11-23T12:00:00+00:00")
_NO_LIST = Sentence("`{key}` must be a list")
_MISSING = Sentence("`{key}` is missing")
_EMPTY = Sentence("`{key}` is empty")
_LONG_TEXT = Sentence("`{key}` is longer than {most} characters")
_LONG_LIST = Sentence("`{key}` holds more than {most}")


def to_json(transcript: Transcript) -> str:
    """The transcript as JSON, indented, with a final line break. `from_json` restores the same transcript."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "title": transcript.title,
        "created_at": transcript.created_at.isoformat(),
        "model": transcript.model,
        **({"options": options} if (options := _options_out(transcript.chosen)) else {}),
        "turns": [_turn_out(turn) for turn in transcript.turns],
    }
    return whole(json.dumps(document, ensure_ascii=False, indent=1)) + "\n"


def from_json(text: OthersText) -> Transcript:
    """The transcript in a file of `to_json`. Unknown keys are ignored.

    Raises:
        UserError: The file is invalid or too large. The text says what is wrong, and in which turn.
    """
    if len(text.encode("utf-8", "replace")) > LONGEST:
        raise UserError(_TOO_LARGE.format(most=LONGEST // 1024 // 1024))
    _check_structure(text)
    try:
        document = json.loads(text.removeprefix("\ufeff"), parse_int=_number)
    except (ValueError, RecursionError):  # numbers with too many digits are a ValueError too
        raise UserError(_NO_JSON) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UserError(_NOT_OURS.format(format=FORMAT))
    version = document.get("version")
    if isinstance(version, bool) or version != VERSION:
        raise UserError(_OTHER_VERSION.format(version=VERSION))
    place = _Place()
    turns = document.get("turns")
    if not isinstance(turns, list) or not turns:
        raise UserError(_NO_TURNS)
    if len(turns) > MOST_TURNS:
        raise UserError(_TOO_LONG.format(most=f"{MOST_TURNS:,}"))
    return Transcript(
        title=place.word(document, "title", optional=True) or "",
        created_at=place.moment(document, "created_at"),
        turns=tuple(_turn_in(turn, _Place(number)) for number, turn in enumerate(turns, 1)),
        model=place.word(document, "model", optional=True),
        chosen=_options_in(document.get("options"), place),
    )


def _options_out(chosen: TurnOptions) -> dict[str, Any]:
    found = {name: getattr(chosen, name) for name in ("persona", "effort", "temperature", "max_tokens")}
    return {name: value for name, value in found.items() if value is not None}


def _options_in(found: object, place: _Place) -> TurnOptions:
    """The options of a file. Whether its persona is one that the place has is not known here.

    Raises:
        UserError: They are not possible.
    """
    if found is None:
        return AS_THE_CONVERSATION
    if not isinstance(found, dict):
        raise place.wrong(_OPTIONS_FORM)
    for name, kind in (("temperature", (int, float)), ("max_tokens", int)):
        value = found.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
            raise place.wrong(_NO_NUMBER, key=name)
    chosen = TurnOptions(
        persona=place.word(found, "persona", optional=True),
        effort=place.word(found, "effort", optional=True),
        temperature=found.get("temperature"),
        max_tokens=found.get("max_tokens"),
    )
    check_options(chosen, [chosen.persona or ""])
    return chosen


def _number(written: str) -> int:
    if len(written) > _MOST_DIGITS:
        raise ValueError
    return int(written)


def _check_structure(text: str) -> None:
    """Scan the text before parsing all of it at once, which takes long for many values and blocks everything else.

    Raises:
        UserError: It has more values than a conversation can have, or they are nested too deeply.
    """
    depth = values = 0
    for found in _STRUCTURE.finditer(text):
        mark = found[1]
        values += mark is not None
        depth += 1 if mark in ("[", "{") else -1 if mark in ("]", "}") else 0
        if values > MOST_VALUES or depth > DEEPEST:
            raise UserError(_TOO_MUCH)


def _turn_out(turn: TranscriptTurn) -> dict[str, Any]:
    """A turn without its empty fields."""
    document: dict[str, Any] = {
        "speaker": turn.speaker,
        "sender": turn.sender.value,
        "at": turn.at.isoformat(),
        "text": turn.text,
        "model": turn.model,
        "citations": list(turn.citations),
        "reasoning": turn.reasoning,
        "queries": [{"kind": query.kind, "text": query.text} for query in turn.queries],
        "attachments": [asdict(each) for each in turn.attachments],
    }
    always = ("speaker", "sender", "at", "text")
    return {key: value for key, value in document.items() if key in always or value not in (None, "", [])}


def _turn_in(turn: object, place: _Place) -> TranscriptTurn:
    if not isinstance(turn, dict):
        raise place.wrong(_TURN_FORM)
    sender = place.text(turn, "sender")
    if sender not in tuple(Sender):
        raise place.wrong(_SENDER_FORM)
    text = place.text(turn, "text")
    if sender == Sender.MODEL and not text.strip():
        raise place.wrong(_EMPTY, key="text")
    speaker = place.word(turn, "speaker", optional=sender == Sender.MODEL) or MODEL_SPEAKER
    return TranscriptTurn(
        speaker=speaker,
        sender=Sender(sender),
        text=text,
        at=place.moment(turn, "at"),
        model=place.word(turn, "model", optional=True),
        citations=tuple(place.listed(turn, "citations", str)),
        reasoning=place.text(turn, "reasoning", optional=True),
        queries=tuple(
            Query(place.text(query, "kind"), place.text(query, "text")) for query in place.listed(turn, "queries", dict)
        ),
        attachments=tuple(_mention(each, place) for each in place.listed(turn, "attachments", dict)),
    )


def _mention(found: Mapping[str, Any], place: _Place) -> Mention:
    kind, size = place.text(found, "kind"), found.get("size", 0)
    if kind not in tuple(AttachmentKind):
        raise place.wrong(_KIND_FORM)
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < LARGEST:
        raise place.wrong(_SIZE_FORM)
    return Mention(AttachmentKind(kind), place.word(found, "name") or "", size)


class _Place:
    """Reads values and tracks their place, for error messages."""

    def __init__(self, turn: int | None = None) -> None:
        self._turn = turn

    def wrong(self, what: Sentence, **values: object) -> UserError:
        told = what.format(**values)
        if self._turn is None:
            return UserError(_WRONG.format(what=told))
        return UserError(_WRONG_TURN.format(number=self._turn, what=told))

    def text(self, found: Mapping[str, Any], key: str, *, optional: bool = False) -> str:
        value = found.get(key)
        if value is None:
            if optional:
                return ""
            raise self.wrong(_MISSING, key=key)
        if not isinstance(value, str):
            raise self.wrong(_NO_TEXT, key=key)
        return whole(value)

    def word(self, found: Mapping[str, Any], key: str, *, optional: bool = False) -> str | None:
        """A text that fits on one line; None if it is optional and missing or empty."""
        value = self.text(found, key, optional=optional)
        if len(value) > LONGEST_WORD:
            raise self.wrong(_LONG_TEXT, key=key, most=LONGEST_WORD)
        if not value and not optional:
            raise self.wrong(_EMPTY, key=key)
        return value or None

    def moment(self, found: Mapping[str, Any], key: str) -> datetime:
        value = self.text(found, key)
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.wrong(_NO_TIME, key=key) from None

    def listed(self, found: Mapping[str, Any], key: str, kind: type) -> list[Any]:
        value = found.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(part, kind) for part in value):
            raise self.wrong(_NO_LIST, key=key)
        if len(value) > MOST_IN_A_LIST:
            raise self.wrong(_LONG_LIST, key=key, most=f"{MOST_IN_A_LIST:,}")
        return [whole(part) if isinstance(part, str) else part for part in value]
