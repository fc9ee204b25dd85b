"""`grokbot conversations export` and `import`: conversations as files.

Not here: the file formats (the daemon writes and reads them).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from grokbot.sdk.errors import ApiError, InvalidInputError, NotFoundError
from grokbot.terminal.commands.targets import chosen, ids
from grokbot.terminal.daemon_access import failure
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.output import tables
from grokbot.terminal.output.formats import in_a_line, printable
from grokbot.terminal.output.progress import each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.sdk import Client
    from grokbot.wire.grokbot import daemon_pb2

MOST_BYTES = 10 * 2**20
"""Per imported file; the daemon accepts no more."""
SEVERAL_NEED_A_FOLDER = "To export several conversations, pass --output FOLDER."
NO_FOLDER = "Name conversations, or pass --all."


async def export(
    client: Client,
    given: Sequence[str],
    *,
    format_: str,
    output: Path | None,
    everything: bool,
    names: bool,
    folder: bool = False,
) -> None:
    """Write one conversation to standard output or a file, several to a folder. Prints the file names.

    Args:
        client: A client of the daemon.
        given: As the person named them.
        format_: The daemon's name for it.
        output: A file or folder; None: standard output.
        everything: All conversations, instead of `given`.
        names: Whether to include people's names.
        folder: `output` is a folder, created if missing, even for one conversation.

    Raises:
        CommandFailedError: None was named, or a file cannot be written.
    """
    if not given and not everything:
        raise CommandFailedError(NO_FOLDER, Exit.USAGE)
    found = await ids(client) if everything else await chosen(client, given)
    if output is None and (everything or len(found) > 1):
        raise CommandFailedError(SEVERAL_NEED_A_FOLDER, Exit.USAGE)
    in_folder = output is not None and _is_folder(output, several=folder or everything or len(found) > 1)
    empty = 0
    for conversation in each(found, "Exporting"):
        try:
            document = await client.daemon.export(conversation, format=format_, names=names)
        except (InvalidInputError, NotFoundError):  # it has no messages, or was just deleted
            if not everything:
                raise
            empty += 1
            continue
        if output is None:
            _print(document.content)
        else:
            _tell(sys.stdout, str(_written(document, conversation, output, in_folder=in_folder)))
    if empty:
        _tell(sys.stderr, f"grokbot: {empty} of {len(found)} conversations are empty and were not exported.")


def _print(content: bytes) -> None:
    """Print it unchanged, but not control characters to a terminal, which would obey them."""
    if sys.stdout.isatty():
        content = printable(content.decode()).encode()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


async def import_(client: Client, files: Sequence[Path], *, as_json: bool) -> None:
    """Create a conversation from each file and print their ids. An unreadable file does not stop the others.

    Args:
        client: A client of the daemon.
        files: Exports in JSON.
        as_json: Print JSON.

    Raises:
        CommandFailedError: For the first file that failed, after all were tried.
    """
    made, first = [], None
    for file in each(files, "Importing"):
        try:
            held = await client.daemon.import_(_content(file))
        except (ApiError, CommandFailedError) as error:
            failed = failure(error) if isinstance(error, ApiError) else error
            if isinstance(error, ApiError) and failed.exit_code in {Exit.NO_DAEMON, Exit.REFUSED}:
                raise failed from None
            if len(files) > 1:
                _tell(sys.stderr, f"grokbot: {file}: {failed.message}")
            first = first or failed
            continue
        made.append({"id": held.conversation_id, "title": held.title or None, "file": str(file)})
        if not as_json:
            _tell(sys.stdout, f"{held.conversation_id}  {in_a_line(held.title)}".rstrip())
    if as_json:
        tables.print_json(made)
    if first is not None and len(files) > 1:
        raise CommandFailedError(
            f"{len(files) - len(made)} of {len(files)} files were not imported.", Exit(first.exit_code)
        )
    if first is not None:
        raise first


def _tell(stream: TextIO, line: str) -> None:
    """Print directly to the stream: click would overwrite the progress bar."""
    stream.write(f"{line}\n")
    stream.flush()


def _content(file: Path) -> bytes:
    try:
        content = sys.stdin.buffer.read(MOST_BYTES + 1) if str(file) == "-" else _read(file)
    except OSError as error:
        raise CommandFailedError(f"{file} cannot be read: {error.strerror}.") from None
    if len(content) > MOST_BYTES:
        raise CommandFailedError(f"{file} is larger than the {MOST_BYTES // 2**20} MiB that are read.")
    return content


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


def _is_folder(output: Path, *, several: bool) -> bool:
    """Whether to write to a folder; always for several, creating it if missing."""
    try:
        if several:
            output.mkdir(parents=True, exist_ok=True)
        return output.is_dir()
    except OSError as error:
        raise CommandFailedError(f"{output} cannot be a folder: {error.strerror}.") from None


def _written(document: daemon_pb2.Document, conversation: str, output: Path, *, in_folder: bool) -> Path:
    """Write it; in a folder, its name has the daemon's file name and the id, to be unique and findable."""
    suffix = Path(document.file_name).suffix
    stem = Path(Path(document.file_name).name).stem or "conversation"
    path = output / f"{stem}-{conversation}{suffix}" if in_folder else output
    try:
        with open(path, "wb", opener=_private) as file:
            file.write(document.content)
    except OSError as error:
        raise CommandFailedError(f"{path} cannot be written: {error.strerror}.") from None
    return path


def _private(path: str, flags: int) -> int:
    """Open a file readable only by this person: it contains conversations."""
    return os.open(path, flags, 0o600)
