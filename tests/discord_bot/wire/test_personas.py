"""The form of /mod persona between the loopback servers, whose Discord is strict about what answers a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .test_commands import shown, told
from .test_moderation import moderator

if TYPE_CHECKING:
    from .play import Play


async def test_a_form_that_was_opened_before_a_restart_is_kept_after_it(play: Play) -> None:
    mia, _ = moderator(play)
    form = await mia.slash(play.general, "mod persona add", name="pirate")
    await play.restart()
    assert "added" in (await told(play, await mia.submit(form, {"text": "Say arr.", "about": "of the sea"}))).content
    form = await mia.slash(play.general, "mod persona edit", name="pirate")
    assert "edited" in (await told(play, await mia.submit(form, {"text": "Say arr twice."}))).content
    listed = await told(play, await mia.slash(play.general, "mod persona list"))
    assert "**pirate**\nof the sea" in shown(listed)
