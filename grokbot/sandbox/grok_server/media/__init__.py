"""Pictures and files: reading what comes in, keeping files, making images.

Not here: what an answer says of them (`answers`).
"""
