"""`grokbot run` in the harness. Not here: when it is started and ended (`daemon`)."""

from __future__ import annotations

from grokbot.cli import main

if __name__ == "__main__":
    main(["run"])
