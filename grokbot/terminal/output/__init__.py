"""How commands print: Markdown, tables, figures, JSON, progress.

Nothing is loaded here: a command loads what it prints with. Not here: what is printed (`commands`, `chat`).
"""

__all__ = ["formats", "json_documents", "markdown", "progress", "streams", "tables"]
