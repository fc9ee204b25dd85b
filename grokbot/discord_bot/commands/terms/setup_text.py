"""What a server sees when the bot has come, and what `/setup` shows its moderators: the panels. Pure.

Not here: finding out how things stand, sending it (`commands.terms`).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from grokbot.conversation.text.sentences import Plural, Sentence
from grokbot.discord_bot.notices.panel import (
    MenuKind,
    Panel,
    PanelButton,
    PanelButtons,
    PanelLine,
    PanelMenu,
    PanelText,
    note,
    row,
)
from grokbot.discord_bot.notices.texts.privacy_text import POLICY, PRIVACY
from grokbot.policy.budgets import dollars
from grokbot.policy.places import Spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.discord_bot.notices.panel import PanelPart

HELLO = Sentence("Hello, I am {bot}")
WHO = Sentence(
    "I bring Grok, xAI's model, into this server. I am unofficial: neither xAI nor Discord made me, and whoever runs "
    "me pays for the answers."
)
HOW = Sentence(
    "**How to ask:** mention {mention} with your question, or use {chat}. I answer in a thread, where you go on "
    "writing. To ask about a message, open its menu: *Apps → Ask Grok*. {help} shows the rest."
)
FIRST = Sentence("Moderators, set these first")
STANDS = Sentence("Setup of {server}")
STEPS_BELOW = Sentence("{setup} shows moderators this again, with what is set and what is missing.")

SETTINGS, CHANNELS, LIMITS, LOG = (
    Sentence("Settings"),
    Sentence("Channels"),
    Sentence("Limits"),
    Sentence("Log channel"),
)
CHANGE, SHOW, CHOOSE, LOOK_AGAIN = Sentence("Change"), Sentence("Show"), Sentence("Choose"), Sentence("Look again")

CHANNELS_ABOUT = Sentence("Where I answer, who can start conversations, and who can join in.")
LIMITS_ABOUT = Sentence("How much people can ask, and what it may cost.")
LOG_ABOUT = Sentence("Where moderators see what I refused and who changed what, never what people write.")
SETTINGS_ABOUT = Sentence("Model, persona, private threads, images, searches.")
PRIVACY_ABOUT = Sentence(
    "What people write to me is stored by whoever runs me, and sent to xAI. Everybody can see, get and delete what is "
    "stored about them."
)

EVERYWHERE = Sentence("I answer in all channels that I can see.")
ONLY_IN = Plural("I answer only in {n} channel or category.", "I answer only in {n} channels or categories.")
ALL_BUT = Plural(
    "I answer everywhere but in {n} channel or category.", "I answer everywhere but in {n} channels or categories."
)
NOWHERE = Sentence("⚠️ I answer in no channel: none is chosen.")
ROLES_ONLY = Sentence("Only some roles can start conversations.")
NO_LIMITS = Sentence("This server has no limits of its own. Whoever runs me may have set some.")
LIMITS_SET = Plural("{n} limit holds here.", "{n} limits hold here.")
SPENT = Plural("{n} answer this month, {cost}.", "{n} answers this month, {cost}.")
NO_LOG_SET = Sentence("None is chosen. {audit} shows the same.")
LOG_LOST = Sentence("⚠️ I cannot write in <#{channel}>: it is deleted or closed to me.")
MODEL_SET = Sentence("Model {model}.")
PERSONA_SET = Sentence("Persona {persona}.")
PAUSED = Sentence("⏸️ I am paused in this server: {unpause} lets me answer again.")

ALL_PERMITTED = Sentence("✅ I have the permissions that I need here.")
MISSING_SERVER = Sentence("⚠️ **Permissions that I lack in this server** (*Server settings → Roles → {role}*):")
MISSING_CHANNEL = Sentence("⚠️ **Permissions that I lack in this channel** (*Edit channel → Permissions*):")
MISSING_ONE = Sentence("- **{permission}**: {purpose}")
READS_ALL = Sentence("✅ In my threads people write to me without mentioning me.")
READS_MENTIONS = Sentence(
    "⚠️ I only read messages that mention me, in my threads too: whoever runs me has not switched on Discord's "
    "*Message Content Intent*."
)
NO_SYSTEM_CHANNEL = Sentence("-# I cannot write in a channel for system messages: there I say hello when I come.")

LOG_PANEL = Sentence(
    "I post there what moderators do, what I refuse and what xAI declines, never what people write. "
    "Choose a channel that only moderators see; choose none to switch it off."
)
LOG_PLACEHOLDER = Sentence("Choose a channel")

PERMISSIONS: Mapping[str, tuple[Sentence, Sentence]] = MappingProxyType(
    {
        "view_channel": (Sentence("View Channels"), Sentence("I see nothing of a channel without it")),
        "send_messages": (Sentence("Send Messages"), Sentence("to answer at all")),
        "send_messages_in_threads": (Sentence("Send Messages in Threads"), Sentence("to answer in threads")),
        "create_public_threads": (Sentence("Create Public Threads"), Sentence("to open a thread for a conversation")),
        "create_private_threads": (
            Sentence("Create Private Threads"),
            Sentence("for conversations in private threads"),
        ),
        "read_message_history": (
            Sentence("Read Message History"),
            Sentence("to answer what was written while I was away, and to read what came before a mention"),
        ),
        "embed_links": (Sentence("Embed Links"), Sentence("to show sources and share pages")),
        "attach_files": (Sentence("Attach Files"), Sentence("for images, long answers and exports")),
        "add_reactions": (Sentence("Add Reactions"), Sentence("to mark messages that wait for their answer")),
    }
)
"""What the bot needs in a server, by Discord's names: how Discord calls it in settings, and what for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupState:
    """How things stand in a server, for its moderators.

    Args:
        server: Its name.
        role: The name of the bot's role there.
        missing: Permissions that the bot lacks in the whole server.
        missing_here: Those that it lacks only in the channel where the question was asked.
        reads_all: Whether it sees messages that do not mention it.
        greeted: Whether it could say hello in the system channel.
        paused: Whether it is paused there.
        spread: In which channels it answers.
        channels: How many are named for that.
        roles: Whether only some roles may begin.
        limits: How many limits hold there.
        answers: How many answers there were this month.
        cost_ticks: What they cost, as far as xAI said.
        log_channel: Its id; None if none is chosen.
        log_reached: Whether the bot may write there.
        model: The model of new conversations.
        persona: Its persona; "" for none.
    """

    server: str
    role: str
    missing: Sequence[str] = ()
    missing_here: Sequence[str] = ()
    reads_all: bool = True
    greeted: bool = True
    paused: bool = False
    spread: Spread = Spread.EVERYWHERE
    channels: int = 0
    roles: bool = False
    limits: int = 0
    answers: int = 0
    cost_ticks: int = 0
    log_channel: int | None = None
    log_reached: bool = True
    model: str = ""
    persona: str = ""


