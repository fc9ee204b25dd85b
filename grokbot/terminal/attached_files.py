"""Files that a person sends with a message.

Not here: what the model is shown of them (the daemon decides).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.terminal.exits import CommandFailedError, Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BYTES = 15 * 2**20
"""Of one message: the daemon accepts a request of 16 MiB."""
STANDARD_INPUT = "-"
TOO_MUCH = f"The files are larger than the {MOST_BYTES // 2**20} MiB that fit into one message."


def read_files(names: Sequence[str]) -> tuple[tuple[str, bytes], ...]:
    """Names and contents; "-" is standard input.

    Raises:
        CommandFailedError: One cannot be read, or they are too large together.
    """
    read, left = [], MOST_BYTES
    for name in names:
        try:
            if name == STANDARD_INPUT:
                data = sys.stdin.buffer.read(left + 1)
            else:
                with Path(name).expanduser().open("rb") as file:
                    data = file.read(left + 1)
        except (OSError, RuntimeError, ValueError) as error:  # ~nobody; a name with a zero byte
            why = error.strerror if isinstance(error, OSError) else error
            raise CommandFailedError(f"{name} cannot be read: {why}.", Exit.USAGE) from None
        left -= len(data)
        if left < 0:
            raise CommandFailedError(TOO_MUCH, Exit.USAGE)
        read.append(("standard input" if name == STANDARD_INPUT else Path(name).name, data))
    return tuple(read)
