"""What the bench calls staleness, first text and end lag, on answers small enough to be worked out by hand."""

from __future__ import annotations

import pytest

from tests.bench.freshness import Course, Look, Piece, Stretch, looks, mean, quantile

TEXT = "one two three"
PIECES = (Piece(10.0, 3), Piece(10.5, 7), Piece(11.0, 13))


def course(*seen: Look, until: float = 20.0) -> Course:
    return Course(9.0, PIECES, seen, until)


def test_text_that_is_seen_a_latency_after_it_was_sent_is_never_older_than_that() -> None:
    fresh = course(*(Look(piece.at + 0.1, piece.end) for piece in PIECES))
    assert fresh.first_text == pytest.approx(0.1)
    assert fresh.first_text_after_asking == pytest.approx(1.1)
    assert fresh.end_lag == pytest.approx(0.1)
    stretches = list(fresh.staleness())
    assert max(stretch.high for stretch in stretches) == pytest.approx(0.1)
    assert sum(stretch.seconds for stretch in stretches) == pytest.approx(1.1)
    assert mean(stretches) == pytest.approx(3 * 0.1 * 0.05 / 1.1)


def test_text_that_is_seen_only_at_the_end_grows_old_from_the_first_piece_on() -> None:
    late = course(Look(12.0, 13))
    assert late.first_text == pytest.approx(2.0)
    assert late.end_lag == pytest.approx(1.0)
    assert list(late.staleness()) == [Stretch(0.0, 2.0, 2.0)]


def test_staleness_counts_from_the_oldest_piece_that_is_not_seen() -> None:
    partly = course(Look(11.5, 3), Look(12.5, 13))
    assert list(partly.staleness()) == [Stretch(0.0, 1.5, 1.5), Stretch(1.0, 2.0, 1.0)]


def test_text_that_disappears_again_is_not_seen() -> None:
    flickering = course(Look(11.0, 13), Look(11.5, 0), Look(12.0, 13))
    assert flickering.end_lag == pytest.approx(1.0)
    assert list(flickering.staleness())[-1] == Stretch(1.5, 2.0, 0.5)


def test_an_answer_that_was_never_complete_is_stale_as_long_as_one_looks() -> None:
    broken = course(Look(10.2, 3), until=12.0)
    assert broken.end_lag is None
    assert list(broken.staleness())[-1] == Stretch(0.0, 1.5, 1.5)


def test_an_answer_that_was_never_seen_has_no_first_text() -> None:
    assert course().first_text is None
    assert course(Look(10.1, 0)).first_text_after_asking is None


def test_an_even_update_has_the_staleness_of_the_steady_limit() -> None:
    pieces = tuple(Piece(number / 1000, number + 1) for number in range(10_000))
    seen = [Look(second + 0.06, second * 1000 + 1) for second in range(10)]
    stretches = list(Course(0.0, pieces, [*seen, Look(10.06, 10_000)], 20.0).staleness())
    assert mean(stretches) == pytest.approx(0.56, rel=0.01)
    assert quantile(stretches, 0.95) == pytest.approx(1.01, rel=0.01)


def test_what_can_be_seen_is_what_is_right_from_the_beginning_on() -> None:
    first = [(1.0, "-# thinking"), (2.0, "one"), (4.0, "one two")]
    second = [(3.0, "three")]
    assert looks(TEXT, [first, second], 0.5) == [Look(1.5, 0), Look(2.5, 3), Look(3.5, 5), Look(4.5, 13)]


def test_a_quantile_is_the_value_that_holds_for_that_share_of_the_time() -> None:
    assert quantile([Stretch(0.0, 0.0, 9.0), Stretch(0.0, 10.0, 1.0)], 0.9) == pytest.approx(0.0)
    assert quantile([Stretch(0.0, 0.0, 9.0), Stretch(0.0, 10.0, 1.0)], 0.95) == pytest.approx(5.0)
    assert quantile([Stretch(1.0, 2.0, 1.0), Stretch(3.0, 4.0, 1.0)], 0.75) == pytest.approx(3.5)
