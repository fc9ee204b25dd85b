"""Renders one turn's Markdown to HTML that is safe on our pages: no script, no address except links, bounded work.

Here: the Markdown supported, the layout of each element, sanitising, when text stays plain. Not here: the
page around it (`as_html`), code highlighting (`highlight`).

Three barriers: the parser allows no raw HTML and only http, https and mailto links; its output is sanitised by an
allow list; and the page's Content-Security-Policy allows only its own style.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from mdit_py_plugins.dollarmath import dollarmath_plugin

from grokbot.documents.markdown.formulas import brackets
from grokbot.documents.markdown.highlight import CODE_CLASSES, Highlighter
from grokbot.documents.markdown.page_shape import shaped
from grokbot.documents.markdown.work_budget import Budget, WorkBudgetError
from grokbot.documents.transcript import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

    from grokbot.conversation.text import OthersText
    from grokbot.documents.markdown.work_budget import Clock

LONGEST_TURN = 128 * 1024
"""Maximum characters of a rendered turn; a longer one stays plain. An attached file is at most this long."""
LONGEST_DOCUMENT = 1024 * 1024
"""Rendered characters per document; the turns after them stay plain."""
DEEPEST = 40
"""Maximum nesting of quotes and lists. The parser drops deeper ones, so such a turn stays plain."""
STEPS_FREE = 20_000
STEPS_A_CHARACTER = 3
"""Parser steps allowed per character, on top of a fixed number per turn, before it stays plain. Normal Markdown
takes a tenth of a step per character."""
SECONDS_A_TURN = 1.5
SECONDS_A_DOCUMENT = 4.0
"""Time for rendering, with a clock: a turn of 2,000 characters takes about a millisecond."""
MOST_TO_LINK = 5_000_000
"""Maximum product of a paragraph's colons and characters for finding bare links: each colon may cause a full scan."""
WIDE = 36
"""Bytes in a line of code that may not fit a phone, so that it must be scrollable by keyboard."""

_BARE_LINK = re.compile(r"(?<!\]\()(?<!<)(?:https?://|mailto:)", re.IGNORECASE)
SCHEMES = ("http://", "https://", "mailto:")

_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "pre": {"aria-label"},
    "div": {"aria-label"},
}
_TAGS = frozenset(
    "a blockquote br code del div em h3 h4 h5 h6 hr li ol p pre s span strong table tbody td th thead tr ul".split()  # noqa: SIM905 - easier to compare
)
_ALIGNED = {"left", "center", "right"}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    allowed_classes={
        "span": CODE_CLASSES,
        "div": {"code", "table"},
        "p": {"language"},
        "code": {"math"},
        "pre": {"math"},
        "td": _ALIGNED,
        "th": _ALIGNED,
    },
    tag_attribute_values={name: {"tabindex": {"0"}, "role": {"group"}} for name in ("pre", "div")},
    link_rel="nofollow noopener noreferrer ugc",
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)


class DocumentRenderer:
    """Renders the turns of one document in order, within limits for all of them together.

    Args:
        clock: A clock in seconds that never goes back. Without one there is no time limit, and output is deterministic.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._left = LONGEST_DOCUMENT
        self._budget = Budget(seconds=SECONDS_A_DOCUMENT, clock=clock)
        self._highlighter = Highlighter()

    def html(self, text: str) -> str:
        """The Markdown as sanitised HTML; as plain text if it is too long, too deep, or built to be slow."""
        text = whole(text)
        self._left -= len(text)
        if len(text) > LONGEST_TURN or self._left < 0:
            return plain(text)
        steps = STEPS_FREE + STEPS_A_CHARACTER * len(text)
        budget = Budget(steps=steps, seconds=SECONDS_A_TURN, within=self._budget)
        env: dict[str, Any] = {"budget": budget, "highlighter": self._highlighter}
        markdown = _LINKING if _has_links(text) else _MARKDOWN
        try:
            tokens = markdown.parse(text, env)
        except (WorkBudgetError, RecursionError):
            return plain(text)
        if not shaped(tokens, DEEPEST):
            return plain(text)
        return _CLEANER.clean(markdown.renderer.render(tokens, markdown.options, env))


def plain(text: OthersText) -> str:
    """The text unchanged, with its line breaks."""
    return f'<div class="plain" dir="auto">{escape(text)}</div>'


def _one_step(state: StateBlock | StateInline, *_: object) -> bool:
    """The first rule at every position: it never matches, only counts."""
    state.env["budget"].spend()
    return False


def _has_links(text: str) -> bool:
    """Whether bare links can be found quickly."""
    if not _BARE_LINK.search(text):
        return False
    return all(len(part) * part.count(":") <= MOST_TO_LINK for part in text.split("\n\n"))


def _may_be_linked(address: str) -> bool:
    return address.lower().startswith(SCHEMES)


def _fence(_: RendererHTML, tokens: Sequence[Token], index: int, __: OptionsDict, env: EnvType) -> str:
    token = tokens[index]
    words = token.info.split()
    language, code = env["highlighter"].highlighted(token.content, words[0] if words else "", env["budget"])
    label = f"Code in {language}" if language else "Code"
    name = f'<p class="language">{escape(language)}</p>' if language else ""
    focus = (
        _focus(label) if any(len(line.encode("utf-8", "replace")) > WIDE for line in token.content.split("\n")) else ""
    )
    return f'<div class="code">{name}<pre{focus}><code>{code}</code></pre></div>\n'


def _focus(label: str) -> str:
    return f' tabindex="0" role="group" aria-label="{escape(label)}"'


def _table_open(*_: object) -> str:
    return f'<div class="table"{_focus("Table")}><table>\n'


def _table_close(*_: object) -> str:
    return "</table></div>\n"


def _math_inline(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    return f'<code class="math">{escapeHtml(tokens[index].content.strip())}</code>'


def _math_block(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    return f'<pre class="math"{_focus("Formula")}>{escapeHtml(tokens[index].content.strip())}</pre>\n'


def _markdown(*, linkify: bool) -> MarkdownIt:
    """Parser of what people and models write: CommonMark with tables, strikethrough, bare links and formulas."""
    options = {"html": False, "breaks": True, "linkify": linkify, "maxNesting": DEEPEST, "xhtmlOut": False}
    markdown = MarkdownIt("commonmark", options).enable(["table", "strikethrough", "linkify"])
    markdown.disable(["html_block", "html_inline"])
    markdown.use(
        dollarmath_plugin,
        allow_space=False,
        allow_digits=False,
        allow_labels=False,
        allow_blank_lines=False,
        double_inline=True,
    )
    markdown.use(brackets)
    if markdown.linkify:
        markdown.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    markdown.validateLink = _may_be_linked  # type: ignore[method-assign,assignment] # its documented way to choose what is linked
    markdown.inline.ruler.before("text", "one_step", _one_step)
    lines_of = ["paragraph", "reference", "blockquote", "list"]  # each of their lines is a step too
    markdown.block.ruler.before("code", "one_step", _one_step, {"alt": lines_of})
    for name in ("fence", "code_block"):
        markdown.add_render_rule(name, _fence)
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", _table_close)
    for name in ("math_inline", "math_inline_double"):
        markdown.add_render_rule(name, _math_inline)
    for name in ("math_block", "math_block_eqno", "math_block_label"):
        markdown.add_render_rule(name, _math_block)
    return markdown


_MARKDOWN = _markdown(linkify=False)
_LINKING = _markdown(linkify=True)
