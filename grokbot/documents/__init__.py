"""PURE: a path of a conversation as a document that leaves the house: Markdown, JSON, HTML.

Here: what of a path others may see, and how it is laid out. Not here: who may see it (`engine`), how it is sent (`web`,
`discord_bot`). The libraries for Markdown, sanitising, highlighting and templates stay inside of this room.
"""
