"""The loopback Discord: REST, gateway and people, with Discord's limits, on one port and without network.

It is a server, written from Discord's documentation; it knows nothing of any client library.
"""

from grokbot.sandbox.discord_server.people import Person
from grokbot.sandbox.discord_server.rules.errors import RefusedError
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.rules import BucketRule, Rules
from grokbot.sandbox.discord_server.sandbox import DiscordSandbox
from grokbot.sandbox.discord_server.server import RestCall
from grokbot.sandbox.discord_server.state.commands import BadOptionError, CommandNotOfferedError
from grokbot.sandbox.discord_server.state.interactions import InteractionResult
from grokbot.sandbox.discord_server.state.model import Channel, Guild, Message, Upload

__all__ = [
    "BadOptionError",
    "BucketRule",
    "Channel",
    "CommandNotOfferedError",
    "DiscordSandbox",
    "Guild",
    "InteractionResult",
    "Message",
    "Permission",
    "Person",
    "RefusedError",
    "RestCall",
    "Rules",
    "Upload",
]
