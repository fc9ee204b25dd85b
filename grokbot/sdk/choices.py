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
    """Such as "fun"; "none" for none."""
    effort: str = ""
    """How long the model thinks: "none", "low", "medium", "high" or "xhigh"; one that it does not take is lowered."""
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
