"""What is changed in a copy of a backup before it takes the database's place. Plain SQL: it may have an older version.

A backup is of one moment, at which some answers ran and some questions waited. Discord shows how they ended; to end or
ask them again would spoil that. So the copy forgets them, and its marks go back to before them: the start then looks at
these messages as at all that came after the backup. Not here: files (`restore`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.store.maintenance.backup import NOTE
from grokbot.store.maintenance.files import tables_of

if TYPE_CHECKING:
    import sqlite3

_CUT = """
CREATE TEMP TABLE cut AS
WITH RECURSIVE open(id) AS (
    SELECT id FROM responses WHERE state IN ('pending', 'streaming')
    UNION SELECT responses.id FROM responses JOIN open ON responses.parent_id = open.id
) SELECT responses.id, responses.conversation_id FROM responses JOIN open USING (id)
"""
"""What runs or waits, and all below it."""

_ASKED = """
INSERT INTO cut SELECT id, conversation_id FROM responses AS asked
WHERE sender = 'human' AND id NOT IN (SELECT id FROM cut)
AND id IN (SELECT parent_id FROM responses WHERE id IN (SELECT id FROM cut))
AND NOT EXISTS (SELECT 1 FROM responses WHERE parent_id = asked.id AND id NOT IN (SELECT id FROM cut))
"""
"""The questions above them that have no other answer; run until there are no more."""

_OLDEST = """
SELECT min(message_id) FROM discord_messages JOIN responses ON responses.id = response_id
WHERE sender = 'human' AND response_id IN (SELECT id FROM cut)
"""

_LEAVES = """
SELECT conversations.id, leaf_id FROM conversations WHERE leaf_id IN (SELECT id FROM cut)
"""

_LAST_OTHER = """
SELECT id FROM responses WHERE parent_id = ? AND id NOT IN (SELECT id FROM cut) ORDER BY id DESC LIMIT 1
"""

_EMPTY = """
DELETE FROM conversations WHERE id IN (SELECT conversation_id FROM cut)
AND NOT EXISTS (SELECT 1 FROM responses WHERE conversation_id = conversations.id)
"""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was left out of a copy.

    Attributes:
        responses: How many questions and answers.
        oldest: The id of the oldest message in Discord with one of these questions; None: there is none.
    """

    responses: int
    oldest: int | None


def cut_open(copy: sqlite3.Connection) -> LeftOut:
    """Delete what was not done at the backup's moment, within a transaction."""
    copy.execute(_CUT)
    while copy.execute(_ASKED).rowcount:
        pass
    (count,) = copy.execute("SELECT count(*) FROM cut").fetchone()
    (oldest,) = copy.execute(_OLDEST).fetchone()
    for conversation_id, leaf_id in copy.execute(_LEAVES).fetchall():
        copy.execute(
            "UPDATE conversations SET leaf_id = ? WHERE id = ?", (_leaf_instead(copy, leaf_id), conversation_id)
        )
    copy.execute("DELETE FROM responses WHERE id IN (SELECT id FROM cut)")
    copy.execute(_EMPTY)
    if "openings" in tables_of(copy):  # not begun yet at that moment
        (opening,) = copy.execute("SELECT min(id) FROM openings").fetchone()
        oldest = min(filter(None, (oldest, opening)), default=None)
        copy.execute("DELETE FROM openings")
    copy.execute("DROP TABLE cut")
    return LeftOut(count, oldest)


def rewound(copy: sqlite3.Connection, cut: LeftOut) -> None:
    """Put the marks of what was handled in Discord back to before what was cut; the note of a backup goes."""
    tables = tables_of(copy)
    if cut.oldest is not None and "served" in tables:
        copy.execute("UPDATE served SET message_id = min(message_id, ?)", (cut.oldest - 1,))
    if "settings" in tables:
        copy.execute("DELETE FROM settings WHERE scope_id = 0 AND name = ?", (NOTE,))


def _leaf_instead(copy: sqlite3.Connection, leaf_id: str) -> str | None:
    """The newest answer beside a leaf that goes, or else what is above it."""
    here: str | None = leaf_id
    while here is not None:
        (above,) = copy.execute("SELECT parent_id FROM responses WHERE id = ?", (here,)).fetchone()
        beside = copy.execute(_LAST_OTHER, (above,)).fetchone() if above is not None else None
        if beside is not None:
            return str(beside[0])
        if above is None or copy.execute("SELECT 1 FROM cut WHERE id = ?", (above,)).fetchone() is None:
            return None if above is None else str(above)
        here = str(above)
    return None
