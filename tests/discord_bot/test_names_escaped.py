"""Every sentence of ours that takes words of people: whatever they are called, nothing of it is read as Markdown.

The functions are found by looking: each that returns a sentence and takes a parameter that holds people's words.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.conversation.records import Pause
from grokbot.discord_bot.answers.relay_text import laid_out, not_taken
from grokbot.discord_bot.notices import refusal_policy
from grokbot.discord_bot.notices.texts import (
    answer_text,
    command_text,
    moderator_tables,
    moderator_text,
    privacy_text,
)
from grokbot.engine.admission import BlockedError
from grokbot.policy import blocks
from grokbot.policy.admission import PausedError, check_open, check_open_here
from grokbot.policy.blocks import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LURE = "[Free Nitro](https://evil.example/nitro)"
HOSTILE = (
    LURE,
    "** asks:\n# Everybody",
    "<@123> <#5> <@&7> @everyone",
    "a\u202eb\u2066c",
    "||x|| `code` ~~y~~ __z__",
    "> quote\n-# small",
    "https://evil.example",
)
MODULES = (command_text, moderator_tables, moderator_text, privacy_text, answer_text)
HOLDS_WORDS = {"name", "title", "reason", "search"}
NOT_TEXT = {says.__name__ for says in (answer_text.says_elsewhere,)}
"""Which take what is escaped already; `laid_out` is what they are used by."""
LIVE = re.compile(r"(?<!\\)(?:\[|\]\(|<[@#]|@everyone|\*\*\*|\|\||`|~~|__)|https?://|^(?:> |-# |# )", re.MULTILINE)


def takes_words() -> Iterator[tuple[str, Callable[..., Any], str]]:
    for module in MODULES:
        for name, each in vars(module).items():
            if not inspect.isfunction(each) or each.__module__ != module.__name__ or name in NOT_TEXT:
                continue
            for parameter in inspect.signature(each).parameters.values():
                if parameter.name in HOLDS_WORDS and parameter.annotation == "str":
                    yield f"{module.__name__}.{name}", each, parameter.name


FOUND = list(takes_words())


def dangers(text: str) -> list[str]:
    return LIVE.findall(text) + [c for c in text if c in "\u202e\u2066"]


def given(parameter: inspect.Parameter) -> Any:
    """Something harmless of its type."""
    samples: dict[str, Any] = {"str": "word", "int": 1, "bool": False, "datetime | None": None}
    samples["Blocked"] = blocks.BlockKind.USER
    return samples[str(parameter.annotation)]


def test_there_are_some() -> None:
    assert len(FOUND) >= 6, [name for name, _, _ in FOUND]


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize(("name", "says", "where"), FOUND, ids=[f"{name}-{where}" for name, _, where in FOUND])
def test_words_of_people_are_only_words(name: str, says: Callable[..., Any], where: str, words: str) -> None:
    parameters = inspect.signature(says).parameters.values()
    try:
        arguments = {p.name: given(p) for p in parameters if p.name != where and p.default is inspect.Parameter.empty}
    except KeyError as unknown:
        pytest.skip(f"{name} takes a {unknown}, and has a test of its own")
    harmless = dangers(str(says(**arguments, **{where: "word"})))
    assert dangers(str(says(**arguments, **{where: words}))) == harmless


@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_said_elsewhere_stands_under_a_name_that_is_only_a_name(words: str) -> None:
    for shown in (*laid_out(words, "Hello", may_attach=True), not_taken(words)):
        assert dangers(shown.content.replace("**", "")) == []


@pytest.mark.parametrize("words", HOSTILE)
def test_a_reason_is_only_words_where_a_refusal_is_told(words: str) -> None:
    block = Block(guild_id=1, kind=blocks.BlockKind.USER, subject_id=2, reason=words)
    errors: list[Exception] = [BlockedError(block, first=True)]
    for check in (check_open, check_open_here):
        with pytest.raises(PausedError) as paused:
            check(Pause(by=1, since=None, reason=words))  # type: ignore[arg-type] # when is not told
        errors.append(paused.value)
    for error in errors:
        assert dangers(refusal_policy.sentence_of(error)) == []  # type: ignore[arg-type] # ours all


def test_a_very_long_name_leaves_room_for_what_is_asked() -> None:
    assert "> Why?" in answer_text.asked("*" * 5000, "Why?")
