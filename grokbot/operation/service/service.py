"""What `grokbot service` does: looks, plans, and carries out, for each of its commands.

Not here: asking and printing (`terminal.commands.service_work`), single steps (`plan`, `executor`).
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

from grokbot.operation.service import packages, plan, source
from grokbot.operation.service.executor import Executor
from grokbot.operation.service.layout import CURRENT, PREVIOUS, BotLayout, ServiceError
from grokbot.operation.service.steps import (
    AwaitReady,
    DatabaseBackup,
    DatabaseRestore,
    Link,
    ServicePlan,
    WantedService,
)
from grokbot.operation.service.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from grokbot.operation.service.machine import Machine
    from grokbot.operation.service.steps import Step
    from grokbot.operation.service.survey import Facts, InstalledVersion

NOT_INSTALLED = "No grokbot service is installed here. `grokbot service install` installs one."
NO_OTHER = "There is no other version to go back to. `grokbot service status` shows the versions that are kept."


class Teller(Protocol):
    """Shows the operator what happens."""

    def planned(self, made: ServicePlan) -> None:
        """A plan that is not carried out."""

    def doing(self, step: Step) -> None:
        """A step that begins."""

    def note(self, text: str) -> None:
        """A sentence."""

    def status(self, text: str) -> None:
        """What a starting daemon says."""


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """What several commands take.

    Args:
        source: Where the new version comes from; None: the program that is running.
        wheels: A folder with all packages; None: from where this machine is told to.
        python: The interpreter; None: the best that is there.
        seconds: How long to wait until a bot is ready.
        dry_run: Whether the plan is only shown.
        extras: Extras of grokbot, beside those that are installed already.
    """

    source: str | None = None
    wheels: Path | None = None
    python: str | None = None
    seconds: float = 120.0
    dry_run: bool = False
    extras: tuple[str, ...] = ()


class Service:
    """The commands, on one machine.

    Args:
        machine: The machine.
        teller: Shows what happens.
        options: How.
    """

    def __init__(self, machine: Machine, teller: Teller, options: ServiceOptions) -> None:
        self._machine = machine
        self._teller = teller
        self._options = options

    def missing_secrets(self, layout: BotLayout) -> Sequence[str]:
        """The credentials that a bot does not have yet."""
        return plan.missing_secrets(survey(self._machine, layout), layout)

    def install(
        self,
        layout: BotLayout,
        secrets: Mapping[str, str],
        *,
        webhook: str = "",
        encrypt: bool = False,
        start: bool = True,
    ) -> bool:
        """Install a bot, or complete its installation. Returns whether there was anything to do.

        Args:
            layout: The bot.
            secrets: Values of credentials, by setting; others are kept.
            webhook: The address to which failures are posted; "": as it is.
            encrypt: Whether they are encrypted.
            start: Whether the bot is started.

        Raises:
            ServiceError: Says what to do.
        """
        with self._wish(secrets, webhook=webhook, encrypt=encrypt, start=start) as wish:
            made = plan.install(survey(self._machine, layout), layout, wish)
            if start and not self._machine.systemd.runs:
                self._teller.note("systemd does not run this machine now: the bot starts when it does.")
            return self._carry_out(made)

    def update(self) -> bool:
        """Switch all bots to another version, and back again if one of them does not get ready.

        Raises:
            ServiceError: Says what failed, and which version runs now.
        """
        facts = self._installed()
        with self._wish({}) as wish:
            old = facts.current
            copies = self._backups(facts, old.release.version if old else "unknown")
            before, switch, after = plan.update(facts, wish, copies)
            steps = (*before.steps, *switch.steps, *after.steps)
            self._say_where_to(steps)
            if self._options.dry_run:
                return self._carry_out(ServicePlan(steps, switch.notes))
            self._carry_out(before)
            with self._or_back_to(old if any(isinstance(step, Link) for step in switch.steps) else None, facts):
                self._carry_out(switch)
            self._carry_out(after)
            if steps:
                self._teller.note("Done. `grokbot service rollback` goes back.")
        return bool(steps)

    def rollback(self, version: str | None, allowed: Callable[[str], bool]) -> None:
        """Switch all bots to a version that is kept: by default the one before the last switch.

        Args:
            version: Its folder's name.
            allowed: Asked before a database is replaced by an older copy.

        Raises:
            ServiceError: There is no such version, or no copy of a database that it can read.
        """
        facts = self._installed()
        if version is None:
            to = facts.previous
        else:
            to = next((each for each in facts.versions if each.folder.endswith(f"/{version}")), None)
        if to is None or to == facts.current:
            known = ", ".join(each.folder.rpartition("/")[2] for each in facts.versions)
            raise ServiceError(
                NO_OTHER if version is None else f"There is no version {version}. Kept: {known}.", usage=True
            )
        restores = self._restores(facts, to, allowed)
        left = facts.current.folder if facts.current is not None else None
        made = plan.switch_back(facts, to, self._options.seconds, restores, left)
        self._say_where_to(made.steps)
        with self._or_back_to(facts.current if not restores and not self._options.dry_run else None, facts):
            self._carry_out(made)

    def uninstall(self, layout: BotLayout, *, purge: bool) -> bool:
        """Take a bot away. Returns whether there was anything to take away.

        Args:
            layout: The bot.
            purge: Whether its data, configuration and credentials go too.

        Raises:
            ServiceError: Says what failed.
        """
        return self._carry_out(plan.uninstall(survey(self._machine, layout), layout, purge=purge))

    def _say_where_to(self, steps: Sequence[Step]) -> None:
        """From which version to which, by the names of their folders."""
        for step in steps:
            if isinstance(step, Link) and step.path == CURRENT:
                before, to = (path.rpartition("/")[2] for path in (step.before or "nothing", step.target))
                self._teller.note(f"grokbot {before} → {to}")

    def _installed(self) -> Facts:
        facts = survey(self._machine, BotLayout())
        if facts.current is None:
            raise ServiceError(NOT_INSTALLED, absent=True)
        return facts

    @contextmanager
    def _wish(
        self, secrets: Mapping[str, str], *, webhook: str = "", encrypt: bool = False, start: bool = True
    ) -> Iterator[WantedService]:
        options = self._options
        with tempfile.TemporaryDirectory(prefix="grokbot-") as work:
            recipe = packages.recipe(options.python, options.wheels)
            release = source.release_from(options.source, recipe, Path(work))
            yield WantedService(release, recipe, secrets, options.extras, webhook, encrypt, start, options.seconds)

    def _carry_out(self, made: ServicePlan) -> bool:
        for note in made.notes:
            self._teller.note(note)
        if self._options.dry_run:
            self._teller.planned(made)
        else:
            try:
                Executor(self._machine, self._teller.doing, self._teller.status).carry_out(made.steps)
            except ServiceError:
                self._show_logs(made)
                raise
        return bool(made.steps)

    def _show_logs(self, made: ServicePlan) -> None:
        """The last lines of what was waited for in vain."""
        for step in made.steps:
            if isinstance(step, AwaitReady) and not self._machine.systemd.state(step.unit).active:
                for line in self._machine.systemd.log(step.unit):
                    self._teller.note(f"  {line}")

    @contextmanager
    def _or_back_to(self, old: InstalledVersion | None, before: Facts) -> Iterator[None]:
        """If a switch fails or is interrupted, the version that ran before runs again, with all bots that ran.

        Raises:
            ServiceError: The switch failed.
        """
        try:
            yield
        except KeyboardInterrupt:
            if old is None:
                raise
            self._go_back(ServiceError("It was interrupted."), old, before)
        except ServiceError as error:
            if old is None or not old.works:
                raise
            self._go_back(error, old, before)

    def _go_back(self, error: ServiceError, old: InstalledVersion, before: Facts) -> NoReturn:
        ran = frozenset(
            bot.unit for bot in before.running
        )  # one that is not enabled is stopped now, and no less wanted
        facts = replace(survey(self._machine, BotLayout()), enabled=ran)
        self._teller.note(f"{error} Going back to {old.release.version}.")
        try:
            restores = self._restores(facts, old, self._told)
            previous = before.links.get(PREVIOUS)  # not the version that has just failed
            self._carry_out(plan.switch_back(facts, old, self._options.seconds, restores, previous))
        except ServiceError as second:
            text = f"The switch failed: {error} So did going back to {old.release.version}: {second}"
            raise ServiceError(text) from None
        raise ServiceError(f"The switch failed, and {old.release.version} runs again. {error}") from None

    def _told(self, text: str) -> bool:
        """What is lost is said where nobody can be asked."""
        self._teller.note(text)
        return True

    def _backups(self, facts: Facts, version: str) -> Sequence[DatabaseBackup]:
        """Copies of the databases as they are before a switch from a version."""
        from grokbot.operation.service.database import database_of  # noqa: PLC0415 - it loads the settings and SQL

        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        found = [database_of(self._machine, bot) for bot in facts.running]
        return [
            DatabaseBackup(each.path, each.copy_before(version, stamp), tuple(each.too_many_copies()))
            for each in found
            if each is not None and each.exists
        ]

    def _restores(
        self, facts: Facts, to: InstalledVersion, allowed: Callable[[str], bool]
    ) -> Sequence[DatabaseRestore]:
        """The restores of databases that a version cannot read. Each is asked for."""
        from grokbot.operation.service.database import database_of  # noqa: PLC0415 - as above

        found = []
        for bot in facts.running:
            database = database_of(self._machine, bot)
            if database is None or database.readable_with(to.release.schema):
                continue
            copy, lost = database.copy_for(to.release.version, to.release.schema)
            if not allowed(lost):
                raise ServiceError("Nothing was changed.")
            found.append(DatabaseRestore(database.path, copy))
        return found
