"""Lists and figures for moderators: blocks, filters, limits. Pure.

Not here: replies after an act (`moderator_text`), usage (`commands.mod.usage`), what moderators did
(`audit_text`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.text import counted, shortened
from grokbot.discord_bot.markdown import DISCORD_LIMIT
from grokbot.discord_bot.notices.texts.command_text import in_messages, moment, plain, relative
from grokbot.discord_bot.notices.texts.moderator_text import limit_subject, subject
from grokbot.policy.budgets import OPERATOR, Scope, described, each, used_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.conversation.personas import Persona
    from grokbot.engine.budgets import Used
    from grokbot.policy.blocks import HeldBlock
    from grokbot.policy.budgets import Limit
    from grokbot.policy.filters import Filter

BLOCKS_SHOWN = 20
PATTERN_SHOWN = 200

NO_BLOCKS = "Nothing is blocked in this server."
NO_FILTERS = "No filters in this server. `/mod filter add` adds one."
NO_PERSONAS = "None. `/mod persona add` adds one."
NO_LIMITS = "No limits in this server."
NO_STANDING = "No limit applies to you here."


def blocks_listed(blocks: Sequence[HeldBlock]) -> str:
    """The newest blocks."""
    if not blocks:
        return NO_BLOCKS
    lines = [f"**Blocked** · {counted(len(blocks), 'block')}"]
    for held in blocks[:BLOCKS_SHOWN]:
        block = held.block
        until = "permanently" if block.until is None else f"until {moment(block.until)}"
        by = f"by <@{held.by}> {relative(held.at)}" if held.by else f"by the bot's operator {relative(held.at)}"
        reason = f" · {plain(block.reason, 60)}" if block.reason else ""
        lines.append(f"- {subject(block.kind, block.subject_id)} {until}, {by}{reason}")
    return fitted(lines, len(blocks))


def filters_listed(filters: Sequence[Filter]) -> Sequence[str]:
    """All filters, in as many messages as needed: their names are needed to remove them."""
    if not filters:
        return [NO_FILTERS]
    return in_messages([f"**Filters** · {len(filters)}", *map(_filter, filters)])


def _filter(one: Filter) -> str:
    pattern = shortened(" ".join(one.pattern.source.split()).replace("`", "'"), PATTERN_SHOWN)
    return f"- `{one.id}` ||`{pattern}`|| · {one.where.value} · {one.action.value}"


def personas_listed(own: Sequence[Persona], known: Mapping[str, Persona]) -> Sequence[str]:
    """A server's personas and the others, in as many messages as needed.

    Args:
        own: The server's.
        known: All by name, the server's among them.
    """
    names = {each.name for each in own}
    others = [_persona(each) for name, each in known.items() if name not in names]
    lines = ["**Personas of this server**", *(map(_persona, own) if own else [NO_PERSONAS]), "**Others**", *others]
    return in_messages(lines)


def _persona(persona: Persona) -> str:
    return f"- **{plain(persona.name, 80)}** {plain(persona.description, 160)}".rstrip()


def limits_listed(limits: Sequence[Limit]) -> str:
    """The server's own limits, and the operator's."""
    if not limits:
        return NO_LIMITS
    lines = ["**Limits**"]
    lines += [
        f"- {limit_subject(limit)}: {described(limit)}{' (set by the operator)' if limit.guild_id == OPERATOR else ''}"
        for limit in limits
    ]
    return fitted(lines, len(limits))


def standing_listed(used: Sequence[Used]) -> str:
    """What one person has used of their limits."""
    if not used:
        return NO_STANDING
    lines = ["**What you have used here**"]
    for one in used:
        if one.limit.scope is Scope.EVERYWHERE:
            continue
        again = f", resets {relative(one.until)}" if one.until is not None else ""
        lines.append(f"- {each(one.limit.counted, used_of(one.limit, one.used))}{again}")
    return fitted(lines, len(used)) if lines[1:] else NO_STANDING


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
    more = f"… and {left:,} more." if left > 0 and len(shown) < len(lines) else ""
    return "\n".join([*shown, *([more] if more else [])])
