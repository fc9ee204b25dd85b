"""The application's commands: the synced ones, and whether a person's call matches one.

Here: global and guild commands, and validating a call as Discord's client does before it sends anything. Not here: the
form of commands (rules/command_form.py), the interaction that follows (interactions.py).
"""

from typing import Any

from grokbot.sandbox.discord_server.rules.command_form import (
    BOOLEAN,
    CHAT_INPUT,
    COMMANDS_MAX,
    GROUP,
    INTEGER,
    LOCALIZED,
    NUMBER,
    STRING,
    SUB_COMMAND,
    check_command,
)
from grokbot.sandbox.discord_server.rules.errors import FormErrors, refusal
from grokbot.sandbox.discord_server.rules.protocol import Json


class CommandNotOfferedError(LookupError):
    """The person's client offers no such command here: never synced, or not for this place or person."""


class BadOptionError(ValueError):
    """The client would not send this: an option is missing, unknown or of the wrong type."""


class CommandBook:
    """Synced commands by scope: None for global, else a guild's id."""

    def __init__(self) -> None:
        self._scopes: dict[int | None, dict[tuple[str, int], Json]] = {}
        self.revision = 0
        """Grows with every change."""

    def listed(self, scope: int | None, *, localized: bool = True) -> list[Json]:
        """All commands of a scope, with or without every language ("Retrieving localized commands")."""
        found = list(self._scopes.get(scope, {}).values())
        return found if localized else [_in_default_language(command) for command in found]

    def overwrite(self, scope: int | None, bodies: list[Json], ids: list[int], application_id: int) -> list[Json]:
        """Replace all commands of a scope; a command with the same name and kind keeps its id.

        Args:
            scope: A guild's id; None: the global commands.
            bodies: The commands, as JSON.
            ids: Fresh ids, one for each body.
            application_id: The bot's.

        Raises:
            RefusedError: 50035 for an invalid form, 30032 for too many.
        """
        errors = FormErrors()
        for index, body in enumerate(bodies):
            check_command(errors, str(index), body)
        keys = [(b.get("name"), int(b.get("type") or CHAT_INPUT)) for b in bodies]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                text = "Application command names must be unique"
                errors.add(str(index), "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
        errors.check()
        for kind, most in COMMANDS_MAX.items():
            if sum(1 for _, k in keys if k == kind) > most:
                raise refusal("too_many_commands")
        old = self._scopes.get(scope, {})
        made = [_stored(b, scope, i, application_id, old) for b, i in zip(bodies, ids, strict=True)]
        self._scopes[scope] = {(c["name"], c["type"]): c for c in made}
        self.revision += 1
        return made

    def upsert(self, scope: int | None, body: Json, fresh_id: int, application_id: int) -> Json:
        """Add or replace one command.

        Args:
            scope: A guild's id; None: the global commands.
            body: The command, as JSON.
            fresh_id: The id of a new command.
            application_id: The bot's.

        Raises:
            RefusedError: 50035 for an invalid form.
        """
        errors = FormErrors()
        check_command(errors, "", body)
        errors.check()
        known = self._scopes.setdefault(scope, {})
        made = _stored(body, scope, fresh_id, application_id, known)
        known[made["name"], made["type"]] = made
        self.revision += 1
        return made

    def get(self, scope: int | None, command_id: int) -> Json:
        """One command by id.

        Raises:
            RefusedError: 10063.
        """
        for command in self._scopes.get(scope, {}).values():
            if command["id"] == str(command_id):
                return command
        raise refusal("unknown_command")

    def remove(self, scope: int | None, command_id: int) -> None:
        """Delete one command.

        Raises:
            RefusedError: 10063.
        """
        command = self.get(scope, command_id)
        del self._scopes[scope][command["name"], command["type"]]
        self.revision += 1

    def all_for(self, guild_id: int | None) -> list[Json]:
        """All commands synced for a guild, its own before the global ones; None: for direct messages."""
        scopes = [self._scopes.get(scope, {}) for scope in dict.fromkeys((None, guild_id))]
        return list({key: command for commands in scopes for key, command in commands.items()}.values())

    def find(self, name: str, kind: int, guild_id: int | None) -> Json:
        """The command that a client offers: the guild's before the global one.

        Args:
            name: Without groups.
            kind: Discord's number: 1 a slash command, 2 and 3 in menus of users and messages.
            guild_id: The guild; None in direct messages.

        Raises:
            CommandNotOfferedError: neither was ever synced.
        """
        for scope in dict.fromkeys((guild_id, None)):
            command = self._scopes.get(scope, {}).get((name, kind))
            if command is not None:
                return command
        synced = sorted({n for commands in self._scopes.values() for n, k in commands if k == kind})
        raise CommandNotOfferedError(f"no command {name!r} was synced; synced are: {', '.join(synced) or 'none'}")


def read_call(command: Json, path: list[str], given: dict[str, Any]) -> tuple[list[Json], list[tuple[Json, Any]]]:
    """Match a person's input to a command.

    Args:
        command: the synced command.
        path: names of group and subcommand, if any.
        given: option values by name.

    Returns:
        The options as nested JSON without values of objects (the caller fills those in), and the leaf options, each
        with its declaration.

    Raises:
        BadOption: the client would not send this.
    """
    shells, declared = options_at(command, path)
    unknown = set(given) - {o["name"] for o in declared}
    if unknown:
        raise BadOptionError(f"/{command['name']} has no option {', '.join(sorted(unknown))}")
    leaves: list[tuple[Json, Any]] = []
    for option in declared:
        value = given.get(option["name"])
        if value is not None:
            _check_value(option, value)
            leaves.append((option, value))
        elif option.get("required"):
            raise BadOptionError(f"/{command['name']} needs the option {option['name']!r}")
    return shells, leaves


def options_at(command: Json, path: list[str]) -> tuple[list[Json], list[Json]]:
    """The still empty JSON of group and subcommand, and the options declared at the end of the path.

    Raises:
        BadOption: there is no such path, or it is incomplete.
    """
    declared: list[Json] = command.get("options") or []
    shells: list[Json] = []
    for step in path:
        inner = next((o for o in declared if o["name"] == step and o["type"] in {SUB_COMMAND, GROUP}), None)
        if inner is None:
            raise BadOptionError(f"/{command['name']} has no subcommand {step!r}")
        shells.append({"name": step, "type": inner["type"], "options": []})
        declared = inner.get("options") or []
    if any(o["type"] in {SUB_COMMAND, GROUP} for o in declared):
        raise BadOptionError(f"/{command['name']} needs a subcommand: {', '.join(o['name'] for o in declared)}")
    return shells, declared


def kinds_of(offered: list[Json], line: str) -> dict[str, int] | None:
    """The types of a slash command's options, by name; None if it is not offered.

    Args:
        offered: The commands that there are.
        line: Its name, with group and subcommand.

    Raises:
        BadOption: there is no such subcommand.
    """
    name, *path = line.split() or [""]
    command = next((c for c in offered if (c["name"], c["type"]) == (name, CHAT_INPUT)), None)
    return None if command is None else {o["name"]: o["type"] for o in options_at(command, path)[1]}


def _check_value(option: Json, value: Any) -> None:
    name, kind = option["name"], option["type"]
    wanted: dict[int, type | tuple[type, ...]] = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)}
    fits = isinstance(value, wanted.get(kind, object)) and not (kind in {INTEGER, NUMBER} and isinstance(value, bool))
    if not fits:
        raise BadOptionError(f"{name!r} takes another kind of value than {type(value).__name__}")
    choices = [c["value"] for c in option.get("choices") or []]
    if choices and value not in choices:
        raise BadOptionError(f"{name!r} must be one of {choices}")
    size = len(value) if kind == STRING else value if kind in {INTEGER, NUMBER} else None
    if size is None:
        return
    low, high = ("min_length", "max_length") if kind == STRING else ("min_value", "max_value")
    if option.get(low) is not None and size < option[low]:
        raise BadOptionError(f"{name!r} is below {option[low]}")
    if option.get(high) is not None and size > option[high]:
        raise BadOptionError(f"{name!r} is above {option[high]}")


def _stored(
    body: Json, scope: int | None, fresh_id: int, application_id: int, old: dict[tuple[str, int], Json]
) -> Json:
    kind = int(body.get("type") or CHAT_INPUT)
    known = old.get((body["name"], kind))
    defaults: Json = {"description": "", "options": [], "default_member_permissions": None, "nsfw": False}
    if scope is None:
        defaults |= {"dm_permission": True, "contexts": None, "integration_types": [0]}
    else:
        defaults["guild_id"] = str(scope)
    made = defaults | body | {"type": kind, "application_id": str(application_id), "version": str(fresh_id)}
    made["id"] = known["id"] if known else str(fresh_id)
    return made


def _in_default_language(body: Json) -> Json:
    plain = {key: value for key, value in body.items() if key not in LOCALIZED}
    parts = {key: [_in_default_language(each) for each in body[key]] for key in ("options", "choices") if body.get(key)}
    return plain | parts
