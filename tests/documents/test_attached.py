"""What was attached is mentioned in every document, and read back from our own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grokbot.conversation.errors import UserError
from grokbot.conversation.parts import AttachedFile, AttachmentKind
from grokbot.documents.as_html import to_html
from grokbot.documents.as_json import from_json, to_json
from grokbot.documents.as_markdown import to_markdown
from grokbot.documents.transcript import Mention, transcript_of

from .cases import ALICE, CONVERSATION, asked

PICTURE = AttachedFile(kind=AttachmentKind.PICTURE, name=f"{ALICE.name}<b>*.png", size=2048, data=b"secret")


@pytest.mark.parametrize("names", [True, False])
def test_every_document_says_that_there_was_a_picture_and_shows_none(*, names: bool) -> None:
    path = [
        replace(asked(1, "look"), attachments=(PICTURE, replace(PICTURE, kind=AttachmentKind.FILE, name="a", size=7)))
    ]
    transcript = transcript_of(CONVERSATION, path, names=names)
    assert transcript.turns[0].attachments[1] == Mention(AttachmentKind.FILE, "a", 7)
    assert (ALICE.name in transcript.turns[0].attachments[0].name) is names
    assert r"\<b\>\*.png (picture, 2 KiB)" in to_markdown(transcript)
    html = to_html(transcript)
    assert "&lt;b&gt;*.png (picture, 2 KiB)" in html
    assert "<img" not in html
    assert from_json(to_json(transcript)) == transcript


@pytest.mark.parametrize(
    "wrong", ['{"kind": "film", "name": "a"}', '{"kind": "file"}', '{"kind": "file", "name": "a", "size": -1}']
)
def test_a_file_with_a_wrong_attachment_is_refused(wrong: str) -> None:
    text = to_json(transcript_of(CONVERSATION, [replace(asked(1, "look"), attachments=(PICTURE,))], names=True))
    with pytest.raises(UserError, match="turn 1"):
        from_json(text.replace('"attachments": [', f'"attachments": [{wrong},'))
