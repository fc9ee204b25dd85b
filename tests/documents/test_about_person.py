"""All that is kept of one person as a zip: what is in it, and that nothing that people wrote breaks it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

from grokbot.conversation.records import ApiKey, Kept
from grokbot.conversation.response import Author, Conversation, Mode, Response, Sender, State
from grokbot.documents.about_person import FORMAT, PersonExport, PersonsPart, zipped
from grokbot.documents.as_json import from_json
from grokbot.documents.transcript import transcript_of

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALICE = Author(2**62 + 1, "alice")
NASTY = "```py\nopen \ud800 # <script>alert(1)</script>\n~~~ *_ | [x](javascript:1)"


def everything(text: str, title: str = "") -> PersonExport:
    conversation = Conversation(
        id="c", guild_id=2**62 + 3, channel_id=None, owner_id=ALICE.id, mode=Mode.STATELESS, model="grok",
        created_at=AT, modified_at=AT, title=title,
    )  # fmt: skip
    asked = Response(
        id="h", conversation_id="c", parent_id=None, sender=Sender.HUMAN, state=State.DONE, created_at=AT,
        author=ALICE, message=text,
    )  # fmt: skip
    answer = Response(
        id="m", conversation_id="c", parent_id="h", sender=Sender.MODEL, state=State.DONE, created_at=AT, message=text
    )
    block = {"guild_id": 5, "kind": "user", "subject_id": ALICE.id, "reason": text, "created_at": AT, "until": None}
    used = {"response_id": "m", "user_id": ALICE.id, "prompt_tokens": None, "completion_tokens": 7, "at": AT}
    key = ApiKey(id="k", owner_id=ALICE.id, name=title or "key", everything=False, created_at=AT, revoked_at=AT)
    return PersonExport(
        user_id=ALICE.id,
        at=AT,
        kept=Kept(opted_out=AT, noticed=None, stars=["c"], shares=[], keys=[key], blocks=[block], usage=[used]),
        parts=[PersonsPart(conversation=conversation, said=[asked, answer])],
        whole=[transcript_of(conversation, [asked, answer], names=True)],
    )


def files_of(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_same_content_makes_the_same_file() -> None:
    assert zipped(everything("Why?")) == zipped(everything("Why?"))


def test_ids_are_exact_for_every_reader_and_times_are_times() -> None:
    document = json.loads(files_of(zipped(everything("Why?")))["everything.json"])
    assert document["format"] == FORMAT
    assert document["user_id"] == document["keys"][0]["owner_id"] == str(ALICE.id)
    assert document["blocks"][0]["subject_id"] == str(ALICE.id)
    assert document["conversations"][0]["guild_id"] == str(2**62 + 3)
    assert datetime.fromisoformat(document["opted_out_since"]) == AT


def test_nothing_that_was_written_breaks_out_of_its_place() -> None:
    files = files_of(zipped(everything(NASTY, title="../../etc/`passwd`\n# no heading")))
    assert all(".." not in name and "\n" not in name for name in files)
    headings = [line for line in files["everything.md"].splitlines() if line.startswith("#")]
    assert [line.partition(" ")[0] for line in headings] == ["#", "##", "###", "###"]
    [again] = [text for name, text in files.items() if name.startswith("conversations/") and name.endswith(".json")]
    assert [turn.text for turn in from_json(again).turns] == [NASTY.replace("\ud800", "\ufffd")] * 2
