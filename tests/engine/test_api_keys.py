from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import NotFoundError, StoreError, UserError
from grokbot.engine.programs.api_keys import NO_KEY, NO_NAME, NOBODY, PREFIX
from grokbot.policy.actor import ActorKind

from .house import ALICE, BOB, CALLING_ALICE, CALLING_BOB, living
from .trouble import read_only

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House


async def test_a_secret_lets_in_whose_key_it_is_and_with_the_reach_that_it_was_made_with(house: House) -> None:
    keys = house.engine.api_keys
    _, own = await keys.make(ALICE.id, "alice")
    _, all_ = await keys.make(BOB.id, "bob", everything=True)
    assert await keys.caller_of(own) == CALLING_ALICE
    assert await keys.caller_of(all_) == replace(CALLING_BOB, kind=ActorKind.OPERATOR)


async def test_a_secret_is_long_random_and_kept_nowhere(
    house: House, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    made = [(await house.engine.api_keys.make(ALICE.id, "alice-the-owner"))[1] for _ in range(20)]
    assert len(set(made)) == 20
    assert all(re.fullmatch(rf"{PREFIX}[\w-]{{43}}", secret) for secret in made)
    await house.engine.api_keys.caller_of(made[0])
    kept = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    assert not any(secret.encode() in kept or secret in caplog.text for secret in made)
    assert "alice-the-owner" not in caplog.text


async def test_what_is_no_secret_lets_nobody_in(house: House) -> None:
    made, right = await house.engine.api_keys.make(ALICE.id, "alice")
    close = (right.removeprefix(PREFIX), right[:-1], right + " ", right.swapcase(), made.id)
    for secret in ("", "gbk_", "gbk_x", "\ud800", "\0", "x" * 100_000, *close):
        assert await house.engine.api_keys.caller_of(secret) is None


async def test_a_revoked_key_lets_nobody_in_from_the_next_call_on(house: House) -> None:
    keys = house.engine.api_keys
    key, secret = await keys.make(ALICE.id, "alice")
    _, other = await keys.make(ALICE.id, "alice")
    assert await keys.caller_of(secret) is not None
    revoked = await keys.revoke(key.id)
    assert revoked.revoked_at is not None
    assert await keys.caller_of(secret) is None
    assert await keys.caller_of(other) is not None
    assert await keys.revoke(key.id) == revoked
    assert [each.revoked_at is None for each in await keys.listed()] == [False, True]
    with pytest.raises(NotFoundError, match=NO_KEY):
        await keys.revoke("no such key")


async def test_keys_outlive_the_process(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as before:
        key, secret = await before.engine.api_keys.make(ALICE.id, "alice")
    async with living(grok, file) as after:
        assert await after.engine.api_keys.caller_of(secret) == CALLING_ALICE
        assert [each.id for each in await after.engine.api_keys.listed()] == [key.id]


async def test_the_use_of_a_key_is_written_down_once_an_hour(house: House) -> None:
    keys = house.engine.api_keys
    house.clock.ahead = datetime(2030, 1, 1, 9, 59, tzinfo=UTC) - datetime.now(UTC)
    _, secret = await keys.make(ALICE.id, "alice")

    async def used() -> str:
        (key,) = await keys.listed()
        return key.used_at.strftime("%H:%M:%S.%f") if key.used_at else "never"

    assert await used() == "never"
    for minutes, hour in ((0, "09"), (3, "10"), (30, "10"), (60, "11")):
        house.clock.ahead += timedelta(minutes=minutes)
        await keys.caller_of(secret)
        assert await used() == f"{hour}:00:00.000000"


async def test_a_use_within_the_hour_writes_nothing(house: House) -> None:
    _, secret = await house.engine.api_keys.make(ALICE.id, "alice")
    house.clock.ahead = datetime(2030, 1, 1, 9, 30, tzinfo=UTC) - datetime.now(UTC)
    await house.engine.api_keys.caller_of(secret)
    async with house.store._database._writing:  # who writes now waits until this is over
        assert await house.engine.api_keys.caller_of(secret) is not None


async def test_a_key_opens_also_where_its_use_cannot_be_written_down(house: House) -> None:
    _, secret = await house.engine.api_keys.make(ALICE.id, "alice")
    async with read_only(house.store):
        assert await house.engine.api_keys.caller_of(secret) == CALLING_ALICE
        with pytest.raises(StoreError):
            await house.engine.api_keys.make(BOB.id, "bob")
    assert len(await house.engine.api_keys.listed()) == 1


async def test_a_key_for_nobody_is_refused(house: House) -> None:
    nameless = [(1, name, NO_NAME) for name in ("", " \n\u200b", "x" * 101)]
    for owner_id, name, sentence in [(-1, "alice", NOBODY), *nameless]:
        with pytest.raises(UserError, match=sentence):
            await house.engine.api_keys.make(owner_id, name)
    assert await house.engine.api_keys.listed() == ()


async def test_a_name_is_kept_on_one_line(house: House) -> None:
    key, _ = await house.engine.api_keys.make(0, "  the\n operator ")
    assert key.name == "the operator"
