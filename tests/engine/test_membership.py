from __future__ import annotations

import asyncio

from grokbot.engine.admission import Membership
from grokbot.policy.actor import Actor


async def test_what_was_asked_before_permissions_changed_is_not_believed_after() -> None:
    answers: list[asyncio.Future[Actor | None]] = []

    async def ask(_user: int, _guild: int, _channel: int) -> Actor | None:
        answers.append(asyncio.get_running_loop().create_future())
        return await answers[-1]

    membership = Membership(ask)
    before = asyncio.create_task(membership.person(1, 2, 3))
    await asyncio.sleep(0.01)
    membership.forget()
    after = asyncio.create_task(membership.person(1, 2, 3))
    await asyncio.sleep(0.01)
    assert len(answers) == 2
    answers[1].set_result(None)
    assert await after is None
    answers[0].set_result(Actor(id=1, name=""))
    await before
    assert await membership.person(1, 2, 3) is None
    assert len(answers) == 2
