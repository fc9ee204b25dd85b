"""Lists of conversations, with search; usage and participants of one conversation.

A search reads only the person's own conversations, so its cost grows with those alone.
Not here: permissions (`engine`), how it is displayed (`discord_bot`).
"""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import BigInteger, Text, and_, bindparam, distinct, exists, false, func, or_, select, union, union_all

from grokbot.conversation.history import ELSEWHERE
from grokbot.conversation.parts import AttachmentKind
from grokbot.conversation.records import FIRST_WORDS, Info, ListedConversation, Page
from grokbot.conversation.response import Sender
from grokbot.store.conversations.stars_and_shares import STARRED
from grokbot.store.conversations.variants import SHOWABLE
from grokbot.store.database import batches, rows_of
from grokbot.store.tables.conversations import (
    attachments,
    background,
    conversations,
    former_messages,
    guests,
    responses,
    shares,
    stars,
)
from grokbot.store.tables.dialect_sql import Holds
from grokbot.store.tables.rows import SUMMED, conversation_of_row, storable, usage_of_sums

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, CompoundSelect, Connection, ScalarSelect, Select

    from grokbot.store.database import Database
    from grokbot.store.tables.rows import Row

Found: TypeAlias = "Select[str, datetime]"

SEARCH = 100
"""Characters of a search term that are used."""

_MIXED = 16
"""The most spellings tried per search: four words that start with a non-ASCII letter."""

_USER, _THIS = bindparam("user", type_=BigInteger()), bindparam("this", type_=Text())


_FOUND = select(conversations.c.id, conversations.c.modified_at)
_EVERY = _FOUND
_OWN = _FOUND.where(conversations.c.owner_id == _USER)
_AS_GUEST = _FOUND.join(guests, guests.c.conversation_id == conversations.c.id).where(guests.c.user_id == _USER)
_OF_STARS = _FOUND.join(stars, stars.c.conversation_id == conversations.c.id).where(stars.c.user_id == _USER)

_ITS_RESPONSES = select(func.count()).where(responses.c.conversation_id == conversations.c.id)
_FIRST_SAID = (
    select(func.substr(responses.c.message, 1, 4 * FIRST_WORDS))
    .where(
        responses.c.conversation_id == conversations.c.id,
        responses.c.sender == Sender.HUMAN.value,
        responses.c.erased == false(),
        responses.c.message != ELSEWHERE,
        responses.c.id.not_in(select(former_messages.c.response_id)),  # the wording before an edit is out of date
    )
    .order_by(responses.c.id)
    .limit(1)
)
_LINES = select(
    conversations,
    STARRED.label("starred"),
    _ITS_RESPONSES.scalar_subquery().label("responses"),
    _FIRST_SAID.scalar_subquery().label("first_said"),
).where(conversations.c.id.in_(bindparam("these", expanding=True)))

_IS_ONE_OF_THEM = or_(
    conversations.c.owner_id == _USER,
    exists().where(guests.c.user_id == _USER, guests.c.conversation_id == conversations.c.id),
)
_IN_NO_SERVER = or_(conversations.c.guild_id.is_(None), conversations.c.channel_id.is_(None))
_TAKES_PART = select(conversations.c.id).where(conversations.c.id == _THIS, _IS_ONE_OF_THEM)

_mine = union(_OWN, _AS_GUEST, _OF_STARS).subquery()
_PLACES = (
    select(conversations.c.guild_id, conversations.c.channel_id)
    .join(_mine, _mine.c.id == conversations.c.id)
    .where(conversations.c.guild_id.is_not(None), conversations.c.channel_id.is_not(None))
    .group_by(conversations.c.guild_id, conversations.c.channel_id)
    .order_by(func.max(conversations.c.modified_at).desc())
)

_branch, _branched = conversations.alias("branch"), responses.alias("branched")
_BRANCHES = (
    select(func.count())
    .select_from(_branched)
    .join(_branch, _branch.c.branched_from == _branched.c.id)
    .where(_branched.c.conversation_id == conversations.c.id)
)
_SHARES = select(func.count()).where(shares.c.conversation_id == conversations.c.id, shares.c.revoked_at.is_(None))
_leaf = responses.alias("leaf")
_VARIANTS = select(func.count()).where(
    responses.c.conversation_id == conversations.c.id,
    or_(
        responses.c.parent_id == _leaf.c.parent_id,
        and_(responses.c.parent_id.is_(None), _leaf.c.parent_id.is_(None)),
    ),
    _leaf.c.sender == Sender.MODEL.value,
    SHOWABLE,
)
_holder = responses.alias("holder")


