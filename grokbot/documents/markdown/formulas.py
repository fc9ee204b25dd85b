r"""Formulas between `\(` and `\)`, and between `\[` and `\]`, as models write them: a markdown-it plugin.

It keeps Markdown from changing a formula's text. mdit-py-plugins does the same for `$` and `$$`; its plugin for
these delimiters takes quadratic time. Not here: how a formula looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

_CLOSING = {"\\(": "\\)", "\\[": "\\]"}
_MARK = 2
"""Characters per delimiter."""
_MOST_LINES = 100
"""Maximum lines of a formula."""


def brackets(markdown: MarkdownIt) -> None:
    """Makes `math_inline` and `math_block` tokens, with the formula as their content."""
    markdown.inline.ruler.before("escape", "math_brackets", _inline)
    markdown.block.ruler.before("paragraph", "math_brackets", _block, {"alt": ["paragraph", "reference", "blockquote"]})


def _inline(state: StateInline, silent: bool) -> bool:
    closing = _CLOSING.get(state.src[state.pos : state.pos + _MARK])
    if closing is None:
        return False
    start = state.pos + _MARK
    end = _found(state, closing, start)
    if end < 0 or not state.src[start:end].strip():
        return False
    if not silent:
        state.push("math_inline", "code", 0).content = state.src[start:end]
    state.pos = end + _MARK
    return True


def _found(state: StateInline, closing: str, start: int) -> int:
    """The position of the closing delimiter. A missing one is remembered, or each opening would search to the end."""
    missing = state.env.setdefault("math_missing", {})
    key = (state.src, closing)
    if start >= missing.get(key, len(state.src)):
        return -1
    end = state.src.find(closing, start, state.posMax)
    if end < 0 and state.posMax == len(state.src):
        missing[key] = start
    return end


def _block(state: StateBlock, line: int, end_line: int, silent: bool) -> bool:
    """A formula that begins a line and ends one, without a blank line in between."""
    first = state.bMarks[line] + state.tShift[line]
    if state.is_code_block(line) or not state.src.startswith("\\[", first):
        return False
    last = line
    while not state.src[state.bMarks[last] : state.eMarks[last]].rstrip().endswith("\\]"):
        last += 1
        if last >= min(end_line, line + _MOST_LINES) or state.isEmpty(last) or state.sCount[last] < state.blkIndent:
            return False
    if silent:
        return True
    token = state.push("math_block", "pre", 0)
    token.block = True
    body = state.getLines(line, last + 1, state.sCount[line], keepLastLF=False).strip()
    token.content = body[_MARK:-_MARK]
    token.map = [line, last + 1]
    state.line = last + 1
    return True
