"""PURE: a path of a conversation as a document for others: Markdown, JSON, HTML.

Here: which parts of a path others may see, and the layout. Not here: who may see it (`engine`), sending it (`web`,
`discord_bot`). Libraries for Markdown, sanitising, highlighting and templates are imported only here.
"""
