"""What `grokbot service` asks and prints.

Not here: parsing (`service_commands`), what is done (`operation.service`).
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grokbot.operation.service import accounts
from grokbot.operation.service.layout import BotLayout, ServiceError
from grokbot.operation.service.machine import Machine
from grokbot.operation.service.overview import overview
from grokbot.operation.service.service import Service, ServiceOptions
from grokbot.operation.service.steps import AwaitReady, TextFile
from grokbot.operation.setup.pasted import PasteError, key_in, token_in
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.output import service_lines, tables
from grokbot.terminal.output.formats import in_a_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grokbot.operation.service.overview import ServiceOverview
    from grokbot.operation.service.steps import ServicePlan, Step

COLOURS = {"+": "green", "~": "yellow", "-": "red", "·": "cyan", "@": "cyan"}
PASTED = {"discord.token": token_in, "xai.api_key": key_in}
ASKED = {"discord.token": "Discord's token", "xai.api_key": "xAI's key"}
NOTHING = "Nothing to do."


@dataclass(frozen=True, slots=True)
class ServiceArguments:
    """The options that several commands share, as they were typed."""

    name: str = ""
    source: str | None = None
    wheels: Path | None = None
    python: str | None = None
    seconds: float = 120.0
    dry_run: bool = False
    yes: bool = False
    extras: tuple[str, ...] = ()

    @property
    def options(self) -> ServiceOptions:
        """For the service."""
        wheels = self.wheels.absolute() if self.wheels is not None else None
        return ServiceOptions(self.source, wheels, self.python, self.seconds, self.dry_run, self.extras)


class TerminalTeller:
    """Prints steps and sentences. A terminal that is gone stops nothing in the middle."""

    def __init__(self) -> None:
        self._said = ""

    def planned(self, made: ServicePlan) -> None:
        """Each step, and what changes in files."""
        for step in made.steps:
            self.doing(step)
            if isinstance(step, TextFile):
                for line in step.diff:
                    _say(click.style(f"      {line}", fg=COLOURS.get(line[:1])))

    def doing(self, step: Step) -> None:
        """One line."""
        if isinstance(step, AwaitReady):
            self._said = ""
        mark, text = step.line
        _say(f"  {click.style(mark, fg=COLOURS[mark])} {text}")

    def note(self, text: str) -> None:
        """A sentence, as it is."""
        _say(text)

    def status(self, text: str) -> None:
        """Once, however often the daemon says it."""
        if text != self._said:
            _say(f"    {in_a_line(text)}")
            self._said = text


def _say(text: str) -> None:
    with suppress(OSError):
        click.echo(text)


def install(
    given: ServiceArguments, files: Mapping[str, str | None], webhook: str | None, *, encrypt: bool, start: bool
) -> None:
    """Install a bot.

    Args:
        given: The options.
        files: Where each credential is, if it is given.
        webhook: The file with the address to which failures are posted.
        encrypt: Whether credentials are encrypted.
        start: Whether the bot is started.
    """
    with _service(given) as service:
        layout = BotLayout(given.name)
        secrets = {key: _read(key, file) for key, file in files.items() if file is not None}
        for key in service.missing_secrets(layout):
            if key not in secrets and (value := _asked(key, given)):
                secrets[key] = value
        if not service.install(layout, secrets, webhook=_address(webhook), encrypt=encrypt, start=start):
            runs = start and _machine().systemd.runs
            click.echo(f"{NOTHING} {layout.unit} is installed{' and runs' if runs else ''}.")
        if start and not given.dry_run and _machine().systemd.runs:
            _say_what_is_left(layout)


def status(name: str | None, *, as_json: bool) -> None:
    """Print how the service is."""
    with _errors():
        found = overview(_machine(), name)
    if as_json:
        tables.print_json(service_lines.document(found))
    else:
        _print(found)
    if not all(bot.state.active for bot in found.bots):
        raise SystemExit(Exit.NO_DAEMON)


def update(given: ServiceArguments) -> None:
    """Switch to another version."""
    with _service(given) as service:
        if not service.update():
            click.echo(f"{NOTHING} This version runs already. Name another one with --from.")


def rollback(given: ServiceArguments, version: str | None) -> None:
    """Switch back."""
    with _service(given) as service:
        service.rollback(version, lambda question: _allowed(question, given))


def uninstall(given: ServiceArguments, *, purge: bool) -> None:
    """Remove a bot."""
    with _service(given) as service:
        layout = BotLayout(given.name)
        goes = (
            f"{layout.unit} goes, with all that people said to it"
            if purge
            else f"{layout.unit} goes; data and settings stay"
        )
        if not _allowed(f"{goes}.", given):
            raise CommandFailedError("nothing was changed")
        if not service.uninstall(layout, purge=purge):
            click.echo(f"{NOTHING} {layout.unit} is not installed.")


def _machine() -> Machine:
    """This machine. A test passes another root as click's object."""
    return Machine(click.get_current_context().find_object(Path) or Path("/"))