@dataclass(frozen=True, slots=True)
class SetupNames:
    """How the bot and its commands are written where they can be clicked.

    Args:
        bot: Its name.
        mention: Its mention.
        command: A command, by its name.
    """

    bot: str
    mention: str
    command: Mapping[str, str]


COMMANDS_NAMED = ("chat", "help", "setup", "mod audit", "mod unpause")
"""The commands that these texts name."""


def button_id(what: str) -> str:
    """The id of a button: `settings`, `channels`, `limits`, `log`, `privacy` or `again`."""
    return f"grokbot:setup:{what}"


def first_contact(names: SetupNames, policy_url: str | None) -> Panel:
    """What a server reads once, in its system channel.

    Args:
        names: How the bot and its commands are written.
        policy_url: The public privacy policy; None: there is none.
    """
    return Panel(
        (
            PanelText(f"### {HELLO.format(bot=names.bot)}\n{WHO}\n\n{_how(names)}"),
            PanelLine(),
            PanelText(f"**{FIRST}**"),
            row(CHANNELS, str(CHANNELS_ABOUT), _button(CHANGE, "channels")),
            row(LIMITS, str(LIMITS_ABOUT), _button(CHANGE, "limits")),
            row(LOG, str(LOG_ABOUT), _button(CHOOSE, "log")),
            row(SETTINGS, str(SETTINGS_ABOUT), _button(CHANGE, "settings")),
            note(STEPS_BELOW.format(setup=names.command["setup"])),
            PanelLine(),
            *_privacy(policy_url),
        )
    )


