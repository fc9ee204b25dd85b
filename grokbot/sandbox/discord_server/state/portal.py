"""The developer portal's switches.

Not here: what a session may ask for (gateway/).
"""

from dataclasses import dataclass

from grokbot.sandbox.discord_server.rules.protocol import GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT

_FLAG_PRESENCE_LIMITED, _FLAG_MEMBERS_LIMITED, _FLAG_CONTENT_LIMITED = 1 << 13, 1 << 15, 1 << 19


@dataclass(frozen=True, slots=True)
class Portal:
    """The developer portal's switches for privileged intents."""

    members: bool = True
    presences: bool = True
    message_content: bool = True

    @property
    def denied(self) -> int:
        """Intent bits that must not be requested."""
        bits = {GUILD_MEMBERS: self.members, GUILD_PRESENCES: self.presences, MESSAGE_CONTENT: self.message_content}
        return sum(bit for bit, allowed in bits.items() if not allowed)

    @property
    def flags(self) -> int:
        """The privileged intents that are allowed, as an application's flags."""
        flags = {
            _FLAG_PRESENCE_LIMITED: self.presences,
            _FLAG_MEMBERS_LIMITED: self.members,
            _FLAG_CONTENT_LIMITED: self.message_content,
        }
        return sum(bit for bit, on in flags.items() if on)
