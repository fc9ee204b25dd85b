"""The panels and forms of filters, limits, personas and places keep to Discord's limits, however long all is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from simcord.components import validate_components, validate_modal

from grokbot.conversation.personas import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_TEXT, Persona
from grokbot.discord_bot.commands.mod.channels import places_panel
from grokbot.discord_bot.commands.mod.list_panels import (
    filter_form,
    filter_question,
    filters_panel,
    limit_form,
    limits_panel,
    persona_form,
    persona_question,
    personas_panel,
)
from grokbot.discord_bot.notices import Panel, modal_of, view_of
from grokbot.policy.budgets import OPERATOR, Counted, Limit, Scope
from grokbot.policy.filters import LONGEST_NAME as LONGEST_FILTER_NAME
from grokbot.policy.filters import MOST_FILTERS, Action, Filter, Where, compiled
from grokbot.policy.places import PlaceRules, Spread
from grokbot.sandbox.discord_server.rules.modals import check_modal
from grokbot.sandbox.discord_server.rules.protocol import COMPONENTS_V2
from grokbot.sandbox.discord_server.rules.validation import check_message

if TYPE_CHECKING:
    from grokbot.discord_bot.notices import PanelForm

LARGE = 2**63 - 1
FILTERS = [
    Filter(f"{number:026}", compiled("\\*" * 250), Where.BOTH, Action.SPOILER, number, "_" * LONGEST_FILTER_NAME)
    for number in range(MOST_FILTERS)
]
LIMITS = [
    Limit(
        guild_id=guild,
        scope=Scope.USER if guild == OPERATOR else Scope.ROLE,
        scope_id=LARGE - number,
        counted=counted,
        amount=2**53,
    )
    for number in range(20)
    for guild in (7, OPERATOR)
    for counted in Counted
]
PERSONAS = [
    Persona(f"{number}".ljust(LONGEST_NAME, "-"), "x" * LONGEST_TEXT, "_" * LONGEST_DESCRIPTION) for number in range(25)
]
IDS = frozenset(LARGE - number for number in range(40))
PANELS: dict[str, Panel] = {
    **{f"filters {page}": filters_panel(FILTERS, {}, page=page, told="x" * 5_000) for page in (0, 3, 999)},
    **{f"limits {page}": limits_panel(LIMITS, [], page=page, told="x" * 5_000) for page in (0, 999)},
    "personas": personas_panel(PERSONAS, {each.name: each for each in PERSONAS}, told="x" * 5_000),
    "none": filters_panel([], {}),
    "filter": filter_question(FILTERS[0]),
    "persona": persona_question(PERSONAS[0].name),
    "places": places_panel(
        PlaceRules(spread=Spread.ONLY, channel_ids=IDS, starter_role_ids=IDS, answerer_role_ids=IDS)
    ),
    "nowhere": places_panel(PlaceRules(spread=Spread.ONLY)),
}
FORMS: dict[str, PanelForm] = {
    "filter": filter_form(),
    "limit": limit_form(),
    "new": persona_form(),
    "edit": persona_form(PERSONAS[0].name, PERSONAS[0], on_panel=True),
}


@pytest.mark.parametrize("name", PANELS)
async def test_a_panel_fits_into_a_message(name: str) -> None:
    made: Any = view_of(PANELS[name]).to_components()  # type: ignore[no-untyped-call] # as it is written there
    check_message({"components": made}, flags=COMPONENTS_V2)
    validate_components(made, flags=COMPONENTS_V2)


@pytest.mark.parametrize("name", FORMS)
async def test_a_form_can_be_opened(name: str) -> None:
    made = modal_of(FORMS[name]).to_dict()
    check_modal(made)
    validate_modal(made)