def setup(names: SetupNames, state: SetupState, policy_url: str | None) -> Panel:
    """The same for moderators, with how things stand.

    Args:
        names: How the bot and its commands are written.
        state: How things stand.
        policy_url: The public privacy policy; None: there is none.
    """
    persona = f" {PERSONA_SET.format(persona=state.persona)}" if state.persona else ""
    return Panel(
        (
            PanelText(f"### {STANDS.format(server=state.server)}\n{WHO}\n\n{_how(names)}"),
            PanelLine(),
            PanelText("\n".join(_state_lines(names, state))),
            PanelLine(),
            row(CHANNELS, _channels(state), _button(CHANGE, "channels")),
            row(LIMITS, _limits(state), _button(CHANGE, "limits")),
            row(LOG, _log(names, state), _button(CHOOSE, "log")),
            row(SETTINGS, f"{MODEL_SET.format(model=state.model)}{persona}", _button(CHANGE, "settings")),
            PanelLine(),
            *_privacy(policy_url, _button(LOOK_AGAIN, "again")),
        )
    )


def log_panel(chosen: int | None, channel_types: Sequence[int]) -> Panel:
    """The choice of a log channel.

    Args:
        chosen: The id of the current one; None if there is none.
        channel_types: Discord's numbers of the types that are offered.
    """
    menu = PanelMenu(
        button_id("log_channel"),
        MenuKind.CHANNELS,
        chosen=(chosen,) if chosen is not None else (),
        placeholder=LOG_PLACEHOLDER,
        least=0,
        channel_types=tuple(channel_types),
    )
    return Panel((PanelText(f"### {LOG}"), PanelText(LOG_PANEL), menu))


def _how(names: SetupNames) -> str:
    return HOW.format(mention=names.mention, chat=names.command["chat"], help=names.command["help"])


def _privacy(policy_url: str | None, *buttons: PanelButton) -> Sequence[PanelPart]:
    below = buttons if policy_url is None else (PanelButton(POLICY, url=policy_url), *buttons)
    return (row(PRIVACY, str(PRIVACY_ABOUT), _button(SHOW, "privacy")), *([PanelButtons(below)] if below else []))


def _button(label: Sentence, what: str) -> PanelButton:
    return PanelButton(label, button_id(what))


def _state_lines(names: SetupNames, state: SetupState) -> list[str]:
    lines = [PAUSED.format(unpause=names.command["mod unpause"])] if state.paused else []
    if state.missing:
        lines += [MISSING_SERVER.format(role=state.role), *map(_missing, state.missing)]
    if state.missing_here:
        lines += [str(MISSING_CHANNEL), *map(_missing, state.missing_here)]
    if not state.missing and not state.missing_here:
        lines.append(str(ALL_PERMITTED))
    lines.append(str(READS_ALL if state.reads_all else READS_MENTIONS))
    return lines if state.greeted else [*lines, str(NO_SYSTEM_CHANNEL)]


def _missing(name: str) -> str:
    permission, purpose = PERMISSIONS[name]
    return MISSING_ONE.format(permission=permission, purpose=purpose)


def _channels(state: SetupState) -> str:
    match state.spread:
        case Spread.ONLY:
            where = ONLY_IN(state.channels) if state.channels else str(NOWHERE)
        case Spread.ALL_BUT if state.channels:
            where = ALL_BUT(state.channels)
        case _:
            where = str(EVERYWHERE)
    return f"{where} {ROLES_ONLY}" if state.roles else where


def _limits(state: SetupState) -> str:
    held = LIMITS_SET(state.limits) if state.limits else str(NO_LIMITS)
    return f"{held} {SPENT(state.answers, cost=dollars(state.cost_ticks))}"


def _log(names: SetupNames, state: SetupState) -> str:
    if state.log_channel is None:
        return NO_LOG_SET.format(audit=names.command["mod audit"])
    return f"<#{state.log_channel}>" if state.log_reached else LOG_LOST.format(channel=state.log_channel)
