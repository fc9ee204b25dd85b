"""The bot's own sentences, lists and figures for people, and the amounts that they type. Pure.

Not here: how a sentence reaches a person (`notices`), what commands are called (`commands`).
"""
