"""Pictures and files that people bring, made ready for a model. Pure: bytes in, values out.

Each module is imported by itself: the process that reads a document needs no pictures. Not here: fetching them, what a
message says about them (`discord_bot.content`).
"""
