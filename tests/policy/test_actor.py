from __future__ import annotations

import pytest

from grokbot.conversation.errors import NotAllowedError
from grokbot.policy.actor import Actor, ActorKind
from grokbot.policy.rights import may_steer

MODERATOR = Actor(id=1, name="alice", guild_id=8, channel_id=9, role_ids=frozenset({7}), moderator=True)


def test_the_operator_decides_about_everything_and_a_moderators_key_about_what_is_their_own() -> None:
    may_steer(Actor(id=0, name="operator", kind=ActorKind.OPERATOR), 2, 3)
    may_steer(MODERATOR, 2, 3)
    key = Actor(id=1, name="alice", kind=ActorKind.KEY, moderator=True)
    may_steer(key, 1, 3)
    with pytest.raises(NotAllowedError):
        may_steer(key, 2, 3)


def test_a_key_makes_nobody_somebody_else() -> None:
    keys = [Actor(id=1, name="alice", kind=ActorKind.KEY, key_id=key_id) for key_id in ("a", "b")]
    assert keys[0] == keys[1]
    assert (keys[0].author.id, keys[0].author.name) == (1, "alice")


def test_of_a_moderator_of_one_server_nothing_is_known_in_another() -> None:
    assert MODERATOR.in_guild(8) is MODERATOR
    assert MODERATOR.in_guild(None) == Actor(id=1, name="alice")
    operator = Actor(id=0, name="operator", kind=ActorKind.OPERATOR, guild_id=8)
    assert operator.in_guild(9).operator
