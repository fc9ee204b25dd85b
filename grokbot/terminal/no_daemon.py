"""Why no daemon answers on this machine, as far as that can be seen: its socket, and what systemd says.

Not here: reaching it (`daemon_access`), the service's own commands (`grokbot service`).
"""

from __future__ import annotations

import errno
import shutil
import socket
import subprocess
from pathlib import Path

from grokbot.process.socket_path import SYSTEM
from grokbot.terminal.exits import Exit

UNIX = "unix:"
UNIT = "grokbot.service"
SHOWN = ("LoadState", "ActiveState", "Result", "ExecMainStatus", "StatusText", "StateChangeTimestamp")
SYSTEMCTL_SECONDS = 5.0
CONNECT_SECONDS = 2.0

NO_SOCKET = f"There is no daemon's socket here, neither the service's, {SYSTEM}, nor one of your own."
NOBODY = "Its socket is there, but nobody answers: it was killed, or is being started."
SILENT = "It takes the connection but does not answer: its event loop stands still."
FORBIDDEN = "This account may not open its socket: use `sudo grokbot status`, or join the socket's group ({group})."
JOURNAL = "See `journalctl -u grokbot`."


def why_nobody_answers(target: str) -> str:
    """What is known of it, in sentences; "" for a daemon elsewhere.

    Args:
        target: Where it was looked for; "": nowhere, for there is no socket.
    """
    if target and not target.startswith(UNIX):
        return ""
    where = _of_socket(Path(target.removeprefix(UNIX))) if target else NO_SOCKET
    return " ".join(filter(None, (where, _of_systemd())))


def _of_socket(path: Path) -> str:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(CONNECT_SECONDS)
            probe.connect(str(path))
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM}:
            return FORBIDDEN.format(group=_group(path))
        return NOBODY if error.errno == errno.ECONNREFUSED else ""
    return SILENT


def _group(path: Path) -> str:
    try:
        return path.group()
    except (OSError, KeyError):
        return "see `ls -l`"


def _of_systemd() -> str:
    """What systemd says of the service; "" where there is neither."""
    systemctl = shutil.which("systemctl")
    if systemctl is None or not Path("/run/systemd/system").is_dir():
        return ""
    command = (systemctl, "show", UNIT, f"--property={','.join(SHOWN)}")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SYSTEMCTL_SECONDS, check=False)  # noqa: S603 - fixed words
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return service_sentence(dict(line.partition("=")[::2] for line in done.stdout.splitlines()))


def service_sentence(shown: dict[str, str]) -> str:
    """What `systemctl show` says of the service, in a sentence.

    Args:
        shown: Its properties by name.
    """
    state, since = shown.get("ActiveState", ""), shown.get("StateChangeTimestamp", "")
    if shown.get("LoadState") != "loaded" or not state:
        return ""
    since = f" since {since}" if since else ""
    if state == "failed":
        wrong = shown.get("ExecMainStatus") == str(Exit.SETTINGS.value)
        why = "a setting is wrong" if wrong else f"result {shown.get('Result') or 'unknown'}"
        return f"The service is failed{since}: {why}. {JOURNAL}"
    if state == "inactive":
        return f"The service is stopped{since}. Start it with `systemctl start grokbot`."
    if state == "activating":
        text = shown.get("StatusText", "")
        return f"The service is starting{since}{f': {text}' if text else ''}. {JOURNAL}"
    return f"systemd says that the service is {state}{since}. {JOURNAL}"
