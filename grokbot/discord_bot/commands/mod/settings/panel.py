"""The settings of a server and its channels, and the panel that shows them. Pure.

A new setting is one entry of SETTINGS. Not here: how values are shown and asked for (`kinds`), what a press does
(`command`), keeping what is chosen (`engine`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from grokbot.conversation.text.sentences import Sentence
from grokbot.discord_bot.commands.mod.settings.kinds import (
    ModelName,
    Number,
    Offered,
    OneOf,
    OnOff,
    PersonaName,
    PersonaNames,
    RoleIds,
)
from grokbot.discord_bot.commands.mod.settings.search_kinds import Day, SearchNames
from grokbot.discord_bot.members import MODERATORS
from grokbot.discord_bot.notices import (
    ButtonStyle,
    Panel,
    PanelButton,
    PanelButtons,
    PanelForm,
    PanelLine,
    PanelText,
    note,
    paged,
    row,
)
from grokbot.discord_bot.notices.texts.command_text import MODES
from grokbot.discord_bot.notices.texts.setting_text import SETTINGS as TITLES
from grokbot.engine.admission import ALLOWED, LANGUAGE
from grokbot.languages import SPOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.discord_bot.commands.mod.settings.kinds import SettingKind

SERVER = 0
"""In place of a channel's id: the settings of the whole server."""
MOST_CONTEXT = 50

CHANGE, TURN_ON, TURN_OFF = Sentence("Change"), Sentence("Turn on"), Sentence("Turn off")
RESET, RESET_ALL, KEEP = Sentence("Reset all"), Sentence("Yes, reset all"), Sentence("Keep them")
OF_SERVER, OF_CHANNEL = Sentence("Settings of this server"), Sentence("Settings for {channel}")
RESET_SERVER = Sentence("Set everything that was chosen for this server back to the default? Channels keep their own.")
RESET_CHANNEL = Sentence("Set everything that was chosen for {channel} back to what the server has?")
SERVER_HAS = Sentence("{value} *(as the server has it)*")
CATEGORY_HAS = Sentence("{value} *(as its category has it)*")
DEFAULT_HAS = Sentence("{value} *(default)*")
WHEN = Sentence("Changes apply from the next message; those of threads and searches from the next conversation.")
NEEDS_CONTENT = Sentence(
    "⚠️ “Answer every message” has no effect yet: Discord does not show me messages without a mention. The bot's "
    "operator can turn on the Message Content Intent in Discord's Developer Portal and restart me."
)
"""Where every message should be answered, and we do not see them."""
PRIVATE_COMES_FIRST = Sentence(
    "⚠️ “Answer in the channel itself” has no effect here while private threads are on: everyone would see the answers."
)


class Tab(StrEnum):
    """The groups of settings, each a page of the panel."""

    ANSWERS = "answers"
    THREADS = "threads"
    SEARCHES = "searches"
    SERVER = "server"


TABS: Mapping[Tab, str] = {
    Tab.ANSWERS: Sentence("Answers"),
    Tab.THREADS: Sentence("Conversations"),
    Tab.SEARCHES: Sentence("Searches"),
    Tab.SERVER: Sentence("Server"),
}


AUTOMATIC = Sentence("automatic: as Discord's settings name it for this server")
AS_DISCORD = Sentence("as long as the channel has it")
ARCHIVES = (
    (60, Sentence("1 hour")),
    (1440, Sentence("1 day")),
    (4320, Sentence("3 days")),
    (10080, Sentence("1 week")),
)


@dataclass(frozen=True, slots=True)
class ServerSetting:
    """One thing that can be set. `tab` SERVER: for whole servers only."""

    name: str
    tab: Tab
    kind: SettingKind

    @property
    def title(self) -> Sentence:
        """What it is called, here and in the log."""
        return TITLES[self.name]


SETTINGS: Sequence[ServerSetting] = (
    ServerSetting("model", Tab.ANSWERS, ModelName()),
    ServerSetting("persona", Tab.ANSWERS, PersonaName()),
    ServerSetting(ALLOWED, Tab.ANSWERS, PersonaNames()),
    ServerSetting("images", Tab.ANSWERS, OnOff()),
    ServerSetting("summaries", Tab.ANSWERS, OnOff()),
    ServerSetting("context_messages", Tab.ANSWERS, Number(0, MOST_CONTEXT)),
    ServerSetting("every_message", Tab.THREADS, OnOff()),
    ServerSetting("in_channel", Tab.THREADS, OnOff()),
    ServerSetting("mention_only", Tab.THREADS, OnOff()),
    ServerSetting("private", Tab.THREADS, OnOff()),
    ServerSetting("archive_minutes", Tab.THREADS, OneOf(ARCHIVES, unset=AS_DISCORD)),
    ServerSetting("mode", Tab.THREADS, OneOf(tuple((mode.value, words) for mode, words in MODES.items()))),
    ServerSetting("search_sites", Tab.SEARCHES, SearchNames("search_sites")),
    ServerSetting("search_handles", Tab.SEARCHES, SearchNames("search_handles")),
    ServerSetting("search_since", Tab.SEARCHES, Day()),
    ServerSetting("search_images", Tab.SEARCHES, OnOff()),
    ServerSetting(LANGUAGE, Tab.SERVER, OneOf(tuple(SPOKEN.items()), unset=AUTOMATIC)),
    ServerSetting(MODERATORS, Tab.SERVER, RoleIds()),
)
"""All settings, in the order in which the panel has them."""

