"""Reads responses: one, a path from root to leaf, or a conversation's whole forest; and what stands for long paths.

If the operator stores no texts, a `TextSource` restores dropped ones. Not here: how turns write responses
(`turns`), dropping texts (`privacy.drop_text`), making compactions (`engine.prompts.compaction`).
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import bindparam, delete, func, insert, literal, or_, select

from grokbot.conversation.history import are_elsewhere
from grokbot.conversation.records.compaction import Compaction
from grokbot.conversation.response import Sender, State
from grokbot.store.conversations.attachments import with_all
from grokbot.store.database import batches, rows_of
from grokbot.store.errors import NotStoredError
from grokbot.store.tables.conversations import compactions, conversations, responses
from grokbot.store.tables.rows import forest_of, response_of_row, storable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy import CTE, Connection

    from grokbot.conversation.response import MessageRef, Response
    from grokbot.store.conversations.message_places import Messages
    from grokbot.store.database import Database


class TextSource(Protocol):
    """Reads texts that the database no longer stores."""

    async def filled(
        self, responses: Sequence[Response], messages_of: Callable[[str], Awaitable[Sequence[MessageRef]]]
    ) -> tuple[Response, ...]:
        """The same responses with their texts. `messages_of` finds the Discord messages of a response by its id."""
        ...


_SOME = select(responses).where(responses.c.id.in_(bindparam("some", expanding=True)))
_FOREST = select(responses).where(
    responses.c.conversation_id == bindparam("this"),
    or_(responses.c.sender == Sender.MODEL.value, responses.c.state == State.DONE.value),
)


def _up_from_leaf() -> CTE:
    """The ids from the leaf up to its root, with the distance from the leaf. A branch's root has a parent elsewhere."""
    begins_at = select(conversations.c.branched_from).where(conversations.c.id == responses.c.conversation_id)
    below = func.coalesce(responses.c.parent_id, begins_at.scalar_subquery()).label("below")
    up = select(responses.c.id, below, literal(0).label("above")).where(responses.c.id == bindparam("leaf"))
    chain = up.cte("up", recursive=True)
    return chain.union_all(
        select(responses.c.id, below, chain.c.above + 1).join(chain, responses.c.id == chain.c.below)
    )


_UP = _up_from_leaf()
_PATH = select(responses).join(_UP, responses.c.id == _UP.c.id).order_by(_UP.c.above.desc())

_COMPACTIONS_OF = select(compactions).where(compactions.c.conversation_id.in_(bindparam("those", expanding=True)))
_HAS = select(responses.c.id).where(responses.c.id == bindparam("this"))
_DROP = delete(compactions).where(
    compactions.c.response_id == bindparam("this"), compactions.c.model == bindparam("by")
)


class Responses:
    """Responses, with their texts."""

    def __init__(self, database: Database, messages: Messages, text_source: TextSource | None) -> None:
        self._database = database
        self._messages = messages
        self._text_source = text_source

    async def get(self, response_id: str) -> Response | None:
        """The response with this id, also one of a waiting human."""
        return next(iter(await self.some([response_id])), None)

    async def some(self, response_ids: Sequence[str]) -> tuple[Response, ...]:
        """The responses with these ids, in their order; unknown ids are skipped."""

        def some_responses(connection: Connection) -> dict[str, Response]:
            rows = [row for some in batches(response_ids) for row in rows_of(connection, _SOME, {"some": some})]
            found = with_all(connection, [response_of_row(row) for row in rows])
            return {each.id: each for each in found}

        found = await self._database.read(some_responses)
        return await self._filled([found[i] for i in dict.fromkeys(response_ids) if i in found])

    async def path(self, leaf_id: str | None) -> tuple[Response, ...]:
        """The path from root to leaf, across the conversations that a branch comes from. Empty for None.

        An empty branch has no leaf yet: its path is the one up to `branched_from`.

        Raises:
            NotStoredError: If there is no such response.
        """
        return await self._filled(await self.path_as_stored(leaf_id))

    async def path_as_stored(self, leaf_id: str | None) -> tuple[Response, ...]:
        """As `path`, without fetching texts stored elsewhere."""
        return (await self.path_to_show(leaf_id))[0]

    async def path_to_show(self, leaf_id: str | None) -> tuple[tuple[Response, ...], tuple[Compaction, ...]]:
        """As `path_as_stored`, with the compactions of its conversations."""
        if leaf_id is None:
            return (), ()

        def path(connection: Connection) -> tuple[tuple[Response, ...], tuple[Compaction, ...]]:
            # on the reader's thread: there may be thousands
            found = [response_of_row(row) for row in rows_of(connection, _PATH, {"leaf": leaf_id})]
            those = {"those": sorted({response.conversation_id for response in found})}
            compacted = [Compaction(**row) for row in rows_of(connection, _COMPACTIONS_OF, those)]
            return with_all(connection, found), tuple(compacted)

        found = await self._database.read(path)
        if not found[0]:
            raise NotStoredError("no such response")
        return found

    async def forest(self, conversation_id: str) -> tuple[Response, ...]:
        """All responses of a conversation except humans' that still wait for their turn. Empty for an unknown id."""

        def forest(connection: Connection) -> tuple[Response, ...]:  # on the reader's thread: there may be thousands
            found = forest_of(response_of_row(row) for row in rows_of(connection, _FOREST, {"this": conversation_id}))
            return with_all(connection, found)

        return await self._filled(await self._database.read(forest))

    async def _filled(self, found: Sequence[Response]) -> tuple[Response, ...]:
        if self._text_source is None or not are_elsewhere(found):
            return tuple(found)
        return await self._text_source.filled(found, self._messages.of)


class CompactionRows:
    """Compactions: keeping and dropping one; `Responses.path_to_show` reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, compaction: Compaction) -> None:
        """Keep one, in place of an earlier one of the same answer and model; not if the answer is gone."""
        row = {field.name: getattr(compaction, field.name) for field in fields(compaction)}

        def add(connection: Connection) -> None:
            if connection.execute(_HAS, {"this": compaction.response_id}).first() is None:
                return
            connection.execute(_DROP, {"this": compaction.response_id, "by": compaction.model})
            connection.execute(insert(compactions), {**row, "content": storable(compaction.content)})

        await self._database.write(add)

    async def drop(self, compacted: Sequence[Compaction]) -> None:
        """Forget some that xAI can no longer open."""

        def drop(connection: Connection) -> None:
            for each in compacted:
                connection.execute(_DROP, {"this": each.response_id, "by": each.model})

        await self._database.write(drop)
