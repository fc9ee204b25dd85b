"""What is to be done, from what is there and what is wanted. Pure: values in, steps out, and no step where all is well.

Not here: looking (`survey`), doing (`executor`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.operation.service import layout as places
from grokbot.operation.service.layout import ServiceError
from grokbot.operation.service.release import EXAMPLE
from grokbot.operation.service.steps import (
    AwaitReady,
    DatabaseBackup,
    DatabaseRestore,
    Environment,
    Link,
    Removal,
    SecretFile,
    ServicePlan,
    Step,
    Systemctl,
    TextFile,
    WantedService,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grokbot.operation.service.layout import BotLayout
    from grokbot.operation.service.machine import UnitState
    from grokbot.operation.service.release import Release
    from grokbot.operation.service.survey import Facts, InstalledVersion

KEPT_VERSIONS = 3
"""Old versions that stay beside the current one."""

NOT_OURS = "{path} is another program's and stays. The command of the service is {ours}."


def missing_secrets(facts: Facts, layout: BotLayout) -> Sequence[str]:
    """The credentials that a bot does not have yet, and that have to be asked for."""
    return [
        key
        for key in places.SECRETS
        if layout.secret(key) not in facts.secrets and layout.secret(key, encrypted=True) not in facts.secrets
    ]


def install(facts: Facts, layout: BotLayout, wish: WantedService) -> ServicePlan:
    """A bot that runs, starts with the machine, and has all its files. The version that is there stays.

    Args:
        facts: What is there.
        layout: The bot.
        wish: What is wanted.

    Raises:
        ServiceError: A credential is missing.
    """
    current = facts.current if facts.current is not None and facts.current.works else None
    release = current.release if current is not None else wish.release
    steps: list[Step] = [Removal(path) for path in facts.leftovers]
    if current is None:
        folder, made = _version(facts, wish)
        steps += [*made, Link(places.CURRENT, folder, facts.links.get(places.CURRENT))]
    notes = []
    if release.digest != wish.release.digest:
        other = "another build of it" if release.version == wish.release.version else wish.release.version
        notes.append(f"grokbot {release.version} is installed and stays. `grokbot service update` brings {other}.")
    links, left = _links(facts, release)
    if current is not None and not set(wish.extras) <= set(current.extras):
        notes.append(f"`grokbot service update --extra {' --extra '.join(wish.extras)}` brings the extras.")
    secrets = list(_secrets(facts, layout, wish))
    webhook = list(_webhook(facts, wish.webhook))
    units = list(_units(facts, release, [*facts.running, layout], wish.webhook))
    steps += [*links, *_config(facts, layout, release), *secrets, *webhook, *units]
    steps += _read_anew(facts, [step for step in (*secrets, *units) if isinstance(step, TextFile | Removal)])
    if layout.unit not in facts.enabled:
        steps.append(Systemctl(("enable", layout.unit)))
    if wish.start:
        changed = {layout.unit} if secrets else facts.outdated
        for bot in dict.fromkeys((*facts.running, layout)):
            steps += _started(facts, bot, wish.seconds, again=bot.unit in changed or _concerns(units, bot))
    return ServicePlan(tuple(steps), (*notes, *left))


def update(
    facts: Facts, wish: WantedService, copies: Sequence[DatabaseBackup]
) -> tuple[ServicePlan, ServicePlan, ServicePlan]:
    """Another version: what can be done while the bots run, the switch, and what is left to do afterwards.

    The bots are stopped before their databases are copied, so that a copy lacks nothing.

    Args:
        facts: What is there.
        wish: What is wanted.
        copies: Backups of the databases.
    """
    folder, made = _version(facts, wish)
    before = [*(Removal(path) for path in facts.leftovers), *made]
    current = facts.current
    switches = current is None or current.folder != folder or not current.works
    steps: list[Step] = []
    if switches and current is not None:
        steps += [*_stopped(facts), *copies]
        steps.append(Link(places.PREVIOUS, current.folder, facts.links.get(places.PREVIOUS)))
    steps += _switched(facts, wish.release, folder, wish.seconds, stopped=switches and current is not None)
    _, notes = _links(facts, wish.release)
    return (
        ServicePlan(tuple(before)),
        ServicePlan(tuple(steps), tuple(notes)),
        ServicePlan(_old_versions(facts, folder)),
    )


def switch_back(
    facts: Facts,
    to: InstalledVersion,
    seconds: float,
    copies: Sequence[DatabaseBackup | DatabaseRestore],
    previous: str | None,
) -> ServicePlan:
    """To a version that is installed.

    Args:
        facts: What is there.
        to: The version.
        seconds: How long to wait until the bots are ready.
        copies: What happens to databases while the bots are stopped.
        previous: The folder of the version that then counts as the one before; None: there is none.
    """
    steps: list[Step] = [*_stopped(facts), *copies]
    before = facts.links.get(places.PREVIOUS)
    if previous is not None and previous != before:
        steps.append(Link(places.PREVIOUS, previous, before))
    elif previous is None and before is not None:
        steps.append(Removal(places.PREVIOUS))
    return ServicePlan((*steps, *_switched(facts, to.release, to.folder, seconds, stopped=True)))


def uninstall(facts: Facts, layout: BotLayout, *, purge: bool) -> ServicePlan:
    """Nothing left of a bot but its data, configuration and credentials; with `purge` not even those.

    The program and the units go with the last bot. What the operator added to units is configuration.

    Args:
        facts: What is there.
        layout: The bot.
        purge: Whether data, configuration and credentials go.
    """
    steps: list[Step] = []
    state = facts.units[layout.unit]
    if layout.unit in facts.enabled or (facts.runs and (state.active or state.starting)):
        steps.append(Systemctl(("disable", *(["--now"] if facts.runs else []), layout.unit)))
    last = not any(bot != layout for bot in facts.running)
    paths = [layout.drop_ins] if purge else [f"{layout.drop_ins}/{places.ENCRYPTED}"]
    if last:
        paths += [f"{places.UNITS}/{unit}" for unit in (places.MAIN_UNIT, places.TEMPLATE, places.FAILED_UNIT)]
        folders = [places.drop_ins_for_all(unit) for unit in (places.MAIN_UNIT, places.TEMPLATE)]
        paths += folders if purge else [f"{each}/{name}" for each in folders for name in places.DROP_INS]
        paths += [path for path, target in facts.links.items() if target.startswith(f"{places.OPT}/")]
        paths += [places.OPT]
    if purge:
        paths += [layout.state, layout.private_state, layout.config]
        paths += [path for path in facts.secrets if last or path != places.WEBHOOK]
        paths += [layout.secrets] if layout.name else []
    there = {*facts.texts, *facts.folders, *facts.secrets, *facts.links}
    inside = (places.CURRENT, places.PREVIOUS)
    steps += [Removal(path) for path in dict.fromkeys(paths) if path in there and path not in inside]
    if facts.runs and any(isinstance(step, Removal) and step.path.startswith(places.UNITS) for step in steps):
        steps.append(Systemctl(("daemon-reload",)))
    return ServicePlan(tuple(steps))


def _version(facts: Facts, wish: WantedService) -> tuple[str, Sequence[Step]]:
    """The folder of the wanted release, and the steps that make it unless it is there."""
    extras = tuple(sorted({*wish.extras, *(facts.current.extras if facts.current is not None else ())}))
    for version in facts.versions:
        if version.works and version.release.digest == wish.release.digest and version.extras == extras:
            return version.folder, ()
    name = f"{places.VERSIONS}/{wish.release.version}"
    same = [version.folder for version in facts.versions if version.release.version == wish.release.version]
    numbers = [int(folder.removeprefix(name).removeprefix("-") or 1) for folder in same]
    folder = f"{name}-{max(numbers) + 1}" if numbers else name
    return folder, (Environment(folder, wish.release, wish.recipe, extras),)


def _switched(facts: Facts, release: Release, folder: str, seconds: float, *, stopped: bool) -> Iterator[Step]:
    """The links and units of a version, and all bots running with it."""
    if facts.links.get(places.CURRENT) != folder:
        yield Link(places.CURRENT, folder, facts.links.get(places.CURRENT))
    links, _ = _links(facts, release)
    yield from links
    units = list(_units(facts, release, facts.running))
    yield from units
    yield from _read_anew(facts, units)
    for bot in facts.running:
        if stopped and facts.runs:
            yield from _begun("start", facts.units[bot.unit], seconds)
        else:
            yield from _started(facts, bot, seconds, again=_concerns(units, bot))


def _links(facts: Facts, release: Release) -> tuple[Sequence[Step], Sequence[str]]:
    """The command and the man pages; and sentences about what somebody else has put there."""
    wanted = {places.COMMAND: f"{places.CURRENT}/bin/grokbot"}
    wanted |= {f"{places.MAN}/{page}": f"{places.CURRENT}/share/man/man1/{page}" for page in release.man_pages}
    steps, notes = [], []
    for path, target in wanted.items():
        there = facts.links.get(path, "")
        if path in facts.taken or (there and not there.startswith(f"{places.OPT}/")):
            notes.append(NOT_OURS.format(path=path, ours=target))
        elif there != target:
            steps.append(Link(path, target, there or None))
    return steps, notes


def _config(facts: Facts, layout: BotLayout, release: Release) -> Iterator[Step]:
    if layout.config not in facts.texts:
        yield TextFile(layout.config, release.text(EXAMPLE))


def _secrets(facts: Facts, layout: BotLayout, wish: WantedService) -> Iterator[Step]:
    """The credentials that are new, or are to be encrypted, or are open to others."""
    there = {key: layout.secret(key, encrypted=True) in facts.secrets for key in places.SECRETS}
    encrypted = wish.encrypt or any(there.values())
    for key in places.SECRETS:
        plain, path = layout.secret(key), layout.secret(key, encrypted=encrypted)
        value = wish.secrets.get(key) or facts.secrets.get(plain, "")
        if not value and not there[key]:
            raise ServiceError(f"{key} is missing. Give it with {_option(key)}, or run this on a terminal.", usage=True)
        if (
            (wish.secrets.get(key) and facts.secrets.get(path) != value)
            or path not in facts.secrets
            or path in facts.loose
        ):
            yield SecretFile(path, key, value, encrypted, replaces=path in facts.secrets)
        if encrypted and plain in facts.secrets:
            yield Removal(plain)
    drop_in = f"{layout.drop_ins}/{places.ENCRYPTED}"
    if encrypted and facts.texts.get(drop_in) != (text := places.encrypted_drop_in(layout)):
        yield TextFile(drop_in, text, facts.texts.get(drop_in))


def _option(key: str) -> str:
    return "--token-file" if key == places.SECRETS[0] else "--key-file"


def _webhook(facts: Facts, address: str) -> Iterator[SecretFile]:
    """Where failures are posted."""
    if address and facts.secrets.get(places.WEBHOOK) != address:
        yield SecretFile(places.WEBHOOK, "webhook", address, replaces=places.WEBHOOK in facts.secrets)


def _units(
    facts: Facts, release: Release, bots: Sequence[BotLayout], webhook: str = ""
) -> Iterator[TextFile | Removal]:
    """The units and drop-ins that differ from the release's."""
    grows = facts.systemd >= places.GROWING_SINCE
    says = bool(webhook) or places.WEBHOOK in facts.secrets
    wanted = {
        places.MAIN_UNIT: release.unit,
        places.TEMPLATE: release.template,
        places.FAILED_UNIT: release.text(places.FAILED_UNIT) if says else "",
    }
    for unit in dict.fromkeys(places.TEMPLATE if bot.name else places.MAIN_UNIT for bot in bots):
        wanted[f"{unit}.d/{places.GROWING}"] = release.text(places.GROWING) if grows else ""
        wanted[f"{unit}.d/{places.ON_FAILURE}"] = release.text(places.ON_FAILURE) if says else ""
    for name, text in wanted.items():
        path = f"{places.UNITS}/{name}"
        if text and facts.texts.get(path) != text:
            yield TextFile(path, text, facts.texts.get(path))
        elif not text and path in facts.texts:
            yield Removal(path)


