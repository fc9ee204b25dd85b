"""How many tokens a turn may take, estimated before it begins. Pure.

Not here: what they cost (`prices`), whether there is room for them (`budgets`), reading the path (`store`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.response import Sender

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grokbot.conversation.response import Options, Usage
    from grokbot.conversation.text import OthersText

LONGEST_ANSWER = 8_192
"""Expected tokens of the longest answer, reasoning included, if no maximum is set.

The models can write more when asked to, but hardly any answer in Discord is so long; a longer one is settled at its
real length, and the next turn finds it used up.
"""

SEARCHES = 5
"""The most searches expected in one answer; most do none."""

IMAGES = 1
"""The most images expected in one answer; most have none."""

PER_MESSAGE = 6
"""Tokens of a message beside its text: who speaks, and where it ends."""

BYTES_A_TOKEN = 3
"""Of UTF-8. In Latin letters a token is about four characters. In scripts without spaces, or with two or more bytes
a letter, tokens have fewer characters, and counting bytes follows that.
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A response of the path, for its length."""

    sender: Sender
    text: str
    usage: Usage | None = None
    attached: int = 0
    """Tokens of its attachments."""


def tokens_of(text: OthersText) -> int:
    """An upper estimate of the tokens, without the model's own tokenizer; 0 for no text."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_A_TOKEN)


def tokens_said(text: OthersText) -> int:
    """Tokens of a whole message."""
    return tokens_of(text) + PER_MESSAGE


def path_tokens(seen: Iterable[Seen], beginning: str) -> int:
    """Tokens of a path as the model will see it.

    Args:
        seen: Leaf first. Nothing above the nearest answer with usage from xAI is read: its usage covers that. But not
            if it used tools: then its usage adds up one request for each round, each with the whole path.
        beginning: The request's text before the path, the system prompt above all.
    """
    tokens = 0
    for each in seen:
        used = each.usage
        if each.sender is Sender.MODEL and used is not None and used.prompt_tokens and not used.tool_calls:
            return tokens + used.prompt_tokens + used.completion_tokens + used.reasoning_tokens
        tokens += (tokens_said(each.text) if each.text else 0) + each.attached
    return tokens + tokens_said(beginning)


def longest_answer(options: Options) -> int:
    """The most tokens of an answer, reasoning included."""
    return LONGEST_ANSWER if options.max_tokens is None else options.max_tokens


def most_searches(options: Options) -> int:
    """The most searches of an answer: none if the model may not search."""
    return SEARCHES if options.search else 0


def most_images(options: Options) -> int:
    """The most images of an answer: none if the model may make none."""
    return IMAGES if options.images else 0
