"""What `grokbot store` prints and asks, and how its failures end.

Not here: parsing (`commands`), what is done (`store.maintenance`).
"""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from grokbot.conversation.errors import GrokbotError
from grokbot.store import maintenance
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.output.formats import ago, iso, local, number, size_of
from grokbot.terminal.output.tables import console, lines, print_json
from grokbot.terminal.store.place import database_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grokbot.store.maintenance import Backup, Losses, Measures, StoreFault

NOT_A_TERMINAL = "Nobody can be asked here. Add --yes if you have read what a restore means."
NOT_DONE = "Nothing was changed."
NO_ROOM = "There is no room for the second copy that this takes. Free some, or set SQLITE_TMPDIR to a folder with room."
CATCHES_UP = (
    "At its next start the bot answers what was asked since it was stopped, up to a day back. What was answered before "
    "stays in Discord as it is."
)
FAULTLESS = "{path} is whole and consistent."
DAY = 86_400


def backup(config: Path | None, name: str, file: Path) -> None:
    """Make a backup.

    Args:
        config: The settings' file, as it was typed.
        name: The bot's name.
        file: Where to; in a folder it gets a name.
    """
    with _failing():
        database = database_of(settings_of(config, name))
        now = datetime.now(UTC)
        target = file / f"{database.stem}-by-hand-{now:%Y%m%dT%H%M%SZ}.sqlite3" if file.is_dir() else file
        with _shown() as progress:
            made = maintenance.make_backup(database, target.absolute(), progress=progress)
    _say(f"{target}: {_of(made)}. Checked: it is whole.")


def restore(config: Path | None, name: str, file: Path, *, yes: bool) -> None:
    """Restore a backup.

    Args:
        config: The settings' file, as it was typed.
        name: The bot's name.
        file: The backup.
        yes: Whether to ask nothing.
    """
    with _failing():
        database = database_of(settings_of(config, name))
        made = maintenance.look_at(file.absolute())
        maintenance.check_stopped(database)
        _say(f"The backup is from {_when(made.moment)}: {_of(made)}.")
        for sentence in _meaning(maintenance.losses(database, made)):
            _say(sentence)
        if not yes and not _agreed(database):
            raise CommandFailedError(NOT_DONE)
        with _shown() as progress:
            done = maintenance.restore(database, file.absolute(), progress=progress)
    _say(f"Restored: {database}")
    if done.aside is not None:
        _say(f"The database that was there: {done.aside} (remove it when you do not need it any more)")
    click.echo("Start the bot now.")


def verify(config: Path | None, name: str, file: Path | None, *, discord: bool, as_json: bool) -> None:
    """Print each fault of a database or a backup.

    Args:
        config: The settings' file, as it was typed.
        name: The bot's name.
        file: The backup; None: the database.
        discord: Whether to look at Discord too.
        as_json: Print JSON.
    """
    with _failing():
        settings = settings_of(config, name, discord=discord)
        path = database_of(settings) if file is None else file.absolute()
        with _shown() as progress:
            faults = list(maintenance.verify(path, progress=progress, at_rest=file is not None))
        if discord and not faults:
            from grokbot.discord_bot.bot import DiscordUnreachableError  # noqa: PLC0415 - loads discord.py
            from grokbot.discord_bot.bot.shown_check import not_shown  # noqa: PLC0415 - the same

            try:
                faults += asyncio.run(not_shown(settings.discord, maintenance.newest_shown(path)))
            except DiscordUnreachableError as error:
                raise CommandFailedError(f"The database is whole. {error}.") from None
    if as_json:
        print_json({"file": str(path), "faults": [asdict(fault) for fault in faults]})
    elif not faults:
        _say(FAULTLESS.format(path=path))
    else:
        _print_faults(faults)
    if faults:
        raise SystemExit(Exit.FAILED)


def vacuum(config: Path | None, name: str) -> None:
    """Rewrite the database."""
    with _failing():
        done = maintenance.vacuum(database_of(settings_of(config, name)))
    if done is None:
        raise CommandFailedError(NO_ROOM)
    click.echo(f"{size_of(done[0])} → {size_of(done[1])}")


