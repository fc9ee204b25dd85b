"""REST routes of guilds, members, roles and users. Here: mostly reading. Not here: what our bot never does."""

from grokbot.sandbox.discord_server.acts import threads
from grokbot.sandbox.discord_server.rest.routes import Call, Reply, Route
from grokbot.sandbox.discord_server.rules.errors import refusal
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import FORUM, GUILDS, TEXT
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.model import GuildRole, Member
from grokbot.sandbox.discord_server.state.permissions import in_guild
from grokbot.sandbox.discord_server.state.world import Event

_GUILD = "/guilds/{guild_id}"
_MEMBER = _GUILD + "/members/{user_id}"


def _me(call: Call) -> Reply:
    return 200, payloads.user(call.actor) | {"verified": True, "mfa_enabled": True, "email": None, "flags": 0}


def _user(call: Call) -> Reply:
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise refusal("unknown_user")
    return 200, payloads.user(user)


def _open_direct(call: Call) -> Reply:
    user = call.world.users.get(int(call.body.get("recipient_id") or 0))
    if user is None or user is call.actor:
        raise refusal("invalid_recipients")
    return 200, payloads.channel(call.world.direct_channel(user))


def _my_guilds(call: Call) -> Reply:
    mine = [g for g in call.world.guilds.values() if call.actor.id in g.members]
    keep = ("id", "name", "icon", "banner", "owner", "features", "approximate_member_count")
    shown = [payloads.guild(g, viewer_id=call.actor.id) for g in mine]
    found = [{key: s[key] for key in keep} for s in shown]
    for entry, guild in zip(found, mine, strict=True):
        entry["permissions"] = str(int(in_guild(guild, call.actor.id)))
    return 200, found


def _leave(call: Call) -> Reply:
    call.world.remove_member(call.guild(), call.actor)
    return 204, None


def _guild(call: Call) -> Reply:
    return 200, payloads.guild(call.guild(), viewer_id=call.actor.id)


def _channels(call: Call) -> Reply:
    return 200, [payloads.channel(c) for c in call.guild().channels if not c.deleted]


def _create_channel(call: Call) -> Reply:
    guild = call.guild()
    _require(call, Permission.MANAGE_CHANNELS)
    kind = int(call.body.get("type") or TEXT)
    if kind not in {TEXT, FORUM}:
        raise refusal("wrong_channel_type")
    name, topic = str(call.body.get("name") or ""), call.body.get("topic")
    return 201, payloads.channel(call.world.add_channel(guild, kind, name, topic=topic))


def _active_threads(call: Call) -> Reply:
    seen = [t for t in call.guild().threads if not t.archived and not t.deleted and call.world.bot_sees(t)]
    return 200, threads.listed(seen, call.actor)


def _find_member(call: Call) -> Member:
    user_id = call.actor.id if call.path["user_id"] == "@me" else call.id("user_id")
    member = call.guild().members.get(user_id)
    if member is None:
        raise refusal("unknown_member")
    return member


def _member(call: Call) -> Reply:
    return 200, payloads.member(_find_member(call))


def _members(call: Call) -> Reply:
    if not call.world.portal.members:
        raise refusal("missing_access")
    after, limit = int(call.query.get("after", 0)), int(call.query.get("limit", 1))
    found = sorted((m for m in call.guild().members.values() if m.user.id > after), key=lambda m: m.user.id)
    return 200, [payloads.member(m) for m in found[:limit]]


def _search_members(call: Call) -> Reply:
    query, limit = call.query.get("query", "").lower(), int(call.query.get("limit", 1))
    found = [m for m in call.guild().members.values() if (m.nick or m.user.name).lower().startswith(query)]
    return 200, [payloads.member(m) for m in found[:limit]]


def _modify_member(call: Call) -> Reply:
    member = _find_member(call)
    own = member.user is call.actor
    if "nick" in call.body:
        _require(call, Permission.CHANGE_NICKNAME if own else Permission.MANAGE_NICKNAMES)
    if set(call.body) - {"nick"}:
        _require(call, Permission.MANAGE_ROLES)
    member.nick = call.body.get("nick", member.nick)
    if "roles" in call.body:
        member.role_ids = [int(i) for i in call.body["roles"]]
    _tell_member(call, member)
    return 200, payloads.member(member)


def _add_role(call: Call) -> Reply:
    _require(call, Permission.MANAGE_ROLES)
    member, role = _find_member(call), _find_role(call)
    if role.id not in member.role_ids:
        member.role_ids.append(role.id)
        _tell_member(call, member)
    return 204, None


def _remove_role(call: Call) -> Reply:
    _require(call, Permission.MANAGE_ROLES)
    member, role = _find_member(call), _find_role(call)
    if role.id in member.role_ids:
        member.role_ids.remove(role.id)
        _tell_member(call, member)
    return 204, None


def _roles(call: Call) -> Reply:
    return 200, [payloads.role(r) for r in call.guild().roles.values()]


def _role(call: Call) -> Reply:
    return 200, payloads.role(_find_role(call))


def _find_role(call: Call) -> GuildRole:
    role = call.guild().roles.get(call.id("role_id"))
    if role is None:
        raise refusal("unknown_role")
    return role


def _require(call: Call, permission: Permission) -> None:
    if not in_guild(call.guild(), call.actor.id) & permission:
        raise refusal("missing_permissions")


def _tell_member(call: Call, member: Member) -> None:
    guild = call.guild()
    data = payloads.member(member) | {"guild_id": str(guild.id)}
    # A bot gets events about its own member without the members intent (documented with the event).
    intents = 0 if member.user is call.actor else GUILDS << 1
    call.world.publish(Event("GUILD_MEMBER_UPDATE", data, intents, guild.id))


ROUTES = [
    Route("GET", "/users/@me", _me),
    Route("GET", "/users/{user_id}", _user),
    Route("POST", "/users/@me/channels", _open_direct),
    Route("GET", "/users/@me/guilds", _my_guilds),
    Route("DELETE", "/users/@me/guilds/{guild_id}", _leave),
    Route("GET", _GUILD, _guild),
    Route("GET", _GUILD + "/channels", _channels),
    Route("POST", _GUILD + "/channels", _create_channel),
    Route("GET", _GUILD + "/threads/active", _active_threads),
    Route("GET", _GUILD + "/members", _members),
    Route("GET", _GUILD + "/members/search", _search_members),
    Route("GET", _MEMBER, _member),
    Route("PATCH", _MEMBER, _modify_member),
    Route("PUT", _MEMBER + "/roles/{role_id}", _add_role),
    Route("DELETE", _MEMBER + "/roles/{role_id}", _remove_role),
    Route("GET", _GUILD + "/roles", _roles),
    Route("GET", _GUILD + "/roles/{role_id}", _role),
]
