"""The commands' sentences, lists and figures. Pure.

Not here: the commands' own texts (beside each command), the sentences of errors (`conversation.errors`, `engine`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from grokbot.conversation.response import Conversation, Mode
from grokbot.conversation.text import counted, shortened, visible
from grokbot.discord_bot.markdown import DISCORD_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.conversation.records import Info, ListedConversation, Page

NAME_SHOWN = 70
"""Characters of a title that a list shows, including escapes of Markdown."""
NO_ANSWER_YET = "Grok has not answered here yet."
NOTHING_RUNS = "No answer is running here."
NO_SUCH_CONVERSATION = "No such conversation of yours. Pick one from the list that opens as you type."
SEVERAL_SUCH = "Several of your conversations match. Pick one from the list that opens as you type."
RESAMPLING = "Writing another answer. The arrows under it bring the old one back."
STOPPED = "Stopped. The text so far is kept."
GOING_ON = "Continuing."
SHARED_BELOW = "Done: posted below for everyone here."
STARRED = "⭐ Starred. `/history starred:True` lists your starred conversations."
STARRED_ALREADY = "⭐ You have already starred this conversation."
UNSTARRED = "Star removed."
UNSTARRED_ALREADY = "You have not starred this conversation."
NOT_SHARED = "This conversation has no open share page."
CANNOT_BE_READ = "Discord does not let me read this channel right now. Try again in a minute."
NO_CONTENT = "I cannot read messages here: the bot's operator has not allowed that in Discord's settings."
NOT_READABLE = "I cannot read what was said here: I need the permission Read Message History."
NOT_YOURS_TO_READ = "You may not read what was said here, so I do not summarize it."
NOTHING_LISTED = "You have no conversations yet. Mention me in a channel, or use `/chat`."
NOTHING_STARRED = "You have no starred conversations. Use `/star` or react to an answer with ⭐."
LEFT_OUT = "-# Some may be missing: I could not check yet whether you can still see their channels. Try again."
KEPT_ALL = "Nothing was deleted."
NO_JSON = "This file is not text. I read the JSON that `/export` writes."
FILE_TOO_LARGE = "This file is larger than 10 MB, the most I read."
FILE_UNREAD = "I could not download this file. Please try again."
CANNOT_ATTACH = "The file is too large to attach here. `/share` can share a part of the conversation."
NO_WORDS = "(no messages yet)"

MODES = {
    Mode.STATELESS: "stateless (the bot keeps the history)",
    Mode.STATEFUL: "stateful (xAI keeps the history for 30 days)",
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
    name = next(filter(None, lines), NO_WORDS)
    return shortened(name, CHOICE_LENGTH)


CHOICE_LENGTH = 100
"""Characters of a choice's name (Discord's documentation)."""


def summarized(messages: int, people: int, since: datetime) -> str:
    """The line above a summary.

    Args:
        messages: How many it is of.
        people: By how many.
        since: When the first was written, in UTC.
    """
    what = f"{counted(messages, 'message')} by {counted(people, 'person', 'people')}"
    return f"-# Summary of {what} since <t:{int(since.timestamp())}:f>. Bots and people who opted out are left out."


def titled(title: str) -> str:
    """The reply after a new title."""
    return f"This conversation is now called **{plain(title, 220)}**."


def link_to(conversation: Conversation) -> str | None:
    """A link that opens a conversation in Discord; None if it has no place there.

    That is so if it began through the API, or lost its thread.
    """
    if conversation.channel_id is None:
        return None
    return f"https://discord.com/channels/{conversation.guild_id or '@me'}/{conversation.channel_id}"


def listing(page: Page, *, offset: int, size: int, search: str, starred: bool) -> str:
    """One page of a person's conversations.

    Args:
        page: The conversations.
        offset: How many come before this page.
        size: How many a full page has.
        search: The search; "": none.
        starred: Whether only starred ones are listed.
    """
    if not page.entries:
        nothing = nothing_found(search) if search else NOTHING_STARRED if starred else NOTHING_LISTED
        return f"{nothing}\n{LEFT_OUT}" if page.unknown else nothing
    number, pages = offset // size + 1, -(-page.total // size)
    count = counted(page.total, "conversation")
    head = f"**Your {'starred ' if starred else ''}conversations**" + (
        f" with “{plain(search, 100)}”" if search else ""
    )
    lines = [f"{head} · {count}" + (f" · page {number} of {pages}" if pages > 1 else "")]
    lines += [_line(position, entry) for position, entry in enumerate(page.entries, offset + 1)]
    lines += [LEFT_OUT] if page.unknown else []
    return "\n".join(lines)


def nothing_found(search: str) -> str:
    """The reply if no conversation matches."""
    return f"None of your conversations contains “{plain(search, 100)}”."


def _line(position: int, entry: ListedConversation) -> str:
    conversation = entry.conversation
    link = link_to(conversation)
    name = plain(conversation.title or entry.first_words or NO_WORDS, NAME_SHOWN)
    parts = [
        f"{position}\\. {'⭐ ' if entry.starred else ''}**{name}**",
        counted(entry.responses, "message"),
        relative(conversation.modified_at),
        f"[open]({link})" if link is not None else "not in Discord",
    ]
    return " · ".join(parts)


def sure(info: Info, *, remove: bool) -> str:
    """The question before a conversation is deleted."""
    lines = [f"Delete **{plain(info.conversation.title or 'this conversation', 200)}** permanently?"]
    lines.append(f"This deletes {counted(info.responses, 'message')}, its stars and share pages, and xAI's copy.")
    lines.append(
        "My messages in Discord are deleted too; other people's stay."
        if remove
        else "The messages in Discord stay, but cannot be continued."
    )
    if info.branches:
        lines.append("Its branches keep their own messages but lose what came before.")
    return "\n".join(lines)


def deleted(messages: int, *, remove: bool) -> str:
    """The reply after a conversation was deleted."""
    return "Conversation deleted." + (" I am deleting my messages now." if remove and messages else "")


def shared(name: str) -> str:
    """The line above a share that is posted in a channel, before a link or beside a file."""
    return f"**{plain(name, 100)}** shares this conversation with Grok up to here"


def share_link(address: str) -> str:
    """The private reply with the link of a share."""
    return (
        f"{address}\nAnyone with this link can read the conversation up to here, nothing later. `/unshare` closes it."
    )


SHARE_FILE = "The conversation up to this answer, as a web page to open or pass on."


def unshared(pages: int) -> str:
    """The reply after share pages were closed."""
    return f"{counted(pages, 'share page')} closed. The link no longer works."


def imported(name: str, turns: int) -> str:
    """The message with which an imported conversation begins in Discord."""
    return (
        f"**{plain(name, 100)}** imported a conversation of {counted(turns, 'message')}. "
        "Grok knows all of it: continue here."
    )


def helped(lines: Sequence[tuple[str, str]]) -> Sequence[str]:
    """Each command and what it does, in as many messages as needed."""
    return in_messages([HOW_TO_BEGIN, *(f"`{usage}` {text}" for usage, text in lines)])


def in_messages(lines: Sequence[str]) -> Sequence[str]:
    """Lines in as few messages as they need."""
    messages = [lines[0]]
    for line in lines[1:]:
        if len(messages[-1]) + 1 + len(line) > DISCORD_LIMIT:
            messages.append(line)
        else:
            messages[-1] += f"\n{line}"
    return messages


HOW_TO_BEGIN = (
    "Mention me in a channel and I open a thread; in direct messages, just write. "
    "Edit your message to change the question, or delete it to take it back. Buttons under each answer do more.\n"
)


def relative(at: datetime) -> str:
    """A time in each client's own words."""
    return f"<t:{int(at.timestamp())}:R>"


def moment(at: datetime) -> str:
    """Date and time in each reader's own zone."""
    return f"<t:{int(at.timestamp())}:f>"
