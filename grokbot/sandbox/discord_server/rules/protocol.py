"""Discord's JSON and its constants: types of channels and messages, flags, intents, components. Pure.

Not here: permissions (permission_bits.py), the codes of refusals (errors.py).
"""

import json
import re
from typing import Any

Json = dict[str, Any]

TEXT, DIRECT, ANNOUNCEMENT, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 5, 11, 12, 15
THREADS = (10, PUBLIC_THREAD, PRIVATE_THREAD)

SUPPRESS_EMBEDS, EPHEMERAL, LOADING = 1 << 2, 1 << 6, 1 << 7
HAS_THREAD = 1 << 5
SUPPRESS_NOTIFICATIONS, VOICE_MESSAGE, COMPONENTS_V2 = 1 << 12, 1 << 13, 1 << 15

DEFAULT, THREAD_CREATED, REPLY, CHAT_INPUT_COMMAND, THREAD_STARTER, CONTEXT_MENU_COMMAND = 0, 18, 19, 20, 21, 23
RECIPIENT_ADD, CHANNEL_NAME_CHANGE, PINS_ADD = 1, 4, 6

GUILDS, GUILD_MEMBERS, GUILD_PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, GUILD_REACTIONS, GUILD_TYPING = 1 << 9, 1 << 10, 1 << 11
DIRECT_MESSAGES, DIRECT_REACTIONS, DIRECT_TYPING = 1 << 12, 1 << 13, 1 << 14
MESSAGE_CONTENT = 1 << 15

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(raw: str) -> Any:
    """Parse JSON from outside; a lone surrogate, which cannot be sent on, becomes U+FFFD.

    Raises:
        ValueError: It is not JSON.
    """
    if _SURROGATE.search(raw):
        joined = json.dumps(json.loads(raw), ensure_ascii=False)
        raw = joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return json.loads(raw)


def walk(parts: list[Json]) -> list[Json]:
    """Every component in a tree, parents first."""
    found: list[Json] = []
    for part in parts:
        found.append(part)
        found += walk(part.get("components") or [])
        found += walk([part[key] for key in ("accessory", "component") if isinstance(part.get(key), dict)])
    return found