def _concerns(units: Sequence[TextFile | Removal], bot: BotLayout) -> bool:
    """Whether a bot has to be started again: drop-ins that are not about its process need only be read."""
    return any(step.path == f"{places.UNITS}/{places.TEMPLATE if bot.name else places.MAIN_UNIT}" for step in units)


def _read_anew(facts: Facts, units: Sequence[TextFile | Removal]) -> Iterator[Step]:
    """Also where an interrupted command has changed units before."""
    changed = any(step.path.startswith(places.UNITS) for step in units)
    if facts.runs and (changed or any(state.stale for state in facts.units.values())):
        yield Systemctl(("daemon-reload",))


def _started(facts: Facts, bot: BotLayout, seconds: float, *, again: bool) -> Iterator[Step]:
    state = facts.units[bot.unit]
    if facts.runs and (again or not state.active):
        yield from _begun("restart" if state.active or state.starting else "start", state, seconds)


def _begun(how: str, state: UnitState, seconds: float) -> Iterator[Step]:
    if state.failed:
        yield Systemctl(("reset-failed", state.unit))
    yield Systemctl((how, "--no-block", state.unit))
    yield AwaitReady(state.unit, seconds)


def _stopped(facts: Facts) -> Iterator[Step]:
    """All bots stopped, so that their databases are at rest."""
    if facts.runs and (units := [bot.unit for bot in facts.running]):
        yield Systemctl(("stop", *units))


def _old_versions(facts: Facts, current: str) -> tuple[Step, ...]:
    """Versions that are too old to be kept."""
    left = facts.current.folder if facts.current is not None and facts.current.folder != current else None
    previous = left or facts.links.get(places.PREVIOUS)
    old = [version.folder for version in facts.versions if version.folder not in {current, previous}]
    return tuple(Removal(folder) for folder in old[KEPT_VERSIONS - (previous is not None) :])
