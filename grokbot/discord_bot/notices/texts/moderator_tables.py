"""Lists for moderators: blocks, and what somebody has used of their limits. Pure.

Not here: filters, limits and personas (`commands.mod.list_panels`), replies after an act (`moderator_text`), usage
(`commands.mod.usage`), what moderators did (`audit_text`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.text import Plural, Sentence
from grokbot.discord_bot.markdown import DISCORD_LIMIT
from grokbot.discord_bot.notices.texts.command_text import moment, plain, relative
from grokbot.discord_bot.notices.texts.moderator_text import subject
from grokbot.policy.budgets import Scope, each, used_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.engine.budgets import Used
    from grokbot.policy.blocks import HeldBlock

BLOCKS_SHOWN = 20

NO_BLOCKS = Sentence("Nothing is blocked in this server.")
NO_STANDING = Sentence("No limit applies to you here.")
BLOCKED = Plural("**Blocked** · {n} block", "**Blocked** · {n} blocks")
BLOCK, BLOCK_UNTIL = Sentence("{whom} permanently, by {who} {when}"), Sentence("{whom} until {until}, by {who} {when}")
OPERATOR_NAMED = Sentence("the bot's operator")
STANDING = Sentence("**What you have used here**")
RESETS = Sentence("{used}, resets {when}")
MORE = Plural("… and {n} more.", "… and {n} more.")


def blocks_listed(blocks: Sequence[HeldBlock]) -> str:
    """The newest blocks."""
    if not blocks:
        return str(NO_BLOCKS)
    lines = [BLOCKED(len(blocks))]
    for held in blocks[:BLOCKS_SHOWN]:
        block = held.block
        who = f"<@{held.by}>" if held.by else str(OPERATOR_NAMED)
        given = {"whom": subject(block.kind, block.subject_id), "who": who, "when": relative(held.at)}
        line = BLOCK.format(**given) if block.until is None else BLOCK_UNTIL.format(until=moment(block.until), **given)
        lines.append(f"- {line} · {plain(block.reason, 60)}" if block.reason else f"- {line}")
    return fitted(lines, len(blocks))


def standing_listed(used: Sequence[Used]) -> str:
    """What one person has used of their limits."""
    if not used:
        return str(NO_STANDING)
    lines = [str(STANDING)]
    for one in used:
        if one.limit.scope is Scope.EVERYWHERE:
            continue
        taken = each(one.limit.counted, used_of(one.limit, one.used))
        lines.append(f"- {taken}" if one.until is None else f"- {RESETS.format(used=taken, when=relative(one.until))}")
    return fitted(lines, len(used)) if lines[1:] else str(NO_STANDING)


def fitted(lines: Sequence[str], total: int) -> str:
    """As many lines as fit in one message, and how many of `total` are missing."""
    shown: list[str] = []
    room = DISCORD_LIMIT - 40
    for line in lines:
        if len(line) + 1 > room:
            break
        shown.append(line)
        room -= len(line) + 1
    left = total - (len(shown) - 1)
    more = MORE(left) if left > 0 and len(shown) < len(lines) else ""
    return "\n".join([*shown, *([more] if more else [])])
