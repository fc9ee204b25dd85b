"""Modals: whether Discord would show one, and what a person's client sends when it is filled in. PURE.

Documented under "Component reference": labels hold text inputs, selects, file uploads, radio and checkbox groups and
checkboxes. Not here: messages (validation.py), the users, roles, channels and files that were chosen (state/).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from grokbot.sandbox.discord_server.rules.errors import FormErrors
from grokbot.sandbox.discord_server.rules.protocol import Json, walk

ROW, STRING, TEXT_INPUT, TEXT, LABEL, FILES, RADIOS, BOXES, BOX = 1, 3, 4, 10, 18, 19, 21, 22, 23
PICKED = (5, 6, 7, 8)
"""Selects of users, roles, both, channels."""
FIELDS = {STRING, TEXT_INPUT, *PICKED, FILES, RADIOS, BOXES, BOX}

PARTS_MAX = 5
_OPTIONS: Mapping[int, tuple[int, int]] = {STRING: (1, 25), RADIOS: (2, 10), BOXES: (1, 10)}
_VALUES_MAX: Mapping[int, int] = {STRING: 25, **dict.fromkeys(PICKED, 25), FILES: 10, BOXES: 10}

Given: TypeAlias = "str | bool | Sequence[str]"


class BadFieldError(Exception):
    """A client would not send this; the text says why."""


def check_modal(data: Json) -> None:
    """Check a modal: title 1 to 45, custom_id 1 to 100, 1 to 5 components, each a label, a text or an old row.

    Raises:
        RefusedError: 50035.
    """
    errors = FormErrors()
    errors.length("data.title", data.get("title") or "", 1, 45)
    _check_id(errors, "data", data)
    parts = data.get("components") or []
    if not 1 <= len(parts) <= PARTS_MAX:
        errors.add("data.components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {PARTS_MAX} in length.")
    for index, part in enumerate(parts):
        path, kind = f"data.components.{index}", part.get("type")
        if kind not in {ROW, TEXT, LABEL}:
            errors.choice(f"{path}.type", f"{ROW}, {TEXT}, {LABEL}")
        elif kind == TEXT:
            errors.length(f"{path}.content", part.get("content") or "", 1, 4000)
        elif kind == LABEL:
            errors.length(f"{path}.label", part.get("label") or "", 1, 45)
            errors.length(f"{path}.description", part.get("description") or "", 0, 100)
            _check_field(errors, f"{path}.component", part.get("component") or {})
        else:
            for number, inner in enumerate(part.get("components") or [{}]):
                _check_field(errors, f"{path}.components.{number}", inner)
    ids = Counter(part["custom_id"] for part in walk(parts) if part.get("custom_id"))
    if any(count > 1 for count in ids.values()):
        errors.add("data.components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    errors.check()


def _check_id(errors: FormErrors, path: str, part: Json) -> None:
    if part.get("custom_id") is None:
        errors.required(f"{path}.custom_id")
    else:
        errors.length(f"{path}.custom_id", str(part["custom_id"]), 1, 100)


def _check_field(errors: FormErrors, path: str, part: Json) -> None:
    kind = part.get("type")
    if kind not in FIELDS:
        errors.choice(f"{path}.type", ", ".join(map(str, sorted(FIELDS))))
        return
    _check_id(errors, path, part)
    errors.length(f"{path}.label", part.get("label") or "", 0, 45)
    errors.length(f"{path}.placeholder", part.get("placeholder") or "", 0, 100 if kind == TEXT_INPUT else 150)
    if kind == TEXT_INPUT:
        errors.length(f"{path}.value", part.get("value") or "", 0, part.get("max_length") or 4000)
    if kind in _OPTIONS:
        low, high = _OPTIONS[kind]
        options = part.get("options") or []
        values = [option.get("value") for option in options]
        if not low <= len(options) <= high:
            errors.add(f"{path}.options", "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
        if len(set(values)) < len(values):
            errors.add(f"{path}.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "An option value is doubled")
        for index, option in enumerate(options):
            errors.length(f"{path}.options.{index}.label", str(option.get("label") or ""), 1, 100)
            errors.length(f"{path}.options.{index}.value", str(option.get("value") or ""), 1, 100)
            errors.length(f"{path}.options.{index}.description", str(option.get("description") or ""), 0, 100)
    if kind in _VALUES_MAX:
        least, most, high = _bounds(part, 1)[0], _bounds(part, 1)[1], _VALUES_MAX[kind]
        if not 0 <= least <= most <= high:
            errors.add(f"{path}.max_values", "NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")


def _bounds(part: Json, most: int) -> tuple[int, int]:
    given = part.get("min_values"), part.get("max_values")
    return (1 if given[0] is None else given[0]), (most if given[1] is None else given[1])


def filled(part: Json, values: dict[str, Any]) -> Json:
    """A modal's part as a client submits it; a field that was left alone keeps its value.

    Args:
        part: The part.
        values: What was filled in, by custom_id; what is used is taken out.

    Raises:
        BadFieldError: A client would not send that.
    """
    done: Json = {"type": part["type"], "id": part.get("id", 0)}
    if part.get("custom_id") is not None:
        done["custom_id"] = part["custom_id"]
        given = values.pop(part["custom_id"], None)
        done |= _value(part, _default(part) if given is None else given)
    if isinstance(part.get("components"), list):
        done["components"] = [filled(inner, values) for inner in part["components"]]
    if isinstance(part.get("component"), dict):
        done["component"] = filled(part["component"], values)
    return done


def _default(part: Json) -> Given:
    chosen = [str(option["value"]) for option in part.get("options") or [] if option.get("default")]
    match part["type"]:
        case 4:
            return str(part.get("value") or "")
        case 21:
            return chosen[0] if chosen else ""
        case 23:
            return bool(part.get("default"))
        case _:
            return chosen or [str(each["id"]) for each in part.get("default_values") or []]


def _value(part: Json, given: Any) -> Json:
    kind, name = part["type"], part["custom_id"]
    if kind == BOX:
        if not isinstance(given, bool):
            raise BadFieldError(f"{name} is a box: it is ticked or not")
        return {"value": given}
    if kind in {TEXT_INPUT, RADIOS}:
        if not isinstance(given, str):
            raise BadFieldError(f"{name} takes one text")
        _check_text(part, given)
        return {"value": given if kind == TEXT_INPUT else given or None}
    chosen = [given] if isinstance(given, str) else given
    if not isinstance(chosen, list):
        raise BadFieldError(f"{name} takes a list")
    least, most = _bounds(part, len(part.get("options") or []) if kind == BOXES else 1)
    required = part.get("required", kind != FILES)
    if (chosen or required) and not least <= len(chosen) <= most:
        raise BadFieldError(f"{name} takes {least} to {most} values")
    _check_known(part, chosen)
    return {"values": chosen}


def _check_text(part: Json, given: str) -> None:
    if not given and part.get("required", True):
        raise BadFieldError(f"{part['custom_id']} has to be filled in")
    if part["type"] == RADIOS and given:
        _check_known(part, [given])
    if part["type"] == TEXT_INPUT and len(given) > (part.get("max_length") or 4000):
        raise BadFieldError(f"{part['custom_id']} is too long")


def _check_known(part: Json, chosen: Sequence[str]) -> None:
    known = {str(option.get("value")) for option in part.get("options") or []}
    if part["type"] in _OPTIONS and (wrong := [value for value in chosen if value not in known]):
        raise BadFieldError(f"{part['custom_id']} has no choice {wrong[0]}")
