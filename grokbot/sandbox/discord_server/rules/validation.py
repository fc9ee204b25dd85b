"""Validates a message's form. PURE.

Here: lengths, counts and shapes of content, embeds, components and allowed mentions, with Discord's own error codes
(documented under "Message", "Embed limits", "Component reference"). Lengths are code points.
Not here: permissions, rate limits, commands (state/commands.py).
"""

from collections import Counter
from typing import Any

from grokbot.sandbox.discord_server.rules.errors import FormErrors, refusal
from grokbot.sandbox.discord_server.rules.protocol import COMPONENTS_V2, Json, walk

CONTENT_MAX = 2000
EMBEDS_MAX = 10
EMBED_TOTAL_MAX = 6000
ROWS_MAX = 5
V2_PARTS_MAX = 40
V2_TEXT_MAX = 4000
ATTACHMENTS_MAX = 10
ALLOWED_MENTIONS_MAX = 100

_EMBED_TEXTS = {"title": 256, "description": 4096}
_EMBED_FIELDS_MAX = 25
_BUTTON, _STRING_SELECT, _ROW, _LINK, _PREMIUM = 2, 3, 1, 5, 6
_INTERACTIVE = {2, 3, 5, 6, 7, 8}
_V1_TOP = {_ROW}
_V2_TOP = {1, 9, 10, 12, 13, 14, 17}
_TEXT_DISPLAY = 10
_SECTION, _CONTAINER = 9, 17
_SECTION_TEXTS_MAX = 3
_CHILDREN = {_ROW: _INTERACTIVE, _SECTION: {_TEXT_DISPLAY}, _CONTAINER: {1, 9, 10, 12, 13, 14}}
"""What may stand in what (documented with each component)."""
_ACCESSORIES = {2, 11}
_VALUES_MAX = 25


def check_message(body: Json, *, flags: int, files: int = 0) -> None:
    """Check the fields of a sent or edited message; absent fields are not checked.

    Args:
        body: The request's JSON.
        flags: The message's flags, some of which change what is allowed.
        files: How many files it has.

    Raises:
        RefusedError: 50035 with all field errors.
    """
    errors = FormErrors()
    content = body.get("content")
    if content is not None:
        if not isinstance(content, str):
            errors.add("content", "STRING_TYPE_CONVERT", "Could not interpret value as string.")
        else:
            errors.length("content", content.strip(), 0, CONTENT_MAX)
    _check_embeds(errors, body.get("embeds") or [])
    _check_components(errors, body.get("components") or [], flags=flags)
    if flags & COMPONENTS_V2 and (content or body.get("embeds")):
        field = "content" if content else "embeds"
        text = f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        errors.add(field, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)
    if max(files, len(body.get("attachments") or [])) > ATTACHMENTS_MAX:
        errors.add("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {ATTACHMENTS_MAX} or fewer in length.")
    nonce = body.get("nonce")
    if nonce is not None:
        errors.length("nonce", str(nonce), 0, 25)
    allowed = body.get("allowed_mentions")
    if allowed is not None:
        _check_allowed_mentions(errors, allowed)
    errors.check()


def check_not_empty(*parts: object) -> None:
    """Refuse an empty message: no text, embeds, files, components or stickers.

    Raises:
        RefusedError: 50006.
    """
    if not any(parts):
        raise refusal("empty_message")


def _check_embeds(errors: FormErrors, embeds: list[Json]) -> None:
    if len(embeds) > EMBEDS_MAX:
        errors.add("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {EMBEDS_MAX} or fewer in length.")
    total = 0
    for index, embed in enumerate(embeds):
        path = f"embeds.{index}"
        for name, most in _EMBED_TEXTS.items():
            errors.length(f"{path}.{name}", embed.get(name) or "", 0, most)
            total += len(embed.get(name) or "")
        footer, author = (embed.get("footer") or {}).get("text") or "", (embed.get("author") or {}).get("name") or ""
        errors.length(f"{path}.footer.text", footer, 0, 2048)
        errors.length(f"{path}.author.name", author, 0, 256)
        total += len(footer) + len(author)
        fields = embed.get("fields") or []
        if len(fields) > _EMBED_FIELDS_MAX:
            errors.add(f"{path}.fields", "BASE_TYPE_MAX_LENGTH", f"Must be {_EMBED_FIELDS_MAX} or fewer in length.")
        for number, field in enumerate(fields):
            errors.length(f"{path}.fields.{number}.name", field.get("name") or "", 1, 256)
            errors.length(f"{path}.fields.{number}.value", field.get("value") or "", 1, 1024)
            total += len(field.get("name") or "") + len(field.get("value") or "")
    if total > EMBED_TOTAL_MAX:
        errors.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL_MAX}")


