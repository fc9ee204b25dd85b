from __future__ import annotations

from contextlib import nullcontext

import pytest

from grokbot.conversation.errors import NotAllowedError
from grokbot.policy.actor import Actor
from grokbot.policy.rights import NOT_YOURS, may_steer

ASKER, OWNER, STRANGER = 1, 2, 3


@pytest.mark.parametrize(
    ("actor", "asker_id", "allowed"),
    [
        (Actor(id=ASKER, name=""), ASKER, True),
        (Actor(id=OWNER, name=""), ASKER, True),
        (Actor(id=OWNER, name=""), None, True),
        (Actor(id=STRANGER, name="", moderator=True), ASKER, True),
        (Actor(id=STRANGER, name="", moderator=True), None, True),
        (Actor(id=STRANGER, name=""), ASKER, False),
        (Actor(id=ASKER, name=""), None, False),
    ],
    ids=["asker", "owner", "owner of an import", "moderator", "moderator of an import", "stranger", "unknown asker"],
)
def test_only_asker_owner_and_moderators_steer_an_answer(actor: Actor, asker_id: int | None, allowed: bool) -> None:
    with nullcontext() if allowed else pytest.raises(NotAllowedError, match=NOT_YOURS):
        may_steer(actor, asker_id, OWNER)


@pytest.mark.parametrize("asker_id", [ASKER, None])
def test_where_everyone_may_steer_strangers_may(asker_id: int | None) -> None:
    may_steer(Actor(id=STRANGER, name=""), asker_id, OWNER, everyone=True)