@contextmanager
def _service(given: ServiceArguments) -> Iterator[Service]:
    """The service, for those who may change it."""
    with _errors():
        machine = _machine()
        machine.check_not_packaged()
        if given.dry_run:
            yield Service(machine, TerminalTeller(), given.options)
            return
        machine.check_root()
        with machine.alone():
            yield Service(machine, TerminalTeller(), given.options)


@contextmanager
def _errors() -> Iterator[None]:
    """The service's errors as this program's."""
    try:
        yield
    except ServiceError as error:
        code = Exit.USAGE if error.usage else Exit.NO_DAEMON if error.absent else Exit.FAILED
        raise CommandFailedError(str(error), code) from None
    except KeyboardInterrupt:
        click.echo("Interrupted. The same command goes on where this one stopped.", err=True)
        raise SystemExit(Exit.INTERRUPTED) from None


def _read(key: str, file: str) -> str:
    try:
        return PASTED[key](_text(file)).secret
    except PasteError as error:
        raise CommandFailedError(f"{'standard input' if file == '-' else file}: {error}", Exit.USAGE) from None


def _address(file: str | None) -> str:
    """A webhook's address in a file."""
    if file is None:
        return ""
    found = _text(file).strip()
    if not found.startswith("https://") or len(found.split()) != 1:
        raise CommandFailedError(
            f"{file} does not hold the address of a webhook, which begins with https://", Exit.USAGE
        )
    return found


def _text(file: str) -> str:
    """What a file holds, or a line of standard input."""
    try:
        return sys.stdin.readline() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise CommandFailedError(f"{file} cannot be read, or is no text.", Exit.USAGE) from None


def _asked(key: str, given: ServiceArguments) -> str:
    """A secret from the terminal. Empty: nobody is there to ask, which the plan has a sentence for."""
    if given.dry_run:
        return "…"
    if given.yes or not sys.stdin.isatty():
        return ""
    while True:
        try:
            return PASTED[key](str(click.prompt(f"{ASKED[key]} (it is not shown)", hide_input=True))).secret
        except PasteError as error:
            click.echo(str(error))


def _say_what_is_left(layout: BotLayout) -> None:
    """The address that adds the bot to a server, and the checks that failed."""
    found = accounts.findings(_machine(), layout)
    limited = [finding.what for finding in found if finding.passed is None]
    if limited:
        click.echo(f"\nNot complete: {', '.join(limited)}. `grokbot check` says what that means.")
    for finding in found:
        if finding.passed is False:
            click.echo(f"\n{click.style(f'{finding.what} FAILED', fg='red')}: {in_a_line(finding.text)}")
        elif finding.passed and finding.address:
            click.echo(f"\nNow add the bot to a server. Open this address:\n{click.style(finding.address, bold=True)}")


def _print(found: ServiceOverview) -> None:
    now, out = datetime.now(UTC), tables.console()
    for bot in found.bots:
        text, colour = service_lines.heading(bot, now)
        click.echo(f"{click.style(bot.layout.unit, bold=True)}  {click.style(text, fg=colour)}")
        out.put(tables.lines(service_lines.rows(bot, found.version, now)))
        click.echo()
    kept = f"; kept: {', '.join(found.kept)}" if found.kept else ""
    click.echo(f"The program is in {found.folder}{kept}.")


def _allowed(question: str, given: ServiceArguments) -> bool:
    click.echo(question)
    if given.yes or given.dry_run:
        return True
    if not sys.stdin.isatty():
        raise CommandFailedError("say --yes if that is what you want", Exit.USAGE)
    return click.confirm("Go on?")
