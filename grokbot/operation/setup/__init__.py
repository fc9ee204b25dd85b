"""`grokbot setup`: asks for two keys and a few answers, tries each at once, and writes the configuration.

Not here: the command's options (`terminal.commands`), reading the settings (`settings`), the service (`service`).
"""

from __future__ import annotations

from grokbot.operation.setup.dialogue import Dialogue, UnansweredError
from grokbot.operation.setup.errors import SetupFailedError
from grokbot.operation.setup.wizard import SetupOptions, Wizard

__all__ = ["Dialogue", "SetupFailedError", "SetupOptions", "UnansweredError", "Wizard"]
