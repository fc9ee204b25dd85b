from __future__ import annotations

from contextlib import nullcontext

import pytest

from grokbot.policy.places import NotHereError, NotYoursError, Place, PlaceRules, Spread, check, open_to_grok

CATEGORY, CHANNEL, THREAD, ELSEWHERE = 1, 2, 3, 4
STARTER, ANSWERER, NOBODY = frozenset({21}), frozenset({22}), frozenset({23})
IN_THREAD = Place(channel_id=THREAD, parent_id=CHANNEL, category_id=CATEGORY)
IN_CHANNEL = Place(channel_id=CHANNEL, category_id=CATEGORY)
OUTSIDE = Place(channel_id=ELSEWHERE)


GIVES = "A moderator can give you one."


@pytest.mark.parametrize(
    ("listed", "place", "lies_in"),
    [
        ({CHANNEL}, IN_CHANNEL, True),
        ({CHANNEL}, IN_THREAD, True),
        ({CATEGORY}, IN_CHANNEL, True),
        ({CATEGORY}, IN_THREAD, True),
        ({THREAD}, IN_THREAD, True),
        ({THREAD}, IN_CHANNEL, False),
        ({CHANNEL, CATEGORY}, OUTSIDE, False),
        ({ELSEWHERE}, IN_THREAD, False),
        (set(), IN_CHANNEL, False),
    ],
)
def test_a_channel_stands_for_its_threads_and_a_category_for_all_in_it(
    listed: set[int], place: Place, lies_in: bool
) -> None:
    ids = frozenset(listed)
    assert open_to_grok(PlaceRules(spread=Spread.EVERYWHERE, channel_ids=ids), place)
    assert open_to_grok(PlaceRules(spread=Spread.ONLY, channel_ids=ids), place) == lies_in
    assert open_to_grok(PlaceRules(spread=Spread.ALL_BUT, channel_ids=ids), place) != lies_in


ONLY_ANSWERING = (
    "Only people with the role <@&21> can start a conversation with Grok here. You can join conversations that "
    "others started."
)
FREE = PlaceRules()
STARTERS = PlaceRules(starter_role_ids=STARTER)
ANSWERERS = PlaceRules(answerer_role_ids=ANSWERER)
BOTH = PlaceRules(starter_role_ids=STARTER, answerer_role_ids=ANSWERER)


@pytest.mark.parametrize(
    ("rules", "roles", "starts", "answers"),
    [
        (FREE, NOBODY, True, True),
        (STARTERS, STARTER, True, True),
        (STARTERS, NOBODY, False, True),
        (ANSWERERS, ANSWERER, True, True),
        (ANSWERERS, NOBODY, True, False),
        (BOTH, STARTER, True, True),
        (BOTH, ANSWERER, False, True),
        (BOTH, STARTER | ANSWERER, True, True),
        (BOTH, NOBODY, False, False),
        (BOTH, frozenset(), False, False),
    ],
)
def test_who_may_begin_and_who_may_only_answer(
    rules: PlaceRules, roles: frozenset[int], starts: bool, answers: bool
) -> None:
    for begins, allowed in ((True, starts), (False, answers)):
        with nullcontext() if allowed else pytest.raises(NotYoursError):
            check(rules, IN_CHANNEL, roles, begins=begins)
        check(rules, IN_CHANNEL, roles, begins=begins, moderator=True)


def test_the_list_of_channels_holds_for_moderators_too() -> None:
    with pytest.raises(NotHereError):
        check(
            PlaceRules(spread=Spread.ALL_BUT, channel_ids=frozenset({CHANNEL})),
            IN_THREAD,
            NOBODY,
            begins=False,
            moderator=True,
        )


@pytest.mark.parametrize(
    ("rules", "begins", "said"),
    [
        (
            PlaceRules(spread=Spread.ONLY, channel_ids=frozenset({8})),
            True,
            "I do not answer in this channel. Ask me in <#8>.",
        ),
        (
            PlaceRules(spread=Spread.ONLY, channel_ids=frozenset({8, 7, 9})),
            True,
            "I do not answer in this channel. Ask me in <#7>, <#8> or <#9>.",
        ),
        (PlaceRules(spread=Spread.ONLY), True, "I do not answer in this channel. Ask me in another one."),
        (
            PlaceRules(spread=Spread.ONLY, channel_ids=frozenset(range(50, 99))),
            True,
            "I do not answer in this channel. Ask me in another one.",
        ),
        (
            PlaceRules(spread=Spread.ALL_BUT, channel_ids=frozenset({ELSEWHERE})),
            True,
            "I do not answer in this channel. Ask me in another one.",
        ),
        (
            STARTERS,
            True,
            ONLY_ANSWERING,
        ),
        (
            BOTH,
            True,
            "Only people with the role <@&21> can start a conversation with Grok here. A moderator can give you one.",
        ),
        (
            BOTH,
            False,
            f"Only people with the role <@&21> or <@&22> can join conversations with Grok here. {GIVES}",
        ),
        (
            PlaceRules(starter_role_ids=frozenset(range(40, 60)), answerer_role_ids=ANSWERER),
            True,
            "Only people with certain roles can start a conversation with Grok here. A moderator can give you one.",
        ),
    ],
)
def test_a_refusal_says_where_and_who(rules: PlaceRules, begins: bool, said: str) -> None:
    with pytest.raises((NotHereError, NotYoursError)) as refused:
        check(rules, OUTSIDE, NOBODY, begins=begins)
    assert str(refused.value) == said
