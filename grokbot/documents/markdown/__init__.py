"""Markdown as HTML for share pages: parsed with a budget, highlighted, sanitised. Pure.

Not here: the page around it (`as_html`).
"""

from __future__ import annotations

from grokbot.documents.markdown.highlight import code_css
from grokbot.documents.markdown.render import SCHEMES, DocumentRenderer

__all__ = ["SCHEMES", "DocumentRenderer", "code_css"]
