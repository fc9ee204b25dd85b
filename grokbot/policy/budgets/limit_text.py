"""Limits in plain words: amounts, whose they are, what is used up. Pure.

Not here: when something is left again (a field of `budgets.Reached`; Discord shows it in each reader's own time).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.conversation.text.sentences import Plural, Sentence
from grokbot.policy.budgets.limits import OPERATOR, Counted, LimitUnit, Scope
from grokbot.policy.budgets.periods import Period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.policy.budgets.limits import Limit

_TOKENS, _TURNS, _ANSWERS = (
    Plural("{n} token", "{n} tokens"),
    Plural("{n} turn", "{n} turns"),
    Plural("{n} answer", "{n} answers"),
)
_COUNTED = {LimitUnit.TOKENS: _TOKENS, LimitUnit.TURNS: _TURNS, LimitUnit.ANSWERS: _ANSWERS}
_NEXT_TO_NOTHING = Sentence("under {amount}")
_OF = Sentence("{used} of {most}")
_EACH: Mapping[Counted, Sentence] = {
    Counted.TURNS_A_MINUTE: Sentence("{amount} a minute"),
    Counted.ANSWERS_AT_ONCE: Sentence("{amount} at once"),
    Counted.TOKENS_A_DAY: Sentence("{amount} a day"),
    Counted.TOKENS_A_MONTH: Sentence("{amount} a month"),
    Counted.COST_A_DAY: Sentence("{amount} a day"),
    Counted.COST_A_MONTH: Sentence("{amount} a month"),
}

_OFF = Sentence("Grok is switched off for now. The bot's operator can change that.")
_OFF_HERE = Sentence("Grok is switched off in this server for now. A moderator can change that.")
_NOT_YOU = Sentence("You cannot use Grok here. A moderator can change that.")
_NOT_YOU_ANYWHERE = Sentence("You cannot use Grok here. The bot's operator can change that.")

_ASKS = (
    Plural("This server can ask once a minute.", "This server can ask {n} times a minute."),
    Plural("You can ask once a minute.", "You can ask {n} times a minute."),
)
"""For the server, and for one person: so in every pair here."""
_AT_ONCE = (
    Plural(
        "This server can have one answer at a time. Wait until it ends.",
        "This server can have {n} answers at a time. Wait until one of them ends.",
    ),
    Plural(
        "You can have one answer at a time. Wait until it ends.",
        "You can have {n} answers at a time. Wait until one of them ends.",
    ),
)
_USED: Mapping[Period | None, tuple[Sentence, Sentence]] = {
    Period.DAY: (
        Sentence("This server has used {used} for today."),
        Sentence("You have used {used} for today."),
    ),
    Period.MONTH: (
        Sentence("This server has used {used} for this month."),
        Sentence("You have used {used} for this month."),
    ),
}
_TAKES_MORE: Mapping[Period | None, tuple[Sentence, Sentence]] = {
    Period.DAY: (
        Sentence(
            "This server has used {used} for today, and this question with its history takes about {needs}, without an "
            "answer. Start a new conversation, or ask in fewer words."
        ),
        Sentence(
            "You have used {used} for today, and this question with its history takes about {needs}, without an "
            "answer. Start a new conversation, or ask in fewer words."
        ),
    ),
    Period.MONTH: (
        Sentence(
            "This server has used {used} for this month, and this question with its history takes about {needs}, "
            "without an answer. Start a new conversation, or ask in fewer words."
        ),
        Sentence(
            "You have used {used} for this month, and this question with its history takes about {needs}, without an "
            "answer. Start a new conversation, or ask in fewer words."
        ),
    ),
}
_COSTS_MORE: Mapping[Period | None, tuple[Sentence, Sentence]] = {
    Period.DAY: (
        Sentence("This server has used {used} for today, and this would cost {needs}. Ask for fewer images."),
        Sentence("You have used {used} for today, and this would cost {needs}. Ask for fewer images."),
    ),
    Period.MONTH: (
        Sentence("This server has used {used} for this month, and this would cost {needs}. Ask for fewer images."),
        Sentence("You have used {used} for this month, and this would cost {needs}. Ask for fewer images."),
    ),
}
_ALL_ASK = Sentence("This bot has reached its limit of questions a minute.")
_ALL_AT_ONCE = Sentence("This bot has reached its limit of answers at once. Wait until one of them ends.")
_ALL_USED: Mapping[Period | None, Sentence] = {
    Period.DAY: Sentence("This bot has used up its limit for today."),
    Period.MONTH: Sentence("This bot has used up its limit for this month."),
}
_ALL_TAKE_MORE: Mapping[Period | None, Sentence] = {
    Period.DAY: Sentence(
        "This bot has too little left for today for this question and its history. Start a new conversation, or ask in "
        "fewer words."
    ),
    Period.MONTH: Sentence(
        "This bot has too little left for this month for this question and its history. Start a new conversation, or "
        "ask in fewer words."
    ),
}
_ALL_COST_MORE: Mapping[Period | None, Sentence] = {
    Period.DAY: Sentence("This bot has too little left for today for that. Ask for fewer images."),
    Period.MONTH: Sentence("This bot has too little left for this month for that. Ask for fewer images."),
}
_WARNS: Mapping[Period | None, Sentence] = {
    Period.DAY: Sentence("{subject} has used {used} for today, answers underway included."),
    Period.MONTH: Sentence("{subject} has used {used} for this month, answers underway included."),
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
        return _NEXT_TO_NOTHING.format(amount="$0.0001")
    return f"${shown:.4f}".removesuffix("00")


def counted_in(amount: int, unit: LimitUnit) -> str:
    """An amount with its unit: `1 token`, `50,000 tokens`, `$2.00`."""
    if unit is LimitUnit.COST:
        return dollars(amount)
    return _COUNTED[unit](amount)


def sentence(limit: Limit, used: int) -> str:
    """What is used up of a limit, for the person it stops. The operator's ceiling does not show its amounts."""
    if limit.amount == 0:
        return str(_nothing_allowed(limit))
    for_all, period = limit.scope is Scope.EVERYWHERE, limit.counted.period
    match limit.counted:
        case Counted.TURNS_A_MINUTE:
            return str(_ALL_ASK) if for_all else _ASKS[limit.personal](limit.amount)
        case Counted.ANSWERS_AT_ONCE:
            return str(_ALL_AT_ONCE) if for_all else _AT_ONCE[limit.personal](limit.amount)
        case _ if for_all:
            return str(_ALL_USED[period])
        case _:
            return _USED[period][limit.personal].format(used=used_of(limit, used))


