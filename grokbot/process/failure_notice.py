"""Says in Discord, through a webhook, that a unit has failed. systemd runs it; only the standard library.

`python -m grokbot.process.failure_notice UNIT`, with the webhook's address in the file `webhook` of
$CREDENTIALS_DIRECTORY. Not here: the daemon, which cannot say this of itself.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

SECONDS = 30.0
"""How long Discord may take."""


def notice(unit: str, result: str, host: str) -> dict[str, object]:
    """The message. It pings nobody.

    Args:
        unit: Without its suffix.
        result: Why, in systemd's word; "": not known.
        host: The machine's name.
    """
    why = f" ({result})" if result else ""
    text = f"**{unit}** on `{host}` has failed{why}. `journalctl --unit {unit}` on that machine says why."
    return {"content": text, "allowed_mentions": {"parse": []}}


def main(arguments: list[str]) -> int:
    """Post the message; the exit code is 1 if Discord does not take it."""
    address = Path(os.environ["CREDENTIALS_DIRECTORY"], "webhook").read_text("utf-8").strip()
    body = notice(arguments[0], os.environ.get("MONITOR_SERVICE_RESULT", ""), socket.gethostname())
    headers = {"Content-Type": "application/json", "User-Agent": "DiscordBot (grokbot, 1)"}
    try:
        with urlopen(Request(address, json.dumps(body).encode(), headers), timeout=SECONDS):  # noqa: S310 - the operator's
            return 0
    except (URLError, OSError, ValueError) as error:
        kind = getattr(error, "code", type(error).__name__)  # never the address: whoever has it can post
        sys.stderr.write(f"The webhook in /etc/grokbot/failure.webhook does not work: {kind}. Make another one.\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
