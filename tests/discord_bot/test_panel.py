"""A panel fits into a message whatever its rows say, each row is on one page, and a form reads back what it asked."""

from __future__ import annotations

from typing import Any

import discord
from hypothesis import given, settings
from hypothesis import strategies as st
from simcord.components import validate_components, validate_modal

from grokbot.discord_bot.notices import (
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
    PanelLine,
    PanelMenu,
    PanelRow,
    PanelText,
    modal_of,
    note,
    paged,
    row,
    view_of,
)
from grokbot.discord_bot.notices.form import filled
from grokbot.discord_bot.notices.panel import MOST_CHARACTERS, MOST_COMPONENTS
from grokbot.sandbox.discord_server.rules.modals import check_modal
from grokbot.sandbox.discord_server.rules.protocol import COMPONENTS_V2
from grokbot.sandbox.discord_server.rules.validation import check_message

ROWS = st.lists(st.tuples(st.text(max_size=90), st.text(max_size=5_000)), max_size=60)


def turn(page: int) -> str:
    return f"turn:{page}"


def of(panel: Panel) -> list[dict[str, Any]]:
    """As Discord gets it; each of the two stand-ins and discord.py's own count agree that it may."""
    view = view_of(panel)
    made: list[dict[str, Any]] = view.to_components()  # type: ignore[no-untyped-call] # as it is written there
    check_message({"components": made}, flags=COMPONENTS_V2)
    validate_components(made, flags=COMPONENTS_V2)
    assert panel.components == len(list(view.walk_children())) <= MOST_COMPONENTS
    assert panel.characters == view.content_length() <= MOST_CHARACTERS
    return made


@settings(max_examples=20)
@given(rows=ROWS, page=st.integers(-2, 20))
def test_any_page_of_any_rows_fits_into_a_message(rows: list[tuple[str, str]], page: int) -> None:
    parts = [row(label, value, PanelButton("Change", f"row:{n}")) for n, (label, value) in enumerate(rows)]
    menu = PanelMenu("roles", MenuKind.ROLES, chosen=(7,), most=25, least=0)
    shown = paged("x" * 5_000, parts, turn=turn, page=page, below=(menu, note("y" * 100)))
    of(shown)
    assert menu in shown.parts


@given(rows=ROWS)
def test_each_row_is_on_exactly_one_page_and_the_buttons_lead_to_all(rows: list[tuple[str, str]]) -> None:
    parts = [row(label, value, PanelButton("Change", f"row:{n}")) for n, (label, value) in enumerate(rows)]
    seen: list[object] = []
    page: int | None = 0
    while page is not None:
        shown = paged("All", parts, turn=turn, page=page)
        seen += [part for part in shown.parts if isinstance(part, PanelRow)]
        buttons = [b for part in shown.parts if isinstance(part, PanelButtons) for b in part.buttons if not b.disabled]
        page = next((int(b.custom_id[5:]) for b in buttons if b.label == "Next"), None)
    assert seen == parts


def test_every_part_is_drawn_as_discord_has_it() -> None:
    choices = tuple(PanelChoice(str(n), "l" * 200, chosen=n == 1, about="a" * 200) for n in range(30))
    made = of(
        Panel(
            (
                PanelText("Hello"),
                PanelLine(),
                PanelMenu("menu", choices=choices, placeholder="p" * 200),
                PanelMenu("channels", MenuKind.CHANNELS, channel_types=(0, 15), chosen=(1, 2), least=0, most=25),
                PanelMenu("people", MenuKind.PEOPLE),
                PanelButtons((PanelButton("b" * 100, "b"), PanelButton("Open", url="https://example.org"))),
            )
        )
    )
    [box] = made
    assert [part["type"] for part in box["components"]] == [10, 14, 1, 1, 1, 1]
    assert len(box["components"][2]["components"][0]["options"]) == 25
    assert box["components"][3]["components"][0]["default_values"] == [
        {"id": 1, "type": "channel"},
        {"id": 2, "type": "channel"},
    ]


async def test_a_form_reads_back_what_it_asked() -> None:
    two = (PanelChoice("a", "A", chosen=True), PanelChoice("b", "B"))
    form = PanelForm(
        "t" * 60,
        "form:1",
        (
            FormField("l" * 60, FormText("text", "now", long=True), help="h" * 200),
            FormField("Which", FormRadios("radio", two)),
            FormField("Roles", PanelMenu("roles", MenuKind.ROLES, least=0)),
            FormField("List", FormFiles("files")),
        ),
    )
    made = modal_of(form).to_dict()
    check_modal(made)
    validate_modal(made)
    values: list[dict[str, Any]] = [
        {"value": "typed"},
        {"value": "b"},
        {"values": ["5"]},
        {"values": ["9"]},
    ]
    parts = [
        {"type": 18, "component": {"custom_id": label["component"]["custom_id"], **value}}
        for label, value in zip(made["components"], values, strict=True)
    ]
    read = filled(
        {"custom_id": "form:1", "components": parts, "resolved": {"attachments": {"9": {"filename": "w.txt"}}}}
    )
    assert (read.text("text"), read.text("radio"), read.ids("roles")) == ("typed", "b", [5])
    assert read.files("files") == [{"filename": "w.txt"}]
    assert (read.text("none"), read.values("none"), read.values("text")) == ("", [], ["typed"])


async def test_a_view_that_is_sent_is_not_kept() -> None:
    view = view_of(Panel((PanelText("Hello"),)))
    assert view.is_finished()
    assert isinstance(view, discord.ui.LayoutView)
