"""Drops from a copy of a backup what people had deleted since it was made. Plain SQL: it may have an older version.

What a person had deleted as a whole is marked so that the bot's next start erases it, as after a stop in the middle of
that. Not here: noting what is deleted (`store.database.erasures`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grokbot.store.maintenance.files import tables_of
from grokbot.store.privacy import hash_of_person

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping, Sequence

    from grokbot.store.database import NotedErasure

_BLANK = """
UPDATE responses SET message = '', reasoning = '', encrypted_content = '', steps = '[]', queries = '[]',
    citations = '[]', instruction = '', erased = max(erased, sender = 'human') WHERE id = :id
"""
_UNTITLE = """
UPDATE conversations SET title = '', title_by = NULL
WHERE title_by = 'grok' AND id = (SELECT conversation_id FROM responses WHERE id = :id)
"""
_MADE_OF_IT = "DELETE FROM compactions WHERE conversation_id = (SELECT conversation_id FROM responses WHERE id = :id)"
_IS_LEAVING = "INSERT INTO leaving (user_id, since, words_gone) VALUES (:user, :at, 0)"

_STATEMENTS: Mapping[str, Sequence[tuple[str, str]]] = {
    "conversation": (("conversations", "DELETE FROM conversations WHERE id = :id"),),
    "response": (
        ("attachments", "DELETE FROM attachments WHERE response_id = :id"),
        ("background", "DELETE FROM background WHERE response_id = :id"),
        ("compactions", _MADE_OF_IT),
        ("responses", _BLANK),
        ("conversations", _UNTITLE),
    ),
    "message": (("background", "DELETE FROM background WHERE message_id = :id"),),
    "person": (("leaving", "DELETE FROM leaving WHERE user_id = :user"), ("leaving", _IS_LEAVING)),
    "optout": (
        ("background", "DELETE FROM background WHERE author_id = :id"),
        ("optouts", "DELETE FROM optouts WHERE user_id = :id"),
        ("optouts", "INSERT INTO optouts (user_id, since) VALUES (:id, :at)"),
    ),
    "optin": (("optouts", "UPDATE optouts SET until = :at WHERE user_id = :id AND until IS NULL"),),
    "share": (("shares", "UPDATE shares SET revoked_at = :at WHERE token_hash = :id AND revoked_at IS NULL"),),
    "key": (("api_keys", "UPDATE api_keys SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL"),),
}
"""What drops a thing of each kind, with the table that a backup must have for it."""

_PEOPLE = (
    ("conversations", "owner_id"),
    ("responses", "author_id"),
    ("responses", "quoted_id"),
    ("background", "author_id"),
    ("guests", "user_id"),
    ("stars", "user_id"),
    ("api_keys", "owner_id"),
    ("noticed", "user_id"),
)
"""Where a backup may have a person's id."""

_CUT_BRANCHES = "UPDATE conversations SET branched_from = NULL WHERE branched_from NOT IN (SELECT id FROM responses)"
_KEY = "SELECT value FROM settings WHERE scope_id = 0 AND name = 'identifier_key'"


def erase_again(copy: sqlite3.Connection, gone: Sequence[NotedErasure]) -> int:
    """Drop it all, within a transaction. Returns how much of it the copy had."""
    tables = frozenset(tables_of(copy))
    people = _people(copy, tables) if any(each.kind == "person" for each in gone) else {}
    had = 0
    for each in gone:
        if each.kind == "person" and each.id not in people:
            continue
        before = copy.total_changes
        values = {"id": each.id, "at": int(each.at * 10**6), "user": people.get(each.id)}
        for table, statement in _STATEMENTS.get(each.kind, ()):
            if table in tables:
                copy.execute(statement, values)
        had += copy.total_changes > before
    if had:
        copy.execute(_CUT_BRANCHES)
    return had


def _people(copy: sqlite3.Connection, tables: Collection[str]) -> Mapping[str, int]:
    """Everybody in the copy, by their hash."""
    key = copy.execute(_KEY).fetchone()
    if key is None:
        return {}
    found: set[int] = set()
    for table, column in _PEOPLE:
        if table in tables:
            rows = copy.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608 - ours
            found.update(user_id for (user_id,) in rows)
    return {hash_of_person(bytes.fromhex(json.loads(key[0])), user_id): user_id for user_id in found}
