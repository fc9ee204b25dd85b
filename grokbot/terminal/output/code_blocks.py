"""The code blocks of an answer, to take out of it. Pure.

Not here: how Markdown is drawn (`markdown`).
"""

from __future__ import annotations

from dataclasses import dataclass

from grokbot.terminal.chat.stable_prefix import parsed


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """One fenced block: its code without the fence, and the language that it names."""

    code: str
    language: str


def code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """The fenced blocks of a Markdown text, in order; also those within lists and quotes."""
    found = (token for token in parsed(text) if token.type == "fence")
    return tuple(CodeBlock(token.content, (token.info.split() or [""])[0]) for token in found)


def extracted(text: str, *, last: bool) -> str:
    """The first or the last code block of an answer; all of its text if it has none."""
    found = code_blocks(text)
    return found[-1 if last else 0].code if found else text
