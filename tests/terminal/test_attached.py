"""Files with a message of `grokbot chat`: what xAI is shown, what is stored, and what is refused."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from grokbot.sdk.errors import InvalidInputError
from grokbot.terminal.attached_files import MOST_BYTES, read_files
from grokbot.terminal.chat.chat import ChatOptions, _run
from grokbot.terminal.exits import CommandFailedError
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.sdk import Client
    from tests.api.service import ServedHouse

SECRET = "a7c1 is nobody's business"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a picture, a text, and what is neither."""
    folder = tmp_path / "files"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Image.new("RGB", (640, 480), "teal").save(folder / "cat.png")
    (folder / "notes.txt").write_text(SECRET)
    (folder / "empty.txt").write_text(" \n")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    (folder / "program").write_bytes(bytes(range(256)) * 20)
    return folder


async def chat(served: ServedHouse, text: str, *files: str, **options: Any) -> int:
    return await _run(ChatOptions(target=served.target, text=text, files=files, **options))


def shown(served: ServedHouse) -> list[tuple[str, ...]]:
    """The kinds of content of each message, texts as they are."""
    request = served.grok.requests[-1].request
    assert isinstance(request, GetCompletionsRequest)
    kinds = []
    for message in request.messages:
        parts = [(part, part.WhichOneof("content")) for part in message.content]
        kinds.append(tuple(part.text if kind == "text" else str(kind) for part, kind in parts))
    return kinds


@pytest.mark.usefixtures("files")
async def test_a_picture_and_a_text_are_shown_and_stay_with_the_conversation(
    tmp_path: Path, served: ServedHouse, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await chat(served, "What is it?", "cat.png", "notes.txt") == 0
    [said] = [parts for parts in shown(served) if "image_url" in parts]
    assert said.index("image_url") < len(said) - 1, "pictures stand before the words"
    assert said[-1].startswith("What is it?")
    assert f"[file notes.txt]\n```\n{SECRET}\n```" in said[-1]
    assert "[attached: cat.png]" in said[-1]

    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/this/that/")
    monkeypatch.setattr("sys.stdin", io.StringIO("/resample\n/attach cat.png\nAnd this one?\n/edit\nNo more?\n"))
    assert await chat(served, "", continued="") == 0
    with_pictures = [parts[-1].partition("\n")[0] for parts in shown(served) if "image_url" in parts]
    assert with_pictures == ["What is it?", "And that one?"], "each picture stays where it was said, after an edit too"

    [entry] = (await client.daemon.conversations()).entries
    await client.daemon.delete(entry.conversation.conversation_id)
    await served.house.store.close()
    for file in tmp_path.glob("grokbot.sqlite3*"):  # noqa: ASYNC240 - a test may wait
        content = file.read_bytes()
        assert SECRET.encode() not in content
        assert b"cat.png" not in content


@pytest.mark.parametrize(
    ("name", "told"),
    [("broken.png", "is broken"), ("empty.txt", "nothing in empty.txt"), ("program", "program")],
)
@pytest.mark.usefixtures("files")
async def test_a_file_that_cannot_be_shown_refuses_the_message_and_is_named(
    served: ServedHouse, client: Client, name: str, told: str
) -> None:
    with pytest.raises(InvalidInputError, match=told) as refused:
        await chat(served, "Look", "cat.png", name)
    assert name in str(refused.value)
    assert served.grok.requests == []
    assert not (await client.daemon.conversations()).entries, "nothing was begun for it"


def test_files_are_read_with_their_names_and_not_without_end(files: Path) -> None:
    assert read_files(["notes.txt", str(files / "notes.txt")]) == (("notes.txt", SECRET.encode()),) * 2
    for wrong in ("none.txt", "~nobody-here/x", "a\0b", str(files)):
        with pytest.raises(CommandFailedError, match="cannot be read"):
            read_files([wrong])
    with (files / "large").open("wb") as large:
        large.truncate(MOST_BYTES)
    with pytest.raises(CommandFailedError, match="15 MiB"):
        read_files(["notes.txt", "large"])
