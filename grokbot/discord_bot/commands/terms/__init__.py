"""What a server sets first (/setup, and the bot's first words there), and what a person decides (/privacy).

Not here: the settings themselves (`mod`), what is stored about people (`engine.privacy`).
"""
