"""The commands' sentences, lists and figures. Pure.

Not here: the commands' own texts (beside each command), the sentences of errors (`conversation.errors`, `engine`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import regex

from grokbot.conversation.response import Conversation, Mode
from grokbot.conversation.text import Plural, Sentence, shortened, visible

if TYPE_CHECKING:
    from grokbot.conversation.records import Info, ListedConversation

FIRST_MOMENT = datetime(2015, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
"""An id of Discord is the milliseconds since then and 22 bits more (its documentation)."""

NO_ANSWER_YET = Sentence("There is no answer here yet. Ask something first.")
NOTHING_RUNS = Sentence("Nothing to stop: no answer is being written here.")
NO_SUCH_CONVERSATION = Sentence("No such conversation of yours. Pick one from the list that opens as you type.")
SEVERAL_SUCH = Sentence("Several of your conversations match. Pick one from the list that opens as you type.")
RESAMPLING = Sentence("Writing another answer. The arrows under it bring the old one back.")
STOPPED = Sentence("Stopped. The text so far is kept.")
GOING_ON = Sentence("The answer goes on.")
SHARED_BELOW = Sentence("Done: posted below for everyone here.")
STARRED = Sentence("⭐ Starred. `/history` lists your starred conversations.")
STARRED_ALREADY = Sentence("⭐ You have already starred this conversation.")
UNSTARRED = Sentence("Star removed.")
UNSTARRED_ALREADY = Sentence("This conversation has no star of yours.")
NOT_SHARED = Sentence("Nothing to close: this conversation has no open share page.")
CANNOT_BE_READ = Sentence("Discord does not let me read this channel right now. Try again in a minute.")
NO_CONTENT = Sentence("I cannot read messages here: the bot's operator has not allowed that in Discord's settings.")
NOT_READABLE = Sentence("I cannot read what was said here: I need the permission Read Message History.")
NOT_YOURS_TO_READ = Sentence("You may not read what was said here, so I do not summarize it.")
NOTHING_LISTED = Sentence("You have no conversations yet. Mention me in a channel, or use `/chat`.")
NOTHING_STARRED = Sentence("You have no starred conversations. Use `/star` or react to an answer with ⭐.")
LEFT_OUT = Sentence(
    "-# Some may be missing: I could not check yet whether you can still see their channels. Try again."
)
KEPT_ALL = Sentence("Nothing was deleted.")
NO_JSON = Sentence("I cannot read this file. Give one that `/export format:JSON` made.")
FILE_TOO_LARGE = Sentence("This file is too large: I read at most 10 MB.")
FILE_UNREAD = Sentence("I could not download this file. Please try again.")
CANNOT_ATTACH = Sentence(
    "The file is larger than Discord takes here. Try another `format`, or `/share` a part of the conversation."
)
NO_WORDS = Sentence("(no messages yet)")

MESSAGES = Plural("{n} message", "{n} messages")
PEOPLE = Plural("{n} person", "{n} people")

MODES = {
    Mode.STATELESS: Sentence("stateless (the bot keeps the history)"),
    Mode.STATEFUL: Sentence("stateful (xAI keeps the history for 30 days)"),
}


def plain(text: str, limit: int) -> str:
    """A title or other text of people on one line, so that nothing in it is read as Markdown, link or mention.

    Args:
        text: The text.
        limit: Most characters of the result, including escapes.
    """
    whole = " ".join("".join(c if visible(c) else " " for c in text if c not in _JOINERS).split())
    pieces = [f"\\{cluster}" if cluster in _MARKS else cluster for cluster in regex.findall(r"\X", whole)]
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    kept = ""
    for piece in pieces:
        if len(kept) + len(piece) >= limit:
            break
        kept += piece
    return kept.rstrip() + "…"


_MARKS = frozenset("\\`*_~|<>[]()#:-@.")
_JOINERS = "\u200d\ufe0f"
"""Invisible parts of emoji: an emoji falls apart without them, but stays one line."""


def name_of(entry: ListedConversation) -> str:
    """A conversation's name in a list of choices, which reads no Markdown: at most 100 characters."""
    lines = (" ".join(text.split()) for text in (entry.conversation.title, entry.first_words))
    return shortened(next(filter(None, lines), str(NO_WORDS)), CHOICE_LENGTH)


CHOICE_LENGTH = 100
"""Characters of a choice's name (Discord's documentation)."""


