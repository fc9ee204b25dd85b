"""Shell completion of conversation ids.

Runs at every Tab, so it must be quick and fail silently. Not here: the scripts (click's, `commands`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click

SECONDS = 2.0
"""After this long a person just types on."""
OFFERED = 100


def conversations(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a conversation: the newest ones whose ids begin or end like this, as short ids with their titles.

    Args:
        ctx: Click's context; says how to reach the daemon.
        incomplete: The input so far.
    """
    try:
        return asyncio.run(asyncio.wait_for(_found(ctx.params, incomplete.upper()), SECONDS))
    except Exception:  # noqa: BLE001 - a person in the middle of a line must not see any error
        return []


async def _found(params: dict[str, object], begun: str) -> list[CompletionItem]:
    from grokbot.conversation.text import shortened  # noqa: PLC0415 - the same
    from grokbot.terminal.daemon_access import Way, reached  # noqa: PLC0415
    from grokbot.terminal.output.formats import in_a_line  # noqa: PLC0415 - `--help` need not load gRPC
    from grokbot.terminal.short_ids import short  # noqa: PLC0415

    target, key = (str(params.get(name) or "") or None for name in ("target", "key"))
    async with reached(Way(target, key)) as client:
        page = await client.daemon.conversations(limit=OFFERED)
    offered = []
    for entry in page.entries:
        identifier = entry.conversation.conversation_id
        shown = identifier if begun and identifier.startswith(begun) else short(identifier)
        if shown.startswith(begun):
            title = shortened(in_a_line(entry.conversation.title or entry.first_words), 50)
            offered.append(CompletionItem(shown, help=title or None))
    return offered
