"""Limits of requests and of tokens in any minute.

Here: counting. Not here: what is counted (`chat`, `media.images`).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from grokbot.sandbox.grok_server.admission.door import CallFailedError
from grokbot.sandbox.grok_server.failures import RATE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.sandbox.grok_server.rules import GrokRules

_MINUTE: Final = 60.0


class RateLimits:
    """What was asked for in the last minute. A refused request does not count."""

    def __init__(self, rules: GrokRules, now: Callable[[], float]) -> None:
        """`now` is the wall clock, in seconds."""
        self._rules = rules
        self._now = now
        self._spent: deque[tuple[float, int, int]] = deque()

    def admit(self, tokens: int) -> None:
        """Let a request with a prompt of so many tokens in.

        Raises:
            CallFailedError: The minute is full.
        """
        most_requests, most_tokens = self._rules.requests_per_minute, self._rules.tokens_per_minute
        if most_requests is None and most_tokens is None:
            return
        while self._spent and self._spent[0][0] <= self._now() - _MINUTE:
            self._spent.popleft()
        requests, spent = (sum(each[column] for each in self._spent) for column in (1, 2))
        over = most_requests is not None and requests >= most_requests
        if over or (most_tokens is not None and spent + tokens > most_tokens):
            raise CallFailedError(RATE_LIMIT)
        self._spent.append((self._now(), 1, tokens))

    def spend(self, tokens: int) -> None:
        """Count the tokens of an answer."""
        self._spent.append((self._now(), 0, tokens))
