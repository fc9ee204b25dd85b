"""What xAI's answers and refusals show about xAI, for the daemon's health. Not here: calls (`client`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.conversation.errors import GrokError
    from grokbot.process.health import Pulse

LASTING: Mapping[GrokFailure, str] = {
    GrokFailure.BAD_KEY: "xAI refuses the key: renew it",
    GrokFailure.NO_CREDIT: "xAI refuses: no credit, or the spending limit is reached",
}
"""What the operator has to mend there."""

REMEDIES: Mapping[GrokFailure, str] = {
    GrokFailure.BAD_KEY: "Make another key at https://console.x.ai and run `grokbot setup`.",
    GrokFailure.NO_CREDIT: "Add credit or raise the limit at https://console.x.ai: the next question tries it. Until "
    "then the bot tells people in Discord.",
}
"""How."""

PASSING: Mapping[GrokFailure, str] = {
    GrokFailure.RATE_LIMIT: "xAI refuses: too many requests",
    GrokFailure.OVERLOADED: "xAI cannot be reached, or is overloaded",
    GrokFailure.TIMEOUT: "xAI does not answer in time",
    GrokFailure.SILENT: "xAI does not answer in time",
    GrokFailure.BROKEN_OFF: "xAI breaks off its answers",
    GrokFailure.OTHER: "xAI fails to answer",
}
"""What passes. Any other failure lies in the request: xAI is well."""


class AnswerWatch:
    """Notes in a pulse how one kind of call to xAI ends.

    Args:
        pulse: Of this kind.
    """

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._key_refused = False

    def came(self) -> None:
        """A call was answered."""
        self._key_refused = False
        self._pulse.answered()

    def may_come(self) -> None:
        """Another kind of call was answered: xAI is there, and takes the key."""
        if self._key_refused:
            self.came()
        self._pulse.recovered()

    def failed(self, trouble: GrokError) -> None:
        """A call failed."""
        if trouble.kind is GrokFailure.INTERRUPTED:  # by us
            return
        self._key_refused = trouble.kind is GrokFailure.BAD_KEY
        if (text := LASTING.get(trouble.kind)) is not None:
            self._pulse.failed(text, passing=False, remedy=REMEDIES[trouble.kind])
        elif (text := PASSING.get(trouble.kind)) is not None:
            self._pulse.failed(text)
        else:
            self._pulse.answered()
