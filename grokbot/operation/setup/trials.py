"""Tries a token at Discord and a key at xAI, and says in a sentence what is wrong with one.

Slow to import: the wizard does it when there is something to try.
Not here: the dialogue (`wizard`), what a paste seems to be (`pasted`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ConfigurationError, GrokError, GrokFailure
from grokbot.discord_bot.bot import DiscordUnreachableError, inspect
from grokbot.operation.check import ADVICE, BLOCKED, REACH_DISCORD
from grokbot.operation.setup.errors import TrialError
from grokbot.xai.client import GrokClient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.discord_bot.bot import Application
    from grokbot.policy.budgets import ListedModel
    from grokbot.settings import Settings

UNKNOWN_BOT = (
    "Discord does not accept this token. It may have been reset since: press Reset Token under Bot once more, and copy "
    "the new one."
)
KEY_REFUSED = (
    "xAI does not accept this key. Copy it again or create another one under API Keys: it is shown whole only once. A "
    "management key from the settings is none."
)
NO_RIGHTS = (
    "This key may not ask for chats. Edit it in xAI's console under API Keys and give it access to the endpoints, at "
    "least to chat, models and auth."
)
MAY_CHAT = ("api-key:endpoint:*", "api-key:endpoint:chat")
ENDPOINT = "api-key:endpoint:"


@dataclass(frozen=True, slots=True)
class TriedKey:
    """A key that works. `models` by name and alias; empty if the key may not list them."""

    name: str = ""
    models: Mapping[str, ListedModel] = field(default_factory=dict)


async def try_token(settings: Settings) -> Application:
    """Logs in to Discord and out again.

    Raises:
        TrialError: Discord does not accept the token, or does not answer.
    """
    try:
        return await inspect(settings)
    except ConfigurationError:
        raise TrialError(UNKNOWN_BOT, refused=True) from None
    except DiscordUnreachableError as error:
        raise TrialError(f"{error}. {REACH_DISCORD}", refused=False) from None


async def try_key(settings: Settings) -> TriedKey:
    """Asks xAI whose key it is, and for its models.

    Raises:
        TrialError: xAI does not accept the key, or does not answer.
    """
    grok = GrokClient(settings.xai, tries=1)
    try:
        key = await grok.key()
        if key.api_key_blocked or key.team_blocked or key.disabled:
            raise TrialError(BLOCKED, refused=True)
        if not may_chat(key.acls):
            raise TrialError(NO_RIGHTS, refused=True)
        return TriedKey(key.name, await _models(grok))
    except GrokError as trouble:
        raise _failed(settings, trouble) from None
    finally:
        await grok.close()


def may_chat(rights: Sequence[str]) -> bool:
    """Whether a key with these access rights may chat (xAI's documentation: Access Control Lists)."""
    endpoints = [right for right in rights if right.startswith(ENDPOINT)]
    return not endpoints or any(right in MAY_CHAT for right in endpoints)


async def _models(grok: GrokClient) -> Mapping[str, ListedModel]:
    try:
        return await grok.models()
    except GrokError as trouble:
        if trouble.detail.startswith("PERMISSION_DENIED"):  # it may chat, but not list models
            return {}
        raise


def _failed(settings: Settings, trouble: GrokError) -> TrialError:
    if trouble.kind is GrokFailure.BAD_KEY:
        return TrialError(KEY_REFUSED, refused=True)
    if trouble.detail.startswith("PERMISSION_DENIED") and trouble.kind is GrokFailure.BAD_REQUEST:
        return TrialError(NO_RIGHTS, refused=True)
    advice = ADVICE.get(trouble.kind, str(trouble)).format(target=settings.xai.target)
    return TrialError(f"{advice} ({trouble.detail})", refused=False)
