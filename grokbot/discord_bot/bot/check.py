"""What `grokbot check` asks Discord for: token, intents, the app's profile, permissions. Connects to no gateway.

Not here: how findings are printed, how the profile should be (`profile`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from grokbot.discord_bot.bot.bot import intents
from grokbot.discord_bot.bot.profile import PERMISSIONS, changes
from grokbot.discord_bot.bot.startup import login
from grokbot.discord_bot.commands.terms.setup_text import PERMISSIONS as NEEDED
from grokbot.discord_bot.connection import point_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.discord_bot.bot.profile import ProfileChange
    from grokbot.settings import Settings

SERVERS_LOOKED_AT = 200
"""Discord lists so many servers at once."""


@dataclass(frozen=True, slots=True)
class Application:
    """What Discord says about the bot."""

    name: str
    id: int
    message_content: bool
    invitation: str
    """The address with which a server's owner adds the bot."""
    changes: Sequence[ProfileChange]
    """What differs in its profile from what it should be; what was changed, if it was to be."""
    left: Sequence[ProfileChange]
    """What still differs: all of that, or what Discord did not take."""
    refused: str
    """What Discord said when it refused the changes; "" if it did not."""
    policy_url: str
    """The address of a privacy policy that its profile has; "" for none."""
    servers: Mapping[str, Sequence[str]]
    """The servers that it is in (the first 200), by name: the permissions that it lacks there as a whole."""
    owner_id: int
    """The person whom it belongs to; of a team, its owner."""
    owner_name: str


async def inspect(settings: Settings, *, fix: bool = False) -> Application:
    """Logs in and out again.

    Args:
        settings: All settings.
        fix: Whether to change the profile where it differs.

    Raises:
        ConfigurationError: Discord does not accept the token.
        UnreachableError: Discord does not answer.
    """
    point_at(settings.discord)
    client = await login(discord.Client(intents=intents(message_content=True)), settings.discord)
    try:
        flags = client.application_flags
        application_id = client.application_id or 0
        profile: Mapping[str, Any] = await client.http.request(discord.http.Route("GET", "/applications/@me"))
        wanted = changes(profile, settings.policy_url, user_install=settings.discord.user_install)
        left, refused = wanted, ""
        if fix and wanted:
            fields = {name: value for change in wanted for name, value in change.fields.items()}
            try:
                answer = await client.http.edit_application_info(reason=None, payload=fields)
            except discord.HTTPException as error:
                refused = f"HTTP {error.status}: {error.text[:300]}"
            else:
                left = changes(dict(answer), settings.policy_url, user_install=settings.discord.user_install)
        return Application(
            name=str(client.user),
            id=application_id,
            message_content=flags.gateway_message_content or flags.gateway_message_content_limited,
            invitation=discord.utils.oauth_url(application_id, permissions=PERMISSIONS),
            changes=wanted,
            left=left,
            refused=refused,
            policy_url=str(profile.get("privacy_policy_url") or ""),
            servers=await _servers(client),
            owner_id=int((profile.get("team") or {}).get("owner_user_id") or profile["owner"]["id"]),
            owner_name=str((profile.get("team") or {}).get("name") or profile["owner"]["username"]),
        )
    finally:
        await client.close()


async def _servers(client: discord.Client) -> Mapping[str, Sequence[str]]:
    """By the bot's roles; what a channel's own overwrites do is seen there, with `/setup`."""
    listed: Sequence[Mapping[str, Any]] = await client.http.get_guilds(SERVERS_LOOKED_AT)
    servers: dict[str, Sequence[str]] = {}
    for guild in listed:
        has = discord.Permissions(int(guild.get("permissions", 0)))
        missing = [name for name in NEEDED if not (getattr(has, name) or has.administrator)]
        name = str(guild.get("name", ""))
        servers[name] = missing or servers.get(name, ())  # of two with one name, the one that lacks something
    return servers
