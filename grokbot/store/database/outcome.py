"""What an outcome of a transaction means: the error to raise, and what it shows about the database.

Not here: the errors' texts (`store.errors`), finding the cause of a library's exception (`store.dialect`).
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from grokbot.process import metrics
from grokbot.process.health import MIGRATING
from grokbot.store import dialect
from grokbot.store.errors import MENDED_BY_START, REFUSALS, SENTENCES, error_at_start, error_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from grokbot.process.health import Pulse

log = logging.getLogger(__name__)


def work_name(work: Callable[..., Any]) -> str:
    """A name for the log: `Turns.begin` for a function defined in that method."""
    return str(getattr(work, "__qualname__", "work")).partition(".<locals>")[0]


@contextmanager
def translated_at_start() -> Iterator[None]:
    """Raises the database's failures as what an operator can act on."""
    try:
        yield
    except (SQLAlchemyError, dialect.DRIVERS_ERROR) as error:
        cause = dialect.cause_of(error)
        # No traceback: the exception's text is for the operator, the code for readers of the log.
        log.error("store.not_opened cause=%s code=%s", cause.name.lower(), dialect.code_of(error))  # noqa: TRY400 -- see above
        raise error_at_start(cause) from error


def translated(error: Exception, work: Callable[..., Any]) -> Exception:
    """The error to raise for a library's error; the Store's own errors stay."""
    if not isinstance(error, SQLAlchemyError | dialect.DRIVERS_ERROR):
        return error
    cause = dialect.cause_of(error)
    metrics.DATABASE_ERRORS.inc()
    # No traceback: the handler of the exception decides about that.
    log.error(
        "store.trouble work=%s cause=%s code=%s",
        work_name(work),
        cause.name.lower(),
        dialect.code_of(error),
    )
    told = error_of(cause)
    told.__cause__ = error
    return told


def note(pulse: Pulse, errors: Sequence[Exception | None]) -> None:
    """Notes what one transaction shows: one piece of work that was done is enough, and so is one that broke a rule."""
    causes = [
        dialect.cause_of(error) if isinstance(error, SQLAlchemyError | dialect.DRIVERS_ERROR) else None
        for error in errors
    ]
    troubles = [cause for cause in causes if cause is not None and cause not in REFUSALS]
    if len(troubles) < len(causes):
        pulse.answered()
    else:
        pulse.failed(SENTENCES[troubles[0]], passing=troubles[0] in MENDED_BY_START)


def say_migrating(pulse: Pulse, before: Callable[[str, str], None] | None, revision: str, head: str) -> None:
    """Says that a migration begins, which takes a while and comes after a backup.

    Args:
        pulse: Of the opening.
        before: Makes the backup; None: there is none to make.
        revision: Of the tables as they are.
        head: What they become.
    """
    pulse.failed(MIGRATING, passing=False)
    if before is not None:
        before(revision, head)
