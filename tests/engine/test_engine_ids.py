from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grokbot.engine.context import id_maker

DAY = 86_400 * 10**9


@given(st.lists(st.integers(0, 20_000 * DAY), min_size=2, max_size=50))
def test_ids_sort_in_the_order_of_their_making_whatever_the_clock_does(times: list[int]) -> None:
    clock = iter(times)
    new_id = id_maker(lambda: next(clock))
    made = [new_id() for _ in times]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {len(one) for one in made} == {26}


def test_ids_of_one_moment_sort_too() -> None:
    new_id = id_maker(lambda: 20_000 * DAY)
    made = [new_id() for _ in range(5_000)]
    assert made == sorted(set(made))


def test_an_id_begins_with_its_time() -> None:
    assert id_maker(lambda: 20_000 * DAY)()[:10] == id_maker(lambda: 20_000 * DAY)()[:10]
    assert id_maker(lambda: 20_000 * DAY)() < id_maker(lambda: 20_000 * DAY + 10**6)()


@given(st.integers(0, 20_000 * DAY), st.integers(0, 20_000 * DAY))
def test_ids_of_a_later_process_sort_after_those_of_an_earlier_one_whatever_the_clock_did(then: int, now: int) -> None:
    last = id_maker(lambda: then)()
    new_id = id_maker(lambda: now, after=last)
    assert last < new_id() < new_id()


def test_what_is_no_id_of_ours_says_nothing_of_time() -> None:
    assert id_maker(lambda: DAY, after="zzzz")() < id_maker(lambda: 2 * DAY)()
