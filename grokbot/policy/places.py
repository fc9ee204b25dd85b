"""Where in a server Grok may be used, and who may begin a conversation there. Pure.

Not here: temporary blocks of single channels or people (`blocks`), Discord's own permissions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowedError
from grokbot.conversation.text.sentences import Sentence, worded_later

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_NAMED = 10
"""Channels that a refusal lists; a longer list would hide the sentence."""

_NOT_HERE = Sentence("I do not answer in this channel. Ask me in another one.")
_ELSEWHERE = Sentence("I do not answer in this channel. Ask me in {channels}.")
_STARTS = Sentence("Only {who} can start a conversation with Grok here. A moderator can give you one.")
_STARTS_OR_JOINS = Sentence(
    "Only {who} can start a conversation with Grok here. You can join conversations that others started."
)
_JOINS = Sentence("Only {who} can join conversations with Grok here. A moderator can give you one.")
_CERTAIN_ROLES = Sentence("people with certain roles")
_WITH_ROLE = Sentence("people with the role {roles}")
_OR = Sentence("{these} or {last}")


class Spread(StrEnum):
    """What a list of channels means."""

    EVERYWHERE = "everywhere"
    ONLY = "only"
    ALL_BUT = "all_but"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel or thread. `parent_id` is the thread's channel, `category_id` the category of either."""

    channel_id: int
    parent_id: int | None = None
    category_id: int | None = None

    @property
    def ids(self) -> frozenset[int]:
        """The place and all that contains it."""
        return frozenset(i for i in (self.channel_id, self.parent_id, self.category_id) if i is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRules:
    """The rules that a server's moderators set.

    Args:
        spread: What `channel_ids` means.
        channel_ids: Channels, threads or categories. A listed channel includes its threads, a category all in it.
        starter_role_ids: Roles that may begin conversations; empty: everybody may.
        answerer_role_ids: Roles that may write in conversations, as may all who may begin one; empty: everybody may.
    """

    spread: Spread = Spread.EVERYWHERE
    channel_ids: frozenset[int] = field(default_factory=frozenset)
    starter_role_ids: frozenset[int] = field(default_factory=frozenset)
    answerer_role_ids: frozenset[int] = field(default_factory=frozenset)


class NotHereError(NotAllowedError):
    """The moderators do not want Grok in this channel."""


class NotYoursError(NotAllowedError):
    """The person's roles do not allow it."""


def open_to_grok(rules: PlaceRules, place: Place) -> bool:
    """Whether Grok may be used in a place at all."""
    match rules.spread:
        case Spread.EVERYWHERE:
            return True
        case Spread.ONLY:
            return bool(rules.channel_ids & place.ids)
        case Spread.ALL_BUT:
            return not rules.channel_ids & place.ids


def check_open_to_grok(rules: PlaceRules, place: Place) -> None:
    """Requires a place where Grok may be used.

    Raises:
        NotHereError: It may not; the sentence lists the channels, if they are few.
    """
    if not open_to_grok(rules, place):
        raise NotHereError(worded_later(lambda: _not_here(rules)))


def may_start(rules: PlaceRules, role_ids: frozenset[int], *, moderator: bool = False) -> bool:
    """Whether somebody may begin conversations. Moderators always may: they could change the rule.

    Args:
        rules: The server's rules.
        role_ids: The person's roles.
        moderator: Whether the person is a moderator.
    """
    return moderator or not rules.starter_role_ids or bool(rules.starter_role_ids & role_ids)


def may_answer(rules: PlaceRules, role_ids: frozenset[int], *, moderator: bool = False) -> bool:
    """Whether somebody may write in conversations that others began.

    Args:
        rules: The server's rules.
        role_ids: The person's roles.
        moderator: Whether the person is a moderator.
    """
    if may_start(rules, role_ids, moderator=moderator) and rules.starter_role_ids:
        return True
    return moderator or not rules.answerer_role_ids or bool(rules.answerer_role_ids & role_ids)


def check(rules: PlaceRules, place: Place, role_ids: frozenset[int], *, begins: bool, moderator: bool = False) -> None:
    """Accepts a message or raises the reason.

    Args:
        rules: Of the server.
        place: Where it was written.
        role_ids: The writer's.
        begins: Whether it would begin a conversation; else it continues one.
        moderator: Whether the writer may moderate. The list of channels holds for moderators, too.

    Raises:
        NotHereError: Not in this channel; the sentence lists the channels, if they are few.
        NotYoursError: Not with these roles.
    """
    check_open_to_grok(rules, place)
    if begins and not may_start(rules, role_ids, moderator=moderator):
        only = _STARTS_OR_JOINS if may_answer(rules, role_ids) else _STARTS
        raise NotYoursError(worded_later(lambda: only.format(who=_roles(rules.starter_role_ids))))
    if not begins and not may_answer(rules, role_ids, moderator=moderator):
        both = rules.starter_role_ids | rules.answerer_role_ids
        raise NotYoursError(worded_later(lambda: _JOINS.format(who=_roles(both))))


def _not_here(rules: PlaceRules) -> str:
    named = sorted(rules.channel_ids)
    if rules.spread is Spread.ONLY and 0 < len(named) <= MOST_NAMED:
        return _ELSEWHERE.format(channels=_listed([f"<#{i}>" for i in named]))
    return str(_NOT_HERE)


def _roles(role_ids: frozenset[int]) -> str:
    if len(role_ids) > MOST_NAMED:
        return str(_CERTAIN_ROLES)
    return _WITH_ROLE.format(roles=_listed([f"<@&{i}>" for i in sorted(role_ids)]))


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else _OR.format(these=", ".join(words[:-1]), last=words[-1])