def stats(config: Path | None, name: str, *, as_json: bool) -> None:
    """Print a database's figures.

    Args:
        config: The settings' file, as it was typed.
        name: The bot's name.
        as_json: Print JSON.
    """
    now = datetime.now(UTC)
    with _failing():
        settings = settings_of(config, name)
        database = database_of(settings)
        found = maintenance.measures_of(database, now)
        newest = maintenance.BackupFolder.of(settings.store).newest(now)
    if as_json:
        tables = {table: {"bytes": size, "rows": rows} for table, (size, rows) in found.tables.items()}
        times = {"oldest": iso(found.oldest), "newest_backup": iso(newest)}
        print_json({"file": str(database), **asdict(found), "tables": tables, **times})
        return
    console().put(lines(list(_figures(database, found, newest, now))))


def _figures(database: Path, found: Measures, newest: datetime | None, now: datetime) -> Iterator[tuple[str, str]]:
    yield "database", str(database)
    yield (
        "size",
        f"{size_of(found.size)}, of which {size_of(found.unused)} unused; write-ahead log {size_of(found.journal)}",
    )
    yield "growth", f"about {size_of(found.growth)} a day, as in the last week"
    yield "conversations", number(found.conversations)
    waiting = f", {number(found.waiting)} of them running or waiting" if found.waiting else ""
    yield "responses", f"{number(found.responses)}{waiting}"
    yield "oldest", local(found.oldest) or "none"
    yield "last backup", f"{local(newest)} ({ago(newest, now)})" if newest is not None else "none by the bot itself"
    yield "tables", f"revision {found.revision}"
    for table, (size, rows) in found.tables.items():
        if rows:
            yield f"  {table}", f"{size_of(size)}, {number(rows)} {'row' if rows == 1 else 'rows'}"


def _meaning(lost: Losses) -> Iterator[str]:
    if not lost.readable:
        yield "The present database cannot be read: how much came after the backup is unknown."
    elif lost.newest is None:
        yield "Nothing came after it."
    else:
        yield (
            f"{number(lost.questions)} questions and {number(lost.answers)} answers came after it, the last on "
            f"{_when(lost.newest)}. They stay in Discord, but the bot will not know them: their buttons stop working, "
            "and what is said below does not build on them."
        )
    yield "Settings, blocks, limits and usage become what they were then. What people deleted since stays deleted."
    yield CATCHES_UP


def _agreed(database: Path) -> bool:
    if not sys.stdin.isatty():
        raise CommandFailedError(NOT_A_TERMINAL, Exit.USAGE)
    return click.confirm(f"Put it in the place of {database}?", default=False)


def _print_faults(faults: list[StoreFault]) -> None:
    for fault in faults:
        _say(f"{click.style('✗', fg='red')} {fault.text} {fault.advice}")
    click.echo(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}.")


def _say(text: str) -> None:
    """One sentence or more, wrapped between words on a terminal."""
    width = get_terminal_size().columns if sys.stdout.isatty() else 0
    click.echo(click.wrap_text(text, width, subsequent_indent="  ") if width else text)


def _of(made: Backup) -> str:
    return f"{size_of(made.size)}, {number(made.conversations)} conversations, {number(made.responses)} responses"


def _when(moment: datetime) -> str:
    return f"{local(moment)} ({ago(moment, datetime.now(UTC))})"


@contextmanager
def _shown() -> Iterator[maintenance.Progress]:
    """A bar on standard error, if that is a terminal."""
    shown = console(err=True)
    if not shown.is_terminal:
        yield lambda *_: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=shown, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda doing, done, of: progress.update(task, description=doing, completed=done, total=of or None)


@contextmanager
def _failing() -> Iterator[None]:
    """Failures end the command with a sentence; Ctrl-C without one: what it had begun is gone."""
    logging.getLogger("grokbot").addHandler(logging.NullHandler())
    try:
        yield
    except GrokbotError as error:
        raise CommandFailedError(str(error)) from None
    except PermissionError as error:
        text = f"{error.filename or error} may not be read or written by this user. Run this as root, with sudo."
        raise CommandFailedError(text, Exit.REFUSED) from None
    except KeyboardInterrupt:
        raise SystemExit(Exit.INTERRUPTED) from None
