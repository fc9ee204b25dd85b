"""`grokbot chat`: the prompt, the streaming answer, and the slash commands.

Not here: non-interactive commands (`commands`), Markdown and tables (`output`).
"""

__all__ = [
    "answer_actions",
    "chat",
    "editor",
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
