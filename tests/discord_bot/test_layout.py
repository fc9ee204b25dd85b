"""What stands in the channel for every state of an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.draft import Phase
from grokbot.conversation.errors import REMEDIES, GrokError, GrokFailure, StoreError
from grokbot.conversation.response import Query, Response, Sender, State
from grokbot.discord_bot.answers.buttons.controls import AFTER_REPAIR, VARIANTS, Control
from grokbot.discord_bot.answers.layout import Layout, Part
from grokbot.discord_bot.markdown import DISCORD_LIMIT, split
from grokbot.discord_bot.notices.texts.answer_text import (
    COMPACTED,
    CUT_SHORT,
    NO_FILES,
    NOTHING_TO_SEE,
    STOPPED,
    THINKING,
    WHOLE_ANSWER,
    goes_on,
)
from grokbot.display import VariantNumber
from grokbot.engine.turns import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grokbot.conversation.errors import GrokbotError

TIME = datetime(2026, 11, 23, tzinfo=UTC)
ASKED = "(started <t:1795392000:R>)"
MOST = 3

STOP = (Control.STOP,)
WHOLE = (Control.RESAMPLE, Control.MENU)
CONTINUE = (Control.CONTINUE, Control.RETRY, Control.RESAMPLE, Control.MENU)
RETRY = (Control.RETRY, Control.MENU)
BOTH = (Control.CONTINUE, Control.RETRY, Control.MENU)
NONE = (Control.MENU,)

LONG = "\n".join(f"Line {number} of an answer that needs more messages than it may have." for number in range(150))
TEXTS = split(LONG)

revisions: Iterator[int] = count()


def layout(*, may_attach: bool = True) -> Layout:
    return Layout(TIME, MOST, may_attach=may_attach)


def growing(text: str, *, phase: Phase = Phase.WRITING, queries: tuple[Query, ...] = ()) -> Snapshot:
    return Snapshot(next(revisions), text, phase, queries, None, None, cut_short=False)


def over(
    text: str, state: State = State.DONE, trouble: GrokbotError | None = None, *, cut_short: bool = False
) -> Snapshot:
    response = Response(
        id="a", conversation_id="c", parent_id="h", sender=Sender.MODEL, state=state, created_at=TIME, message=text
    )
    return Snapshot(next(revisions), text, Phase.WRITING, (), response, trouble, cut_short=cut_short)


def contents(parts: Sequence[Part]) -> list[str]:
    return [part.content for part in parts]


def test_before_the_first_word_a_line_says_what_the_model_does_and_since_when() -> None:
    assert layout().of(growing("", phase=Phase.THINKING)) == [Part(f"{THINKING} {ASKED}", STOP)]
    searching = growing("", phase=Phase.SEARCHING, queries=(Query("web", "old"), Query("x", "newest")))
    assert layout().of(searching) == [Part(f"-# 🔎 Searching X: `newest`… {ASKED}", STOP)]


def test_an_answer_grows_with_a_stop_button_and_ends_with_nothing_added_to_its_text() -> None:
    shown = layout()
    assert shown.of(growing("Seven ")) == [Part("Seven ", STOP)]
    assert shown.of(growing("Seven hills.")) == [Part("Seven hills.", STOP)]
    assert shown.of(over("Seven hills.")) == [Part("Seven hills.", WHOLE)]


def test_an_answer_that_begins_anew_after_a_search_is_laid_out_anew() -> None:
    shown = layout()
    assert shown.of(growing("Let me look.")) == [Part("Let me look.", STOP)]
    assert shown.of(growing("Seven.")) == [Part("Seven.", STOP)]


def test_what_has_half_arrived_is_no_text_yet() -> None:
    shown = layout()
    for half in ("", "*", "**"):
        assert shown.of(growing(half, phase=Phase.THINKING))[0].content.startswith(THINKING)
        assert not shown.shows_text
    shown.of(growing("**Seven** hills."))
    assert shown.shows_text


@pytest.mark.parametrize(
    ("snapshot", "line", "controls"),
    [
        (over("Seven", State.STOPPED), STOPPED, CONTINUE),
        (over("Seven", cut_short=True), CUT_SHORT, WHOLE),
        (over("Seven", State.FAILED, StoreError("Disk full.")), "⚠️ Disk full.", NONE),
        *[
            (
                over("Seven", State.FAILED, GrokError(kind)),
                f"⚠️ {remedy.text}",
                BOTH if remedy.retryable or kind in AFTER_REPAIR else NONE,
            )
            for kind, remedy in REMEDIES.items()
        ],
    ],
)
def test_an_end_that_is_not_the_models_own_is_said_under_the_text(
    snapshot: Snapshot, line: str, controls: tuple[Control, ...]
) -> None:
    assert layout().of(snapshot) == [Part(f"Seven\n{line}", controls)]


def test_an_end_without_any_text_is_the_line_alone() -> None:
    failed = over("", State.FAILED, GrokError(GrokFailure.TIMEOUT))
    assert layout().of(failed) == [Part(f"⚠️ {REMEDIES[GrokFailure.TIMEOUT].text}", RETRY)]


def test_a_line_that_no_longer_fits_stands_in_a_message_of_its_own_with_the_buttons() -> None:
    full = "x" * DISCORD_LIMIT
    assert layout().of(over(full, State.STOPPED)) == [Part(full), Part(STOPPED, CONTINUE)]


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
def test_something_is_shown_even_for_an_answer_that_shows_nothing(text: str) -> None:
    assert layout().of(over(text)) == [Part(NOTHING_TO_SEE, WHOLE)]


def test_only_the_last_message_has_a_button_however_far_the_answer_has_come() -> None:
    shown = layout()
    numbers = set()
    for end in range(100, len(LONG) + 1, 100):
        parts = shown.of(growing(LONG[:end]))
        numbers.add(len(parts))
        assert [part.controls for part in parts] == [()] * (len(parts) - 1) + [STOP]
    assert numbers == {1, 2, 3, 4}


def test_an_answer_of_exactly_as_many_messages_as_it_may_have_needs_no_file() -> None:
    fitting = "\n".join(TEXTS[:MOST])
    assert split(fitting) == TEXTS[:MOST]
    *first, last = [Part(text) for text in TEXTS[:MOST]]
    assert layout().of(over(fitting)) == [*first, replace(last, controls=WHOLE)]


def test_a_longer_answer_goes_on_in_a_line_and_ends_in_a_file_with_all_that_grok_said() -> None:
    shown = layout()
    first = [Part(text) for text in TEXTS[:MOST]]
    assert shown.of(growing(LONG)) == [*first, Part(goes_on(len(LONG), attached=True), STOP)]
    assert shown.of(over(LONG)) == [*first, Part(WHOLE_ANSWER, WHOLE, file=LONG)]


def test_a_longer_answer_that_was_stopped_says_so_beside_the_file() -> None:
    stopped = layout().of(over(LONG, State.STOPPED))
    assert stopped[-1] == Part(f"{WHOLE_ANSWER}\n{STOPPED}", CONTINUE, file=LONG)
    assert len(stopped) == MOST + 1


def test_the_file_holds_groks_own_markdown_and_not_discords() -> None:
    text = "#### Deep heading\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n" + LONG
    parts = layout().of(over(text))
    assert parts[-1].file == text
    assert "####" not in parts[0].content


def test_where_no_files_can_be_attached_a_sentence_says_so_from_the_start() -> None:
    shown = layout(may_attach=False)
    assert shown.of(growing(LONG))[-1] == Part(goes_on(len(LONG), attached=False), STOP)
    assert "not attach" in goes_on(len(LONG), attached=False)
    assert shown.of(over(LONG))[-1] == Part(NO_FILES, WHOLE)
    assert layout(may_attach=False).of(over(LONG, State.STOPPED))[-1] == Part(f"{NO_FILES}\n{STOPPED}", CONTINUE)


def test_a_file_that_is_refused_gives_way_to_the_sentence_at_once() -> None:
    shown, snapshot = layout(), over(LONG)
    assert shown.of(snapshot)[-1].file == LONG
    before = contents(shown.of(snapshot))[:-1]
    shown.give_up_files()
    assert contents(shown.of(snapshot)) == [*before, NO_FILES]


@pytest.mark.parametrize("may_attach", [True, False])
def test_no_line_that_the_bot_adds_is_too_long_for_a_message(may_attach: bool) -> None:
    for kind in REMEDIES:
        for text in ("", LONG, "x" * DISCORD_LIMIT, "x" * (DISCORD_LIMIT * MOST)):
            parts = layout(may_attach=may_attach).of(over(text, State.FAILED, GrokError(kind)))
            assert all(0 < len(part.content) <= DISCORD_LIMIT for part in parts)


def test_the_way_to_the_other_variants_says_which_one_this_is_and_goes_with_every_end() -> None:
    second = VariantNumber(2, 3)
    cut = (Control.CONTINUE, Control.MENU)
    for snapshot, after in ((over("Seven"), WHOLE), (over("Seven", State.STOPPED), cut)):
        [part] = Layout(TIME, MOST, variant=second).of(snapshot)
        assert (part.controls, part.variant) == ((*VARIANTS, *after), second)
    [running] = Layout(TIME, MOST, variant=second).of(growing("Sev"))
    assert (running.controls, running.variant) == (STOP, None)


def test_under_an_answer_that_broke_off_and_is_not_the_last_one_another_can_be_sampled() -> None:
    [part] = Layout(TIME, MOST, last=False).of(over("Seven", State.STOPPED))
    assert part.controls == ()


@pytest.mark.parametrize("room", [1, 2, MOST])
def test_an_answer_that_may_not_grow_stays_in_its_messages_and_is_whole_in_a_file(room: int) -> None:
    shown = layout()
    shown.keep_to(room)
    for end in range(0, len(LONG) + 1, 500):
        parts = shown.of(growing(LONG[:end]))
        assert len(parts) <= room
        assert all(0 < len(part.content) <= DISCORD_LIMIT for part in parts)
    assert shown.of(growing(LONG))[-1].content.endswith(goes_on(len(LONG), attached=True))
    parts = shown.of(over(LONG))
    assert contents(parts)[:-1] == TEXTS[: room - 1]
    assert parts[-1].file == LONG
    head, line = parts[-1].content.rsplit("\n", 1)
    assert line == WHOLE_ANSWER
    assert TEXTS[room - 1].startswith(head)
    assert len(parts[-1].content) > DISCORD_LIMIT - 2 * len(
        "Line 100 of an answer that needs more messages than it may"
    )


def test_an_answer_that_may_not_grow_and_fits_is_as_it_would_be_anywhere() -> None:
    for end in (100, 1990, 4000):
        shown, narrow = layout(), layout()
        narrow.keep_to(3)
        assert narrow.of(over(LONG[:end])) == shown.of(over(LONG[:end]))
    wide = layout()
    wide.keep_to(MOST + 1)
    assert wide.of(over(LONG)) == layout().of(over(LONG))


def test_when_the_last_message_is_full_the_line_about_the_end_takes_its_room_and_the_file_has_the_rest() -> None:
    full = "x" * DISCORD_LIMIT
    shown = layout()
    shown.keep_to(1)
    [part] = shown.of(over(full, State.STOPPED))
    assert part.content.endswith(f"\n{WHOLE_ANSWER}\n{STOPPED}")
    assert (len(part.content), part.file) == (DISCORD_LIMIT, full)
    shown.keep_to(2)
    assert shown.of(over(full, State.STOPPED)) == [Part(full), Part(STOPPED, CONTINUE)]


def test_a_code_block_that_is_cut_short_for_want_of_room_is_closed_above_the_line() -> None:
    code = "```python\n" + "\n".join(f"print({number})" for number in range(400)) + "\n```"
    shown = layout()
    shown.keep_to(1)
    [part] = shown.of(over(code))
    assert part.content.count("```") == 2
    assert part.content.endswith(f"```\n{WHOLE_ANSWER}")


def test_messages_that_are_gone_or_may_be_sent_again_change_what_fits() -> None:
    shown, snapshot = layout(), over(LONG)
    shown.keep_to(2)
    assert len(shown.of(snapshot)) == 2
    shown.keep_to(1)
    assert len(shown.of(snapshot)) == 1
    shown.keep_to(None)
    assert shown.of(snapshot) == layout().of(snapshot)


@pytest.mark.parametrize("length", [0, 1, 1900, *range(DISCORD_LIMIT - 40, DISCORD_LIMIT + 3), 4321, 20_000])
@pytest.mark.parametrize("may_attach", [True, False])
@pytest.mark.parametrize("room", [None, 1, 2])
def test_small_print_stands_once_at_the_end_and_takes_no_message_of_its_own(
    length: int, room: int | None, *, may_attach: bool
) -> None:
    text = ("word " * (length // 5 + 1))[:length].strip()
    shown = Layout(TIME, MOST, may_attach=may_attach, small_print="Read this.")
    shown.keep_to(room)
    before = shown.of(growing(text))
    assert not any("Read this." in part.content for part in before)
    after = shown.of(over(text))
    assert after[-1].content.endswith("\n-# Read this.")
    assert sum(part.content.count("Read this.") for part in after) == 1
    needed = len(split(text, DISCORD_LIMIT - len("\n-# Read this."))) or 1
    assert len(after) == min(needed, MOST + 1 if room is None else room)
    assert all(len(part.content) <= DISCORD_LIMIT for part in after)
    assert (NOTHING_TO_SEE in after[0].content) == (not text)


def test_small_print_stands_below_how_an_answer_ended() -> None:
    shown = Layout(TIME, MOST, small_print="Read this.")
    [part] = shown.of(over("Some", State.STOPPED))
    assert part.content == f"Some\n{STOPPED}\n-# Read this."


def test_an_answer_for_which_the_conversation_was_summarised_says_so_once_below_it() -> None:
    snapshot = over("Some")
    assert snapshot.ended is not None
    [part] = layout().of(replace(snapshot, ended=replace(snapshot.ended, compacted=True)))
    assert part.content == f"Some\n{COMPACTED}"


def test_of_what_the_messages_do_not_show_nothing_is_laid_out() -> None:
    text = "Some **words** of an answer.\n\n" * 150_000
    shown = layout()
    *parts, last = contents(shown.of(growing(text)))
    assert shown._fed < 2 * MOST * DISCORD_LIMIT
    assert parts == split(text[: 20 * DISCORD_LIMIT])[:MOST]
    assert last == goes_on(len(text), attached=True)


def test_much_that_comes_at_once_is_laid_out_a_little_at_a_time_and_looks_the_same() -> None:
    text, shown, steps = "word " * 1_000, layout(), 0
    while shown.advance(growing(text)):
        steps += 1
    assert steps == 4
    assert shown.of(growing(text)) == layout().of(growing(text))
    assert not shown.advance(growing(text + "more"))


def test_what_shows_nothing_is_not_read_for_ever() -> None:
    shown = layout()
    shown.of(growing(" \n" * 1_000_000))
    assert shown._fed < 100 * DISCORD_LIMIT


def test_an_answer_may_grow_out_of_its_last_message_when_that_is_nearly_full() -> None:
    shown = layout()
    seen = []
    for words in (200, 350, 450):  # the last is two messages by then
        shown.of(growing("word " * words))
        seen.append(shown.may_grow)
    assert seen == [False, True, False]
