"""SQL that differs between SQLite and PostgreSQL: case-insensitive search, append-only tables.

Not here: connections, errors and files, which are SQLite-specific (`store.dialect`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.compiler import SQLCompiler


class Holds(FunctionElement[bool]):
    """Whether the first text contains the second, ignoring case. Databases differ in whose letters they fold.

    Of the ways to do it in SQLite, this one copies no text.
    """

    name = "holds"
    type = Boolean()
    inherit_cache = True

    def __init__(self, text: ColumnElement[str], part: str) -> None:
        escaped = part.replace("/", "//").replace("%", "/%").replace("_", "/_")
        super().__init__(text, f"%{escaped}%")


@compiles(Holds)
def _holds(element: Holds, compiler: SQLCompiler, **given: Any) -> str:
    text, pattern = (compiler.process(clause, **given) for clause in element.clauses)
    operator = "LIKE" if compiler.dialect.name == "sqlite" else "ILIKE"
    return f"{text} {operator} {pattern} ESCAPE '/'"


def append_only(table: str, dialect: str) -> tuple[str, ...]:
    """Statements that make a table refuse UPDATE, DELETE and equivalents.

    A migration that rebuilds the table drops its triggers and must create them again. Released migrations run these,
    so they never change.
    """
    told = f"{table} is append-only"
    if dialect == "postgresql":
        refuse = f"BEGIN RAISE EXCEPTION '{told}' USING ERRCODE = 'integrity_constraint_violation'; END"
        function = f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$"
        when = f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT"
        return function, f"CREATE TRIGGER {table}_append_only {when} EXECUTE FUNCTION {table}_append_only()"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{told}'); END"
    # INSERT OR REPLACE removes a row and fires no DELETE trigger. A row inserted without a number has -1 there.
    taken = f"SELECT 1 FROM {table} WHERE id = NEW.id OR (NEW.rowid <> -1 AND rowid = NEW.rowid)"  # noqa: S608 -- ours
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS ({taken}) {refuse}",
    )
