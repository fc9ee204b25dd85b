"""How `grokbot service status` looks: rows for people, a document for programs. Pure.

Not here: finding it out (`operation.service.overview`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grokbot.terminal.output.formats import ago, in_a_line, iso, local, size_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from grokbot.operation.service.overview import BotOverview, ServiceOverview


def heading(bot: BotOverview, now: datetime) -> tuple[str, str]:
    """The unit and how it is, and the colour of that."""
    since = bot.state.since
    text = f"{bot.word} since {local(since)} ({ago(since, now)})" if since else bot.word
    return text, "green" if bot.state.active else "yellow" if bot.state.starting else "red"


def rows(bot: BotOverview, version: str, now: datetime) -> Sequence[tuple[str, str]]:
    """One bot.

    Args:
        bot: How it is.
        version: Of the program.
        now: For ages.
    """
    layout, state = bot.layout, bot.state
    taken = f", {size_of(bot.database_bytes)}" if bot.database_bytes is not None else ""
    newest = f"{bot.backups}, the newest {ago(bot.newest_backup, now)}" if bot.newest_backup else ""
    restarts = f"{state.restarts} by systemd, since it was started by hand" if state.restarts else "none"
    name = layout.unit.removesuffix(".service")
    return (
        ("Says", in_a_line(state.status)),
        ("Version", version),
        ("Restarts", restarts),
        ("At boot", "starts" if bot.enabled else f"does not start: systemctl enable {name}"),
        ("Settings", layout.config),
        ("Secrets", f"{layout.secrets}/ ({'encrypted' if bot.encrypted else 'root only'})"),
        ("Database", f"{bot.database}{taken}" if bot.database is not None else ""),
        ("Backups", newest),
        ("Socket", f"{layout.runtime}/api.sock"),
        ("Reach it", f"GROKBOT_API=unix:{layout.runtime}/api.sock grokbot status" if layout.name else "grokbot status"),
        ("Log", f"journalctl --unit {name} --follow"),
    )


def document(found: ServiceOverview) -> dict[str, Any]:
    """The same for programs."""
    return {
        "version": found.version,
        "folder": found.folder,
        "kept_versions": list(found.kept),
        "bots": [
            {
                "name": bot.layout.name or None,
                "unit": bot.layout.unit,
                "state": bot.state.found.get("ActiveState"),
                "result": bot.state.found.get("Result"),
                "ready": bot.state.active,
                "since": iso(bot.state.since),
                "status": bot.state.status,
                "restarts": bot.state.restarts,
                "enabled": bot.enabled,
                "encrypted": bot.encrypted,
                "config": bot.layout.config,
                "database": str(bot.database) if bot.database is not None else None,
                "database_bytes": bot.database_bytes,
                "backups": bot.backups,
                "newest_backup": iso(bot.newest_backup),
                "socket": f"{bot.layout.runtime}/api.sock",
            }
            for bot in found.bots
        ],
    }
