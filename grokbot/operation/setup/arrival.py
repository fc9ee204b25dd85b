"""Waiting until the bot hears messages and is in a server, while a person clicks what that takes.

Not here: asking Discord (`trials`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.operation.setup.answers import plain
from grokbot.operation.setup.errors import SetupFailedError, TrialError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.discord_bot.bot import Application
    from grokbot.operation.setup.dialogue import Dialogue

PORTAL = "https://discord.com/developers/applications"
LOOK_SECONDS = 3.0
"""How often Discord is asked."""

SERVERS_NAMED = 10


class Arrival:
    """The wait.

    Args:
        dialogue: Shows what to click.
        look: Asks Discord how it is now.
    """

    def __init__(self, dialogue: Dialogue, look: Callable[[], Application]) -> None:
        self._dialogue = dialogue
        self._look = look

    def awaited(self, application: Application) -> Application:
        """How it is in the end, which may be as it was: Enter goes on without.

        Raises:
            SetupFailedError: The token is no longer accepted.
        """
        self._dialogue.step("2. The bot in your server")
        self._say_intent(application)
        if not application.servers:
            self._dialogue.verdict(None, "It is in no server yet. Open this address and choose yours:")
            self._dialogue.say(application.invitation)
        if self._dialogue.asks and not _done(application):
            self._dialogue.say("Looking every three seconds until that is done. Enter goes on without it.")
            while not _done(application) and not self._dialogue.entered(LOOK_SECONDS):
                now = self._looked(application)
                if now.message_content and not application.message_content:
                    self._say_intent(now)
                application = now
        for name in list(application.servers)[:SERVERS_NAMED]:
            self._dialogue.verdict(True, f"It is in the server {plain(name)}.")
        return application

    def _looked(self, before: Application) -> Application:
        try:
            return self._look()
        except TrialError as error:
            if error.refused:
                raise SetupFailedError(str(error), 78) from None
            return before

    def _say_intent(self, application: Application) -> None:
        if application.message_content:
            self._dialogue.verdict(True, "Message Content Intent is on: people can write on without a mention.")
            return
        self._dialogue.verdict(
            None,
            "Message Content Intent is off: people must mention the bot in each message. Open the address below, "
            "switch on Message Content Intent under Privileged Gateway Intents, and press Save Changes.",
        )
        self._dialogue.say(f"{PORTAL}/{application.id}/bot")


def _done(application: Application) -> bool:
    return application.message_content and bool(application.servers)