def _check_components(errors: FormErrors, parts: list[Json], *, flags: int) -> None:
    v2 = bool(flags & COMPONENTS_V2)
    top = _V2_TOP if v2 else _V1_TOP
    if not v2 and len(parts) > ROWS_MAX:
        errors.add("components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {ROWS_MAX} in length.")
    for index, part in enumerate(parts):
        if part.get("type") not in top:
            errors.choice(f"components.{index}.type", ", ".join(str(kind) for kind in sorted(top)))
        _check_part(errors, f"components.{index}", part)
    everything = walk(parts)
    if v2 and len(everything) > V2_PARTS_MAX:
        errors.add("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"Must be {V2_PARTS_MAX} or fewer.")
    if sum(len(p.get("content") or "") for p in everything if p.get("type") == _TEXT_DISPLAY) > V2_TEXT_MAX:
        text = f"The total displayable text size exceeds maximum size of {V2_TEXT_MAX}"
        errors.add("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)
    ids = Counter(p["custom_id"] for p in everything if p.get("custom_id"))
    if any(count > 1 for count in ids.values()):
        errors.add("components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")


def _check_part(errors: FormErrors, path: str, part: Json) -> None:
    kind = part.get("type")
    if kind == _ROW:
        _check_row(errors, path, part.get("components") or [])
    elif kind == _BUTTON:
        _check_button(errors, path, part)
    elif kind in _INTERACTIVE:
        _check_select(errors, path, part)
    elif kind == _TEXT_DISPLAY:
        errors.length(f"{path}.content", part.get("content") or "", 1, V2_TEXT_MAX)
    elif kind == _SECTION:
        _check_section(errors, path, part)
    allowed = _CHILDREN.get(kind or 0)
    for index, inner in enumerate(part.get("components") or []):
        if allowed is not None and inner.get("type") not in allowed:
            errors.choice(f"{path}.components.{index}.type", ", ".join(map(str, sorted(allowed))))
        _check_part(errors, f"{path}.components.{index}", inner)
    for key in ("accessory", "component"):
        if isinstance(part.get(key), dict):
            _check_part(errors, f"{path}.{key}", part[key])


def _check_section(errors: FormErrors, path: str, part: Json) -> None:
    if not 1 <= len(part.get("components") or []) <= _SECTION_TEXTS_MAX:
        text = f"Must be between 1 and {_SECTION_TEXTS_MAX} in length."
        errors.add(f"{path}.components", "BASE_TYPE_BAD_LENGTH", text)
    if not isinstance(part.get("accessory"), dict):
        errors.required(f"{path}.accessory")
    elif part["accessory"].get("type") not in _ACCESSORIES:
        errors.choice(f"{path}.accessory.type", ", ".join(map(str, sorted(_ACCESSORIES))))


def _check_row(errors: FormErrors, path: str, inner: list[Json]) -> None:
    if not 1 <= len(inner) <= ROWS_MAX:
        errors.add(f"{path}.components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {ROWS_MAX} in length.")
    selects = [part for part in inner if part.get("type") != _BUTTON]
    if selects and len(inner) > 1:
        errors.add(f"{path}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "Width of row exceeded")


def _check_button(errors: FormErrors, path: str, part: Json) -> None:
    style, label, custom_id = part.get("style"), part.get("label"), part.get("custom_id")
    if style not in {1, 2, 3, 4, _LINK, _PREMIUM}:
        errors.choice(f"{path}.style", "1, 2, 3, 4, 5, 6")
    if label is not None:
        errors.length(f"{path}.label", label, 0, 80)
    if style == _LINK:
        if not part.get("url"):
            errors.required(f"{path}.url")
        if custom_id:
            text = "A custom id and url cannot both be specified"
            errors.add(path, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", text)
    elif style != _PREMIUM:
        _check_custom_id(errors, path, custom_id)
    if style != _PREMIUM and not label and not part.get("emoji"):
        errors.add(path, "BUTTON_COMPONENT_INVALID_LABEL", "A button must have a label or emoji")


def _check_select(errors: FormErrors, path: str, part: Json) -> None:
    _check_custom_id(errors, path, part.get("custom_id"))
    errors.length(f"{path}.placeholder", part.get("placeholder") or "", 0, 150)
    least, most = (1 if part.get(key) is None else part[key] for key in ("min_values", "max_values"))
    if not 0 <= least <= most <= _VALUES_MAX:
        text = f"int value should be less than or equal to {_VALUES_MAX}."
        errors.add(f"{path}.max_values", "NUMBER_TYPE_MAX", text)
    if part.get("type") != _STRING_SELECT:
        return
    options = part.get("options") or []
    values = [option.get("value") for option in options]
    if len(set(values)) < len(values):
        errors.add(f"{path}.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "An option value is doubled")
    if not 1 <= len(options) <= 25:  # noqa: PLR2004 -- documented: 25 choices
        errors.add(f"{path}.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    for index, option in enumerate(options):
        errors.length(f"{path}.options.{index}.label", str(option.get("label") or ""), 1, 100)
        errors.length(f"{path}.options.{index}.value", str(option.get("value") or ""), 1, 100)
        errors.length(f"{path}.options.{index}.description", str(option.get("description") or ""), 0, 100)


def _check_custom_id(errors: FormErrors, path: str, custom_id: Any) -> None:
    if custom_id is None:
        errors.required(f"{path}.custom_id")
    else:
        errors.length(f"{path}.custom_id", str(custom_id), 1, 100)


def _check_allowed_mentions(errors: FormErrors, allowed: Json) -> None:
    parse = allowed.get("parse") or []
    for index, kind in enumerate(parse):
        if kind not in {"users", "roles", "everyone"}:
            errors.choice(f"allowed_mentions.parse.{index}", "'roles', 'users', 'everyone'")
    for kind in ("users", "roles"):
        listed = allowed.get(kind) or []
        if len(listed) > ALLOWED_MENTIONS_MAX:
            text = f"Must be {ALLOWED_MENTIONS_MAX} or fewer in length."
            errors.add(f"allowed_mentions.{kind}", "BASE_TYPE_MAX_LENGTH", text)
        if listed and kind in parse:
            text = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            errors.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)
