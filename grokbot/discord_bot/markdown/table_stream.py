"""Decides on a table while its rows arrive: columns or records, how many rows in a code block, when to give them out.

Not here: how it looks (`tables`). No discord, no clock, no I/O.

A table that is shown is in the last message, where its columns may move. If it has closed the message before it, it
stays a code block: it can then only grow, and the closed message stays closed.
"""

from collections.abc import Callable

from grokbot.discord_bot.markdown.splitter import Overflow, Splitter
from grokbot.discord_bot.markdown.tables import Cell, Table

LONGEST_BLOCK = 900
"""Characters of one code block: so many fit after text that fills half a message."""


class TableUnderway:
    """A table whose rows are arriving."""

    def __init__(self, table: Table) -> None:
        self.table = table
        """The head, and the rows not yet given out."""
        self._any = False  # something of it has been given out
        self._behind: Splitter | None = None  # where it stands if it closed the message before it: it stays a block
        self._as_records = table.too_wide

    def preview(self) -> str:
        """The rows not yet given out, as they look now."""
        return self.table.block() + "\n" if self.table.rows else ""

    def row(self, cells: tuple[Cell, ...], give: Callable[[str], None], splitter: Splitter) -> None:
        """Adds a row and gives out what is final.

        Args:
            cells: The row, as wide as the head.
            give: Takes text that is final.
            splitter: Holds the text before the table.
        """
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
        """Whether these rows can wait, because no cut goes through them."""
        block = table.block() + "\n"
        becomes, behind = (self._behind or splitter).trial(block)
        if becomes is Overflow.CLEAN:
            self._behind = behind
        return becomes is not Overflow.TORN and len(block) <= LONGEST_BLOCK

    def rest(self, give: Callable[[str], None]) -> None:
        """Gives out the rest when the table ends."""
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
                give((f"{self.table.container.rstrip()}\n" if self._any else "") + record + "\n")
                self.table, self._any = self.table.without_lead(), True
