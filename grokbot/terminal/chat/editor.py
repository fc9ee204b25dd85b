"""A person's editor, for a text that is longer than a line.

Not here: what is done with the text (`slash_actions`).
"""

from __future__ import annotations

import asyncio
import os
import shlex
import tempfile
from pathlib import Path

from grokbot.terminal.chat.keyboard import loud
from grokbot.terminal.exits import CommandFailedError

FALLBACK = "vi"


async def edited(text: str) -> str:
    """A text as somebody leaves it in $VISUAL or $EDITOR.

    Raises:
        CommandFailedError: The editor cannot be started, or failed.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or FALLBACK
    with tempfile.TemporaryDirectory(prefix="grokbot-") as folder:  # mode 0700
        file = Path(folder, "question.md")
        await asyncio.to_thread(file.write_text, text, encoding="utf-8")
        try:
            with loud():
                process = await asyncio.create_subprocess_exec(*shlex.split(command), str(file))
                code = await process.wait()
            if code:
                raise CommandFailedError(f"{command} ended with code {code}: nothing has changed.")
            return await asyncio.to_thread(file.read_text, "utf-8")
        except (OSError, ValueError) as error:
            raise CommandFailedError(f"{command} cannot be used as editor: {error}. Set $EDITOR.") from None
