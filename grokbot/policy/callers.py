"""Who asks from outside of Discord, and how far they reach. Pure.

Not here: finding out who somebody is (`engine.programs.api_keys`, `api`), what they may do with an answer (`rights`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from grokbot.conversation.response import Author
from grokbot.policy.people import Person
from grokbot.policy.rights import Presser


@dataclass(frozen=True, slots=True)
class Caller:
    """A person who uses the API, by Discord's id and by the name that stands beside what they say."""

    id: int
    name: str
    everything: bool = False
    """Whether all conversations are theirs to see and to change; else those that they own or have written in."""
    key_id: str = field(default="", compare=False)
    """The key that let them in; "" for whoever needed none. It makes them nobody else."""

    @property
    def presser(self) -> Presser:
        """With the rights of somebody who presses a button: who reaches everything is a moderator everywhere."""
        return Presser(self.id, moderator=self.everything)

    @property
    def author(self) -> Author:
        """As who says something."""
        return Author(self.id, self.name)

    @property
    def person(self) -> Person:
        """As the rules of a server see them: outside of Discord nothing is known of roles."""
        return Person(id=self.id, name=self.name, moderator=self.everything, operator=self.everything)