SUMMARIZED = Sentence("-# Summary of {messages} by {people} since {since}. Bots and people who opted out are left out.")


def summarized(messages: int, people: int, since: datetime) -> str:
    """The line above a summary.

    Args:
        messages: How many it is of.
        people: By how many.
        since: When the first was written, in UTC.
    """
    return SUMMARIZED.format(messages=MESSAGES(messages), people=PEOPLE(people), since=moment(since))


TITLED = Sentence("This conversation is now called **{title}**.")


def titled(title: str) -> str:
    """The reply after a new title."""
    return TITLED.format(title=plain(title, 220))


def link_to(conversation: Conversation) -> str | None:
    """A link that opens a conversation in Discord; None if it has no place there.

    That is so if it began through the API, or lost its thread. In a channel with others, it leads to the time when this
    one was last used: Discord's apps show what stands around a message id, whether that message exists or not.
    """
    if conversation.channel_id is None:
        return None
    place = f"https://discord.com/channels/{conversation.guild_id or '@me'}/{conversation.channel_id}"
    if not conversation.options.in_channel:
        return place
    return f"{place}/{int((conversation.modified_at - FIRST_MOMENT) / MILLISECOND) << 22}"


PAGE = Sentence("page {page} of {pages}")
NEWER, OLDER = Sentence("◀ Newer"), Sentence("Older ▶")


DELETE_IT = Sentence("Delete **{title}** permanently?")
DELETE_THIS = Sentence("Delete this conversation permanently?")
WHAT_GOES = Plural(
    "{n} message goes, with the stars and share pages of the conversation and what xAI keeps of it.",
    "{n} messages go, with the stars and share pages of the conversation and what xAI keeps of it.",
)
OURS_GO = Sentence("My messages in Discord are deleted too; other people's stay.")
THEY_MAY_STAY = Sentence(
    "In Discord, all messages can stay, but cannot be continued; or I delete mine too, and other people's stay."
)
THEY_STAY = Sentence("The messages in Discord stay, but cannot be continued.")
BRANCHES_STAY = Sentence("Its branches keep their own messages but lose what came before.")


def sure(info: Info, *, remove: bool | None) -> str:
    """The question before a conversation is deleted, with my messages or without; None: both can be chosen."""
    title = info.conversation.title
    lines = [DELETE_IT.format(title=plain(title, 200)) if title else DELETE_THIS, WHAT_GOES(info.responses)]
    lines += [
        THEY_MAY_STAY if remove is None else OURS_GO if remove else THEY_STAY,
        *([BRANCHES_STAY] if info.branches else []),
    ]
    return "\n".join(map(str, lines))


DELETED = Sentence("The conversation is deleted.")
DELETED_DELETING = Sentence("The conversation is deleted. I am deleting my messages now.")


def deleted(messages: int, *, remove: bool) -> str:
    """The reply after a conversation was deleted."""
    return str(DELETED_DELETING if remove and messages else DELETED)


SHARED = Sentence("**{name}** shares this conversation with Grok up to here")


def shared(name: str) -> str:
    """The line above a share that is posted in a channel, before a link or beside a file."""
    return SHARED.format(name=plain(name, 100))


SHARE_LINK = Sentence(
    "{address}\nAnyone with this link can read the conversation up to here, nothing later. `/share here:True` posts it "
    "for everyone here, `/unshare` takes it back."
)


def share_link(address: str) -> str:
    """The private reply with the link of a share."""
    return SHARE_LINK.format(address=address)


SHARE_FILE = Sentence("The conversation up to this answer, as a web page to open or pass on.")

UNSHARED = Plural(
    "{n} share page closed. Its link no longer works.", "{n} share pages closed. Their links no longer work."
)


def unshared(pages: int) -> str:
    """The reply after share pages were closed."""
    return UNSHARED(pages)


IMPORTED = Plural(
    "**{name}** imported a conversation of {n} message. Grok knows all of it: continue here.",
    "**{name}** imported a conversation of {n} messages. Grok knows all of it: continue here.",
)


def imported(name: str, turns: int) -> str:
    """The message with which an imported conversation begins in Discord."""
    return IMPORTED(turns, name=plain(name, 100))


def relative(at: datetime) -> str:
    """A time in each client's own words."""
    return f"<t:{int(at.timestamp())}:R>"


def moment(at: datetime) -> str:
    """Date and time in each reader's own zone."""
    return f"<t:{int(at.timestamp())}:f>"