def _attached(kind: AttachmentKind) -> ScalarSelect[int]:
    """How many attachments of a kind a conversation has."""
    holds = attachments.join(_holder, _holder.c.id == attachments.c.response_id)
    its = and_(_holder.c.conversation_id == conversations.c.id, attachments.c.kind == kind.value)
    return select(func.count()).select_from(holds).where(its).scalar_subquery()


_BACKGROUND = (
    select(func.count())
    .select_from(background.join(_holder, _holder.c.id == background.c.response_id))
    .where(_holder.c.conversation_id == conversations.c.id)
)
_ABOUT = (
    select(
        conversations,
        STARRED.label("starred"),
        _BRANCHES.scalar_subquery().label("branches"),
        _SHARES.scalar_subquery().label("shares"),
        _VARIANTS.scalar_subquery().label("variants"),
        _attached(AttachmentKind.PICTURE).label("pictures"),
        _attached(AttachmentKind.FILE).label("files"),
        _BACKGROUND.scalar_subquery().label("background"),
        _leaf.c.stored_until.label("kept_until"),
    )
    .outerjoin(_leaf, and_(_leaf.c.id == conversations.c.leaf_id, _leaf.c.conversation_id == conversations.c.id))
    .where(conversations.c.id == _THIS)
)
_TAKEN = select(
    func.count().label("responses"),
    func.count(distinct(responses.c.author_id)).label("people"),
    *(func.coalesce(func.sum(responses.c[name]), 0).label(name) for name in SUMMED),
    func.sum(responses.c.cost_ticks).label("cost_ticks"),
    func.sum(responses.c.finished_at - responses.c.created_at, type_=BigInteger)
    .filter(responses.c.sender == Sender.MODEL.value)
    .label("microseconds"),
).where(responses.c.conversation_id == _THIS)
_TAKES_PART_IN = union(
    select(conversations.c.id).where(conversations.c.owner_id == _USER),
    select(guests.c.conversation_id).where(guests.c.user_id == _USER),
)
_IN_CHANNEL = select(conversations.c.id).where(conversations.c.channel_id == bindparam("channel"))
_IN_GUILD = select(conversations.c.id).where(conversations.c.guild_id == bindparam("guild"))
_GUILDS = select(conversations.c.guild_id).where(conversations.c.guild_id.is_not(None)).distinct()


class Listing:
    """Lists of conversations: a person's, a channel's, a server's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def takes_part(self, user_id: int, conversation_id: str) -> bool:
        """Whether a person owns a conversation or has written in it."""
        return bool(await self._database.rows(_TAKES_PART, {"user": user_id, "this": conversation_id}))

    async def page(
        self,
        user_id: int,
        *,
        everybodys: bool = False,
        only_own: bool = False,
        search: str = "",
        starred: bool = False,
        offset: int = 0,
        limit: int = 10,
        seen: Collection[int] | None = None,
    ) -> Page:
        """Conversations that a person owns or has written in, most recently changed first.

        Args:
            user_id: The person's Discord id.
            everybodys: List all conversations, and search everything said. Stars are still this person's own.
            search: Text in the title or in any message, ignoring case; its first SEARCH characters are used.
                Where the person only looked on, it searches the title alone: they may have lost access since, and
                a match would reveal what is said there.
            starred: Only those that this person starred here, also where they only looked on.
            only_own: Leave out starred ones in which the person only looked on.
            offset: How many to skip, 0 or more.
            limit: How many at most.
            seen: Among those in a server, only those in these channels and threads; None: all.
        """
        spellings = _spellings(storable(search[:SEARCH]).strip())
        parts = _parts(spellings, everybodys=everybodys, starred=starred)
        if only_own and starred and not everybodys:
            parts = [part.where(_IS_ONE_OF_THEM) for part in parts]
        if seen is not None:
            parts = [part.where(or_(_IN_NO_SERVER, conversations.c.channel_id.in_(seen))) for part in parts]
        page, user = _changed_last_first(parts), {"user": user_id}

        def listed(connection: Connection) -> Page:
            if search:  # each text is read once, for both the page and the count
                ids = connection.execute(page, user).scalars().all()
                shown, total = ids[offset : offset + limit], len(ids)
            else:
                shown = connection.execute(page.offset(offset).limit(limit), user).scalars().all()
                total = sum(connection.execute(_count(part), user).scalar_one() for part in parts)
            rows = [row for some in batches(shown) for row in rows_of(connection, _LINES, {**user, "these": some})]
            lines = {row["id"]: row for row in rows}
            return Page(tuple(_entry(lines[each]) for each in shown), total)

        return await self._database.read(listed)

    async def of_person(self, user_id: int) -> tuple[str, ...]:
        """Ids of the conversations that a person owns or has written in, oldest first."""
        return tuple(
            sorted(row["id"] for row in await self._database.rows(select(_TAKES_PART_IN.subquery()), {"user": user_id}))
        )

    async def in_channel(self, channel_id: int) -> tuple[str, ...]:
        """Ids of the conversations that are, or were, held in a channel."""
        return tuple(row["id"] for row in await self._database.rows(_IN_CHANNEL, {"channel": channel_id}))

    async def in_guild(self, guild_id: int) -> tuple[str, ...]:
        """Ids of the conversations of a server."""
        return tuple(row["id"] for row in await self._database.rows(_IN_GUILD, {"guild": guild_id}))

    async def guilds(self) -> frozenset[int]:
        """Servers that have conversations."""
        return frozenset(row["guild_id"] for row in await self._database.rows(_GUILDS))

    async def places_of(self, user_id: int) -> tuple[tuple[int, int], ...]:
        """Servers and channels or threads where a person has (or starred) conversations; most recently used first."""
        rows = await self._database.rows(_PLACES, {"user": user_id})
        return tuple((row["guild_id"], row["channel_id"]) for row in rows)

    async def count(self) -> int:
        """The number of conversations of all users."""
        return await self._database.read(lambda connection: connection.execute(_count(_EVERY)).scalar_one())

    async def info(self, conversation_id: str, user_id: int) -> Info | None:
        """A conversation's details and usage, as this person sees it. None if there is none."""
        this = {"this": conversation_id, "user": user_id}

        def info(connection: Connection) -> Info | None:
            about = rows_of(connection, _ABOUT, this)
            (taken,) = rows_of(connection, _TAKEN, this)
            return _info(about[0], taken) if about else None

        return await self._database.read(info)


