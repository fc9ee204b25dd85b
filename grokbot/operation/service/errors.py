"""The one error of this room: a sentence for the operator that says what to do."""

from __future__ import annotations


class ServiceError(Exception):
    """What was asked for cannot be done.

    Args:
        text: Says what is wrong and what to do.
        usage: Whether the command was used wrongly.
        absent: Whether there is no such service.
    """

    def __init__(self, text: str, *, usage: bool = False, absent: bool = False) -> None:
        super().__init__(text)
        self.usage = usage
        self.absent = absent
