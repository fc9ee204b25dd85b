"""What people see about their stored data. Pure.

Not here: the notice's own text (the settings), the public policy (`documents.privacy_policy`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grokbot.conversation.text.sentences import Plural, Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.conversation.records import ErasedEverything

TITLE = Sentence("Your privacy")
POLICY = Sentence("Privacy policy")
PRIVACY = Sentence("Privacy")
GET_DATA = Sentence("Get my data")
DELETE_DATA = Sentence("Delete my data")
STOP_READING = Sentence("Stop reading me")
READ_AGAIN = Sentence("Read me again")
NOT_READ_NOW = Sentence("You have opted out: at the moment I do not read what you write.")
DELETE_ALL = Sentence("Delete all my data")
KEEP_ALL = Sentence("Keep everything")

OPTED_OUT = Sentence(
    "From now on I do not read or store your messages anywhere, and nothing of yours goes to xAI. What I have stored "
    "so far stays until you use `/privacy delete`. `/privacy optin` undoes this."
)
OPTED_OUT_ALREADY = Sentence("You have already opted out: I do not read your messages. `/privacy optin` undoes this.")
OPTED_IN = Sentence("Welcome back: I read your messages to me again.")
OPTED_IN_ALREADY = Sentence("You have not opted out: I read your messages to me.")
ANOTHERS = Sentence("The author of this message does not want me to read it.")
EXPORTED = Sentence("Everything I store about you, as JSON and Markdown. Only you can see this.")
EXPORT_TOO_LARGE = Sentence("Your data is too large to attach here. Ask the bot's operator for it.")
NO_NOTICE = Sentence("The bot's operator has not written a notice. `/privacy export` shows what I store about you.")
DELETE_NOTHING = Sentence("Nothing was deleted.")
SURE = Sentence(
    "**Delete all your data for good?**\n"
    "- Your messages go from every conversation, also from shared ones, and so do your own conversations, stars, share "
    "pages and keys, and xAI's copies.\n"
    "- In Discord I delete your messages to me and my answers to you, where I may.\n"
    "This cannot be undone. `/privacy export` gives you a copy first."
)

DELETING = Sentence("🧹 Your data is deleted. Deleting messages in Discord: {done:,} of {of:,}…")
DELETED = Sentence("🧹 All your data is deleted: {what}.")
DELETED_NONE = Sentence("🧹 All your data is deleted.")
DELETED_IN_DISCORD = Plural("{n} message was deleted in Discord.", "{n} messages were deleted in Discord.")
LEFT_IN_DISCORD = Plural(
    "{n} message in Discord could not be deleted, or was already gone.",
    "{n} messages in Discord could not be deleted, or were already gone.",
)
TRACES = Sentence("The last traces in the database file are overwritten within a day.")
CONVERSATIONS = Plural("{n} conversation", "{n} conversations")
MESSAGES = Plural("{n} message", "{n} messages")
STARS = Plural("{n} star", "{n} stars")
SHARES = Plural("{n} share page", "{n} share pages")
KEYS = Plural("{n} key", "{n} keys")


_NAMED = re.compile("`/(privacy [a-z]+)`")


def clickable(text: str, mention: Callable[[str], str]) -> str:
    """A text that names commands of /privacy, with these as people can click them.

    Args:
        text: The text.
        mention: A command as people can click it, by its name.
    """
    return _NAMED.sub(lambda found: mention(found[1]), text)


def deleting(done: int, of: int) -> str:
    """The progress while messages are deleted in Discord."""
    return DELETING.format(done=done, of=of)


def deleted(gone: ErasedEverything, messages: int, left: int) -> str:
    """The reply after `/privacy delete`.

    Args:
        gone: What was deleted from the database.
        messages: How many messages were deleted in Discord.
        left: How many could not be, or were gone already.
    """
    parts = (
        (gone.conversations, CONVERSATIONS),
        (gone.responses, MESSAGES),
        (gone.stars, STARS),
        (gone.shares, SHARES),
        (gone.keys, KEYS),
    )
    what = ", ".join(counted(number) for number, counted in parts if number)
    said = [DELETED.format(what=what) if what else str(DELETED_NONE)]
    if messages:
        said.append(DELETED_IN_DISCORD(messages))
    if left:
        said.append(LEFT_IN_DISCORD(left))
    if not gone.clean:
        said.append(str(TRACES))
    return " ".join(said)
