"""Formats output: Markdown, tables, numbers, JSON, progress.

Nothing is imported here: a command imports what it needs. Not here: what is printed (`commands`, `chat`).
"""

__all__ = ["daemon_lines", "formats", "json_documents", "markdown", "progress", "service_lines", "streams", "tables"]
