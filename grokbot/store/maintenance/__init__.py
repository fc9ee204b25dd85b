"""What an operator does to a database's file as a whole: back it up, restore, check, shrink and measure it.

All of it is SQLite's, and works on files: no daemon, no engine. Every call blocks. Not here: deleted data and its room
while the bot runs (`database`, `engine.deletion.retention`).
"""

from __future__ import annotations

from grokbot.store.maintenance.backup import Backup, Progress, look_at, make_backup, revision_of
from grokbot.store.maintenance.backup_folder import BackupFolder
from grokbot.store.maintenance.damage import check_quickly
from grokbot.store.maintenance.files import database_file
from grokbot.store.maintenance.measures import Measures, measures_of, vacuum
from grokbot.store.maintenance.restore import Losses, Restored, check_stopped, losses, restore
from grokbot.store.maintenance.verification import StoreFault, newest_shown, verify

__all__ = [
    "Backup",
    "BackupFolder",
    "Losses",
    "Measures",
    "Progress",
    "Restored",
    "StoreFault",
    "check_quickly",
    "check_stopped",
    "database_file",
    "look_at",
    "losses",
    "make_backup",
    "measures_of",
    "newest_shown",
    "restore",
    "revision_of",
    "vacuum",
    "verify",
]
