"""A table while its rows still come: when its form is settled, and what of it can be given out.

Here belongs the decision between columns and records, and how many rows stand in one code block. How either looks is in
`tables`; what becomes of a block in a message is asked of the splitter. No discord, no clock, no I/O.

A table that is shown stays in the last message, where its columns may move, or the message before it is closed by it;
then it stays a code block, so that it can only grow and what is closed stays closed.
"""

from collections.abc import Callable

from grokbot.discord_bot.markdown.splitter import Fate, Splitter
from grokbot.discord_bot.markdown.tables import Cell, Table

LONGEST_BLOCK = 900
"""Characters of a table in one code block: so many fit beside all that ends in a message's first half."""


class TableUnderway:
    """A table of which the head and some rows have come."""

    def __init__(self, table: Table) -> None:
        self.table = table
        """The head, and the rows that are not yet given out."""
        self._any = False  # something of it has been given out
        self._behind: Splitter | None = None  # where it stands if it closed the message before it: it stays a block
        self._as_records = table.too_wide

    @property
    def container(self) -> str:
        """Quote marks and indentation of its lines."""
        return self.table.container

    def preview(self) -> str:
        """The rows that are not yet given out, as they would look now."""
        return self.table.block() + "\n" if self.table.rows else ""

    def row(self, cells: tuple[Cell, ...], give: Callable[[str], None], splitter: Splitter) -> None:
        """Takes one more row; gives out what will not change any more."""
        longer = self.table.with_row(cells)
        if self._as_records or longer.too_wide:
            self._records(cells, give)
            return
        if self.table.rows and not self._room(longer, splitter):
            self._block(self.table, give)
            longer = self.table.with_row(cells)
        if self.table.rows or self._room(longer, splitter):
            self.table = longer
        else:
            self._block(longer, give)

    def _room(self, table: Table, splitter: Splitter) -> bool:
        """Whether this much can wait, because no cut goes through it."""
        block = table.block() + "\n"
        becomes, behind = (self._behind or splitter).trial(block)
        if becomes is Fate.FOLLOWS:
            self._behind = behind
        return becomes is not Fate.TORN and len(block) <= LONGEST_BLOCK

    def rest(self, give: Callable[[str], None]) -> None:
        """Gives out what is left, now that the table has ended."""
        if self.table.rows or not self._any:
            give((self.table.bare() if self._as_records else self.table.block()) + "\n")

    def _block(self, table: Table, give: Callable[[str], None]) -> None:
        give(table.block() + "\n")
        self.table, self._any, self._behind = table.without_rows().without_lead(), True, None

    def _records(self, cells: tuple[Cell, ...], give: Callable[[str], None]) -> None:
        rows = (*self.table.rows, cells)
        if self._behind and self.table.rows:
            self._block(self.table, give)
            rows = (cells,)
        self.table, self._as_records = self.table.without_rows(), True
        for row in rows:
            if record := self.table.record(row):
                give((f"{self.container.rstrip()}\n" if self._any else "") + record + "\n")
                self.table, self._any = self.table.without_lead(), True
