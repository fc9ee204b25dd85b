"""All data about one person as a zip: JSON for programs, Markdown for people, and their conversations as files.

Here: the format. Not here: collecting the data (`engine.privacy.privacy`), the formats of conversations (`as_json`,
`as_markdown`).
"""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from grokbot.conversation.response import Sender
from grokbot.documents.as_json import to_json
from grokbot.documents.as_markdown import closed, escaped, to_markdown
from grokbot.documents.transcript import UNTITLED, file_name, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grokbot.conversation.parts import AttachedFile
    from grokbot.conversation.records import Kept
    from grokbot.conversation.response import Conversation, Response
    from grokbot.documents.transcript import Transcript

FORMAT = "grokbot-person"
VERSION = 1

FILE_NAME = "grokbot-everything-about-me.zip"

READ_ME = """\
Everything that this bot keeps about you.

everything.md    to read
everything.json  the same in full, for programs
conversations/   your own conversations, as they are shown: the .json files can be imported again

Of other people's conversations you find what you wrote and the answers to it. Where you can no longer see the channel,
or Discord could not be asked, you find only what you wrote.

Not included is what Discord and xAI keep themselves. What moderators did or decided is in their server's audit log: ask
them for it.
"""

LONGEST_NAME = 60
"""Of an attachment in the zip; its end tells what it is."""
_UNSAFE = re.compile(r"[^\w.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsPart:
    """A person's part in one conversation."""

    conversation: Conversation
    said: Sequence[Response]
    """What they wrote, earlier versions and waiting messages too, and the answers to it; oldest first."""
    left: bool = False
    """Whether they no longer have access to its place: then only what they wrote is included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExport:
    """Everything stored about a person."""

    user_id: int
    at: datetime
    """UTC, when the data was read."""
    kept: Kept
    parts: Sequence[PersonsPart]
    whole: Sequence[Transcript]
    """Their own conversations, as displayed."""
    attached: Sequence[AttachedFile] = ()
    """What they attached, with its data."""


def zipped(everything: PersonExport) -> bytes:
    """The zip. The same content gives the same bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _files(everything):
            about = zipfile.ZipInfo(name, everything.at.timetuple()[:6])
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, whole(text).encode())
        for each in everything.attached:
            name = f"attachments/{each.response_id}-{each.number}-{_UNSAFE.sub('_', each.name)[-LONGEST_NAME:]}"
            archive.writestr(zipfile.ZipInfo(name, everything.at.timetuple()[:6]), each.data or b"")
    return buffer.getvalue()


def _files(everything: PersonExport) -> Iterator[tuple[str, str]]:
    yield "README.txt", READ_ME
    yield "everything.md", _markdown(everything)
    yield "everything.json", _json(everything)
    for number, transcript in enumerate(everything.whole, 1):
        yield f"conversations/{number:04}-{file_name(transcript, 'md')}", to_markdown(transcript)
        yield f"conversations/{number:04}-{file_name(transcript, 'json')}", to_json(transcript)


def _json(everything: PersonExport) -> str:
    kept = everything.kept
    document = {
        "format": FORMAT,
        "version": VERSION,
        "user_id": str(everything.user_id),  # programs that read every number as a float would change it
        "at": everything.at,
        "opted_out_since": kept.opted_out,
        "told_at": kept.noticed,
        "conversations": [_part(part, everything.user_id) for part in everything.parts],
        "stars": list(kept.stars),
        "shares": [asdict(share) for share in kept.shares],
        "keys": [asdict(key) for key in kept.keys],
        "blocks": [dict(block) for block in kept.blocks],
        "usage": [dict(row) for row in kept.usage],
        "background": [dict(row) for row in kept.background],
    }
    return json.dumps(_plain(document), ensure_ascii=False, indent=1) + "\n"


