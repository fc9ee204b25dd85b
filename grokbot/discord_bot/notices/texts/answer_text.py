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
from grokbot.conversation.text import lookup_of, shortened, written
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

THINKING = "-# 💭 Thinking…"
DRAWING = "-# 🎨 Making an image…"
WAITING = "-# ⏳ Cannot reach xAI right now. Still trying…"
WHOLE_ANSWER = "-# 📄 The full answer is in this file."
NO_IMAGES = "-# ⚠️ The image is missing: I need the permission Attach Files here."
NO_FILES = "-# ⚠️ The rest is missing: I need the permission Attach Files here."
STOPPED = "-# ⏹️ Stopped."
CUT_SHORT = "-# ✂️ The answer hit a length or time limit."
COMPACTED = "-# 🗜️ Earlier messages were summarised for the model: nothing is deleted."
_NAMED = 3
"""Attachments that one line names."""
NO_THREADS_HERE = "I cannot open a thread here. Mention me in a text channel or a forum post."
TOO_MANY_THREADS = (
    "This server has reached Discord's limit of open threads. Ask a moderator to archive some, then try again."
)
NO_PRIVATE_THREADS = "Announcement channels have no private threads. Leave out `private` or use another channel."
ONLY_IN_DIRECT_MESSAGES = "`/new` works in direct messages. In a server, mention me or use `/chat`."
NO_DIRECT_MESSAGES = "I do not answer direct messages. Mention me in a server."
NEW_CONVERSATION = "New conversation. I no longer see the messages above."
UNEXPECTED = "Something went wrong on my side. Please try again; the log has the cause."
NOT_OPENED = "Discord kept refusing to open a thread. Please ask again."
NOTHING_IN_MESSAGE = "This message has no text that I can read."
NOT_LET = "Discord does not let me answer here. A moderator can check my permissions in this channel."
STILL_TO_COME = "-# …"
"""Replaces an earlier answer's text in a message until the new one needs it or is complete without it."""
NOT_TAKEN = "-# ⚠️ Discord refused this part of the answer."
NOTHING_TO_SEE = "-# ⚠️ Grok answered with nothing that can be shown."
HIDDEN = "-# ↩️ Hidden: the conversation above was changed."
NO_BRANCH_HERE = "I cannot open a branch here. That works in threads of text channels."
SOMEBODY = "someone"
WHOLE_MESSAGE = "-# 📄 The full message is in this file."
NO_FILES_HERE = "-# ⚠️ The rest of this message is missing: I need the permission Attach Files here."
WORDS_NOT_TAKEN = "*(Discord refused this message.)*"
MENTION_NEEDED = "-# Mention me in every message here: I cannot read the others."


def no_threads_for(seconds: float) -> str:
    """Why no thread is opened for a while."""
    wait = written(timedelta(seconds=math.ceil(seconds)))
    return f"I cannot open threads here for another {wait} (Discord's limit). Please ask again then."


def ending(snapshot: Snapshot) -> str | None:
    """The line under an answer that did not end normally; None if it did, or still runs."""
    if snapshot.ended is None:
        return None
    if snapshot.trouble is not None:
        return trouble_line(snapshot.trouble)
    if snapshot.ended.state is State.STOPPED:
        return STOPPED
    return CUT_SHORT if snapshot.cut_short else None


def set_aside(follows: VariantNumber) -> str:
    """The text in the messages of a hidden answer: what it follows, and the way back."""
    if follows == ABOVE_CHANGED:
        return HIDDEN
    return f"-# ↩️ Hidden: this follows answer {follows.number}/{follows.of} above. Press `‹ ›` there to bring it back."  # noqa: RUF001 - the same signs as on the buttons


def branched_from(link: str) -> str:
    """The first line of a branch."""
    return f"-# 🌿 Branched from {link}. I know everything up to there; continue here."


def branched_to(thread_id: int) -> str:
    """Under the answer from which a branch was made."""
    return f"-# 🌿 Branched to <#{thread_id}>."


def trouble_line(trouble: GrokbotError) -> str:
    """The line under an answer that reports an error."""
    return f"-# ⚠️ {trouble}"


def status(phase: Phase, queries: Sequence[Query], asked_at: datetime) -> str:
    """The line in place of an answer that has no text yet.

    Discord's relative time counts the seconds in each client, so that it costs no edits.

    Args:
        phase: What the model is doing.
        queries: Its searches; the last one is shown.
        asked_at: When the question was asked, in UTC.
    """
    line = {Phase.WAITING: WAITING, Phase.DRAWING: DRAWING}.get(phase, THINKING)
    if phase is Phase.SEARCHING and queries:
        line = _searching(queries[-1])
    return f"{line} (started <t:{int(asked_at.timestamp())}:R>)"


def goes_on(characters: int, *, attached: bool) -> str:
    """The line under a running answer that is too long for messages."""
    whole = "I will attach all of it here." if attached else "I cannot attach files here, so it ends here."
    return f"-# 📄 The answer continues ({characters} characters so far). {whole}"


def answer_is_there(asker_id: int) -> str:
    """The small reply that mentions a person who waited long: edits notify nobody."""
    return f"-# <@{asker_id}> your answer is ready."


def answer_broke_off(asker_id: int) -> str:
    """The same for an answer that broke off."""
    return f"-# <@{asker_id}> your answer was cut short."


def _searching(query: Query) -> str:
    lookup = lookup_of(query)
    sign = "🧮" if query.kind == CODE else "📖" if query.text.strip() and not lookup.words else "🔎"
    words = shortened(lookup.words.replace("`", "'"), QUERY_SHOWN)
    return f"-# {sign} {plain(lookup.doing, QUERY_SHOWN)}" + (f": `{words}`…" if words else "…")


def asked(name: str, prompt: str) -> str:
    """The message that shows what somebody asked with a command, cut to fit."""
    line = f"**{plain(name, 100)}** asks:\n"
    quoted = "\n".join(f"> {part}" for part in prompt.splitlines())
    return shortened(line + quoted, DISCORD_LIMIT)


def says_elsewhere(name: str) -> str:
    """The words before a post of a person who is not in Discord now. The name contains no Markdown."""
    return f"**{name}** (API):"


def goes_on_in(thread_id: int) -> str:
    """Where a command's conversation goes on."""
    return f"Continue in <#{thread_id}>"


def missing_permissions(names: Sequence[str]) -> str:
    """What a moderator has to change."""
    bold = [f"**{name}**" for name in names]
    listed = " and ".join([", ".join(bold[:-1]), bold[-1]] if bold[1:] else bold)
    return f"I cannot answer here: I need the permission {listed} in this channel. A moderator can grant it."


def not_seen(left_out: Sequence[tuple[str, str]]) -> str | None:
    """The line under an answer about attachments that Grok was not shown; None if there are none."""
    if not left_out:
        return None
    names = ", ".join(f"{plain(name, 60)} ({why})" for name, why in left_out[:_NAMED])
    more = f", and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
    return f"-# ⚠️ Grok did not see {names}{more}."
