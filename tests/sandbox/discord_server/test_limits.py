"""The buckets, as values and times; and the headers that come of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.sandbox.discord_server.rules.limits import Bucket, InvalidRequests, LimitBook
from grokbot.sandbox.discord_server.rules.rules import BucketRule, Rules

LEAKY = BucketRule(5, 5.0, "leaky")
FIXED = BucketRule(5, 5.0, "fixed")


def test_a_leaky_bucket_gives_one_request_back_every_second() -> None:
    bucket = Bucket(LEAKY, 0.0)
    assert [bucket.take(0.0).allowed for _ in range(6)] == [True] * 5 + [False]
    assert not bucket.take(0.999).allowed
    assert bucket.take(1.0).allowed
    assert not bucket.take(1.0).allowed


def test_a_leaky_bucket_says_when_it_is_full_again_and_when_the_next_request_passes() -> None:
    bucket = Bucket(LEAKY, 0.0)
    first = bucket.take(0.0)
    assert (first.limit, first.remaining, first.reset_after, first.retry_after) == (5, 4, 1.0, 0.0)
    last = [bucket.take(0.0) for _ in range(4)][-1]
    assert (last.remaining, last.reset_after) == (0, 5.0)
    refused = bucket.take(0.25)
    assert (refused.allowed, refused.retry_after, refused.reset_after) == (False, 0.75, 4.75)


def test_one_request_a_second_never_stalls_on_a_leaky_bucket() -> None:
    bucket = Bucket(LEAKY, 0.0)
    assert all(bucket.take(float(second)).allowed for second in range(1000))


def test_a_fixed_window_starts_with_its_first_request_and_gives_all_back_at_once() -> None:
    bucket = Bucket(FIXED, 0.0)
    assert bucket.take(3.0).reset_after == 5.0
    assert [bucket.take(4.0).allowed for _ in range(5)] == [True] * 4 + [False]
    assert bucket.take(7.9).retry_after == pytest.approx(0.1)
    opened = bucket.take(8.0)
    assert (opened.allowed, opened.remaining, opened.reset_after) == (True, 4, 5.0)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=80), st.sampled_from(["leaky", "fixed"]))
def test_no_bucket_ever_passes_more_than_its_rule_allows(gaps: list[float], mode: str) -> None:
    rule = BucketRule(5, 5.0, "leaky" if mode == "leaky" else "fixed")
    bucket = Bucket(rule, 0.0)
    now, passed = 0.0, []
    for gap in gaps:
        now += gap
        verdict = bucket.take(now)
        if verdict.allowed:
            passed.append(now)
        else:
            assert bucket.take(now + verdict.retry_after).allowed
            now += verdict.retry_after
            passed.append(now)
    for start in passed:
        # A full bucket and what comes back meanwhile, or two windows that meet: twice the limit, never more.
        assert sum(start <= at < start + 5 for at in passed) <= 10


def test_the_book_keeps_top_level_resources_apart_and_says_nothing_when_off() -> None:
    book = LimitBook()
    rule = BucketRule(1, 5.0)
    first, again, other = (book.take(rule, "send", major, 0.0) for major in ("1", "1", "2"))
    assert first is not None
    assert first.allowed
    assert again is not None
    assert not again.allowed
    assert other is not None
    assert other.allowed
    assert book.take(BucketRule(1, 5.0, "off"), "send", "1", 0.0) is None


def test_too_many_invalid_requests_ban_until_the_window_ends() -> None:
    invalid = InvalidRequests(3, 600.0)
    for at in (0.0, 1.0, 2.0):
        assert not invalid.banned(at)
        invalid.add(at)
    assert invalid.banned(599.0)
    assert not invalid.banned(600.0)


def test_unlimited_rules_limit_nothing_and_a_mode_is_for_messages_only() -> None:
    free = Rules().unlimited()
    names = ("send", "edit", "delete", "react", "typing", "channel_edit", "rename", "old_edit", "webhook", "everything")
    assert {getattr(free, name).mode for name in names} == {"off"}
    fixed = Rules().with_mode("fixed")
    assert (fixed.send.mode, fixed.edit.mode, fixed.delete.mode, fixed.webhook.mode) == ("fixed",) * 3 + ("leaky",)


@pytest.mark.parametrize(("limit", "window"), [(0, 1.0), (1, 0.0)])
def test_a_bucket_without_room_or_time_is_refused(limit: int, window: float) -> None:
    with pytest.raises(ValueError, match="bucket"):
        BucketRule(limit, window)
