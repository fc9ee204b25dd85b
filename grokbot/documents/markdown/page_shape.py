"""Fits parsed Markdown into a page: headings in order, images as links, no empty links, no styles.

Here: changes to the parser's tokens. Not here: parsing and rendering (`render`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it.token import Token

from grokbot.conversation.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

ABOVE = 2
"""Levels of page headings above those of a turn: the title and the speaker."""
LOWEST = 6
DEEPEST_INLINE = 60
"""Maximum nesting of emphasis; browsers stop at 512 elements."""


def shaped(tokens: list[Token], deepest: int) -> bool:
    """Change the tokens in place. False: they are nested so deeply that the parser may have dropped something."""
    above: list[int] = []
    for index, token in enumerate(tokens):
        if token.level >= deepest - 1:
            return False
        if token.type == "heading_open":
            empty = not _has_words(tokens[index + 1].children or [])
            _ranked(token, tokens[index + 2], above, empty=empty)
        elif token.type in ("th_open", "td_open"):
            _aligned_by_class(token)
        elif token.type == "inline" and token.children:
            if _depth(token.children) > DEEPEST_INLINE:
                return False
            token.children = _inline(token.children)
    return True


def _ranked(opening: Token, closing: Token, above: list[int], *, empty: bool) -> None:
    """Make a heading one level below the nearest higher one before it, so that no level is skipped."""
    if empty:
        opening.tag = closing.tag = "p"
        return
    level = int(opening.tag[1:])
    while above and above[-1] >= level:
        above.pop()
    above.append(level)
    opening.tag = closing.tag = f"h{min(ABOVE + len(above), LOWEST)}"


def _aligned_by_class(token: Token) -> None:
    """Replace inline styles by classes: the page's policy forbids them."""
    style = str(token.attrs.pop("style", ""))
    if style.startswith("text-align:"):
        token.attrs["class"] = style.removeprefix("text-align:")


def _depth(children: Sequence[Token]) -> int:
    depth = deepest = 0
    for child in children:
        depth += child.nesting
        deepest = max(deepest, depth)
    return deepest


def _inline(children: Sequence[Token]) -> list[Token]:
    fitted: list[Token] = []
    opened: Token | None = None
    words_from = 0
    for child in children:
        if child.type == "link_open":
            opened, words_from = child, len(fitted) + 1
        elif child.type == "link_close":
            if opened is not None and not _has_words(fitted[words_from:]):
                fitted.append(_text(str(opened.attrs.get("href", ""))))
            opened = None
        if child.type == "image":
            fitted += _image(child, linked=opened is not None)
        else:
            fitted.append(child)
    return fitted


def _image(image: Token, *, linked: bool) -> list[Token]:
    """Replace an image by a link: loading it would tell its host who reads the page."""
    words = _text(image.content.strip() if _has_words([_text(image.content)]) else "image")
    if linked:
        return [words]
    attributes = {"href": image.attrs.get("src", ""), "title": "An image, which is not loaded here"}
    return [Token("link_open", "a", 1, attrs=attributes), words, Token("link_close", "a", -1)]


def _has_words(tokens: Sequence[Token]) -> bool:
    return any(visible(character) for token in tokens for character in token.content)


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)
