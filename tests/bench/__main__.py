"""`python -m tests.bench NAME`: which measurements there are."""

from __future__ import annotations

import asyncio

import click

from tests.bench import api, chart, layout, library, share, start, store, stream
from tests.bench.figures import Wishes


@click.group()
def bench() -> None:
    """Measure grokbot against the sandbox, with Discord's limits switched on."""


@bench.command("start")
@click.option("--runs", default=5, help="Counted starts, after one that is not counted.")
def start_command(runs: int) -> None:
    """Time to ready, and memory at rest, of the daemon as a process of its own; commands, and a prompt."""
    asyncio.run(start.measure(runs))


@bench.command("layout")
def layout_command() -> None:
    """Work for each character of an answer, when it is cut and translated for Discord."""
    layout.measure()


@bench.command("store")
def store_command() -> None:
    """What each main call of the store takes, alone and in a crowd, beside a bare SQLite commit."""
    store.measure()


def _numbers(_context: click.Context, _parameter: click.Parameter, value: str) -> list[int]:
    numbers = [int(part) if part.strip().isdigit() else 0 for part in value.split(",")]
    if min(numbers) < 1:
        raise click.BadParameter("whole numbers from 1 on, with commas between")
    return numbers


@bench.command("library")
@click.option("--conversations", default="1000,10000,100000", callback=_numbers, help="How many; one run for each.")
@click.option("--calls", default=30, type=click.IntRange(min=2), help="Calls of each kind.")
def library_command(conversations: list[int], calls: int) -> None:
    """Lists, searches and long paths in large databases, and how they grow; needs 1.3 GB for the largest."""
    library.measure(conversations, calls)


@bench.command("share")
@click.option("--turns", default="50,100,200,400,800", callback=_numbers, help="Lengths of the paths.")
@click.option("--runs", default=10, type=click.IntRange(min=1), help="Counted shares of each length.")
def share_command(turns: list[int], runs: int) -> None:
    """From /share to the page in a reader's hands, and how it grows with the path."""
    share.measure(turns, runs)


@bench.command("api")
@click.option("--streams", default="1,100", callback=_numbers, help="How many answers at once.")
@click.option("--tokens", default=400, type=click.IntRange(min=2), help="Length of each answer.")
@click.option("--rounds", default=5, type=click.IntRange(min=1), help="Counted rounds of each client.")
def api_command(streams: list[int], tokens: int, rounds: int) -> None:
    """What API and SDK add to the time of a token, beside the xAI client alone."""
    api.measure(streams, tokens, rounds)


@bench.command("chart")
@click.option("--runs", default=5, type=click.IntRange(min=1), help="Counted drawings of each chart.")
def chart_command(runs: int) -> None:
    """A chart as a picture: in a process of its own, and where the library is loaded already."""
    chart.measure(runs)


@bench.command("stream")
@click.option("--streams", default="1,10,50,200", callback=_numbers, help="How many answers at once; one run for each.")
@click.option("--tokens", default=400, type=click.IntRange(min=2), help="Length of each answer.")
@click.option("--tps", default=60.0, type=click.FloatRange(min=0.1), help="Tokens a second of each answer.")
@click.option("--tokens-per-chunk", default=1, type=click.IntRange(min=1), help="Tokens that are sent together.")
@click.option(
    "--ramp", default=0.0, type=click.FloatRange(min=0), help="Seconds through which all ask; 0: all at once."
)
@click.option("--open", "open_threads", is_flag=True, help="Ask by a mention, so that a thread has to be opened first.")
@click.option("--windows", default="leaky", type=click.Choice(["leaky", "fixed"]), help="How Discord's buckets fill.")
@click.option("--latency", default=0.06, type=click.FloatRange(min=0), help="Seconds of each request to Discord.")
@click.option("--plain/--no-plain", "beside", default=True, help="Whether a plain bot does the same right after.")
@click.option("--json", "machine_readable", is_flag=True, help="Print JSON in place of tables.")
def stream_command(
    *,
    streams: list[int],
    tokens: int,
    tps: float,
    tokens_per_chunk: int,
    ramp: float,
    open_threads: bool,
    windows: str,
    latency: float,
    beside: bool,
    machine_readable: bool,
) -> None:
    """Freshness of answers while they stream, and what it costs, beside what Discord's buckets allow."""
    wishes = Wishes(
        tokens=tokens,
        tokens_per_second=tps,
        tokens_per_chunk=tokens_per_chunk,
        ramp=ramp,
        open_threads=open_threads,
        fixed_windows=windows == "fixed",
        latency=latency,
    )
    asyncio.run(stream.measure(streams, wishes, beside=beside, machine_readable=machine_readable))


bench()
