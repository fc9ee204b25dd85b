"""Metrics of what people get: their turns, how fresh the text in Discord is, who waits, who is refused."""

from __future__ import annotations

from grokbot.process.metrics.registry import WAITS, counter, gauge, histogram

TURNS = counter(
    "grokbot_turns",
    "Turns that ended, by outcome: the state in which the answer is kept.",
    outcome=("done", "stopped", "failed", "interrupted"),
)
TROUBLES = counter(
    "grokbot_turn_troubles",
    "Turns that did not end well, by reason.",
    reason=(
        *("bad_key", "no_credit", "rate_limit", "response_gone", "sealed", "unknown_model", "too_long", "refused"),
        *("overloaded", "image_unreadable", "timeout", "silent", "broken_off", "empty", "searched_out", "interrupted"),
        *("bad_request", "other", "database", "not_allowed"),
    ),
)
TURN_SECONDS = histogram("grokbot_turn_duration_seconds", "From a turn's begin to its end.", WAITS)
REFUSALS = counter(
    "grokbot_refused_questions",
    "Questions that were refused before a turn began, by reason.",
    reason=("blocked", "paused", "locked", "place", "role", "filter", "limit"),
)

FIRST_TEXT = histogram(
    "grokbot_first_text_seconds", "From a turn's begin until the first text of its answer is visible in Discord.", WAITS
)
FIRST_TEXT_LAG = histogram(
    "grokbot_first_text_lag_seconds",
    "From when the first text of an answer is received until text is visible in Discord.",
    WAITS,
)
STALENESS = histogram(
    "grokbot_staleness_seconds",
    "The age of the oldest received text that is not visible in Discord; 0 if all is. Each running answer is looked at "
    "four times a second, from its first text until all of it is visible.",
    (0, *WAITS),
)
END_LAG = histogram(
    "grokbot_end_lag_seconds",
    "From when the last text of an answer is received until all of it is visible in Discord.",
    WAITS,
)

RUNNING = gauge("grokbot_running_answers", "Answers that are being written now.")
WAITING = gauge("grokbot_waiting_questions", "Questions that wait for their turn.")
UNSHOWN = gauge("grokbot_unshown_answers", "Answers that Discord does not show completely, running ones included.")
RECOVERED = counter("grokbot_recovered_answers", "Answers that a stop had cut off and this start has ended.")
CAUGHT_UP = counter(
    "grokbot_caught_up_messages",
    "Messages that came while the bot was away and were read afterwards; answered: those that were for it.",
    outcome=("answered", "not_for_it"),
)
