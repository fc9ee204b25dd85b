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


def bare(node: ast.AST, names: set[str]) -> bool:
    """Whether an argument names an error otherwise than by `in_short` or by a code."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "in_short":
        return False
    if isinstance(node, ast.Attribute) and node.attr in CODES:
        return False
    if isinstance(node, ast.Name):
        return node.id in names
    return any(bare(child, names) for child in ast.iter_child_nodes(node))


def logged_in_full(text: str) -> Iterator[str]:
    """The events whose lines hold an error's text."""
    tree = ast.parse(text)
    names = errors(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
            event, *arguments = node.args
            if any(bare(argument, names) for argument in arguments):
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


def test_what_xai_says_of_a_request_is_not_logged_for_it_may_quote_it() -> None:
    whole = ROOM.parent
    quoting = [
        str(path.relative_to(whole))
        for path in sorted(whole.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.") and ".detail" in ast.unparse(node)
    ]
    assert set(quoting) == {"engine/budgets/price_list.py"}  # its requests hold nobody's words
