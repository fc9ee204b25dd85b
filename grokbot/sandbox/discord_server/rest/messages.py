"""REST routes of messages, reactions, pins and typing. Here: reading requests. Not here: the rules (acts/)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import urlsplit

from grokbot.sandbox.discord_server.acts import messages, pins, reactions
from grokbot.sandbox.discord_server.rest.routes import Call, Reply, Route
from grokbot.sandbox.discord_server.rules.errors import invalid, refusal
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import Json
from grokbot.sandbox.discord_server.state import payloads, permissions
from grokbot.sandbox.discord_server.state.clock import iso
from grokbot.sandbox.discord_server.state.message_content import visible
from grokbot.sandbox.discord_server.state.model import Message
from grokbot.sandbox.discord_server.state.permissions import in_channel

_CHANNEL = "/channels/{channel_id}"
_MESSAGES = _CHANNEL + "/messages"
_MESSAGE = _MESSAGES + "/{message_id}"
_REACTIONS = _MESSAGE + "/reactions"
_PAGE_MAX = 100
_URLS_MAX = 50


def _shown(call: Call, message: Message) -> Json:
    # In REST the portal's switch decides, since a request has no intents (documented with the intent).
    found = payloads.message(message)
    return found if call.world.portal.message_content else visible(call.world, found)


def _send(call: Call) -> Reply:
    return 200, _shown(call, messages.send(call.world, call.actor, call.channel(), call.draft))


def _edit(call: Call) -> Reply:
    return 200, _shown(call, messages.edit(call.world, call.actor, call.message(), call.draft))


def _delete(call: Call) -> Reply:
    messages.delete(call.world, call.actor, call.message())
    return 204, None


def _bulk_delete(call: Call) -> Reply:
    ids = [int(i) for i in call.body.get("messages") or []]
    messages.delete_many(call.world, call.actor, call.channel(), ids)
    return 204, None


def _get(call: Call) -> Reply:
    message = call.message()
    permissions.require(message.channel, call.actor, Permission.READ_MESSAGE_HISTORY)
    return 200, _shown(call, message)


def _list(call: Call) -> Reply:
    channel = call.channel()
    limit = int(call.query.get("limit", 50))
    if not 1 <= limit <= _PAGE_MAX:
        raise invalid("limit", "NUMBER_TYPE_MAX", f"int value should be between 1 and {_PAGE_MAX}.")
    if not in_channel(channel, call.actor.id) & Permission.READ_MESSAGE_HISTORY:
        return 200, []  # documented: no error, no messages
    page = _page(channel.log, call.query, limit)
    return 200, [_shown(call, m) for m in sorted(page, key=lambda m: m.id, reverse=True)]


def _page(log: list[Message], given: Mapping[str, str], limit: int) -> list[Message]:
    if "around" in given:
        middle = bisect_left(log, int(given["around"]), key=_id)
        older = list(islice(_alive(log, range(middle - 1, -1, -1)), limit // 2))
        return older + list(islice(_alive(log, range(middle, len(log))), limit - len(older)))
    if "after" in given:
        start = bisect_right(log, int(given["after"]), key=_id)
        return list(islice(_alive(log, range(start, len(log))), limit))
    end = bisect_left(log, int(given["before"]), key=_id) if "before" in given else len(log)
    return list(islice(_alive(log, range(end - 1, -1, -1)), limit))


def _alive(log: list[Message], places: range) -> Iterator[Message]:
    return (log[i] for i in places if not log[i].deleted)


def _id(message: Message) -> int:
    return message.id


def _typing(call: Call) -> Reply:
    reactions.type_in(call.world, call.actor, call.channel())
    return 204, None


def _react(call: Call) -> Reply:
    reactions.add(call.world, call.actor, call.message(), call.path["emoji"])
    return 204, None


def _unreact(call: Call) -> Reply:
    user_id = call.actor.id if call.path.get("user_id", "@me") == "@me" else call.id("user_id")
    reactions.take_away(call.world, call.actor, call.message(), call.path["emoji"], user_id)
    return 204, None


def _clear(call: Call) -> Reply:
    reactions.clear(call.world, call.actor, call.message(), call.path.get("emoji"))
    return 204, None


def _reacted(call: Call) -> Reply:
    who = call.message().reactions.get(call.path["emoji"])
    if who is None:
        raise refusal("unknown_emoji")
    after, limit = int(call.query.get("after", 0)), int(call.query.get("limit", 25))
    return 200, [payloads.user(call.world.users[i]) for i in sorted(who) if i > after][:limit]


def _pin(call: Call) -> Reply:
    pins.pin(call.world, call.actor, call.message(), pinned=True)
    return 204, None


def _unpin(call: Call) -> Reply:
    pins.pin(call.world, call.actor, call.message(), pinned=False)
    return 204, None


def _pins(call: Call) -> Reply:
    pinned = [m for m in reversed(call.channel().messages) if m.pinned]
    items = [{"message": _shown(call, m), "pinned_at": iso(m.edited or m.created)} for m in pinned]
    return 200, {"items": items, "has_more": False}


def _refresh_urls(call: Call) -> Reply:
    """Addresses of the CDN, signed anew (documented by the community only)."""
    asked = call.body.get("attachment_urls") or []
    if not asked or len(asked) > _URLS_MAX:
        raise invalid("attachment_urls", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_URLS_MAX} in length.")
    return 200, {"refreshed_urls": [{"original": url, "refreshed": _refreshed(call, str(url))} for url in asked]}


def _refreshed(call: Call, url: str) -> str | None:
    parts = urlsplit(url).path.split("/")
    found = call.world.attachments.get(int(parts[4])) if len(parts) > 4 and parts[4].isdigit() else None  # noqa: PLR2004
    return None if found is None else payloads.attachment_url(call.world, found)


ROUTES = [
    Route("POST", "/attachments/refresh-urls", _refresh_urls),
    Route("POST", _MESSAGES, _send, lambda rules: rules.send),
    Route("GET", _MESSAGES, _list),
    Route("POST", _MESSAGES + "/bulk-delete", _bulk_delete, lambda rules: rules.bulk_delete),
    Route("GET", _MESSAGES + "/pins", _pins),
    Route("PUT", _MESSAGES + "/pins/{message_id}", _pin),
    Route("DELETE", _MESSAGES + "/pins/{message_id}", _unpin),
    Route("PUT", _CHANNEL + "/pins/{message_id}", _pin),
    Route("DELETE", _CHANNEL + "/pins/{message_id}", _unpin),
    Route("GET", _MESSAGE, _get),
    Route("PATCH", _MESSAGE, _edit, lambda rules: rules.edit),
    Route("DELETE", _MESSAGE, _delete, lambda rules: rules.delete),
    Route("PUT", _REACTIONS + "/{emoji}/@me", _react, lambda rules: rules.react, shared="reactions"),
    Route("DELETE", _REACTIONS + "/{emoji}/@me", _unreact, lambda rules: rules.react, shared="reactions"),
    Route("DELETE", _REACTIONS + "/{emoji}/{user_id}", _unreact, lambda rules: rules.react, shared="reactions"),
    Route("GET", _REACTIONS + "/{emoji}", _reacted),
    Route("DELETE", _REACTIONS + "/{emoji}", _clear, lambda rules: rules.react, shared="reactions"),
    Route("DELETE", _REACTIONS, _clear, lambda rules: rules.react, shared="reactions"),
    Route("POST", _CHANNEL + "/typing", _typing, lambda rules: rules.typing),
]
