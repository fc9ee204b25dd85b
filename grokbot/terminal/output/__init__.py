"""How commands print: Markdown, tables, figures, JSON, progress.

Not here: what is printed (`commands`, `chat`).
"""

from __future__ import annotations

from grokbot.terminal.output import formats, json_documents, markdown, progress, streams, tables

__all__ = ["formats", "json_documents", "markdown", "progress", "streams", "tables"]
