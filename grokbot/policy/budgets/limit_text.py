"""Limits in plain English: amounts, whose they are, what is used up. Pure.

Not here: when something is left again (a field of `budgets.Reached`; Discord shows it in each reader's own time).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.policy.budgets.limits import OPERATOR, Counted, LimitUnit, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.policy.budgets.limits import Limit

_SPAN: Mapping[Counted, str] = {
    Counted.TOKENS_A_DAY: "for today",
    Counted.TOKENS_A_MONTH: "for this month",
    Counted.COST_A_DAY: "for today",
    Counted.COST_A_MONTH: "for this month",
}


def dollars(ticks: int) -> str:
    """Money for people: in cents, and below a dollar down to a hundredth of a cent.

    `$1,234.50`, `$0.12`, `$0.0034`; smaller amounts are `under $0.0001`.
    """
    amount = Decimal(ticks) / TICKS_A_DOLLAR
    if amount.copy_abs() >= 1 or not ticks:
        return f"${amount.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
    shown = amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    if not shown:
        return "under $0.0001"
    return f"${shown:.4f}".removesuffix("00")


def counted_in(amount: int, unit: LimitUnit) -> str:
    """An amount with its unit: `1 token`, `50,000 tokens`, `$2.00`."""
    if unit is LimitUnit.COST:
        return dollars(amount)
    word = unit.removesuffix("s") if amount == 1 else unit
    return f"{amount:,} {word}"


def sentence(limit: Limit, used: int) -> str:
    """What is used up of a limit, for the person it stops. The operator's ceiling does not show its amounts."""
    if limit.amount == 0:
        return _nothing_allowed(limit)
    if limit.scope is Scope.EVERYWHERE:
        return _of_all(limit.counted)
    match limit.counted:
        case Counted.TURNS_A_MINUTE:
            asked = "You have asked" if limit.personal else "This server has asked"
            return f"{asked} {_times(used)} within a minute, and {limit.amount:,} {_are(limit.amount)} allowed."
        case Counted.ANSWERS_AT_ONCE:
            to_whom = "you" if limit.personal else "this server"
            answers = counted_in(used, LimitUnit.ANSWERS)
            return (
                f"{answers} to {to_whom} {_are(used)} being written, and {limit.amount:,} {_are(limit.amount)} allowed "
                "at once. Wait until one of them ends."
            )
        case _:
            whose = "You have" if limit.personal else "This server has"
            return f"{whose} used {used_of(limit, used)} {_SPAN[limit.counted]}."


def too_long(limit: Limit, used: int, needs: int) -> str:
    """For the person: the rest of a limit is less than the turn will send.

    Args:
        limit: The limit that has too little left.
        used: How much of it is used, in its unit.
        needs: What the turn is known to send, in the same unit.
    """
    span = _SPAN[limit.counted]
    if limit.scope is Scope.EVERYWHERE:
        return f"This bot has too little left {span} for this question and its history. {_LESS}"
    whose = "You have" if limit.personal else "This server has"
    about = counted_in(needs, limit.counted.unit)
    return (
        f"{whose} used {used_of(limit, used)} {span}, and this question with its history takes about "
        f"{about}, without an answer. {_LESS}"
    )


def too_costly(limit: Limit, used: int, needs: int) -> str:
    """The same for images, which have a price.

    Args:
        limit: The limit that has too little left.
        used: How much of it is used, in its unit.
        needs: What the images cost.
    """
    span = _SPAN[limit.counted]
    if limit.scope is Scope.EVERYWHERE:
        return f"This bot has too little left {span} for that."
    whose = "You have" if limit.personal else "This server has"
    return f"{whose} used {used_of(limit, used)} {span}, and this would cost {counted_in(needs, limit.counted.unit)}."


_LESS = "Start a new conversation, or ask in fewer words."


def used_of(limit: Limit, used: int) -> str:
    """`48,000 of 50,000 tokens`, `$0.40 of $0.50`."""
    first = dollars(used) if limit.counted.unit is LimitUnit.COST else f"{used:,}"
    return f"{first} of {counted_in(limit.amount, limit.counted.unit)}"


def warning(limit: Limit, used: int, subject: str) -> str:
    """For the moderators, when a day's or month's amount runs out.

    Args:
        limit: Of tokens or money.
        used: Including reservations of running answers.
        subject: Whose it is, in Discord's markup: `<@1>`, `This server`.
    """
    return f"{subject} has used {used_of(limit, used)} {_SPAN[limit.counted]}, answers underway included."


def described(limit: Limit) -> str:
    """A limit for a list: `50,000 tokens a day`, `5 turns a minute`, `2 answers at once`, `$0.50 a month`."""
    span = " ".join(limit.counted.split("_")[1:])
    return f"{counted_in(limit.amount, limit.counted.unit)} {span}"


def _nothing_allowed(limit: Limit) -> str:
    who = "The bot's operator" if limit.guild_id == OPERATOR else "A moderator"
    match limit.scope:
        case Scope.EVERYWHERE:
            return f"Grok is switched off for now. {who} can change that."
        case Scope.SERVER:
            return f"Grok is switched off in this server for now. {who} can change that."
        case _:
            return f"You cannot use Grok here. {who} can change that."


def _of_all(counted: Counted) -> str:
    match counted:
        case Counted.TURNS_A_MINUTE:
            return "This bot has reached its limit of questions a minute."
        case Counted.ANSWERS_AT_ONCE:
            return "This bot has reached its limit of answers at once. Wait until one of them ends."
        case _:
            return f"This bot has used up its limit {_SPAN[counted]}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
