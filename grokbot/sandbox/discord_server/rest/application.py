"""REST routes of the application: login, gateway address, commands, interaction answers.

Here: reading requests. Not here: the rules (state/commands.py, acts/interactions.py).
"""

from typing import TYPE_CHECKING

from grokbot.sandbox.discord_server.acts import interactions
from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.discord_server.rest.routes import Call, Reply, Route
from grokbot.sandbox.discord_server.rules.application_profile import checked_profile
from grokbot.sandbox.discord_server.rules.errors import refusal
from grokbot.sandbox.discord_server.state import payloads

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server.rules.protocol import Json

_GLOBAL = "/applications/{application_id}/commands"
_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
_CALLBACK = "/interactions/{interaction_id}/{token}/callback"
_WEBHOOK = "/webhooks/{application_id}/{token}"
_WEBHOOK_MESSAGE = _WEBHOOK + "/messages/{message}"
IDENTIFIES_A_DAY = 1000


def _application(call: Call) -> Reply:
    """Application object; its flags tell which privileged intents the portal allows ("Application Flags")."""
    world = call.world
    return 200, {
        "id": str(world.application_id),
        "name": world.bot_user.name,
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "team": None,
        "owner": payloads.user(world.owner),
        "flags": world.application_flags,
        "tags": [],
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "approximate_guild_count": sum(world.bot_user.id in guild.members for guild in world.guilds.values()),
        "integration_types_config": {"0": {}, "1": {}},
        "approximate_user_install_count": len(world.installed),
        **world.profile,
    }


def _edit_application(call: Call) -> Reply:
    """Edit Current Application. What it does not take, such as a privacy policy's address, is ignored."""
    call.world.profile |= checked_profile(call.body)
    return _application(call)


def _gateway(call: Call) -> Reply:
    return 200, {"url": call.world.gateway_url}


def _gateway_bot(call: Call) -> Reply:
    left = IDENTIFIES_A_DAY - call.world.identified
    starts = {"total": IDENTIFIES_A_DAY, "remaining": left, "reset_after": 86_400_000, "max_concurrency": 1}
    return 200, {"url": call.world.gateway_url, "shards": 1, "session_start_limit": starts}


def _scope(call: Call) -> int | None:
    if call.id("application_id") != call.world.application_id:
        raise refusal("unknown_application")
    return call.guild().id if "guild_id" in call.path else None


def _list_commands(call: Call) -> Reply:
    localized = call.query.get("with_localizations", "").lower() in {"1", "true"}
    return 200, call.world.commands.listed(_scope(call), localized=localized)


def _overwrite_commands(call: Call) -> Reply:
    bodies: list[Json] = call.raw if isinstance(call.raw, list) else []
    ids = [call.world.ids.make() for _ in bodies]
    return 200, call.world.commands.overwrite(_scope(call), bodies, ids, call.world.application_id)


def _create_command(call: Call) -> Reply:
    fresh = call.world.ids.make()
    made = call.world.commands.upsert(_scope(call), call.body, fresh, call.world.application_id)
    return (201 if made["id"] == str(fresh) else 200), made


def _get_command(call: Call) -> Reply:
    return 200, call.world.commands.get(_scope(call), call.id("command_id"))


def _edit_command(call: Call) -> Reply:
    scope = _scope(call)
    known = call.world.commands.get(scope, call.id("command_id"))
    call.world.commands.remove(scope, call.id("command_id"))
    made = call.world.commands.upsert(scope, known | call.body, int(known["id"]), call.world.application_id)
    return 200, made


def _delete_command(call: Call) -> Reply:
    call.world.commands.remove(_scope(call), call.id("command_id"))
    return 204, None


def _all_command_permissions(call: Call) -> Reply:
    _scope(call)
    return 200, []


def _no_command_permissions(call: Call) -> Reply:
    _scope(call)
    raise refusal("unknown_command_permissions")


def _callback(call: Call) -> Reply:
    _, response = interactions.answer(call.world, call.id("interaction_id"), call.path["token"], call.draft)
    wanted = call.query.get("with_response", "").lower() in {"1", "true"}
    return (200, response) if wanted else (204, None)


def _follow_up(call: Call) -> Reply:
    found = interactions.find(call.world, call.id("application_id"), call.path["token"])
    return 200, payloads.message(interactions.follow_up(call.world, found, call.draft))


def _get_answer(call: Call) -> Reply:
    found = interactions.find(call.world, call.id("application_id"), call.path["token"])
    return 200, payloads.message(interactions.own_message(call.world, found, call.path["message"]))


def _edit_answer(call: Call) -> Reply:
    found = interactions.find(call.world, call.id("application_id"), call.path["token"])
    message = interactions.own_message(call.world, found, call.path["message"])
    return 200, payloads.message(interactions.edit(call.world, found, message, MessageDraft(call.body, call.files)))


def _delete_answer(call: Call) -> Reply:
    found = interactions.find(call.world, call.id("application_id"), call.path["token"])
    interactions.delete(call.world, interactions.own_message(call.world, found, call.path["message"]))
    return 204, None


ROUTES = [
    Route("GET", "/oauth2/applications/@me", _application),
    Route("GET", "/applications/@me", _application),
    Route("PATCH", "/applications/@me", _edit_application),
    Route("GET", "/gateway", _gateway, authorized=False),
    Route("GET", "/gateway/bot", _gateway_bot),
    *(
        Route(method, base + tail, handler)
        for base in (_GLOBAL, _GUILD)
        for method, tail, handler in (
            ("GET", "", _list_commands),
            ("PUT", "", _overwrite_commands),
            ("POST", "", _create_command),
            ("GET", "/{command_id}", _get_command),
            ("PATCH", "/{command_id}", _edit_command),
            ("DELETE", "/{command_id}", _delete_command),
        )
    ),
    Route("GET", _GUILD + "/permissions", _all_command_permissions),
    Route("GET", _GUILD + "/{command_id}/permissions", _no_command_permissions),
    Route("POST", _CALLBACK, _callback, authorized=False),
    Route("POST", _WEBHOOK, _follow_up, lambda rules: rules.webhook, authorized=False, shared="webhook"),
    Route("GET", _WEBHOOK_MESSAGE, _get_answer, lambda rules: rules.webhook, authorized=False, shared="webhook"),
    Route("PATCH", _WEBHOOK_MESSAGE, _edit_answer, lambda rules: rules.webhook, authorized=False, shared="webhook"),
    Route("DELETE", _WEBHOOK_MESSAGE, _delete_answer, lambda rules: rules.webhook, authorized=False, shared="webhook"),
]
