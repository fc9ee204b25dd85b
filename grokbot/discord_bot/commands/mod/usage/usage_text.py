"""What /mod usage says beside its picture: sums, the change against the time before, who is near a limit. Pure.

Not here: the picture and the table (`chart`), adding up (`store`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.records import By
from grokbot.conversation.text import Plural, Sentence, written
from grokbot.discord_bot.notices.texts.command_text import plain, relative
from grokbot.policy.budgets import dollars, each, used_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grokbot.conversation.records import UsageSum
    from grokbot.engine.budgets import Used

ROWS_SHOWN = 12
"""Rows in words, where there is no picture."""
NEAR_SHOWN = 8
PERCENT_FROM = 5
"""A smaller change is none."""

USED = Sentence("**Used in this server in the last {time}**")
NOTHING_USED = Sentence("Nobody used Grok in that time.")
ANSWERS = Plural("{n} answer", "{n} answers")
TOKENS = Plural("{n} token", "{n} tokens")
REFUSALS = Plural("{n} refusal", "{n} refusals")
AN_ANSWER = Sentence("{cost} an answer on average")
MORE_THAN = Sentence("📈 {percent} % more than in the {time} before ({before})")
LESS_THAN = Sentence("📉 {percent} % less than in the {time} before ({before})")
AS_MUCH = Sentence("As much as in the {time} before ({before})")
NOTHING_BEFORE = Sentence("Nothing was used in the {time} before.")
NEAR = Sentence("**Near a limit**")
NEAR_SERVER = Sentence("This server: {used}, starts again {when}")
NEAR_PERSON = Sentence("{whom}: {used}, starts again {when}")
AND_MORE = Plural("… and {n} more. `csv` lists all.", "… and {n} more. `csv` lists all.")
UNKNOWN, ELSEWHERE = Sentence("unknown"), Sentence("elsewhere")


def usage_told(
    rows: Sequence[UsageSum], before: Sequence[UsageSum], length: timedelta, near: Sequence[tuple[int | None, Used]]
) -> str:
    """The sums, and what the picture does not show.

    Args:
        rows: The sums of the time.
        before: Those of the same time before it.
        length: How long both are.
        near: Limits that are nearly used up, each with the person whose it is; None: the server's.
    """
    if not rows:
        return str(NOTHING_USED)
    time = written(max(length, timedelta(minutes=1)))
    answers, tokens, cost, refused = _sums(rows)
    parts = [ANSWERS(answers), TOKENS(tokens), dollars(cost), *([REFUSALS(refused)] if refused else [])]
    lines = [USED.format(time=time), " · ".join(parts), _change(rows, before, time)]
    lines += [AN_ANSWER.format(cost=dollars(cost // answers))] if answers > 1 and cost else []
    if near:
        lines += ["", str(NEAR), *(f"- {_near(whose, used)}" for whose, used in near[:NEAR_SHOWN])]
    return "\n".join(lines)


def rows_told(by: By, rows: Iterable[UsageSum]) -> str:
    """The rows in words, the largest first, days the newest first: where there is no picture.

    Args:
        by: What the rows are for.
        rows: All of them.
    """
    if by is By.DAY:
        ordered = sorted(rows, key=lambda row: row.spent.key, reverse=True)
    else:
        ordered = sorted(rows, key=lambda row: (cost_of(row), tokens_of(row), row.refused), reverse=True)
    lines = [f"- {_key(by, row.spent.key)}: {_row(row)}" for row in ordered[:ROWS_SHOWN]]
    return "\n".join([*lines, *([AND_MORE(len(ordered) - ROWS_SHOWN)] if len(ordered) > ROWS_SHOWN else [])])


def tokens_of(row: UsageSum) -> int:
    """Read and written, thought included."""
    usage = row.spent.tokens
    return usage.prompt_tokens + usage.completion_tokens + usage.reasoning_tokens


def cost_of(row: UsageSum) -> int:
    """In ticks; 0 if xAI named no cost."""
    return row.spent.tokens.cost_ticks or 0


def _sums(rows: Sequence[UsageSum]) -> tuple[int, int, int, int]:
    answers, refused = sum(row.spent.answers for row in rows), sum(row.refused for row in rows)
    return answers, sum(map(tokens_of, rows)), sum(map(cost_of, rows)), refused


def _change(rows: Sequence[UsageSum], before: Sequence[UsageSum], time: str) -> str:
    """Of the cost; of answers where xAI names no cost."""
    (answers, _, cost, _), (answers_before, _, cost_before, _) = _sums(rows), _sums(before)
    now, then = (cost, cost_before) if cost_before else (answers, answers_before)
    if not then:
        return NOTHING_BEFORE.format(time=time)
    percent = round(100 * (now - then) / then)
    said = AS_MUCH if abs(percent) < PERCENT_FROM else MORE_THAN if percent > 0 else LESS_THAN
    told = dollars(cost_before) if cost_before else ANSWERS(answers_before)
    return said.format(percent=f"{abs(percent):,}", time=time, before=told)


def _near(whose: int | None, used: Used) -> str:
    amount = each(used.limit.counted, used_of(used.limit, used.used))
    when = relative(used.until) if used.until is not None else "…"
    if whose is None:
        return NEAR_SERVER.format(used=amount, when=when)
    return NEAR_PERSON.format(whom=f"<@{whose}>", used=amount, when=when)


def _row(row: UsageSum) -> str:
    parts = [ANSWERS(row.spent.answers), TOKENS(tokens_of(row)), dollars(cost_of(row))]
    return " · ".join([*parts, *([REFUSALS(row.refused)] if row.refused else [])])


def _key(by: By, key: str) -> str:
    if by is By.PERSON and key.isdigit():
        return f"<@{key}>" if int(key) else str(UNKNOWN)
    if by is By.CHANNEL and key.isdigit():
        return f"<#{key}>"
    return plain(key, 60) or str(ELSEWHERE)
