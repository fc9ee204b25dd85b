"""Makes a database, takes away rights to it, gives up root's, and says what opening it then comes to.

Arguments: the folder to use (mode of both in octal): FOLDER FILE-MODE FOLDER-MODE.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from grokbot.conversation.errors import ConfigurationError
from grokbot.store import Store

NOBODY = 65534


def take_rights(folder: Path, file_mode: int, folder_mode: int) -> None:
    (folder / "grokbot.sqlite3").chmod(file_mode)
    folder.chmod(folder_mode)
    if os.getuid() == 0:
        os.setuid(NOBODY)


async def main(folder: Path, file_mode: int, folder_mode: int) -> None:
    url = f"sqlite+aiosqlite:///{folder}/grokbot.sqlite3"
    await (await Store.open(url)).close()
    take_rights(folder, file_mode, folder_mode)
    try:
        await (await Store.open(url)).close()
    except ConfigurationError as error:
        print(f"ConfigurationError {error.key}: {error}")  # noqa: T201 -- this is what the test reads
    else:
        print("opened")  # noqa: T201 -- as above


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2], 8), int(sys.argv[3], 8)))
