"""Settings as a panel and as forms: all fits, defaults say where they come from, and what a form says is set."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simcord.components import validate_components, validate_modal

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import in_language
from grokbot.discord_bot.commands.mod.settings.kinds import AS_WIDER, Offered
from grokbot.discord_bot.commands.mod.settings.panel import (
    BY_NAME,
    SERVER,
    SETTINGS,
    Chosen,
    Tab,
    reset_panel,
    setting_form,
    settings_panel,
    switched,
)
from grokbot.discord_bot.commands.mod.settings.search_kinds import search_value
from grokbot.discord_bot.notices import FilledForm, PanelRow, modal_of, view_of
from grokbot.discord_bot.notices.form import HELP_LENGTH, TITLE_LENGTH
from grokbot.engine.admission import CHECKS
from grokbot.languages import SPOKEN, language_of
from grokbot.sandbox.discord_server.rules.modals import check_modal
from grokbot.sandbox.discord_server.rules.protocol import COMPONENTS_V2
from grokbot.sandbox.discord_server.rules.validation import check_message

VALUES: dict[str, Any] = {
    "model": "m" * 90,
    "mode": "stateful",
    "persona": "fun",
    "mention_only": True,
    "private": False,
    "in_channel": True,
    "every_message": False,
    "archive_minutes": 60,
    "images": True,
    "context_messages": 50,
    "summaries": False,
    "language": "ja",
    "search_sites": ["-" + "s" * 253] * 5,
    "search_handles": ["h" * 15] * 10,
    "search_since": "2026-01-31",
    "search_images": True,
    "personas": [f"{number}".ljust(32, "p") for number in range(50)],
    "moderators": [2**63 - n for n in range(1, 26)],
}
DEFAULTS = {"model": "grok", "mode": "stateless", "mention_only": False, "context_messages": "5 here, 20 there"}


def filled_with(**fields: Any) -> FilledForm:
    return FilledForm("", fields, {})


@settings(max_examples=15)
@given(
    st.sets(st.sampled_from(sorted(VALUES))),
    st.sampled_from([SERVER, 2**63]),
    st.lists(st.text(max_size=120), max_size=60),
    st.sampled_from(Tab),
)
async def test_panel_and_forms_keep_to_discords_limits_whatever_is_chosen(
    names: set[str], channel: int, models: list[str], tab: Tab
) -> None:
    here = {name: value for name, value in VALUES.items() if name in names}
    chosen = Chosen(channel, here, defaults=DEFAULTS, offered=Offered(models, ["standard", *models]))
    for panel in (settings_panel(chosen, tab, notes=["n" * 300]), reset_panel(channel)):
        made: Any = view_of(panel).to_components()  # type: ignore[no-untyped-call] # as it is written there
        check_message({"components": made}, flags=COMPONENTS_V2)
        validate_components(made, flags=COMPONENTS_V2)
    for one in SETTINGS:
        form = setting_form(chosen, one)
        if form.fields:
            check_modal(modal_of(form).to_dict())
            validate_modal(modal_of(form).to_dict())


async def test_on_the_second_page_the_shown_tab_and_the_way_back_are_two_buttons() -> None:
    chosen = Chosen(SERVER, {"personas": ["p" * 40] * 15, "model": "m" * 400})
    for page in range(3):
        made: Any = view_of(settings_panel(chosen, page=page, notes=["n" * 3_000])).to_components()  # type: ignore[no-untyped-call] # as above
        check_message({"components": made}, flags=COMPONENTS_V2)


@pytest.mark.parametrize("locale", SPOKEN)
async def test_nothing_in_a_form_is_cut_short_in_any_language(locale: str) -> None:
    with in_language(language_of(locale)):
        for one in SETTINGS:
            form = setting_form(Chosen(SERVER, {}, defaults=DEFAULTS), one)
            assert not form.fields or len(str(form.title)) <= TITLE_LENGTH
            for field in form.fields:
                assert len(str(field.label)) <= TITLE_LENGTH
                assert len(str(field.help)) <= HELP_LENGTH


def test_no_role_is_cut_in_the_middle() -> None:
    ids = [10**19 - n for n in range(25)]
    [shown] = [
        part.text
        for part in settings_panel(Chosen(SERVER, {"moderators": ids}), Tab.SERVER).parts
        if isinstance(part, PanelRow) and "<@&" in part.text
    ]
    assert shown.endswith(">, …")


def test_every_setting_that_is_kept_has_one_row() -> None:
    assert sorted([*BY_NAME, "log_channel"]) == sorted(CHECKS)
    assert len(BY_NAME) == len(SETTINGS)


def test_a_default_says_where_it_comes_from() -> None:
    server = {"persona": "fun", "model": "grok-4.3"}
    chosen = Chosen(7, {"mode": "stateful"}, {"model": "grok-4.7"}, server, DEFAULTS)
    rows = [part.text for tab in Tab for part in settings_panel(chosen, tab).parts if isinstance(part, PanelRow)]
    assert "**Model**\ngrok\\-4\\.7 *(as its category has it)*" in rows
    assert "**Persona**\nfun *(as the server has it)*" in rows
    assert "**Mention needed in threads**\nOff *(default)*" in rows
    assert "**Mode of new conversations**\nstateful (xAI keeps the history for 30 days)" in rows
    assert "**Web searches**\neverywhere *(default)*" in rows


def test_a_switch_goes_there_and_back_to_the_default() -> None:
    chosen = Chosen(SERVER, {}, defaults={"images": True})
    assert (switched(chosen, "images"), switched(chosen, "private")) == (False, True)
    assert switched(Chosen(SERVER, {"images": False}, defaults={"images": True}), "images") is None
    # What differs in the server is switched off in one of its channels, and not left to it.
    assert switched(Chosen(7, {}, server={"private": True}), "private") is False


@pytest.mark.parametrize(
    ("name", "fields", "value"),
    [
        ("model", {"value": "=grok-4.3", "other": ""}, "grok-4.3"),
        ("model", {"value": "=grok-4.3", "other": " ours "}, "ours"),
        ("model", {"value": AS_WIDER}, None),
        ("persona", {"value": ["="]}, ""),
        ("persona", {"value": [AS_WIDER]}, None),
        ("personas", {"value": ["fun", "standard"]}, ["fun", "standard"]),
        ("personas", {"value": "fun, Standard"}, ["fun", "standard"]),
        ("personas", {"value": []}, None),
        ("archive_minutes", {"value": "2"}, 4320),
        ("archive_minutes", {"value": AS_WIDER}, None),
        ("context_messages", {"value": " 7 "}, 7),
        ("context_messages", {"value": ""}, None),
        ("search_sites", {"value": "only", "names": "NASA.gov, -esa.int"}, ["nasa.gov", "esa.int"]),
        ("search_sites", {"value": "but", "names": "nasa.gov"}, ["-nasa.gov"]),
        ("search_sites", {"value": "any", "names": "nasa.gov"}, []),
        ("search_sites", {"value": AS_WIDER, "names": "nasa.gov"}, None),
        ("search_since", {"value": ""}, None),
        ("search_since", {"value": "any"}, ""),
        ("moderators", {"value": ["7", "5"]}, [5, 7]),
        ("moderators", {"value": []}, None),
    ],
)
def test_a_filled_in_form_sets_what_it_says(name: str, fields: dict[str, Any], value: object) -> None:
    assert BY_NAME[name].kind.read(filled_with(**fields)) == value


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("context_messages", {"value": "51"}),
        ("context_messages", {"value": "many"}),
        ("search_handles", {"value": "only", "names": " , "}),
    ],
)
def test_a_form_that_means_nothing_is_refused_in_words(name: str, fields: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        BY_NAME[name].kind.read(filled_with(**fields))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("search_sites", " NASA.gov,esa.int  nasa.gov", ["nasa.gov", "esa.int"]),
        ("search_sites", "any", []),
        ("search_sites", "Default", None),
        ("search_handles", "-@spam, -Bots", ["-spam", "-Bots"]),
        ("search_since", "any", ""),
        ("search_since", " 2026-01-31", "2026-01-31"),
    ],
)
def test_limits_of_searches_are_read_as_moderators_write_them(name: str, text: str, value: object) -> None:
    assert search_value(name, text) == value
