"""The form of application commands: Discord's documented limits of names, texts and their languages. Pure.

Not here: which commands there are (state/commands.py).
"""

import re

from grokbot.sandbox.discord_server.rules.errors import FormErrors
from grokbot.sandbox.discord_server.rules.protocol import Json

CHAT_INPUT, ON_USER, ON_MESSAGE = 1, 2, 3
SUB_COMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)

COMMANDS_MAX = {CHAT_INPUT: 100, ON_USER: 5, ON_MESSAGE: 5}
OPTIONS_MAX = 25
TOTAL_MAX = 8000
LOCALES = (
    *("bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "hi", "hr", "hu", "id", "it"),
    *("ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW"),
)
"""Discord's languages ("Locales")."""
LOCALIZED = ("name_localizations", "description_localizations")
_NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")


def check_command(errors: FormErrors, path: str, body: Json) -> None:
    """Notes what is wrong with a command.

    Args:
        errors: Takes what is found.
        path: Where the command stands in the request.
        body: The command.
    """
    at = f"{path}." if path else ""
    name, kind = body.get("name"), int(body.get("type") or CHAT_INPUT)
    if kind not in COMMANDS_MAX:
        errors.choice(f"{at}type", "1, 2, 3")
    if not name:
        errors.required(f"{at}name")
        return
    if kind != CHAT_INPUT:
        errors.length(f"{at}name", name, 1, 32)
        _check_localized(errors, at, body, menu=True)
        if body.get("description"):
            text = "Context menu commands cannot have description"
            errors.add(f"{at}description", "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID", text)
        return
    _check_name(errors, f"{at}name", name)
    errors.length(f"{at}description", body.get("description") or "", 1, 100)
    _check_localized(errors, at, body)
    _check_options(errors, at, body.get("options") or [], depth=0)
    if _size(body) > TOTAL_MAX:
        text = f"Command exceeds maximum size ({TOTAL_MAX})"
        errors.add(path or "name", "APPLICATION_COMMAND_TOO_LARGE", text)


def _check_options(errors: FormErrors, at: str, options: list[Json], *, depth: int) -> None:
    if len(options) > OPTIONS_MAX:
        errors.add(f"{at}options", "BASE_TYPE_MAX_LENGTH", f"Must be {OPTIONS_MAX} or fewer in length.")
    names = [o.get("name") for o in options]
    optional_seen = False
    for index, option in enumerate(options):
        here = f"{at}options.{index}"
        _check_name(errors, f"{here}.name", option.get("name") or "")
        errors.length(f"{here}.description", option.get("description") or "", 1, 100)
        _check_localized(errors, f"{here}.", option)
        if option.get("name") in names[:index]:
            errors.add(f"{here}.name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option names must be unique")
        if option.get("required") and optional_seen:
            text = "Required options must be placed before non-required options"
            errors.add(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        optional_seen = optional_seen or not option.get("required")
        kind = option.get("type")
        if kind in {SUB_COMMAND, GROUP}:
            if depth + (kind == SUB_COMMAND) > 2:  # noqa: PLR2004 -- one group, one subcommand, no deeper
                errors.add(here, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command nesting is too deep")
            _check_options(errors, f"{here}.", option.get("options") or [], depth=depth + 1)
        elif kind not in range(STRING, ATTACHMENT + 1):
            errors.choice(f"{here}.type", ", ".join(str(k) for k in range(1, ATTACHMENT + 1)))
        _check_choices(errors, f"{here}.choices", option.get("choices") or [])


def _check_choices(errors: FormErrors, at: str, choices: list[Json]) -> None:
    if len(choices) > OPTIONS_MAX:
        errors.add(at, "BASE_TYPE_MAX_LENGTH", f"Must be {OPTIONS_MAX} or fewer in length.")
    for index, choice in enumerate(choices):
        errors.length(f"{at}.{index}.name", str(choice.get("name") or ""), 1, 100)
        for locale, name in _localized(errors, f"{at}.{index}.", choice, "name_localizations"):
            errors.length(f"{at}.{index}.name_localizations.{locale}", name, 1, 100)


def _check_name(errors: FormErrors, path: str, name: str) -> None:
    if not _NAME.fullmatch(name) or name != name.lower():
        text = "Command name is invalid"
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", text)


def _check_localized(errors: FormErrors, at: str, body: Json, *, menu: bool = False) -> None:
    """What it says in other languages follows the rules of what it says in its own."""
    for locale, name in _localized(errors, at, body, "name_localizations"):
        path = f"{at}name_localizations.{locale}"
        if menu:
            errors.length(path, name, 1, 32)
        else:
            _check_name(errors, path, name)
    for locale, text in _localized(errors, at, body, "description_localizations"):
        errors.length(f"{at}description_localizations.{locale}", text, 1, 100)


def _localized(errors: FormErrors, at: str, body: Json, key: str) -> list[tuple[str, str]]:
    given = body.get(key) or {}
    for locale in given:
        if locale not in LOCALES:
            errors.choice(f"{at}{key}.{locale}", ", ".join(sorted(LOCALES)))
    return list(given.items())


def _longest(body: Json, key: str) -> int:
    """Of each text the longest language counts ("Limits" of application commands)."""
    return max(len(str(each or "")) for each in (body.get(key), *(body.get(f"{key}_localizations") or {}).values()))


def _size(body: Json) -> int:
    own = _longest(body, "name") + _longest(body, "description")
    choices = sum(_longest(c, "name") + len(str(c.get("value"))) for c in body.get("choices") or [])
    return own + choices + sum(_size(option) for option in body.get("options") or [])
