"""What may be chosen for one turn.

Here: the value. Not here: the call (`daemon`), what a daemon makes of it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How a turn is answered. What is left out is the conversation's own, or the daemon's for a new one."""

    model: str = ""
    persona: str = ""
    """"fun", or "none" for none."""
    temperature: float | None = None
    """0 to 2."""
    max_tokens: int | None = None
    """Maximum length of the answer, in tokens."""
    system_prompt: str = ""
    """Only where a conversation begins."""
    mode: str = ""
    """"stateless" or "stateful"; only where a conversation begins."""


AS_IT_IS = Choices()
"""Nothing is chosen."""
