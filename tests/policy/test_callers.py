from __future__ import annotations

import pytest

from grokbot.conversation.errors import NotAllowedError
from grokbot.policy.callers import Caller
from grokbot.policy.rights import Presser, may_steer


def test_a_caller_who_reaches_everything_has_a_moderators_rights_and_another_has_not() -> None:
    assert Caller(1, "alice").presser == Presser(1, moderator=False)
    assert Caller(1, "alice", everything=True).presser == Presser(1, moderator=True)
    may_steer(Caller(0, "operator", everything=True).presser, 2, 3)
    with pytest.raises(NotAllowedError):
        may_steer(Caller(1, "alice").presser, 2, 3)


def test_a_caller_says_things_under_the_name_of_the_key() -> None:
    author = Caller(1, "alice").author
    assert (author.id, author.name) == (1, "alice")
