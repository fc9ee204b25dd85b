"""What must hold of the rows of a database, beyond what its own rules refuse; each finding is a sentence with advice.

Reads only, also beside a running daemon: all of it in one transaction. Not here: pages and indexes (`damage`), whether
Discord shows what the database says (`discord_bot.bot.shown_check`).
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.store.dialect import cause_of
from grokbot.store.errors import SENTENCES
from grokbot.store.maintenance.backup import nobody_listens
from grokbot.store.maintenance.damage import damage_of
from grokbot.store.maintenance.files import explained, looking, tables_of
from grokbot.store.migrations import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from grokbot.store.maintenance.backup import Progress

RESTORE = "Stop the bot and restore the newest backup that grokbot store verify finds no fault with."
REPORT = "It answers nevertheless; report it, with the version and what happened before."
BUDGETS = "Limits count a little wrong until the month is over; report it if it comes again."
OTHER_TABLES = "It has revision {found}; this version reads {head}."


@dataclass(frozen=True, slots=True)
class StoreFault:
    """Something that is wrong, and what to do about it."""

    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class _Invariant:
    """What must not be there: how often it is, as one number."""

    text: str
    advice: str
    query: str


_FOREST = (
    _Invariant(
        "{} responses hang under one that is missing or in another conversation.",
        RESTORE,
        "SELECT count(*) FROM responses AS r WHERE parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM responses AS p"
        " WHERE p.id = r.parent_id AND p.conversation_id = r.conversation_id)",
    ),
    _Invariant(
        "{} responses are not below any beginning: their parents go in a circle.",
        RESTORE,
        "WITH RECURSIVE reached(id) AS (SELECT id FROM responses WHERE parent_id IS NULL"
        " UNION ALL SELECT r.id FROM responses AS r JOIN reached ON r.parent_id = reached.id)"
        " SELECT (SELECT count(*) FROM responses WHERE parent_id IS NULL OR parent_id IN (SELECT id FROM responses))"
        " - count(*) FROM reached",
    ),
    _Invariant(
        "{} conversations stand at a response that they do not have.",
        "Write in the thread: the next answer mends that.",
        "SELECT count(*) FROM conversations AS c WHERE leaf_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM responses AS r"
        " WHERE r.id = c.leaf_id AND r.conversation_id = c.id)",
    ),
    _Invariant(
        "{} conversations branch off a response that is missing.",
        REPORT,
        "SELECT count(*) FROM conversations WHERE branched_from IS NOT NULL"
        " AND branched_from NOT IN (SELECT id FROM responses)",
    ),
    _Invariant(
        "{} answers that have not ended have something below them.",
        "Restart the bot: it ends what does not run.",
        "SELECT count(*) FROM responses AS r WHERE state IN ('pending', 'streaming') AND sender = 'model'"
        " AND EXISTS (SELECT 1 FROM responses WHERE parent_id = r.id AND state <> 'pending')",
    ),
    _Invariant(
        "{} conversations have more than one answer that runs.",
        "Restart the bot: it ends what does not run.",
        "SELECT count(*) FROM (SELECT 1 FROM responses WHERE state IN ('pending', 'streaming') AND sender = 'model'"
        " GROUP BY conversation_id HAVING count(*) > 1)",
    ),
    _Invariant(
        "{} answers have an end and have not ended.",
        REPORT,
        "SELECT count(*) FROM responses WHERE sender = 'model' AND state IN ('pending', 'streaming')"
        " AND finished_at IS NOT NULL",
    ),
    _Invariant(
        "{} responses have fields that cannot be read.",
        RESTORE,
        "SELECT count(*) FROM responses WHERE NOT (json_valid(steps) AND json_valid(queries) AND json_valid(citations)"
        " AND (options = '' OR json_valid(options)))",
    ),
)

_MONEY = (
    _Invariant(
        "{} answers cost something else than their accounts say.",
        BUDGETS,
        "SELECT count(*) FROM responses AS r JOIN (SELECT conversation_id, rtrim(substr(response_id, 1,"
        " instr(response_id || '/', '/')), '/') AS id, sum(cost_ticks) AS ticks FROM usage_ledger"
        " WHERE kind IN ('answer', 'part') AND conversation_id <> '' GROUP BY 1, 2) AS a ON a.id = r.id"
        " WHERE r.cost_ticks IS NOT NULL AND r.cost_ticks <> a.ticks",
    ),
    _Invariant(
        "On {} days more or less counts against the limits than was spent.",
        BUDGETS,
        "WITH days AS (SELECT day, cost_ticks FROM spent_days WHERE guild_id = -1 AND user_id = -1), spent AS ("
        " SELECT day, days.cost_ticks, (SELECT coalesce(sum(counted_ticks), 0) FROM usage_ledger"
        " WHERE began_at >= day AND began_at < day + 86400000000) AS turns,"
        " (SELECT coalesce(sum(counted_ticks), 0) FROM usage_ledger WHERE began_at IS NULL"
        " AND at >= day AND at < day + 86400000000 + 3600000000) AS titles FROM days)"
        " SELECT count(*) FROM spent WHERE cost_ticks < turns OR cost_ticks > turns + titles",
    ),
    _Invariant(
        "{} answers of which nothing runs still hold a part of a budget.",
        "Restart the bot: it settles them.",
        "SELECT count(DISTINCT answer_id) FROM reservations WHERE at < (strftime('%s', 'now') - 86400) * 1000000"
        " AND answer_id NOT IN (SELECT id FROM responses WHERE state IN ('pending', 'streaming'))",
    ),
)

INVARIANTS = (*_FOREST, *_MONEY)

_SHOWN = """
SELECT channel_id, message_id FROM (
    SELECT m.channel_id, m.message_id,
        row_number() OVER (PARTITION BY m.channel_id ORDER BY m.message_id DESC) AS place
    FROM discord_messages AS m JOIN responses AS r ON r.id = m.response_id
    JOIN conversations AS c ON c.id = r.conversation_id AND c.channel_id = m.channel_id
    WHERE r.sender = 'model' AND r.id NOT IN (SELECT response_id FROM unshown)
    AND c.id IN (SELECT id FROM conversations WHERE channel_id IS NOT NULL ORDER BY modified_at DESC LIMIT 50)
) WHERE place <= 50
"""


def verify(database: Path, *, progress: Progress = nobody_listens, at_rest: bool = False) -> Sequence[StoreFault]:
    """Everything that is wrong with a database or a backup. Blocks, for seconds a gigabyte.

    Args:
        database: The file.
        progress: Told what is looked at.
        at_rest: Whether it is a backup: nothing is made beside it.

    Raises:
        StoreError: The file cannot be opened at all.
    """
    with explained("The database cannot be verified", database):
        database.stat()
    with explained("The database cannot be verified", database), closing(looking(database, at_rest=at_rest)) as held:
        held.execute("BEGIN")
        progress("Checking pages and indexes", 0, 0)
        faults = list(_damage(held))
        if faults:
            return faults  # what its rows say is then no evidence
        faults = list(_other_tables(held))
        if not faults:
            for number, each in enumerate(INVARIANTS):
                progress("Checking rows", number, len(INVARIANTS))
                (count,) = held.execute(each.query).fetchone()
                if count:
                    faults.append(StoreFault(each.text.format(count), each.advice))
        return faults


def _damage(held: sqlite3.Connection) -> Iterator[StoreFault]:
    try:
        yield from (StoreFault(f"The file is damaged: {text}.", RESTORE) for text in damage_of(held))
    except sqlite3.DatabaseError as error:
        yield StoreFault(SENTENCES[cause_of(error)], RESTORE)


def _other_tables(held: sqlite3.Connection) -> Iterator[StoreFault]:
    """Another version's tables, whose rows follow other rules."""
    known = "alembic_version" in tables_of(held)
    found = held.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
    if found is None:
        yield StoreFault("The file is no database of grokbot.", "Name the right one with --config or --name.")
    elif found[0] != HEAD:
        text = f"Another version wrote the database. {OTHER_TABLES.format(found=found[0], head=HEAD)}"
        yield StoreFault(
            text, "Its file is whole. Verify it with its own version, or start this one, which updates it."
        )


def newest_shown(database: Path) -> Mapping[int, Sequence[int]]:
    """For each of the newest conversations in Discord: its channel, and the newest messages of answers there.

    Without answers that Discord may not show completely yet.

    Raises:
        StoreError: The database cannot be read.
    """
    found: defaultdict[int, list[int]] = defaultdict(list)
    with explained("The database cannot be read", database), closing(looking(database)) as held:
        for channel_id, message_id in held.execute(_SHOWN):
            found[channel_id].append(message_id)
    return found
