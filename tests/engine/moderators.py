"""Who moderates and who does not, and ways to see what came of it.

Not here: what is proved with them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from grokbot.conversation.records import By
from grokbot.engine.turns import Question
from grokbot.policy.actor import Actor

from .house import ALICE, BOB, CAROL, CATEGORY, CHANNEL, GUILD, OPERATOR, PARENT, opening

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.conversation.records import AuditEntry, Happened
    from grokbot.conversation.response import Author
    from grokbot.engine.turns import RunningAnswer

    from .house import House

OTHER_GUILD = GUILD + 1
ROLE = 77

MODERATOR = Actor(id=CAROL.id, name=CAROL.name, guild_id=GUILD, channel_id=CHANNEL, moderator=True)
OF_OTHER_GUILD = replace(MODERATOR, guild_id=OTHER_GUILD)
MEMBER = Actor(id=BOB.id, name=BOB.name, guild_id=GUILD, channel_id=CHANNEL)
THE_OPERATOR = replace(OPERATOR, guild_id=GUILD)
EVERYWHERE = OPERATOR

H = TypeVar("H")


def person(author: Author = ALICE, *roles: int, channel: int = CHANNEL, moderator: bool = False) -> Actor:
    return Actor(
        id=author.id,
        name=author.name,
        guild_id=GUILD,
        channel_id=channel,
        parent_id=PARENT,
        category_id=CATEGORY,
        role_ids=frozenset(roles),
        moderator=moderator,
    )


async def say(house: House, text: str, who: Actor) -> RunningAnswer | None:
    """As the Discord side asks, with all that it knows of who asks."""
    author = next((each for each in (ALICE, BOB, CAROL) if each.id == who.id), ALICE)
    channel = who.channel_id or CHANNEL
    question = Question(who, text, next(house.numbers), channel)
    return await house.engine.turns.ask(
        question, await house.engine.places.conversation_in(channel) or opening(channel, author)
    )


def told(house: House, kind: type[H]) -> list[H]:
    """What of one kind happens from now on."""
    heard: list[H] = []

    def hear(happened: Happened) -> None:
        if isinstance(happened, kind):
            heard.append(happened)

    house.watch_moderators(hear)
    return heard


async def refusals(house: House) -> int:
    """How many stand to account in the server."""
    (used,) = await house.engine.moderation.records.usage(MODERATOR, By.NOTHING)
    return used.refused


async def audited(house: House) -> list[AuditEntry]:
    """The server's audit log, oldest first."""
    return list((await house.engine.moderation.records.audit(MODERATOR, limit=100)).entries)[::-1]


def raw(file: Path) -> bytes:
    """All that stands in the files of the database."""
    return b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
