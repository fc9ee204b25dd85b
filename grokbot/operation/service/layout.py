"""Where everything of a bot is on the machine, the names of its units, and this room's one error. Pure.

Paths are those that systemd sees; `machine` puts them under another root for tests and images.
Not here: whether they exist (`survey`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OPT = "/opt/grokbot"
VERSIONS = f"{OPT}/versions"
CURRENT = f"{OPT}/current"
PREVIOUS = f"{OPT}/previous"
PYTHONS = f"{OPT}/python"
"""Where uv puts an interpreter if the machine has none that the service can read."""

ETC = "/etc/grokbot"
UNITS = "/etc/systemd/system"
PACKAGED_UNITS = "/usr/lib/systemd/system"
COMMAND = "/usr/local/bin/grokbot"
MAN = "/usr/local/share/man/man1"
SECRETS = ("discord.token", "xai.api_key")
"""Settings whose values are systemd credentials, as the unit names them."""

MAIN_UNIT = "grokbot.service"
TEMPLATE = "grokbot@.service"
GROWING = "grokbot-growing-delays.conf"
GROWING_SINCE = 254
"""The first version of systemd that knows RestartSteps=."""

FAILED_UNIT = "grokbot-failed@.service"
ON_FAILURE = "grokbot-on-failure.conf"
WEBHOOK = f"{ETC}/failure.webhook"
"""The address to which a failure is posted. A credential of the machine, for all its bots."""

ENCRYPTED = "encrypted-credentials.conf"
DROP_INS = (GROWING, ON_FAILURE, ENCRYPTED)
"""The names of ours. Others are the operator's own."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")  # with "grokbot-" before it a user's name, which has at most 31 characters
_TAKEN = frozenset({"grokbot"})


class ServiceError(Exception):
    """What was asked for cannot be done.

    Args:
        text: Says what is wrong and what to do.
        usage: Whether the command was used wrongly.
        absent: Whether there is no such service.
    """

    def __init__(self, text: str, *, usage: bool = False, absent: bool = False) -> None:
        super().__init__(text)
        self.usage = usage
        self.absent = absent


@dataclass(frozen=True, slots=True)
class BotLayout:
    """The places of one bot. Without a name it is the machine's first one.

    Raises:
        ServiceError: The name cannot be a unit's and a user's.
    """

    name: str = ""

    def __post_init__(self) -> None:
        if self.name and (not _NAME.fullmatch(self.name) or self.name in _TAKEN):
            text = f"{self.name!r} cannot be a bot's name: use a letter, then at most 19 letters, digits or hyphens."
            raise ServiceError(text, usage=True)

    @property
    def unit(self) -> str:
        """The unit that runs the bot."""
        return f"grokbot@{self.name}.service" if self.name else MAIN_UNIT

    @property
    def config(self) -> str:
        """Its TOML file."""
        return f"{ETC}/{self.name or 'grokbot'}.toml"

    @property
    def secrets(self) -> str:
        """The folder of its credentials."""
        return f"{ETC}/{self.name}" if self.name else ETC

    def secret(self, key: str, *, encrypted: bool = False) -> str:
        """The file of one credential."""
        return f"{self.secrets}/{key}.cred" if encrypted else f"{self.secrets}/{key}"

    @property
    def state(self) -> str:
        """The folder of its database."""
        return f"/var/lib/grokbot-{self.name}" if self.name else "/var/lib/grokbot"

    @property
    def private_state(self) -> str:
        """Where systemd really has that folder, while no user but the unit's may look into it."""
        return self.state.replace("/var/lib/", "/var/lib/private/")

    @property
    def runtime(self) -> str:
        """The folder of its sockets."""
        return f"/run/grokbot-{self.name}" if self.name else "/run/grokbot"

    @property
    def drop_ins(self) -> str:
        """The folder of drop-ins for this bot alone."""
        return f"{UNITS}/{self.unit}.d"


def drop_ins_for_all(unit: str) -> str:
    """The folder of the drop-ins of a unit, or of all units of the template."""
    return f"{UNITS}/{unit}.d"


def encrypted_drop_in(layout: BotLayout) -> str:
    """The drop-in with which systemd decrypts the credentials at each start."""
    loads = (f"LoadCredentialEncrypted={key}:{layout.secret(key, encrypted=True)}" for key in SECRETS)
    return "\n".join(
        ["# The secrets are encrypted with a key of this machine.", "[Service]", "LoadCredential=", *loads, ""]
    )


def of_instance(unit: str) -> str:
    """The text of `grokbot@.service`, made from that of the first bot: each has a user and folders of its own."""
    text = unit.replace("Grok in Discord threads", "Grok in Discord threads, %i")
    text = text.replace("/bin/grokbot run\n", f"/bin/grokbot run --config {ETC}/%i.toml\n")
    for key in SECRETS:
        text = text.replace(f"{ETC}/{key}", f"{ETC}/%i/{key}")
    text = text.replace(f"{ETC}/grokbot.toml", f"{ETC}/%i.toml")
    text = text.replace("/run/grokbot/", "/run/grokbot-%i/").replace("edit grokbot`", "edit grokbot@NAME`")
    text = text.replace("service install`", "service install --name NAME`")
    text = text.replace("DynamicUser=yes\n", "DynamicUser=yes\nUser=grokbot-%i\n")
    return re.sub(r"^(StateDirectory|RuntimeDirectory)=grokbot$", r"\1=grokbot-%i", text, flags=re.MULTILINE)
