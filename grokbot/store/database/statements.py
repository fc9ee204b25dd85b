"""Queries within a transaction: their rows, and lists of ids that are short enough for one statement.

Not here: transactions (`transactions`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import CompoundSelect, Connection, Select

    from grokbot.store.tables.rows import Row

BATCH = 500
"""Ids per statement: every database has a maximum."""


def rows_of(
    connection: Connection, statement: Select[Any] | CompoundSelect[Any], parameters: Mapping[str, Any] | None = None
) -> Sequence[Row]:
    """All rows of a query within a transaction.

    Args:
        connection: Of the transaction.
        statement: The query.
        parameters: Its values, by name.
    """
    found = connection.execute(statement, parameters).mappings().all()
    return cast("Sequence[Row]", found)  # the keys of a Core result are its column names


def batches(ids: Sequence[str]) -> list[list[str]]:
    """The ids without duplicates, in lists short enough for one statement."""
    once = list(dict.fromkeys(ids))
    return [once[start : start + BATCH] for start in range(0, len(once), BATCH)]
