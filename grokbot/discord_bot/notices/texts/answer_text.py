"""The bot's own sentences around answers in Discord. Pure.

Not here: what commands say (`command_text`), the sentences of errors (`conversation.errors`, `policy`), where they
stand under an answer (`answers.layout`).
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.draft import Phase
from grokbot.conversation.response import State
from grokbot.conversation.text import Plural, Sentence, lookup_of, shortened, written
from grokbot.conversation.text.lookups import CODE
from grokbot.discord_bot.markdown import DISCORD_LIMIT
from grokbot.discord_bot.notices.texts.command_text import plain
from grokbot.display import ABOVE_CHANGED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.conversation.errors import GrokbotError
    from grokbot.conversation.response import Query
    from grokbot.display import VariantNumber
    from grokbot.engine.turns import Snapshot

QUERY_SHOWN = 80
"""Characters of a search that the status line shows."""

THINKING = Sentence("-# 💭 Thinking…")
DRAWING = Sentence("-# 🎨 Making an image…")
WAITING = Sentence("-# ⏳ Cannot reach xAI right now. Still trying…")
WHOLE_ANSWER = Sentence("-# 📄 The full answer is in this file.")
NO_IMAGES = Sentence("-# ⚠️ The image is missing: I need the permission Attach Files here.")
NO_FILES = Sentence("-# ⚠️ The rest is missing: I need the permission Attach Files here.")
STOPPED = Sentence("-# ⏹️ Stopped.")
CUT_SHORT = Sentence("-# ✂️ The answer reached the limit of its length or time.")
COMPACTED = Sentence("-# 🗜️ Grok read a summary of the earlier messages. None is deleted.")
_NAMED = 3
"""Attachments that one line names."""
MENU = Sentence("What would you like to do with this answer?")
HIDES = Plural(
    "This hides the answer below; `‹ ›` brings it back.",  # noqa: RUF001 - as the buttons say
    "This hides the {n} answers below; `‹ ›` brings them back.",  # noqa: RUF001 - as the buttons say
)
THREAD_LOCKED = Sentence("This thread is locked, so I cannot write here. A moderator can unlock it.")
NO_THREADS_HERE = Sentence("I cannot open a thread here. Mention me in a text channel or a forum post.")
TOO_MANY_THREADS = Sentence(
    "This server has reached Discord's limit of open threads. Ask a moderator to archive some, then try again."
)
NO_PRIVATE_THREADS = Sentence(
    "Announcement channels have no private threads. Leave out `private` or use another channel."
)
ONLY_IN_DIRECT_MESSAGES = Sentence("`/new` works in direct messages. In a server, mention me or use `/chat`.")
NO_DIRECT_MESSAGES = Sentence("I do not answer direct messages. Mention me in a server.")
NEW_CONVERSATION = Sentence("New conversation. I no longer see the messages above.")
UNEXPECTED = Sentence("Something went wrong on my side. Please try again; the log has the cause.")
NOT_OPENED = Sentence("Discord kept refusing to open a thread. Please ask again.")
NOTHING_IN_MESSAGE = Sentence("This message has no text that I can read.")
NOT_LET = Sentence("Discord does not let me answer here. A moderator can check my permissions in this channel.")
STILL_TO_COME = "-# …"
"""Replaces an earlier answer's text in a message until the new one needs it or is complete without it."""
NOT_TAKEN = Sentence("⚠️ Discord refused this part of the answer.")
NOTHING_TO_SEE = Sentence("⚠️ Grok's answer was empty. *Resample* asks for another one.")
HIDDEN = Sentence("-# ⤴ Hidden: a message above was changed.")
HIDDEN_BELOW = Sentence("-# ⤴ Hidden: belongs to answer {number}/{of} above.")
NO_BRANCH_HERE = Sentence("I cannot open a branch here. That works in threads of text channels.")
SOMEBODY = Sentence("someone")
WHOLE_MESSAGE = Sentence("-# 📄 The full message is in this file.")
NO_FILES_HERE = Sentence("-# ⚠️ The rest of this message is missing: I need the permission Attach Files here.")
WORDS_NOT_TAKEN = Sentence("*(Discord refused this message.)*")
MENTION_NEEDED = Sentence("-# Mention me in every message here: I cannot read the others.")


NO_THREADS_FOR = Sentence("I cannot open threads here for another {wait} (Discord's limit). Please ask again then.")


def no_threads_for(seconds: float) -> str:
    """Why no thread is opened for a while."""
    wait = written(timedelta(seconds=math.ceil(seconds)))
    return NO_THREADS_FOR.format(wait=wait)


def ending(snapshot: Snapshot) -> str | None:
    """The line under an answer that did not end normally; None if it did, or still runs."""
    if snapshot.ended is None:
        return None
    if snapshot.trouble is not None:
        return trouble_line(snapshot.trouble)
    if snapshot.ended.state is State.STOPPED:
        return str(STOPPED)
    return str(CUT_SHORT) if snapshot.cut_short else None


