"""What people see about their stored data. Pure.

Not here: the notice's own text (the settings).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.text import counted

if TYPE_CHECKING:
    from grokbot.conversation.records import ErasedEverything

OPTED_OUT = (
    "From now on I do not read or store your messages anywhere, and nothing goes to xAI. "
    "Earlier messages stay until you use `/privacy delete`. `/privacy optin` undoes this."
)
OPTED_OUT_ALREADY = "You have already opted out: I do not read your messages. `/privacy optin` undoes this."
OPTED_IN = "Welcome back: I read your messages to me again."
OPTED_IN_ALREADY = "You have not opted out: I read your messages to me."
ANOTHERS = "The author of this message does not want me to read it."
EXPORTED = "Everything I store about you, as JSON and Markdown. Only you can see this."
EXPORT_TOO_LARGE = "Your data is too large to attach here. Ask the bot's operator for it."
NO_NOTICE = "The bot's operator has not written a notice. `/privacy export` shows what I store about you."
DELETE_NOTHING = "Nothing was deleted."
SURE = (
    "Delete all your data permanently? This deletes your messages in every conversation, also shared ones, your own "
    "conversations, stars, share pages and keys, and xAI's copies. In Discord I delete your messages there and my "
    "answers to you, where I may. This cannot be undone: `/privacy export` gives you a copy first."
)


def deleting(done: int, of: int) -> str:
    """The progress while messages are deleted in Discord."""
    return f"🧹 Your data is deleted. Deleting messages in Discord: {done:,} of {of:,}…"


def deleted(gone: ErasedEverything, messages: int, left: int) -> str:
    """The reply after `/privacy delete`.

    Args:
        gone: What was deleted from the database.
        messages: How many messages were deleted in Discord.
        left: How many could not be, or were gone already.
    """
    parts = [
        (gone.conversations, "conversation"),
        (gone.responses, "message"),
        (gone.stars, "star"),
        (gone.shares, "share page"),
        (gone.keys, "key"),
    ]
    said = [counted(number, one) for number, one in parts if number]
    text = f"🧹 All your data is deleted: {', '.join(said) or 'there was none'}."
    if messages:
        text += f" {counted(messages, 'message')} deleted in Discord."
    if left:
        text += f" {counted(left, 'message')} in Discord could not be deleted, or were already gone."
    if not gone.clean:
        text += " The last traces in the database file are overwritten within a day."
    return text
