"""`python -m tests.faults KIND --count N --seed S`: the long form. Ends with 1 where any figure is not zero."""

from __future__ import annotations

import asyncio
import sys
import time
from secrets import randbelow
from typing import TYPE_CHECKING

import click

from .ground import Wishes, ground, workplace
from .soak import HEAD, soak
from .weather import KINDS

if TYPE_CHECKING:
    from .count import Count
    from .weather import Kind


ROOMY = 512 * 1024 * 1024
"""Bytes of a disk that a soak does not fill."""


@click.command()
@click.argument("kind", type=click.Choice([*KINDS, "all", "soak"]))
@click.option("--minutes", default=30.0, type=click.FloatRange(min=0.1), help="How long a soak takes.")
@click.option("--count", default=10, type=click.IntRange(min=1), help="How many faults of each kind.")
@click.option("--seed", type=int, help="Of the first round; each further round has the next. Drawn, if left out.")
@click.option("--members", default=5, type=click.IntRange(min=1), help="How many people talk.")
def main(kind: str, minutes: float, count: int, seed: int | None, members: int) -> None:
    """Let a crowd talk to the daemon while things go wrong, and count what is lost, doubled, hanging or mismatched.

    A soak lets it talk for a long time while nothing goes wrong, and shows whether memory, descriptors, threads, tasks
    or files grow.
    """
    first = randbelow(1_000_000) if seed is None else seed
    if kind == "soak":
        sys.exit(asyncio.run(_soak(minutes * 60.0, first, members)))
    wrong = 0
    for name in KINDS if kind == "all" else [kind]:
        wrong += asyncio.run(_rounds(name, KINDS[name], count, first, members))
    sys.exit(1 if wrong else 0)


async def _rounds(name: str, kind: Kind, count: int, seed: int, members: int) -> int:
    """How many rounds went wrong."""
    wrong = 0
    while count > 0:
        faults = min(count, kind.rounds_of)
        wrong += await _round(name, kind, faults, seed, members)
        count, seed = count - faults, seed + 1
    return wrong


async def _round(name: str, kind: Kind, faults: int, seed: int, members: int) -> bool:
    began = time.monotonic()
    click.echo(f"{name} --count {faults} --seed {seed}: ", nl=False)
    async with workplace() as folder:
        async with ground(f"{name} {seed}", kind.wishes(seed, members), folder) as here:
            here.excuse = kind.excuse
            await kind.cause(here, faults)
            count = await here.judged()
            figures = {"asked": len(here.books.asked), "starts": here.daemon.starts, **count.figures()}
            figures |= {"ended by itself": len(here.daemon.ends), "slow ends": here.daemon.slow}
            figures |= {"bitten": here.daemon.bitten}
            click.echo(", ".join(f"{word} {number}" for word, number in figures.items()), nl=False)
            click.echo(f" ({time.monotonic() - began:.0f} s)")
            wrong = _told(count) or kind.ended_wrongly(here.daemon)
            if wrong:
                (folder / "shown").write_text("\n".join(here.books.places()), encoding="utf-8")
        if wrong:
            kept = folder.rename(f"{folder}-{name}-{seed}")
            folder.mkdir()
            click.echo(f"  the daemon's log and database: {kept}")
    return wrong


async def _soak(seconds: float, seed: int, members: int) -> bool:
    """Whether anything grew, or went wrong."""
    click.echo(f"soak --minutes {seconds / 60:g} --seed {seed}")
    async with workplace() as folder:
        wishes = Wishes(members=members, disk=ROOMY)
        async with ground(f"soak {seed}", wishes, folder) as here:
            found = await soak(here, seconds)
            wrong = _told(await here.judged()) or bool(here.daemon.ends)
        for line in (HEAD, *map(str, found)):
            click.echo(line)
        click.echo(f"{len(here.books.asked)} questions")
        wrong |= any(trend.leaks for trend in found)
        if wrong:
            click.echo(f"  the daemon's log and database: {folder.rename(f'{folder}-soak-{seed}')}")
            folder.mkdir()
    return wrong


def _told(count: Count) -> bool:
    for sentence in count.sentences():
        click.echo(f"  {sentence}")
    return bool(count)


if __name__ == "__main__":
    main()