def _parts(spellings: Sequence[str], *, everybodys: bool, starred: bool) -> list[Found]:
    if everybodys:
        return [_with(_OF_STARS if starred else _EVERY, spellings)]
    return [_starred_with(spellings)] if starred else [_with(part, spellings) for part in (_OWN, _AS_GUEST)]


def _with(part: Found, spellings: Sequence[str]) -> Found:
    """Those of these conversations that contain one of the spellings; all if there are no spellings."""
    return part.where(or_(_holds(conversations.c.title, spellings), _said(spellings))) if spellings else part


def _starred_with(spellings: Sequence[str]) -> Found:
    """The same for starred ones; those in which the person only looked on are matched by title alone."""
    if not spellings:
        return _OF_STARS
    return _OF_STARS.where(or_(_holds(conversations.c.title, spellings), and_(_IS_ONE_OF_THEM, _said(spellings))))


def _said(spellings: Sequence[str]) -> ColumnElement[bool]:
    return exists().where(responses.c.conversation_id == conversations.c.id, _holds(responses.c.message, spellings))


def _changed_last_first(parts: Sequence[Found]) -> CompoundSelect[str, datetime]:
    """The parts as one list; they do not overlap. Each is read in this order where an index has it."""
    together = union_all(*parts)
    columns = together.selected_columns
    return together.order_by(columns.modified_at.desc(), columns.id.desc())


def _count(part: Found) -> Select[int]:
    return select(func.count()).select_from(part.subquery())


def _spellings(search: str) -> list[str]:
    """Case variants of a search, for a database that ignores case in ASCII only.

    As typed, all in capitals, and each word with a lower-case or upper-case first letter.
    """
    if search.isascii():
        return [search] if search else []
    words = [
        {word, word[:1].upper() + word[1:]} if not word[:1].isascii() else {word} for word in search.lower().split()
    ]
    mixed = (" ".join(each) for each in islice(product(*map(sorted, words)), _MIXED))
    return list(dict.fromkeys([search, search.upper(), *mixed]))


def _holds(column: ColumnElement[str], spellings: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(Holds(column, spelling) for spelling in spellings))


def _entry(row: Row) -> ListedConversation:
    fields = dict(row)
    starred, responses_, first_said = fields.pop("starred"), fields.pop("responses"), fields.pop("first_said")
    return ListedConversation(
        conversation=conversation_of_row(fields),
        starred=bool(starred),
        responses=responses_,
        first_words=" ".join((first_said or "").split())[:FIRST_WORDS],
    )


_TOLD = ("starred", "branches", "shares", "variants", "kept_until", "pictures", "files", "background")


def _info(about: Row, taken: Row) -> Info:
    fields = dict(about)
    told = {name: fields.pop(name) for name in _TOLD}
    return Info(
        conversation=conversation_of_row(fields),
        responses=taken["responses"],
        people=taken["people"],
        tokens=usage_of_sums(taken),
        seconds=int(taken["microseconds"] or 0) / 10**6,
        **{**told, "starred": bool(told["starred"])},
    )
