"""The panels of filters, limits and personas, and their forms. Pure.

Not here: what a press does (`filters`, `limits`, `personas`), one-line replies (`notices.texts.moderator_text`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.personas import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_TEXT
from grokbot.conversation.text import shortened
from grokbot.conversation.text.sentences import Plural, Sentence
from grokbot.discord_bot.notices import (
    MOST_CHOICES,
    ButtonStyle,
    FormField,
    FormFiles,
    FormRadios,
    FormText,
    MenuKind,
    Panel,
    PanelButton,
    PanelButtons,
    PanelChoice,
    PanelForm,
    PanelMenu,
    PanelRow,
    PanelText,
    note,
    paged,
    row,
)
from grokbot.discord_bot.notices.texts.command_text import plain
from grokbot.discord_bot.notices.texts.moderator_tables import standing_listed
from grokbot.discord_bot.notices.texts.moderator_text import filter_name, limit_subject
from grokbot.policy.budgets import OPERATOR, Counted, Scope, described
from grokbot.policy.filters import LONGEST_NAME as LONGEST_FILTER_NAME
from grokbot.policy.filters import LONGEST_SAMPLE, Action, Where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.conversation.personas import Persona
    from grokbot.engine.budgets import Used
    from grokbot.policy.budgets import Limit
    from grokbot.policy.filters import Filter

PATTERN_SHOWN, PATTERN_LENGTH = 200, 500
EDIT, REMOVE, KEEP = Sentence("Edit"), Sentence("Remove"), Sentence("Keep it")

FILTERS, NO_FILTERS = Sentence("Filters of this server"), Sentence("There are none yet.")
ADD_FILTER, NEW_FILTER = Sentence("Add a filter"), Sentence("New filter")
HITS = Plural("{n} match since my last start", "{n} matches since my last start")
ABOUT_FILTERS = Sentence("Each match is posted to the log channel, if `/mod log` names one.")
REMOVE_FILTER = Sentence("Remove this filter? Text that it hid in old answers stays hidden.")
FILTER_NAME, FILTER_NAME_HELP = Sentence("Name"), Sentence("What you want to call it. It also gets a number.")
PATTERN = Sentence("Pattern")
PATTERN_HELP = Sentence("A regular expression without look-around and back-references, or just a word.")
WORDS, WORDS_HELP = Sentence("Or a list of words"), Sentence("A text file with a word or a few on each line.")
DOES = Sentence("What it does")
SAMPLE, SAMPLE_HELP = Sentence("Try it on this text"), Sentence("You see what it finds. The text is not kept.")
WHAT: Mapping[tuple[Where, Action], Sentence] = {
    (Where.PROMPTS, Action.REFUSE): Sentence("Questions: a match is not answered"),
    (Where.PROMPTS, Action.TELL): Sentence("Questions: a match is only reported"),
    (Where.ANSWERS, Action.SPOILER): Sentence("Answers: a match is hidden behind a spoiler"),
    (Where.ANSWERS, Action.STOP): Sentence("Answers: the answer ends before a match"),
    (Where.ANSWERS, Action.TELL): Sentence("Answers: a match is only reported"),
    (Where.BOTH, Action.REFUSE): Sentence("Both: a question is not answered, an answer ends"),
    (Where.BOTH, Action.SPOILER): Sentence("Both: hidden in answers, reported in questions"),
    (Where.BOTH, Action.TELL): Sentence("Both: a match is only reported"),
}
"""What a filter does, in the order in which its form offers it."""

LIMITS, NO_LIMITS = Sentence("Limits in this server"), Sentence("There are none yet.")
ADD_LIMIT, NEW_LIMIT = Sentence("Set a limit", "button"), Sentence("New limit")
BY_OPERATOR = Sentence("{limit} *(set by the bot's operator)*")
COUNTS, AMOUNT = Sentence("What it counts"), Sentence("How much")
AMOUNT_HELP = Sentence("Such as 5, 50k or $2.50; 0 allows nothing. It replaces a limit of the same kind.")
FOR_WHOM, ROLE, PERSON = Sentence("For whom"), Sentence("Or each person with this role"), Sentence("Or this one person")
ROLE_HELP = Sentence("Of several roles, the most generous counts.")
COUNTED: Mapping[Counted, Sentence] = {
    Counted.TURNS_A_MINUTE: Sentence("turns a minute"),
    Counted.ANSWERS_AT_ONCE: Sentence("answers at once"),
    Counted.TOKENS_A_DAY: Sentence("tokens a day"),
    Counted.TOKENS_A_MONTH: Sentence("tokens a month"),
    Counted.COST_A_DAY: Sentence("dollars a day"),
    Counted.COST_A_MONTH: Sentence("dollars a month"),
}
SCOPES: Mapping[Scope, Sentence] = {
    Scope.MEMBER: Sentence("each person"),
    Scope.SERVER: Sentence("this server, all people together"),
}

PERSONAS, NO_PERSONAS = Sentence("Personas of this server"), Sentence("There are none yet.")
ADD_PERSONA, REMOVE_PERSONA = Sentence("Add a persona"), Sentence("Remove a persona…")
NEW_PERSONA, EDIT_PERSONA = Sentence("New persona"), Sentence("Edit {name}")
ALSO_CHOOSE = Sentence("People can also choose, unless `/mod settings` says otherwise: {names}")
SURE_PERSONA = Sentence("Remove the persona **{name}**? Conversations that have it keep it.")
PERSONA_NAME, PERSONA_NAME_HELP = Sentence("Name"), Sentence("Letters, digits, - and _.")
PERSONA_TEXT = Sentence("Instructions to Grok")
PERSONA_EXAMPLE = Sentence("You are a pirate. You talk like one, and what you claim is true all the same.")
PERSONA_ABOUT = Sentence("A few words for people who choose it")


def filters_panel(filters: Sequence[Filter], hits: Mapping[str, int], *, page: int = 0, told: str = "") -> Panel:
    """A server's filters, each with the button that removes it.

    Args:
        filters: All of them, oldest first.
        hits: How many texts they matched since the last start, by id.
        page: Counted from 0; a number past the end is the last page.
        told: What has just been done; "": nothing.
    """
    rows = [
        PanelRow(
            f"{_filter(one)}\n-# {HITS(hits.get(one.id, 0))}", PanelButton(REMOVE, f"grokbot:filter:remove:{one.id}")
        )
        for one in filters
    ]
    add = PanelButton(ADD_FILTER, "grokbot:filter:add", ButtonStyle.MAIN)
    return paged(
        str(FILTERS),
        rows or [PanelText(NO_FILTERS)],
        turn=lambda number: f"grokbot:filter:page:{number}",
        page=page,
        below=(*_told(told), PanelButtons((add,)), note(ABOUT_FILTERS)),
    )


def filter_question(one: Filter) -> Panel:
    """Asks before a filter is removed."""
    remove = PanelButton(REMOVE, f"grokbot:filter:removed:{one.id}", ButtonStyle.DANGER)
    keep = PanelButton(KEEP, "grokbot:filter:page:0")
    return Panel((PanelText(_filter(one)), PanelText(REMOVE_FILTER), PanelButtons((remove, keep))))


def filter_form() -> PanelForm:
    """Asks for a new filter: a pattern, or a list of words."""
    what = tuple(
        PanelChoice(f"{where}:{action}", words, chosen=at == 0)
        for at, ((where, action), words) in enumerate(WHAT.items())
    )
    return PanelForm(
        NEW_FILTER,
        "grokbot:filter:new",
        (
            FormField(PATTERN, FormText("pattern", required=False, most=PATTERN_LENGTH), help=PATTERN_HELP),
            FormField(WORDS, FormFiles("words"), help=WORDS_HELP),
            FormField(DOES, PanelMenu("what", choices=what)),
            FormField(FILTER_NAME, FormText("name", required=False, most=LONGEST_FILTER_NAME), help=FILTER_NAME_HELP),
            FormField(SAMPLE, FormText("sample", long=True, required=False, most=LONGEST_SAMPLE), help=SAMPLE_HELP),
        ),
    )


def _filter(one: Filter) -> str:
    pattern = shortened(" ".join(one.pattern.source.split()).replace("`", "'"), PATTERN_SHOWN)
    # A stop is the same as a refusal where only questions are checked, and the other way round for answers.
    same = {Action.STOP: Action.REFUSE, Action.REFUSE: Action.STOP}
    what = WHAT.get((one.where, one.action)) or WHAT[one.where, same.get(one.action, Action.TELL)]
    return f"**{filter_name(one.number, one.name)}** · {what}\n||`{pattern}`||"


def limits_panel(limits: Sequence[Limit], used: Sequence[Used], *, page: int = 0, told: str = "") -> Panel:
    """The limits that hold in a server, and what the moderator has used of their own.

    Args:
        limits: The server's, and the operator's.
        used: Of those that hold for the moderator.
        page: Counted from 0.
        told: What has just been done; "": nothing.
    """
    rows = [
        PanelText(f"**{limit_subject(limit)}**\n{BY_OPERATOR.format(limit=described(limit))}")
        if limit.guild_id == OPERATOR
        else row(limit_subject(limit), described(limit), PanelButton(REMOVE, _limit_id(limit)))
        for limit in limits
    ]
    add = PanelButton(ADD_LIMIT, "grokbot:limit:add", ButtonStyle.MAIN)
    return paged(
        str(LIMITS),
        rows or [PanelText(NO_LIMITS)],
        turn=lambda number: f"grokbot:limit:page:{number}",
        page=page,
        below=(*_told(told), PanelButtons((add,)), PanelText(standing_listed(used))),
    )


def _limit_id(limit: Limit) -> str:
    return f"grokbot:limit:remove:{limit.scope}:{limit.scope_id}:{limit.counted}"


def limit_form() -> PanelForm:
    """Asks for a limit."""
    counts = tuple(
        PanelChoice(counted.value, words, chosen=at == 0) for at, (counted, words) in enumerate(COUNTED.items())
    )
    scopes = tuple(PanelChoice(scope.value, words, chosen=at == 0) for at, (scope, words) in enumerate(SCOPES.items()))
    return PanelForm(
        NEW_LIMIT,
        "grokbot:limit:new",
        (
            FormField(COUNTS, FormRadios("what", counts)),
            FormField(AMOUNT, FormText("amount", most=30), help=AMOUNT_HELP),
            FormField(FOR_WHOM, FormRadios("whom", scopes)),
            FormField(ROLE, PanelMenu("role", MenuKind.ROLES, least=0), help=ROLE_HELP),
            FormField(PERSON, PanelMenu("user", MenuKind.PEOPLE, least=0)),
        ),
    )


def personas_panel(own: Sequence[Persona], known: Mapping[str, Persona], *, page: int = 0, told: str = "") -> Panel:
    """A server's personas, each with the button that edits it, and the names of the others.

    Args:
        own: The server's.
        known: All by name, the server's among them.
        page: Counted from 0.
        told: What has just been done; "": nothing.
    """
    rows = [
        row(plain(each.name, 80), plain(each.description, 160), PanelButton(EDIT, f"grokbot:personas:edit:{each.name}"))
        for each in own
    ]
    names = {each.name for each in own}
    others = ", ".join(plain(name, 80) for name in known if name not in names)
    removed = tuple(PanelChoice(each.name, each.name) for each in own[:MOST_CHOICES])
    return paged(
        str(PERSONAS),
        rows or [PanelText(NO_PERSONAS)],
        turn=lambda number: f"grokbot:personas:page:{number}",
        page=page,
        below=(
            *_told(told),
            *([PanelMenu("grokbot:personas:remove", choices=removed, placeholder=REMOVE_PERSONA)] if removed else []),
            PanelButtons((PanelButton(ADD_PERSONA, "grokbot:personas:add", ButtonStyle.MAIN),)),
            note(shortened(ALSO_CHOOSE.format(names=others), 600)),
        ),
    )


def persona_question(name: str) -> Panel:
    """Asks before a persona is removed."""
    remove = PanelButton(REMOVE, f"grokbot:personas:removed:{name}", ButtonStyle.DANGER)
    keep = PanelButton(KEEP, "grokbot:personas:page:0")
    return Panel((PanelText(SURE_PERSONA.format(name=plain(name, 80))), PanelButtons((remove, keep))))


def persona_form(name: str = "", now: Persona | None = None, *, on_panel: bool = False) -> PanelForm:
    """Asks for a persona's words.

    Args:
        name: Its name; "": it is asked for, too.
        now: The persona as it is; None: it is new.
        on_panel: Whether the panel is redrawn afterwards.
    """
    asked = FormField(PERSONA_NAME, FormText("name", most=LONGEST_NAME), help=PERSONA_NAME_HELP)
    kind = "personas" if on_panel else "persona"
    return PanelForm(
        NEW_PERSONA if now is None else EDIT_PERSONA.format(name=name),
        f"grokbot:{kind}:{'add' if now is None else 'edit'}:{name}",
        (
            *([] if name else [asked]),
            FormField(
                PERSONA_TEXT,
                FormText("text", now.text if now else "", PERSONA_EXAMPLE, long=True, most=LONGEST_TEXT),
            ),
            FormField(
                PERSONA_ABOUT,
                FormText("about", now.description if now else "", required=False, most=LONGEST_DESCRIPTION),
            ),
        ),
    )


def _told(text: str) -> Sequence[PanelText]:
    return [PanelText(shortened(text, 900))] if text else []
