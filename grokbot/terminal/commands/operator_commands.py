"""Parses operator commands: `grokbot status`, `models`, `usage`, `keys`, `pause`, `answers`, `catch-up` and others.

Imports only click. Not here: the commands run, check and sandbox (`cli`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from grokbot.terminal.commands.options import JSON, DiscordIdOption, MomentOption, ask, reaching

if TYPE_CHECKING:
    from datetime import datetime

BY = ("day", "person", "channel", "model", "conversation")
VARIABLE = "_GROKBOT_COMPLETE"
"""The variable with which click's scripts request completions."""


@click.command()
@reaching
@JSON
def status(target: str | None, key: str | None, as_json: bool) -> None:
    """Show how the daemon is, what it does, and who you are to it.

    Each part that it stands on has a line: since when it is well, or what is wrong and what the daemon does about it.
    The exit code is 1 if something is wrong, and 69 if no daemon answers; then it says why, as far as it can see.
    """
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.status(c, as_json=as_json))


@click.command()
@reaching
@JSON
def models(target: str | None, key: str | None, as_json: bool) -> None:
    """List the models that may be chosen, with their prices.

    The first one is the daemon's own.
    """
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.models(c, as_json=as_json))


@click.command()
@reaching
@click.option(
    "--by",
    type=click.Choice(BY),
    metavar="WHAT",
    default="day",
    show_default=True,
    help=f"What a row stands for: {', '.join(BY)}.",
)
@click.option("--since", type=MomentOption(), metavar="TIME", help="From then on. Examples: 2026-11-01, yesterday, 7d.")
@click.option("--until", type=MomentOption(), metavar="TIME", help="Until then, exclusive.")
@JSON
def usage(
    target: str | None, key: str | None, by: str, since: datetime | None, until: datetime | None, as_json: bool
) -> None:
    """Show what was used: tokens, searches, dollars.

    Days are in UTC.
    """
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.usage(c, by=by, since=since, until=until, as_json=as_json))


@click.group()
def keys() -> None:
    """Make, list and revoke keys to the daemon's API."""


@keys.command(name="list")
@reaching
@JSON
def list_keys(target: str | None, key: str | None, as_json: bool) -> None:
    """List all keys, revoked ones too."""
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.list_keys(c, as_json=as_json))


@keys.command()
@reaching
@click.option("--owner", type=DiscordIdOption(), required=True, metavar="ID", help="The owner's Discord id.")
@click.option("--name", required=True, metavar="NAME", help="The owner's name in conversations.")
@click.option("--everything", is_flag=True, help="Give access to all conversations and to the operator's commands.")
@JSON
def make(target: str | None, key: str | None, owner: int, name: str, everything: bool, as_json: bool) -> None:
    """Make a key and print it. It is shown only once."""
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.make_key(c, owner=owner, name=name, everything=everything, as_json=as_json))


@keys.command()
@reaching
@click.argument("id_", metavar="ID", help="The key's id, as `grokbot keys list` shows it.")
@JSON
def revoke(target: str | None, key: str | None, id_: str, as_json: bool) -> None:
    """Revoke a key."""
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.revoke_key(c, id_, as_json=as_json))


@click.command()
@reaching
@click.argument("reason", nargs=-1, help="Why. People who write to the bot see it.")
@JSON
def pause(target: str | None, key: str | None, reason: tuple[str, ...], as_json: bool) -> None:
    """Stop answering everywhere, also after a restart.

    `grokbot unpause` ends it.
    """
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.pause(c, " ".join(reason), as_json=as_json))


@click.command()
@reaching
@JSON
def unpause(target: str | None, key: str | None, as_json: bool) -> None:
    """Answer again, first what has waited."""
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.unpause(c, as_json=as_json))


@click.group()
def answers() -> None:
    """See to answers that are stuck."""


@answers.command(name="list")
@reaching
@JSON
def list_stuck(target: str | None, key: str | None, as_json: bool) -> None:
    """List what is stuck, and why.

    That is what waits too long, makes no progress, or does not stand in Discord.
    """
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.list_stuck(c, as_json=as_json))


@answers.command()
@reaching
@click.argument("id_", metavar="ID", help="The answer's id, as `grokbot answers list` shows it.")
@JSON
def show_again(target: str | None, key: str | None, id_: str, as_json: bool) -> None:
    """Show an answer in Discord again.

    Only messages that are missing there are sent; nothing stands there twice.
    """
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.show_again(c, id_, as_json=as_json))


@answers.command()
@reaching
@click.argument("id_", metavar="ID", help="The answer's id, as `grokbot answers list` shows it.")
@JSON
def abandon(target: str | None, key: str | None, id_: str, as_json: bool) -> None:
    """Give an answer up.

    One that is being written ends with the text it has. One that is not in Discord is not tried again; its text stays
    in the conversation. A question that waits is dropped, and who asked is told so.
    """
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.abandon(c, id_, as_json=as_json))


@click.command()
@reaching
@click.option(
    "--channel",
    type=DiscordIdOption(),
    metavar="ID",
    help="Look only there: a channel with its threads, a thread, or direct messages.",
)
@click.option(
    "--since", type=MomentOption(), metavar="TIME", help="From then on, at most 14 days ago. Default: 1d. Example: 2h."
)
@JSON
def catch_up(target: str | None, key: str | None, channel: int | None, since: datetime | None, as_json: bool) -> None:
    """Answer messages that nobody answered.

    The bot looks for them in Discord, as it does whenever it connects. No message is answered twice.
    """
    from grokbot.terminal.commands import operator as work  # noqa: PLC0415

    ask(target, key, lambda c: work.catch_up(c, channel, since, as_json=as_json))


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), help="Your shell.")
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script with which Tab completes commands and ids.

    \b
    bash: eval "$(grokbot completion bash)"            in ~/.bashrc
    zsh:  eval "$(grokbot completion zsh)"             in ~/.zshrc
    fish: grokbot completion fish > ~/.config/fish/completions/grokbot.fish
    """  # noqa: D301 - click's mark for lines that stay as they are
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"No completion exists for {shell}.")
    click.echo(made(ctx.find_root().command, {}, "grokbot", VARIABLE).source())
