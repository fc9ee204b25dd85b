"""The application's own profile at Discord: how it should be, how it is, and what `grokbot check --fix` sends.

Discord's API takes the install parameters, the description and the tags (Discord's documentation: Edit Current
Application); a privacy policy's address can only be pasted in the portal. Not here: asking and sending (`check`).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import discord

from grokbot.discord_bot.commands.terms.setup_text import PERMISSIONS as NEEDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PERMISSIONS = discord.Permissions(**dict.fromkeys(NEEDED, True))
"""The permissions that the bot needs in a server; the invitation asks for these."""

DESCRIPTION = (
    "Talk to Grok, xAI's model, in threads: mention me with your question, or use /chat. /help shows the rest. "
    "Unofficial: neither xAI nor Discord made me."
)
DESCRIPTION_LENGTH = 400
TAGS = ("AI", "Chat", "Grok", "Assistant", "Search")
"""At most five of at most 20 characters (Discord's documentation)."""

GUILD, USER = "0", "1"
"""Discord's numbers for an app that is added to a server, and one that a person adds for themselves."""

LINK = "install_params"
"""The older field for servers alone; it follows where it is in use."""

PORTAL = "https://discord.com/developers/applications/{application_id}/information"


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """A field that differs from what it should be.

    Args:
        name: What a person calls it.
        before: How it is, for a person.
        after: How it should be, for a person.
        fields: What is sent.
    """

    name: str
    before: str
    after: str
    fields: Mapping[str, Any]


def changes(application: Mapping[str, Any], policy_url: str | None, *, user_install: bool) -> Sequence[ProfileChange]:
    """What `grokbot check --fix` would change.

    A description or tags that somebody wrote by hand are left alone; a description of ours follows the policy.

    Args:
        application: Discord's application object.
        policy_url: The public privacy policy; None: there is none.
        user_install: Whether people may add the app for themselves.
    """
    found: list[ProfileChange] = []
    written, described = str(application.get("description") or ""), _description(policy_url)
    if written != described and (not written or written.startswith(DESCRIPTION)):
        found.append(ProfileChange("Description", written or "empty", described, {"description": described}))
    if not application.get("tags"):
        found.append(ProfileChange("Tags", "none", ", ".join(TAGS), {"tags": list(TAGS)}))
    installs = _installs(user_install=user_install, public=application.get("bot_public") is not False)
    older = {LINK: installs[GUILD]} if application.get(LINK) else {}
    now, wanted = {**_parameters_of(application), **({LINK: application[LINK]} if older else {})}, {**installs, **older}
    if _comparable(now) != _comparable(wanted):
        config = {kind: {"oauth2_install_params": given} if given else {} for kind, given in installs.items()}
        fields = {"integration_types_config": config, **older}
        found.append(ProfileChange("Install link", _installs_shown(now), _installs_shown(wanted), fields))
    return found


def permission_names(value: int) -> str:
    """Permissions as a server's settings name them."""
    has = discord.Permissions(value)
    names = [str(NEEDED[name][0]) for name in NEEDED if getattr(has, name)]
    more = discord.Permissions(value & ~PERMISSIONS.value)
    others = [name.replace("_", " ").title() for name, on in more if on]
    return ", ".join(names + others) or "no permissions"


def _description(policy_url: str | None) -> str:
    whole = f"{DESCRIPTION} Privacy: {policy_url}"
    return whole if policy_url is not None and len(whole) <= DESCRIPTION_LENGTH else DESCRIPTION


def _installs(*, user_install: bool, public: bool) -> Mapping[str, Mapping[str, Any] | None]:
    """What each kind of installation asks for; nothing where only the owner may add the app.

    Discord refuses a change that gives such an app a link ("Private application cannot have a default authorization
    link"), with all that is changed along with it.
    """
    if not public:
        return dict.fromkeys((GUILD, USER) if user_install else (GUILD,))
    server = {"scopes": ["bot", "applications.commands"], "permissions": str(PERMISSIONS.value)}
    person = {"scopes": ["applications.commands"], "permissions": "0"}
    return MappingProxyType({GUILD: server, **({USER: person} if user_install else {})})


def _parameters_of(application: Mapping[str, Any]) -> dict[str, Any]:
    kinds = application.get("integration_types_config") or {}
    return {kind: (given or {}).get("oauth2_install_params") for kind, given in kinds.items()}


def _comparable(installs: Mapping[str, Any]) -> object:
    """In an order that does not matter."""
    return {
        kind: (frozenset(given.get("scopes", ())), str(given.get("permissions", "0"))) if given else None
        for kind, given in installs.items()
    }


def _installs_shown(installs: Mapping[str, Any]) -> str:
    kinds = {
        GUILD: "servers",
        USER: "people",
        **({LINK: "the link"} if installs.get(LINK) != installs.get(GUILD) else {}),
    }
    shown = [
        f"for {kinds[kind]}: {', '.join(given['scopes'])}; {permission_names(int(given.get('permissions', 0)))}"
        if given
        else f"for {kinds[kind]}: no link"
        for kind, given in installs.items()
        if kind in kinds
    ]
    return ". ".join(shown) or "not set"
