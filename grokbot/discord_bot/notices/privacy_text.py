"""What people are told about what is kept of them. Pure.

Not here: the notice's own text (the settings).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.moderator_text import counted

if TYPE_CHECKING:
    from grokbot.conversation.records import Gone

OPTED_OUT = (
    "From now on I neither read nor keep what you write, in threads and anywhere else, and nothing of it goes to xAI. "
    "What you said before stays until you use `/privacy delete`. `/privacy optin` ends this."
)
OPTED_OUT_ALREADY = "You have opted out already: I read nothing that you write. `/privacy optin` ends this."
OPTED_IN = "Welcome back: I read what you write to me again, from now on."
OPTED_IN_ALREADY = "I read what you write to me: you have not opted out."
ANOTHERS = "Who wrote this message does not want me to read it."
EXPORTED = "Here is everything that I keep about you, as JSON and as Markdown. Only you see this."
EXPORT_TOO_LARGE = (
    "What I keep about you is more than Discord lets me attach here. The bot's operator can give it to you."
)
NO_NOTICE = "The bot's operator has written no notice. `/privacy export` shows what I keep of you."
DELETE_NOTHING = "Nothing was deleted."
SURE = (
    "Delete everything of yours for good? What you wrote in every conversation goes, in shared ones too, and so do "
    "your own conversations, your stars, share pages and keys, and what xAI keeps of them. Your messages there and my "
    "answers to you go from Discord too, as far as I may delete them. It cannot be taken back: `/privacy export` gives "
    "you a copy first."
)


def deleting(done: int, of: int) -> str:
    """While messages go from Discord."""
    return f"🧹 What I kept of you is gone. Deleting messages in Discord: {done:,} of {of:,}…"


def deleted(gone: Gone, messages: int, left: int) -> str:
    """Everything is gone, and how much that was."""
    parts = [
        (gone.conversations, "conversation"),
        (gone.responses, "message"),
        (gone.stars, "star"),
        (gone.shares, "share page"),
        (gone.keys, "key"),
    ]
    said = [counted(number, one) for number, one in parts if number]
    text = f"🧹 Everything of yours is deleted: {', '.join(said) or 'there was nothing'}."
    if messages:
        text += f" In Discord, {counted(messages, 'message')} went."
    if left:
        text += f" {counted(left, 'message')} in Discord stayed: I may not delete them, or they were gone."
    if not gone.clean:
        text += " The last traces in the database's file are overwritten within a day."
    return text
