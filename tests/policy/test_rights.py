from __future__ import annotations

from contextlib import nullcontext

import pytest

from grokbot.conversation.errors import NotAllowedError
from grokbot.policy.rights import NOT_YOURS, Presser, may_steer

ASKER, OWNER, STRANGER = 1, 2, 3


@pytest.mark.parametrize(
    ("presser", "asker_id", "allowed"),
    [
        (Presser(ASKER, moderator=False), ASKER, True),
        (Presser(OWNER, moderator=False), ASKER, True),
        (Presser(OWNER, moderator=False), None, True),
        (Presser(STRANGER, moderator=True), ASKER, True),
        (Presser(STRANGER, moderator=True), None, True),
        (Presser(STRANGER, moderator=False), ASKER, False),
        (Presser(ASKER, moderator=False), None, False),
    ],
    ids=["asker", "owner", "owner of an import", "moderator", "moderator of an import", "stranger", "unknown asker"],
)
def test_only_asker_owner_and_moderators_steer_an_answer(presser: Presser, asker_id: int | None, allowed: bool) -> None:
    with nullcontext() if allowed else pytest.raises(NotAllowedError, match=NOT_YOURS):
        may_steer(presser, asker_id, OWNER)


@pytest.mark.parametrize("asker_id", [ASKER, None])
def test_where_everyone_may_steer_strangers_may(asker_id: int | None) -> None:
    may_steer(Presser(STRANGER, moderator=False), asker_id, OWNER, everyone=True)
