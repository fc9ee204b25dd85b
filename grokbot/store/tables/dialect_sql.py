"""SQL that differs between databases, for SQLite and PostgreSQL: searching without regard to case, append-only tables.

Not here: connections, errors and files, which are SQLite's alone (`store.dialect`).
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
    """Whether the first text holds the second, whatever the case. Databases differ in which letters they know cases of.

    Of the ways to ask SQLite this is the one that copies no text.
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
    """Statements that make a table refuse UPDATE, DELETE and what does the same by another name.

    A table that a migration builds anew loses its triggers: they are made again then. Released migrations run these, so
    they do not change.
    """
    told = f"{table} is append-only"
    if dialect == "postgresql":
        refuse = f"BEGIN RAISE EXCEPTION '{told}' USING ERRCODE = 'integrity_constraint_violation'; END"
        function = f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$"
        when = f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT"
        return function, f"CREATE TRIGGER {table}_append_only {when} EXECUTE FUNCTION {table}_append_only()"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{told}'); END"
    # INSERT OR REPLACE removes a row and asks no trigger for DELETE. Who gives a row no number has -1 there.
    taken = f"SELECT 1 FROM {table} WHERE id = NEW.id OR (NEW.rowid <> -1 AND rowid = NEW.rowid)"  # noqa: S608 -- ours
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS ({taken}) {refuse}",
    )