def too_long(limit: Limit, used: int, needs: int) -> str:
    """For the person: the rest of a limit is less than the turn will send.

    Args:
        limit: The limit that has too little left.
        used: How much of it is used, in its unit.
        needs: What the turn is known to send, in the same unit.
    """
    return _too_much(limit, used, needs, _TAKES_MORE, _ALL_TAKE_MORE)


def too_costly(limit: Limit, used: int, needs: int) -> str:
    """The same for images, which have a price.

    Args:
        limit: The limit that has too little left.
        used: How much of it is used, in its unit.
        needs: What the images cost.
    """
    return _too_much(limit, used, needs, _COSTS_MORE, _ALL_COST_MORE)


def used_of(limit: Limit, used: int) -> str:
    """`48,000 of 50,000 tokens`, `$0.40 of $0.50`."""
    first = dollars(used) if limit.counted.unit is LimitUnit.COST else f"{used:,}"
    return _OF.format(used=first, most=counted_in(limit.amount, limit.counted.unit))


def warning(limit: Limit, used: int, subject: str) -> str:
    """For the moderators, when a day's or month's amount runs out.

    Args:
        limit: Of tokens or money.
        used: Including reservations of running answers.
        subject: Whose it is, in Discord's markup: `<@1>`, `This server`.
    """
    return _WARNS[limit.counted.period].format(subject=subject, used=used_of(limit, used))


def described(limit: Limit) -> str:
    """A limit for a list: `50,000 tokens a day`, `5 turns a minute`, `2 answers at once`, `$0.50 a month`."""
    return each(limit.counted, counted_in(limit.amount, limit.counted.unit))


def each(counted: Counted, amount: str) -> str:
    """An amount in words with its span: `48,000 of 50,000 tokens a day`."""
    return _EACH[counted].format(amount=amount)


def _too_much(
    limit: Limit,
    used: int,
    needs: int,
    texts: Mapping[Period | None, tuple[Sentence, Sentence]],
    of_all: Mapping[Period | None, Sentence],
) -> str:
    period = limit.counted.period
    if limit.scope is Scope.EVERYWHERE:
        return str(of_all[period])
    more = counted_in(needs, limit.counted.unit)
    return texts[period][limit.personal].format(used=used_of(limit, used), needs=more)


def _nothing_allowed(limit: Limit) -> Sentence:
    match limit.scope:
        case Scope.EVERYWHERE:
            return _OFF
        case Scope.SERVER:
            return _OFF_HERE
        case _:
            return _NOT_YOU_ANYWHERE if limit.guild_id == OPERATOR else _NOT_YOU
