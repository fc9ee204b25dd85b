"""Syntax highlighting, with classes from the page's style.

Here: which languages, how much of a document, which token types share a colour. Not here: the colours (page.css).
"""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, ClassVar

from pygments import format as formatted
from pygments.formatters import HtmlFormatter
from pygments.lexers import find_lexer_class_by_name
from pygments.style import Style
from pygments.token import STANDARD_TYPES, Comment, Error, Generic, Keyword, Literal, Name, Number, Operator, String
from pygments.util import ClassNotFound

from grokbot.documents.markdown.work_budget import LOOK_EVERY, Budget, WorkBudgetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pygments.lexer import Lexer
    from pygments.token import _TokenType

LONGEST_BLOCK = 20_000
"""Maximum length of a highlighted code block, in characters."""
LONGEST_DOCUMENT = 200_000
"""Highlighted characters of code per document, since highlighting is the slowest part."""
SECONDS_A_BLOCK = 0.1
"""Only with a clock."""
STEPS_A_TOKEN = LOOK_EVERY // 4
"""Makes the budget read the clock every few tokens."""
LONGEST_NAME = 30
"""Displayed characters of a language's name."""

LANGUAGES = frozenset(
    """
    bash c cpp csharp css dart diff docker elixir erlang fortran go graphql haskell html http ini java javascript
    json julia kotlin latex lua make markdown matlab nginx nix objective-c ocaml perl php powershell protobuf python
    pycon r ruby rust scala sh shell console sql swift terraform toml typescript jsx tsx vue xml yaml zig
    py js ts rb rs cs c++ zsh yml dockerfile tex md ps1 golang hs jl ex exs pl proto json5 asm nasm
    """.split()  # noqa: SIM905 - a list of eighty quoted words is read by nobody
)
"""The highlighted languages, by their names after a fence. A fixed list, because each lexer is a program that parses
strangers' text: these are widely used."""

CODE_CLASSES = frozenset(name for name in STANDARD_TYPES.values() if name)

_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


class CodeStyle(Style):
    """Token types mapped to the page's variables, so that one set of classes serves light and dark."""

    background_color = "var(--code)"
    styles: ClassVar[Mapping[_TokenType, str]] = {
        Comment: "var(--comment)",
        Comment.Preproc: "var(--keyword)",
        Keyword: "var(--keyword)",
        Keyword.Constant: "var(--number)",
        Operator.Word: "var(--keyword)",
        Name.Builtin: "var(--name)",
        Name.Function: "var(--name)",
        Name.Class: "var(--name)",
        Name.Decorator: "var(--name)",
        Name.Tag: "var(--keyword)",
        Name.Attribute: "var(--name)",
        Name.Exception: "var(--name)",
        String: "var(--string)",
        Literal: "var(--string)",
        Number: "var(--number)",
        Generic.Deleted: "var(--deleted)",
        Generic.Inserted: "var(--string)",
        Generic.Heading: "bold",
        Generic.Subheading: "bold",
        Generic.Emph: "italic",
        Generic.Strong: "bold",
        Generic.Prompt: "var(--comment)",
        Error: "",
    }


class Highlighter:
    """Highlights the code blocks of one document, up to a limit."""

    def __init__(self) -> None:
        self._left = LONGEST_DOCUMENT

    def highlighted(self, code: str, language: str, budget: Budget) -> tuple[str, str]:
        """A code block as HTML, plain if highlighting takes too long, and its language's name.

        Args:
            code: The code.
            language: The text after the opening fence.
            budget: The document's remaining work.
        """
        lexer = _lexer(language.lower()) if language.lower() in LANGUAGES else None
        name = lexer.name if lexer else language[:LONGEST_NAME]
        if lexer is None or len(code) > min(LONGEST_BLOCK, self._left):
            return name, escape(code)
        self._left -= len(code)
        tokens = _counted(lexer.get_tokens(code), Budget(seconds=SECONDS_A_BLOCK, within=budget))
        try:
            return name, formatted(tokens, _FORMATTER)
        except WorkBudgetError:
            return name, escape(code)


def _counted(tokens: Iterable[tuple[_TokenType, str]], budget: Budget) -> Iterator[tuple[_TokenType, str]]:
    """Count work per token: some lexers scan to the end of the code from each line, so check between two tokens."""
    for token in tokens:
        budget.spend(STEPS_A_TOKEN)
        yield token


def code_css() -> str:
    """The CSS rules of all classes in a code block."""
    formatter: HtmlFormatter[str] = HtmlFormatter(style=CodeStyle)
    rules: list[str] = formatter.get_token_style_defs(".code")  # type: ignore[no-untyped-call] # its stubs forget it
    return "\n".join(rule.partition(" /*")[0] for rule in rules)


@cache
def _lexer(language: str) -> Lexer | None:
    try:
        return find_lexer_class_by_name(language)(stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
