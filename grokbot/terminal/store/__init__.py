"""`grokbot store`: backup, restore, verify, vacuum, stats; by hand or from a timer, beside the bot or without it.

Not here: what they do (`store.maintenance`), the bot's own backups (`daemon`).
"""
