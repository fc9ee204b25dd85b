"""`grokbot chat`: the prompt, the answer while it is written, and the slash commands.

Not here: commands that print and end (`commands`), Markdown and tables (`output`).
"""

__all__ = [
    "chat",
    "keyboard",
    "known_conversation",
    "live_pane",
    "plain_answer",
    "prompt",
    "screen",
    "slash_actions",
    "slash_commands",
    "stable_prefix",
    "talk",
]
