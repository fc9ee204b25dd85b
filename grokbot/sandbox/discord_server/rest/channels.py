"""REST routes of channels and threads. Here: reading requests. Not here: the rules (acts/threads.py)."""

from grokbot.sandbox.discord_server.acts import drafts, messages, threads
from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.discord_server.rest.routes import Call, Reply, Route
from grokbot.sandbox.discord_server.rules.errors import refusal
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import FORUM
from grokbot.sandbox.discord_server.state import payloads, permissions
from grokbot.sandbox.discord_server.state.clock import iso
from grokbot.sandbox.discord_server.state.model import Channel, Overwrite, User

_CHANNEL = "/channels/{channel_id}"
_MEMBERS = _CHANNEL + "/thread-members"


def _get(call: Call) -> Reply:
    return 200, payloads.channel(call.channel())


def _modify(call: Call) -> Reply:
    return 200, payloads.channel(threads.modify(call.world, call.actor, call.channel(), call.body))


def _delete(call: Call) -> Reply:
    channel = call.channel()
    shown = payloads.channel(channel)
    threads.remove(call.world, call.actor, channel)
    return 200, shown


def _overwrite(call: Call) -> Reply:
    channel, target = call.channel(), call.id("target_id")
    permissions.require(channel, call.actor, Permission.MANAGE_ROLES)
    allow, deny = Permission(int(call.body.get("allow") or 0)), Permission(int(call.body.get("deny") or 0))
    channel.overwrites[target] = Overwrite(int(call.body.get("type") or 0), allow, deny)
    call.world.channel_changed(channel)
    return 204, None


def _delete_overwrite(call: Call) -> Reply:
    channel = call.channel()
    permissions.require(channel, call.actor, Permission.MANAGE_ROLES)
    channel.overwrites.pop(call.id("target_id"), None)
    call.world.channel_changed(channel)
    return 204, None


def _thread_from_message(call: Call) -> Reply:
    return 201, payloads.thread(threads.from_message(call.world, call.actor, call.message(), call.body))


def _thread(call: Call) -> Reply:
    channel = call.channel()
    if channel.kind != FORUM:
        return 201, payloads.thread(threads.without_message(call.world, call.actor, channel, call.body))
    draft = MessageDraft(call.body.get("message") or {}, call.files)
    thread = threads.forum_post(call.world, call.actor, channel, call.body)
    try:
        first = drafts.build(call.world, call.actor, thread, draft)
    except Exception:
        thread.deleted = True  # a post whose first message is refused was never created
        raise
    first.id = thread.id
    messages.post(call.world, first)
    return 201, payloads.thread(thread) | {"message": payloads.message(first)}


def _user(call: Call) -> User:
    if call.path.get("user_id", "@me") == "@me":
        return call.actor
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise refusal("unknown_user")
    return user


def _join(call: Call) -> Reply:
    threads.join(call.world, call.actor, call.channel(), _user(call))
    return 204, None


def _leave(call: Call) -> Reply:
    threads.leave(call.world, call.actor, call.channel(), _user(call))
    return 204, None


def _member(call: Call) -> Reply:
    thread, user = call.channel(), _user(call)
    threads.check_is_thread(thread)
    if user.id not in thread.members:
        raise refusal("unknown_member")
    return 200, payloads.thread_member(thread, user.id)


def _members(call: Call) -> Reply:
    thread = call.channel()
    threads.check_is_thread(thread)
    return 200, [payloads.thread_member(thread, user_id) for user_id in thread.members]


def _archived(call: Call, *, private: bool, joined: bool = False) -> Reply:
    channel = call.channel()
    permissions.require(channel, call.actor, Permission.READ_MESSAGE_HISTORY)
    if private and not joined:
        permissions.require(channel, call.actor, Permission.MANAGE_THREADS)
    limit = int(call.query.get("limit", 50))

    def listed(thread: Channel) -> bool:
        fits = thread.archived and not thread.deleted and thread.is_private_thread == private
        return fits and (not joined or call.actor.id in thread.members)

    found = [t for t in channel.threads if listed(t)]
    found.sort(key=lambda t: t.id if joined else t.archive_changed, reverse=True)
    before = call.query.get("before")
    if before is not None:
        # Joined threads are paged by id, the others by archive time.
        found = [t for t in found if (t.id < int(before) if joined else iso(t.archive_changed) < before)]
    return 200, threads.listed(found[:limit], call.actor, has_more=len(found) > limit)


def _public_archived(call: Call) -> Reply:
    return _archived(call, private=False)


def _private_archived(call: Call) -> Reply:
    return _archived(call, private=True)


def _joined_archived(call: Call) -> Reply:
    return _archived(call, private=True, joined=True)


ROUTES = [
    Route("GET", _CHANNEL, _get),
    Route("PATCH", _CHANNEL, _modify, lambda rules: rules.channel_edit),
    Route("DELETE", _CHANNEL, _delete),
    Route("PUT", _CHANNEL + "/permissions/{target_id}", _overwrite),
    Route("DELETE", _CHANNEL + "/permissions/{target_id}", _delete_overwrite),
    Route("POST", _CHANNEL + "/messages/{message_id}/threads", _thread_from_message),
    Route("POST", _CHANNEL + "/threads", _thread),
    Route("PUT", _MEMBERS + "/@me", _join),
    Route("PUT", _MEMBERS + "/{user_id}", _join),
    Route("DELETE", _MEMBERS + "/@me", _leave),
    Route("DELETE", _MEMBERS + "/{user_id}", _leave),
    Route("GET", _MEMBERS + "/{user_id}", _member),
    Route("GET", _MEMBERS, _members),
    Route("GET", _CHANNEL + "/threads/archived/public", _public_archived),
    Route("GET", _CHANNEL + "/threads/archived/private", _private_archived),
    Route("GET", _CHANNEL + "/users/@me/threads/archived/private", _joined_archived),
]