def _plain(value: Any) -> Any:
    """A JSON value: times as text, and also ids, which have more digits than a float."""
    if isinstance(value, dict):
        return {key: str(each) if _is_long_id(key, each) else _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _is_long_id(key: str, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and (key.endswith("_id") or key == "created_by")


def _part(part: PersonsPart, user_id: int) -> dict[str, Any]:
    conversation = part.conversation
    return {
        "id": conversation.id,
        "title": conversation.title,
        "yours": conversation.owner_id == user_id,
        "left": part.left,
        "guild_id": conversation.guild_id,
        "channel_id": conversation.channel_id,
        "mode": conversation.mode.value,
        "model": conversation.model,
        "system_prompt": conversation.options.system_prompt if conversation.owner_id == user_id else None,
        "created_at": conversation.created_at,
        "modified_at": conversation.modified_at,
        "responses": [_response(response) for response in part.said],
    }


def _response(response: Response) -> dict[str, Any]:
    """A response without its empty fields."""
    document = {
        "id": response.id,
        "parent_id": response.parent_id,
        "sender": response.sender.value,
        "your_name": response.author.name if response.author else None,
        "state": response.state.value,
        "at": response.created_at,
        "text": response.message,
        "instruction": response.instruction,
        "reasoning": response.reasoning,
        "searches": [{"kind": query.kind, "text": query.text} for query in response.queries],
        "attachments": [
            {"kind": each.kind.value, "name": each.name, "size": each.size} for each in response.attachments
        ],
        "citations": list(response.citations),
        "cited": [{"url": cited.url, "start": cited.start, "end": cited.end} for cited in response.cited],
        "model": response.model,
        "kept_at_xai_until": response.stored_until,
    }
    return {key: value for key, value in document.items() if value not in (None, "", [])}


def _markdown(everything: PersonExport) -> str:
    return (
        "\n\n".join(
            (
                f"# Everything about you\n\n*{everything.at:%Y-%m-%d %H:%M} UTC · Discord's id {everything.user_id}*",
                *_decided(everything.kept),
                *_used(everything.kept.usage),
                *_overheard(everything.kept.background),
                *(each for part in everything.parts for each in _told(part, everything.user_id)),
            )
        )
        + "\n"
    )


def _decided(kept: Kept) -> Iterator[str]:
    lines = [
        f"Opted out: {_when(kept.opted_out) if kept.opted_out else 'no'}",
        f"Privacy notice shown: {_when(kept.noticed) if kept.noticed else 'not yet'}",
        f"Stars: {len(kept.stars)}",
        *(f"Share of {_when(each.created_at)}{_closed_at(each.revoked_at)}" for each in kept.shares),
        *(f"Key {escaped(each.name)} of {_when(each.created_at)}{_closed_at(each.revoked_at)}" for each in kept.keys),
        *(f"Blocked {_when(each['created_at'])}: {escaped(each['reason'])}" for each in kept.blocks),
    ]
    yield "\n".join(f"- {line}" for line in lines)


def _used(usage: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if usage:
        tokens = sum((row["prompt_tokens"] or 0) + (row["completion_tokens"] or 0) for row in usage)
        yield f"Used: {len(usage)} answers, {tokens} tokens, since {_when(usage[0]['at'])}."


def _overheard(background: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if background:
        yield "## Read as background\n\n*what you wrote before somebody else called the bot there*"
    for row in background:
        yield f"*{_when(row['at'])}*"
        yield closed(row["text"].strip("\n"))


def _told(part: PersonsPart, user_id: int) -> Iterator[str]:
    yours = "yours" if part.conversation.owner_id == user_id else "somebody else's"
    title = escaped(part.conversation.title or UNTITLED)
    if part.left:
        yours += " · in a place that you do not see now: only what you wrote"
    yield f"## {title}\n\n*{yours} · begun {_when(part.conversation.created_at)}*"
    for response in part.said:
        speaker = "You" if response.sender is Sender.HUMAN else "Grok"
        yield f"### {speaker}\n\n*{_when(response.created_at)}*"
        yield closed(response.message.strip("\n"))


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _closed_at(at: datetime | None) -> str:
    return f", closed {_when(at)}" if at else ""
