"""The Store: one open database, and its parts.

Not here: statements (the parts), transactions and connections (`database.database`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.store.audit import AuditLog
from grokbot.store.budgets import Ledger, Limits, Reservations
from grokbot.store.conversations import (
    AttachmentRows,
    CompactionRows,
    Conversations,
    Listing,
    Messages,
    Openings,
    Placement,
    Queue,
    Responses,
    ShareRows,
    StarRows,
    TurnRows,
    VariantRows,
    Watermarks,
)
from grokbot.store.database import Database, DatabaseFile
from grokbot.store.keys import Keys
from grokbot.store.moderation import BlockRows, FilterRows, GuildSettingRows, KnownServerRows, PersonaRows, PurgedRows
from grokbot.store.privacy import (
    Backgrounds,
    Deletion,
    Erasure,
    Identifiers,
    IdleConversations,
    PersonRows,
    TextRows,
)

if TYPE_CHECKING:
    from grokbot.process.health import Health
    from grokbot.store.conversations import TextSource
    from grokbot.store.maintenance import BackupFolder


class Store:
    """All stored data, by part: `store.turns.begin(...)`. Values go in, values come out.

    Every method of every part raises StoreError if the machine fails, and then nothing was written.
    Any number of tasks may use it at once. Cancelling a waiting caller is safe: the call is done completely or not at
    all, and later calls are not delayed.
    """

    def __init__(self, database: Database, text_source: TextSource | None = None) -> None:
        self._database = database
        self.file = DatabaseFile(database)
        self.audit = AuditLog(database)
        self.keys = Keys(database)

        self.limits = Limits(database)
        self.reservations = Reservations(database)
        self.ledger = Ledger(database)

        self.conversations = Conversations(database)
        self.messages = Messages(database)
        self.responses = Responses(database, self.messages, text_source)
        self.attachments = AttachmentRows(database)
        self.turns = TurnRows(database)
        self.compactions = CompactionRows(database)
        self.queue = Queue(database)
        self.variants = VariantRows(database)
        self.placement = Placement(database)
        self.watermarks = Watermarks(database)
        self.openings = Openings(database)
        self.listing = Listing(database)
        self.stars = StarRows(database)
        self.shares = ShareRows(database)

        self.privacy = PersonRows(database)
        self.identifiers = Identifiers(database)
        self.deletion = Deletion(database)
        self.background = Backgrounds(database)
        self.erasure = Erasure(database)
        self.retention = IdleConversations(database)
        self.text_removal = TextRows(database)

        self.blocks = BlockRows(database)
        self.filters = FilterRows(database)
        self.guild_settings = GuildSettingRows(database)
        self.personas = PersonaRows(database)
        self.known_servers = KnownServerRows(database)
        self.purge = PurgedRows(database)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        alone: bool = False,
        text_source: TextSource | None = None,
        backups: BackupFolder | None = None,
        health: Health | None = None,
    ) -> Store:
        """Open the database at `url` (`sqlite+aiosqlite:///PATH`), creating and migrating it if needed.

        Args:
            url: The database.
            alone: Refuse to share it with another process that asks for the same, until it is closed: for a daemon.
            text_source: Reads dropped texts; None: they are returned as `ELSEWHERE`.
            backups: Where to put a backup before a migration; None: none is made.
            health: Learns how the database is; None: nobody does.

        Raises:
            ConfigurationError: With `store.url`, if the address is wrong, or the file is not for this version.
            StoreError: If the machine fails: a full disk, a damaged file; or, with `alone`, another process has it.
        """
        before = backups.make_before_migration if backups is not None else None
        database = await Database.open(url, alone=alone, before_migration=before, health=health)
        return cls(database, text_source)

    @classmethod
    async def read_only(cls, url: str) -> Store:
        """Open a daemon's database for reading: it is neither created nor migrated.

        Writing raises StoreError.

        Raises:
            ConfigurationError: If the address is wrong.
            StoreError: If it cannot be read.
        """
        return cls(await Database.read_only(url))

    async def close(self) -> None:
        """Wait for running calls and close every connection. Later calls raise StoreError."""
        await self._database.close()