def set_aside(follows: VariantNumber) -> str:
    """The text in place of a hidden answer: why, and what it belongs to."""
    if follows == ABOVE_CHANGED:
        return str(HIDDEN)
    return HIDDEN_BELOW.format(number=follows.number, of=follows.of)


BRANCHED_FROM = Sentence("-# 🌿 Branched from {link}. I know everything up to there; continue here.")
BRANCHED_TO = Sentence("-# 🌿 Branched to {thread}.")


def branched_from(link: str) -> str:
    """The first line of a branch."""
    return BRANCHED_FROM.format(link=link)


def branched_to(thread_id: int) -> str:
    """Under the answer from which a branch was made."""
    return BRANCHED_TO.format(thread=f"<#{thread_id}>")


def trouble_line(trouble: GrokbotError) -> str:
    """The line under an answer that reports an error."""
    return f"⚠️ {trouble}"


STARTED = Sentence("{doing} (started {when})")


def status(phase: Phase, queries: Sequence[Query], asked_at: datetime) -> str:
    """The line in place of an answer that has no text yet.

    Discord's relative time counts the seconds in each client, so that it costs no edits.

    Args:
        phase: What the model is doing.
        queries: Its searches; the last one is shown.
        asked_at: When the question was asked, in UTC.
    """
    line: str = {Phase.WAITING: WAITING, Phase.DRAWING: DRAWING}.get(phase, THINKING)
    if phase is Phase.SEARCHING and queries:
        line = _searching(queries[-1])
    return STARTED.format(doing=line, when=f"<t:{int(asked_at.timestamp())}:R>")


GOES_ON = Plural(
    "-# 📄 The answer continues ({n} character so far). All of it will be in a file here.",
    "-# 📄 The answer continues ({n} characters so far). All of it will be in a file here.",
)
GOES_ON_UNSEEN = Plural(
    "-# 📄 The answer continues ({n} character so far), but I cannot attach files here: the rest will be missing.",
    "-# 📄 The answer continues ({n} characters so far), but I cannot attach files here: the rest will be missing.",
)


def goes_on(characters: int, *, attached: bool) -> str:
    """The line under a running answer that is too long for messages."""
    return (GOES_ON if attached else GOES_ON_UNSEEN)(characters)


IS_READY = Sentence("-# {person} your answer is ready.")
WAS_CUT = Sentence("-# {person} your answer was cut short.")


def answer_is_there(asker_id: int) -> str:
    """The small reply that mentions a person who waited long: edits notify nobody."""
    return IS_READY.format(person=f"<@{asker_id}>")


def answer_broke_off(asker_id: int) -> str:
    """The same for an answer that broke off."""
    return WAS_CUT.format(person=f"<@{asker_id}>")


def _searching(query: Query) -> str:
    lookup = lookup_of(query)
    sign = "🧮" if query.kind == CODE else "📖" if query.text.strip() and not lookup.words else "🔎"
    words = shortened(lookup.words.replace("`", "'"), QUERY_SHOWN)
    return f"-# {sign} {plain(lookup.doing, QUERY_SHOWN)}" + (f": `{words}`…" if words else "…")


ASKS = Sentence("**{name}** asks:")
SAYS = Sentence("**{name}** (API):")
GOES_ON_IN = Sentence("Continue in {thread}")


def asked(name: str, prompt: str) -> str:
    """The message that shows what somebody asked with a command, cut to fit."""
    line = ASKS.format(name=plain(name, 100)) + "\n"
    quoted = "\n".join(f"> {part}" for part in prompt.splitlines())
    return shortened(line + quoted, DISCORD_LIMIT)


def says_elsewhere(name: str) -> str:
    """The words before a post of a person who is not in Discord now. The name contains no Markdown."""
    return SAYS.format(name=name)


def goes_on_in(thread_id: int) -> str:
    """Where a command's conversation goes on."""
    return GOES_ON_IN.format(thread=f"<#{thread_id}>")


MISSING = Plural(
    "I cannot answer here: I need the permission {names} in this channel. A moderator can grant it.",
    "I cannot answer here: I need these permissions in this channel: {names}. A moderator can grant them.",
)


def missing_permissions(names: Sequence[str]) -> str:
    """What a moderator has to change."""
    return MISSING(len(names), names=", ".join(f"**{name}**" for name in names))


NOT_SEEN = Sentence("-# ⚠️ Grok did not see {names}.")
NOT_SEEN_AND_MORE = Plural(
    "-# ⚠️ Grok did not see {names}, and {n} more.", "-# ⚠️ Grok did not see {names}, and {n} more."
)


def not_seen(left_out: Sequence[tuple[str, str]]) -> str | None:
    """The line under an answer about attachments that Grok was not shown; None if there are none."""
    if not left_out:
        return None
    names = ", ".join(f"{plain(name, 60)} ({why})" for name, why in left_out[:_NAMED])
    if len(left_out) > _NAMED:
        return NOT_SEEN_AND_MORE(len(left_out) - _NAMED, names=names)
    return NOT_SEEN.format(names=names)
