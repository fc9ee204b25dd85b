"""No text of a library's error reaches the log of the Discord room: it may hold what people wrote, or an address."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import discord
import pytest

from grokbot.discord_bot.rate_limits import in_short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOM = Path(__file__).parents[2] / "grokbot" / "discord_bot"
CODES = frozenset({"code", "status", "fate"})
"""Attributes of an error that hold no text."""

OURS: Mapping[str, str] = {"discord.away": "a sentence of ours: the address in the settings, and HTTP's status"}
"""Events that may name an error in full, each with the reason."""


MORE_CODES = CODES | {"kind", "__name__", "cause_of", "code_of"}
"""The same in the other rooms."""

SENTENCES: Mapping[str, str] = {
    **dict.fromkeys(("store.not_checked", "store.not_backed_up", "store.taken_away"), "a sentence about the database"),
    **dict.fromkeys(("turn.waiting_stays", "discord.fact_owed"), "a sentence about the database"),
    **dict.fromkeys(("prices.unknown", "prices.images_unknown", "xai.refused"), "a request that holds nobody's words"),
    "settings.not_reloaded": "a sentence about a setting, without its value where that is free text",
    "notify.failed": "a socket of the service manager",
}
"""Events there that may name an error in full, each with the reason; xAI's `detail` may quote a request."""


def errors(tree: ast.Module) -> set[str]:
    """The names that a module gives to errors: caught, taken as a parameter, or asked of a task."""
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            if re.search(r"(Error|Exception)\b", ast.unparse(node.annotation)):
                names.add(node.arg)
        elif isinstance(node, ast.NamedExpr | ast.Assign) and ".exception()" in ast.unparse(node.value):
            targets = [node.target] if isinstance(node, ast.NamedExpr) else node.targets
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def bare(node: ast.AST, names: set[str], codes: frozenset[str] = CODES) -> bool:
    """Whether an argument names an error otherwise than by `in_short` or by a code."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "in_short":
        return False
    if isinstance(node, ast.Attribute) and node.attr in codes:
        return False
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in codes:
        return False
    if isinstance(node, ast.Name):
        return node.id in names
    return any(bare(child, names, codes) for child in ast.iter_child_nodes(node))


def logged_in_full(text: str, codes: frozenset[str] = CODES) -> Iterator[str]:
    """The events whose lines hold an error's text."""
    if "log." not in text:
        return
    tree = ast.parse(text)
    names = errors(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute):
            if not isinstance(node.func.value, ast.Name) or node.func.value.id != "log":
                continue
            event, *arguments = node.args
            if any(bare(argument, names, codes) for argument in arguments):
                yield ast.unparse(event).strip("'").partition(" ")[0]


CAUGHT = "try:\n    pass\nexcept E as error:\n    "


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (CAUGHT + "log.warning('an.event error=%s', error)", ["an.event"]),
        (CAUGHT + "log.warning('an.event error=%s', str(error))", ["an.event"]),
        (CAUGHT + "log.warning('an.event error=%s', error.text)", ["an.event"]),
        (CAUGHT + "log.warning('an.event a=%s error=%s', a, type(error).__name__)", ["an.event"]),
        ("def f(error: Exception): log.info('an.event %s', error)", ["an.event"]),
        ("if (error := task.exception()) is not None: log.info('an.event %s', error)", ["an.event"]),
        (CAUGHT + "log.warning('an.event error=%s', in_short(error))", []),
        (CAUGHT + "log.warning('an.event code=%d fate=%s', error.code, error.fate.name)", []),
        (CAUGHT + "log.warning('an.event a=%s', a)", []),
    ],
)
def test_an_error_in_full_is_found(text: str, events: list[str]) -> None:
    assert list(logged_in_full(text)) == events


def test_no_event_of_this_room_holds_an_errors_text() -> None:
    found = {event for path in ROOM.rglob("*.py") for event in logged_in_full(path.read_text("utf-8"))}
    assert found == set(OURS)


def test_of_a_refusal_only_the_codes_are_named() -> None:
    response: Any = SimpleNamespace(status=400, reason="Bad Request")
    refused = discord.HTTPException(response, {"code": 50035, "message": "somebody's words"})
    assert "somebody's words" in str(refused)
    assert in_short(refused) == "HTTPException(400, 50035)"
    assert in_short(OSError("an address")) == "OSError"


def test_no_event_of_any_room_holds_an_errors_text_but_sentences_of_ours() -> None:
    found = set()
    for path in ROOM.parent.rglob("*.py"):
        rooms = path.relative_to(ROOM.parent).parts
        if rooms[0] not in ("wire", "sandbox", "sandbox_run", "discord_bot"):
            found |= set(logged_in_full(path.read_text("utf-8"), MORE_CODES))
    assert found == set(SENTENCES)
