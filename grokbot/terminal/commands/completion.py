"""Shell completion of conversation ids, models and personas.

Runs at every Tab, so it must be quick and fail silently. Not here: the scripts (click's, `commands`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click

    from grokbot.wire.grokbot import daemon_pb2

SECONDS = 2.0
"""After this long a person just types on."""
OFFERED = 100


def conversations(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a conversation: the newest ones whose ids begin or end like this, as short ids with their titles.

    Args:
        ctx: Click's context; says how to reach the daemon.
        incomplete: The input so far.
    """
    import asyncio  # noqa: PLC0415 - `--help` need not load it

    try:
        return asyncio.run(asyncio.wait_for(_found(ctx.params, incomplete.upper()), SECONDS))
    except Exception:  # noqa: BLE001 - a person in the middle of a line must not see any error
        return []


def models(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a model's name.

    Args:
        ctx: Click's context; says how to reach the daemon.
        incomplete: The input so far.
    """
    return [CompletionItem(one.name) for one in _choices(ctx).models if one.name.startswith(incomplete)]


def personas(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a persona's name, with its description.

    Args:
        ctx: Click's context; says how to reach the daemon.
        incomplete: The input so far.
    """
    found = [one for one in _choices(ctx).personas if one.name.startswith(incomplete.lower())]
    return [CompletionItem(one.name, help=" ".join(one.description.split()) or None) for one in found]


def _choices(ctx: click.Context) -> daemon_pb2.Choices:
    import asyncio  # noqa: PLC0415 - `--help` need not load it, nor gRPC

    from grokbot.terminal.daemon_access import Way, reached  # noqa: PLC0415
    from grokbot.wire.grokbot import daemon_pb2  # noqa: PLC0415 - the same

    async def found() -> daemon_pb2.Choices:
        async with reached(Way(*_way(ctx.params))) as client:
            return await client.daemon.choices()

    try:
        return asyncio.run(asyncio.wait_for(found(), SECONDS))
    except Exception:  # noqa: BLE001 - as above
        return daemon_pb2.Choices()


def _way(params: dict[str, object]) -> tuple[str | None, str | None]:
    return str(params.get("target") or "") or None, str(params.get("key") or "") or None


async def _found(params: dict[str, object], begun: str) -> list[CompletionItem]:
    from grokbot.conversation.text import shortened  # noqa: PLC0415 - the same
    from grokbot.terminal.daemon_access import Way, reached  # noqa: PLC0415
    from grokbot.terminal.output.formats import in_a_line  # noqa: PLC0415 - `--help` need not load gRPC
    from grokbot.terminal.short_ids import short  # noqa: PLC0415

    async with reached(Way(*_way(params))) as client:
        page = await client.daemon.conversations(limit=OFFERED)
    offered = []
    for entry in page.entries:
        identifier = entry.conversation.conversation_id
        shown = identifier if begun and identifier.startswith(begun) else short(identifier)
        if shown.startswith(begun):
            title = shortened(in_a_line(entry.conversation.title or entry.first_words), 50)
            offered.append(CompletionItem(shown, help=title or None))
    return offered