BY_NAME: Mapping[str, ServerSetting] = {each.name: each for each in SETTINGS}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The settings of a place and around it.

    Args:
        channel_id: The channel's or category's; SERVER for the server's own.
        here: What is chosen for exactly this place.
        category: What is for the category around a channel.
        server: What is for the server around a channel.
        defaults: What applies where nothing is.
        offered: What there is to choose from.
    """

    channel_id: int
    here: Mapping[str, Any]
    category: Mapping[str, Any] = field(default_factory=dict)
    server: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    offered: Offered = field(default_factory=Offered)

    @property
    def resettable(self) -> Sequence[str]:
        """What can be reset here. Who moderates stays: that is not for moderators to change."""
        return [name for name in BY_NAME if name in self.here and name != MODERATORS]

    def effective(self, name: str) -> Any:
        """What applies here; None: nobody has set it."""
        return self.here[name] if name in self.here else self._wider(name)[1]

    def wider(self, name: str) -> Any:
        """What applies while nothing is chosen for exactly this place."""
        return self._wider(name)[1]

    def value(self, one: ServerSetting) -> str:
        """A setting in words, and where it comes from if not from here."""
        if one.name in self.here:
            return one.kind.shown(self.here[one.name])
        words, value = self._wider(one.name)
        return words.format(value=one.kind.shown(value))

    def _wider(self, name: str) -> tuple[Sentence, Any]:
        for held, words in ((self.category, CATEGORY_HAS), (self.server, SERVER_HAS)):
            if name in held:
                return words, held[name]
        return DEFAULT_HAS, self.defaults.get(name)


def settings_panel(chosen: Chosen, tab: Tab = Tab.ANSWERS, *, page: int = 0, notes: Sequence[str] = ()) -> Panel:
    """One tab of the panel of a server, or of one of its channels.

    Args:
        chosen: What is set here and around.
        tab: The group that is shown.
        page: Of that group, if it has several.
        notes: Further lines at the end.
    """
    rows = [row(one.title, chosen.value(one), _button(chosen, one)) for one in SETTINGS if one.tab is tab]
    channel = chosen.channel_id
    tabs = tuple(
        PanelButton(
            title, f"grokbot:settings:{channel}:tab:{each}", ButtonStyle.MAIN if each is tab else ButtonStyle.PLAIN
        )
        for each, title in TABS.items()
        if channel == SERVER or each is not Tab.SERVER
    )
    reset = PanelButton(RESET, f"grokbot:settings:{channel}:reset", ButtonStyle.DANGER, disabled=not chosen.resettable)
    return paged(
        _title(channel),
        rows,
        turn=lambda number: f"grokbot:settings:{channel}:tab:{tab}:{number}",
        page=page,
        below=(PanelLine(), PanelButtons((*tabs, reset)), *map(PanelText, notes), note(WHEN)),
    )


def reset_panel(channel_id: int) -> Panel:
    """The question before everything is reset."""
    asked = RESET_SERVER if channel_id == SERVER else RESET_CHANNEL.format(channel=f"<#{channel_id}>")
    buttons = (
        PanelButton(RESET_ALL, f"grokbot:settings:{channel_id}:reset_all", ButtonStyle.DANGER),
        PanelButton(KEEP, f"grokbot:settings:{channel_id}:tab:{Tab.ANSWERS}:0"),
    )
    return Panel((PanelText(asked), PanelButtons(buttons)))


def setting_form(chosen: Chosen, one: ServerSetting) -> PanelForm:
    """The form that asks for a value."""
    offered = replace(chosen.offered, wider=one.kind.shown(chosen.wider(one.name)))
    fields = one.kind.fields(chosen.here.get(one.name), offered)
    return PanelForm(one.title, f"grokbot:settings:{chosen.channel_id}:{one.name}", fields)


def switched(chosen: Chosen, name: str) -> bool | None:
    """What a press on a setting of yes and no sets; None: as the wider place has it, if that comes to the same."""
    wanted = not chosen.effective(name)
    return None if wanted == bool(chosen.wider(name)) else wanted


def _title(channel_id: int) -> str:
    return str(OF_SERVER) if channel_id == SERVER else OF_CHANNEL.format(channel=f"<#{channel_id}>")


def _button(chosen: Chosen, one: ServerSetting) -> PanelButton:
    label = CHANGE
    if isinstance(one.kind, OnOff):
        label = TURN_OFF if chosen.effective(one.name) else TURN_ON
    return PanelButton(label, f"grokbot:settings:{chosen.channel_id}:{one.name}")
