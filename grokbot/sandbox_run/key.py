"""The real key of `grokbot sandbox --key`: from a file, the environment, or typed unseen.

Never from an argument: `ps` shows those to everybody on the machine.

Not here: whether xAI takes it.
"""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from pydantic import SecretStr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

VARIABLES = ("GROKBOT_XAI__API_KEY", "XAI_API_KEY")
"""The first that is set counts."""


class NoKeyError(Exception):
    """There is no key; the text says where one may stand."""


def find_key(file: Path | None, environ: Mapping[str, str], ask: Callable[[str], str] = getpass.getpass) -> SecretStr:
    """The key.

    Args:
        file: Where it stands; None: in the environment, or with the person.
        environ: The process's variables.
        ask: Asks for it without showing it.

    Raises:
        NoKeyError: There is none.
        OSError: The file cannot be read.
    """
    if file is not None:
        found = file.read_text(encoding="utf-8").strip()
    else:
        found = next((environ[name] for name in VARIABLES if environ.get(name)), "").strip()
    try:
        found = found or (ask("Key of xAI's API: ").strip() if file is None else "")
    except EOFError:
        found = ""
    if not found or not found.isascii() or not found.isprintable() or " " in found:
        where = f"in {file}" if file is not None else f"in {' or '.join(VARIABLES)}, and none was typed"
        raise NoKeyError(f"there is no key of xAI {where}")
    return SecretStr(found)
