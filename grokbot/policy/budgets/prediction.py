"""How many tokens a turn may take, told before it begins from what is known then. Pure.

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
"""Tokens of the longest answer that is to be expected, reasoning included, where nobody set how long it may be.

The models write more where they are asked to, but hardly anybody is answered so in Discord; what is longer is settled
as it is, and the next turn finds it used up.
"""

SEARCHES = 5
"""The most searches of one answer that are to be expected; most do none."""

PER_MESSAGE = 6
"""Tokens of a message beside its text: who speaks, and where it ends."""

BYTES_A_TOKEN = 3
"""Of UTF-8. In Latin letters a token is four characters or so. Where a script has no spaces, or is written in two bytes
and more a letter, tokens are shorter in characters, and so they are by this."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A response of the path: what is known of its length."""

    sender: Sender
    text: str
    usage: Usage | None = None


def tokens_of(text: OthersText) -> int:
    """At most so many tokens, as far as one can tell without the model's own tokenizer; 0 for no text."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_A_TOKEN)


def tokens_said(text: OthersText) -> int:
    """A whole message."""
    return tokens_of(text) + PER_MESSAGE


def path_tokens(seen: Iterable[Seen], beginning: str) -> int:
    """What the model is going to be shown of a path.

    Args:
        seen: Leaf first. What stands above the nearest answer whose usage xAI told is not looked at: that has it. But
            not of one that used tools: its usage adds up a request for each of their rounds, each with the whole path.
        beginning: What the request begins with before the path, the system prompt above all.
    """
    tokens = 0
    for each in seen:
        used = each.usage
        if each.sender is Sender.MODEL and used is not None and used.prompt_tokens and not used.tool_calls:
            return tokens + used.prompt_tokens + used.completion_tokens + used.reasoning_tokens
        tokens += tokens_said(each.text) if each.text else 0
    return tokens + tokens_said(beginning)


def longest_answer(options: Options) -> int:
    """The most tokens of an answer, reasoning included."""
    return LONGEST_ANSWER if options.max_tokens is None else options.max_tokens


def most_searches(options: Options) -> int:
    """The most searches of an answer: none where the model may not search."""
    return SEARCHES if options.search else 0
