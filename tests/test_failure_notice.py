"""The notice of a failed unit, in a process of its own as systemd runs it, to a server on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("status", [204, 404])
def test_a_failure_is_posted_and_the_webhooks_address_is_never_said(tmp_path: Path, status: int) -> None:
    posted: list[Any] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Webhook) as server:
        threading.Thread(target=server.handle_request).start()
        (tmp_path / "webhook").write_text(f"http://127.0.0.1:{server.server_port}/api/webhooks/1/secret\n")
        environ = {**os.environ, "CREDENTIALS_DIRECTORY": str(tmp_path), "MONITOR_SERVICE_RESULT": "watchdog"}
        command = [sys.executable, "-S", "-m", "grokbot.process.failure_notice", "grokbot@two"]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    (message,) = posted
    assert message["content"].startswith("**grokbot@two** on `")
    assert "(watchdog)" in message["content"]
    assert message["allowed_mentions"] == {"parse": []}
    assert done.returncode == (0 if status == 204 else 1)
    assert "secret" not in done.stdout + done.stderr
    assert ("404" in done.stderr) == (status == 404)
