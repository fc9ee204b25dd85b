"""Faults that a test injects into REST requests.

Here: the faults and the requests they match. Not here: applying them to a socket (server.py).
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault.

    Attributes:
        method: HTTP method, or `*`.
        path: path below the API's base; `*` matches anything within one segment, `**` every path.
        status: answer with this status; None leaves the answer alone.
        body: JSON of that answer; by default one with `code` 0.
        headers: extra headers of the answer.
        via: whether the answer claims to come through Discord's proxy; discord.py retries a 429 only then.
        reset: cut the TCP connection before or after the request takes effect.
        applied: with `status`: whether the request took effect although an error is reported.
        delay: seconds before the answer is sent; the request takes effect first.
    """

    method: str
    path: str
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    via: bool = True
    reset: Literal["before", "after"] | None = None
    applied: bool = False
    delay: float = 0.0

    def meets(self, method: str, path: str) -> bool:
        """Whether this fault matches the request."""
        if self.method not in {"*", method}:
            return False
        if self.path == "**":
            return True
        mine, theirs = self.path.strip("/").split("/"), path.strip("/").split("/")
        return len(mine) == len(theirs) and all(fnmatchcase(t, m) for t, m in zip(theirs, mine, strict=True))


class Faults:
    """Faults waiting for their requests; the first added matches first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int | None]] = []
        self.happened: list[tuple[Fault, str]] = []

    def add(  # noqa: PLR0913 -- one call a fault, and every part of it is optional
        self,
        method: str,
        path: str,
        *,
        status: int | None = None,
        json: Any = None,
        code: int = 0,
        message: str = "",
        headers: dict[str, str] | None = None,
        via: bool = True,
        retry_after: float | None = None,
        everywhere: bool = False,
        reset: Literal["before", "after"] | None = None,
        applied: bool = False,
        delay: float = 0.0,
        times: int | None = 1,
    ) -> Fault:
        """Inject a fault into matching requests.

        Args:
            method: HTTP method, or `*`.
            path: As in `Fault`.
            status: As in `Fault`.
            json: The body of the answer; None: built from `message` and `code`.
            code: Discord's error code.
            message: Discord's error text.
            headers: Extra headers of the answer.
            via: As in `Fault`.
            retry_after: Seconds, for a 429; None: 1.
            everywhere: Makes a 429 the global one.
            reset: As in `Fault`.
            applied: As in `Fault`.
            delay: Seconds.
            times: How many requests; None: all until `clear`.
        """
        body = json
        extra = dict(headers or {})
        if status is not None and body is None:
            body = {"message": message or f"{status}: injected", "code": code}
        if status == 429:  # noqa: PLR2004 -- too many requests
            wait = 1.0 if retry_after is None else retry_after
            if json is None:
                body = {"message": "You are being rate limited.", "retry_after": wait, "global": everywhere}
            extra |= {"Retry-After": str(wait), "X-RateLimit-Scope": "global" if everywhere else "user"}
            if everywhere:
                extra["X-RateLimit-Global"] = "true"
        fault = Fault(method, path, status, body, extra, via, reset, applied, delay)
        self._waiting.append((fault, times))
        return fault

    def remove(self, fault: Fault) -> None:
        """Remove one fault."""
        self._waiting = [(other, times) for other, times in self._waiting if other is not fault]

    def clear(self) -> None:
        """Remove the faults that have not happened."""
        self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, which is then used up."""
        for index, (fault, times) in enumerate(self._waiting):
            if fault.meets(method, path):
                if times is not None:
                    if times <= 1:
                        del self._waiting[index]
                    else:
                        self._waiting[index] = (fault, times - 1)
                self.happened.append((fault, f"{method} {path}"))
                return fault
        return None
