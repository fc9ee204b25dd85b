"""What a server reads at the first contact, and what /setup says of how things stand."""

from __future__ import annotations

from typing import Any

import pytest

from grokbot.discord_bot.commands.terms.setup_text import (
    COMMANDS_NAMED,
    PERMISSIONS,
    SetupNames,
    SetupState,
    first_contact,
    setup,
)
from grokbot.discord_bot.notices.panel import MOST_CHARACTERS, MOST_COMPONENTS, Panel, PanelButtons, PanelRow, PanelText
from grokbot.policy.places import Spread

NAMES = SetupNames("Grok", "<@1>", {name: f"</{name}:1>" for name in COMMANDS_NAMED})
URL = "https://grok.example.org/privacy"


def said(panel: Panel) -> str:
    return "\n".join(str(part.text) for part in panel.parts if isinstance(part, PanelText | PanelRow))


def state(**given: Any) -> str:
    return said(setup(NAMES, SetupState(server="Tea", role="Grok", **given), URL))


def links(panel: Panel) -> list[str | None]:
    rows = [part.buttons for part in panel.parts if isinstance(part, PanelButtons)]
    return [button.url for buttons in rows for button in buttons if button.url is not None]


def test_both_fit_into_a_message_whatever_is_missing() -> None:
    worst = SetupState(
        server="s" * 200,
        role="r" * 200,
        missing=tuple(PERMISSIONS),
        reads_all=False,
        greeted=False,
        paused=True,
        spread=Spread.ONLY,
        channels=25,
        roles=True,
        limits=1_000,
        log_channel=2**63,
        log_reached=False,
        model="m" * 100,
        persona="p" * 100,
    )
    for panel in (first_contact(NAMES, URL), setup(NAMES, worst, URL)):
        assert panel.components <= MOST_COMPONENTS
        assert panel.characters <= MOST_CHARACTERS


def test_the_first_words_say_who_it_is_and_how_to_ask_and_lead_to_the_policy() -> None:
    panel = first_contact(NAMES, URL)
    assert "unofficial" in said(panel)
    assert "<@1>" in said(panel)
    assert "</setup:1>" in said(panel)
    assert links(panel) == [URL]
    assert links(first_contact(NAMES, None)) == []


@pytest.mark.parametrize(
    ("given", "says", "not_said"),
    [
        ({}, "I have the permissions that I need here", "lack"),
        ({"missing": ("attach_files",)}, "in this server** (*Server settings → Roles → Grok*)", "that I need here"),
        ({"missing_here": ("attach_files",)}, "- **Attach Files**: for images", "in this server**"),
        ({"reads_all": False}, "only read messages that mention me", "without mentioning me"),
        ({"greeted": False}, "there I say hello when I come", "permissions that I lack"),
        ({"paused": True}, "</mod unpause:1> lets me answer again", "lack"),
        ({"spread": Spread.ONLY, "channels": 1}, "only in 1 channel or category.", "all channels"),
        ({"spread": Spread.ONLY}, "I answer in no channel", "all channels"),
        ({"spread": Spread.ALL_BUT, "channels": 2}, "everywhere but in 2 channels", "all channels"),
        ({"spread": Spread.ALL_BUT}, "all channels", "everywhere but"),
        ({"roles": True}, "Only some roles can start", "no channel"),
        ({"limits": 1}, "1 limit holds here. 0 answers this month, $0.00.", "no limits of its own"),
        ({"answers": 1, "cost_ticks": 25_000_000_000}, "1 answer this month, $2.50.", "limits hold"),
        ({"log_channel": 7}, "<#7>", "cannot write"),
        ({"log_channel": 7, "log_reached": False}, "cannot write in <#7>", "None is chosen"),
        ({"model": "grok-9", "persona": "owl"}, "Model grok-9. Persona owl.", "`grok"),
    ],
)
def test_setup_says_how_it_stands(given: dict[str, Any], says: str, not_said: str) -> None:
    assert says in state(**given)
    assert not_said not in state(**given)
