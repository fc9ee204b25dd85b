"""The row of buttons under what a command says.

Not here: the buttons (beside the command that they belong to).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

if TYPE_CHECKING:
    from collections.abc import Sequence


def row_of(buttons: Sequence[discord.ui.Item[Any]]) -> discord.ui.View:
    """The buttons to be sent along. Their state is in their ids, so that nothing is kept of them here.

    discord.py would keep a view under a private message for 15 minutes, with a task that waits for it to end; one that
    is stopped is sent all the same.
    """
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    view.stop()
    return view
