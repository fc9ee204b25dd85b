"""The form of messages and commands: Discord's limits, codes and nested errors."""

from typing import Any

import pytest

from grokbot.sandbox.discord_server import BadOptionError, CommandNotOfferedError, RefusedError
from grokbot.sandbox.discord_server.rules.modals import BadFieldError, check_modal, filled
from grokbot.sandbox.discord_server.rules.protocol import COMPONENTS_V2
from grokbot.sandbox.discord_server.rules.validation import check_message
from grokbot.sandbox.discord_server.state.commands import CommandBook, read_call


def _button(**fields: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Retry", "custom_id": "retry"} | fields


def _row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def _refused(body: dict[str, Any], flags: int = 0) -> dict[str, Any]:
    with pytest.raises(RefusedError) as caught:
        check_message(body, flags=flags)
    assert (caught.value.status, caught.value.code, caught.value.text) == (400, 50035, "Invalid Form Body")
    assert caught.value.errors is not None
    return caught.value.errors


def test_content_is_counted_in_code_points_after_trimming() -> None:
    check_message({"content": "😀" * 2000}, flags=0)
    check_message({"content": "  " + "a" * 2000 + "\n"}, flags=0)
    errors = _refused({"content": "a" * 2001})
    expected = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}
    assert errors == {"content": {"_errors": [expected]}}


def test_embeds_have_limits_each_and_together() -> None:
    check_message({"embeds": [{"description": "a" * 4096}]}, flags=0)
    assert "description" in _refused({"embeds": [{"description": "a" * 4097}]})["embeds"]["0"]
    assert _refused({"embeds": [{"description": "a" * 3001}] * 2})["embeds"]["_errors"][0]["code"] == (
        "MAX_EMBED_SIZE_EXCEEDED"
    )
    assert "_errors" in _refused({"embeds": [{}] * 11})["embeds"]


@pytest.mark.parametrize(
    ("components", "where"),
    [
        ([_row(_button(custom_id="x" * 101))], ("0", "components", "0", "custom_id")),
        ([_row(_button(custom_id=None))], ("0", "components", "0", "custom_id")),
        ([_row(_button(label="x" * 81))], ("0", "components", "0", "label")),
        ([_row(_button(label=None))], ("0", "components", "0")),
        ([_row(_button(style=5, custom_id=None))], ("0", "components", "0", "url")),
        ([_row(*(_button(custom_id=str(n)) for n in range(6)))], ("0", "components")),
        ([_row(_button(custom_id=str(n))) for n in range(6)], ()),
        ([_row(_button(), _button())], ()),
        ([_button()], ("0", "type")),
    ],
)
def test_components_that_discord_refuses(components: list[dict[str, Any]], where: tuple[str, ...]) -> None:
    node = _refused({"components": components})["components"]
    for step in where:
        node = node[step]
    assert node["_errors"]


def test_five_rows_of_five_buttons_pass() -> None:
    rows = [_row(*(_button(custom_id=f"{row}.{column}", label="x" * 80) for column in range(5))) for row in range(5)]
    check_message({"content": "x", "components": rows}, flags=0)


def test_content_and_layout_components_exclude_each_other() -> None:
    text = {"type": 10, "content": "hi"}
    check_message({"components": [text]}, flags=COMPONENTS_V2)
    assert "content" in _refused({"content": "x", "components": [text]}, flags=COMPONENTS_V2)
    assert "components" in _refused({"components": [{"type": 10, "content": "x" * 4001}]}, flags=COMPONENTS_V2)


def test_allowed_mentions_may_not_say_the_same_thing_twice() -> None:
    assert "allowed_mentions" in _refused({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}})
    assert "allowed_mentions" in _refused({"content": "x", "allowed_mentions": {"parse": ["nobody"]}})


def test_a_modal_needs_a_title_of_45_and_an_id() -> None:
    field = {"type": 4, "custom_id": "prompt", "label": "Prompt", "style": 2}
    check_modal({"title": "Edit", "custom_id": "edit", "components": [_row(field)]})
    with pytest.raises(RefusedError) as caught:
        check_modal({"title": "x" * 46, "components": []})
    assert caught.value.errors is not None
    assert set(caught.value.errors["data"]) == {"title", "custom_id", "components"}


def _command(name: str = "chat", **fields: Any) -> dict[str, Any]:
    return {"name": name, "type": 1, "description": "Talk"} | fields


def _option(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "type": 3, "description": "An option"} | fields


def test_a_command_keeps_its_id_when_it_is_synced_again() -> None:
    book = CommandBook()
    first = book.overwrite(None, [_command()], [1], 9)
    again = book.overwrite(None, [_command(), _command("new")], [2, 3], 9)
    assert [c["id"] for c in first + again] == ["1", "1", "3"]
    assert book.overwrite(None, [], [], 9) == []
    with pytest.raises(CommandNotOfferedError):
        book.find("chat", 1, None)


def _choice(names: dict[str, str]) -> dict[str, Any]:
    return {"name": "n", "value": "v", "name_localizations": names}


_LONG_CHOICES = [_choice({"de": "x" * 99})] * 20
"""Of every text the longest language counts towards the 8,000 characters of a command."""


@pytest.mark.parametrize(
    "body",
    [
        _command("Chat"),
        _command("two words"),
        _command("x" * 33),
        _command(description=""),
        _command(options=[_option("a"), _option("a")]),
        _command(options=[_option("a"), _option("b", required=True)]),
        _command(options=[_option(f"o{n}") for n in range(26)]),
        _command(options=[_option("a", choices=[{"name": str(n), "value": str(n)} for n in range(26)])]),
        _command(options=[_option(f"o{n}", description="x" * 100) for n in range(25)], description="x" * 101),
        {"name": "Ask", "type": 3, "description": "not allowed"},
        {"name": "Ask", "type": 3, "name_localizations": {"de": "x" * 33}},
        _command(name_localizations={"de": "Zwei Wörter"}),
        _command(description_localizations={"de": "x" * 101}),
        _command(description_localizations={"es": "Discord has es-ES and es-419"}),
        _command(options=[_option("a", description_localizations={"ja": ""})]),
        _command(
            options=[_option("a", choices=[{"name": "n", "value": "v", "name_localizations": {"de": "x" * 101}}])]
        ),
        _command(options=[_option(f"o{n}", choices=_LONG_CHOICES) for n in range(4)]),
    ],
)
def test_commands_that_discord_refuses(body: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as caught:
        CommandBook().overwrite(None, [body], [1], 9)
    assert caught.value.code == 50035


def test_other_languages_are_listed_only_when_asked_for() -> None:
    said: dict[str, Any] = {"description_localizations": {"de": "Reden"}}
    body = _command(options=[_option("a", **said, choices=[_choice({"ja": "名"})])])
    book = CommandBook()
    book.overwrite(None, [body | said], [1], 9)
    assert book.listed(None)[0]["options"][0]["choices"][0]["name_localizations"] == {"ja": "名"}
    assert "localizations" not in str(book.listed(None, localized=False))


def test_a_hundred_commands_are_the_most() -> None:
    book = CommandBook()
    book.overwrite(None, [_command(f"c{n}") for n in range(100)], list(range(100)), 9)
    with pytest.raises(RefusedError) as caught:
        book.overwrite(None, [_command(f"c{n}") for n in range(101)], list(range(101)), 9)
    assert caught.value.code == 30032


def test_the_guilds_command_is_offered_before_the_global_one() -> None:
    book = CommandBook()
    book.overwrite(None, [_command()], [1], 9)
    book.overwrite(7, [_command()], [2], 9)
    assert [book.find("chat", 1, guild)["id"] for guild in (7, 8)] == ["2", "1"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"prompt": 1},
        {"prompt": "x", "other": "y"},
        {"prompt": "x", "model": "grok-1"},
        {"prompt": "x", "times": 0},
        {"prompt": "x", "times": True},
        {"prompt": "x" * 11},
    ],
)
def test_the_client_does_not_send_options_that_do_not_fit(given: dict[str, Any]) -> None:
    command = _command(
        options=[
            _option("prompt", required=True, max_length=10),
            _option("model", choices=[{"name": "Grok 4", "value": "grok-4"}]),
            _option("times", type=4, min_value=1),
        ]
    )
    with pytest.raises(BadOptionError):
        read_call(command, [], given)
    assert [value for _, value in read_call(command, [], {"prompt": "x", "times": 2})[1]] == ["x", 2]


def test_a_subcommand_is_found_by_its_path() -> None:
    inner = {"name": "block", "type": 1, "description": "Block", "options": [_option("why")]}
    command = _command("mod", options=[inner])
    shells, leaves = read_call(command, ["block"], {"why": "spam"})
    assert [s["name"] for s in shells] == ["block"]
    assert [value for _, value in leaves] == ["spam"]
    for path in ([], ["ban"]):
        with pytest.raises(BadOptionError):
            read_call(command, path, {})


def _label(kind: int, **rest: Any) -> dict[str, Any]:
    return {"type": 18, "label": "l", "component": {"type": kind, "custom_id": "f", **rest}}


TWO = [{"label": "A", "value": "a", "default": True}, {"label": "B", "value": "b"}]


@pytest.mark.parametrize(
    "part",
    [
        {"type": 9, "components": [], "accessory": _button()},
        {"type": 9, "components": [{"type": 10, "content": "x"}]},
        {"type": 9, "components": [{"type": 10, "content": "x"}], "accessory": {"type": 10, "content": "x"}},
        {"type": 9, "components": [_row(_button())], "accessory": _button()},
        {"type": 10, "content": ""},
        {"type": 17, "components": [{"type": 17, "components": []}]},
        {"type": 17, "components": [_button()]},
        _row({"type": 3, "custom_id": "s", "options": TWO, "min_values": 3, "max_values": 2}),
        _row({"type": 3, "custom_id": "s", "options": [TWO[0], TWO[0]]}),
    ],
)
def test_what_stands_in_a_panel_is_checked_as_documented(part: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="50035"):
        check_message({"components": [part]}, flags=COMPONENTS_V2)


@pytest.mark.parametrize(
    "part",
    [
        _label(21, options=TWO[:1]),
        _label(22, options=[]),
        _label(19, max_values=11),
        _label(4, max_length=2, value="abc"),
        _label(2),
        {**_label(4), "label": ""},
        {**_label(4), "description": "x" * 101},
        {"type": 4, "custom_id": "f", "label": "l"},
    ],
)
def test_a_modals_fields_are_checked_as_documented(part: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="50035"):
        check_modal({"title": "t", "custom_id": "c", "components": [part]})


@pytest.mark.parametrize(
    ("part", "values", "sent"),
    [
        (_label(4, value="now"), {}, {"value": "now"}),
        (_label(21, options=TWO), {}, {"value": "a"}),
        (_label(21, options=TWO), {"f": "b"}, {"value": "b"}),
        (_label(22, options=TWO), {"f": ["a", "b"]}, {"values": ["a", "b"]}),
        (_label(23, default=True), {}, {"value": True}),
        (_label(6, default_values=[{"id": 7, "type": "role"}]), {}, {"values": ["7"]}),
        (_label(19, required=False), {}, {"values": []}),
    ],
)
def test_a_modal_is_sent_with_what_was_filled_in_or_stood_there(
    part: dict[str, Any], values: dict[str, Any], sent: dict[str, Any]
) -> None:
    check_modal({"title": "t", "custom_id": "c", "components": [part]})
    assert filled(part, dict(values))["component"] == {
        "type": part["component"]["type"],
        "id": 0,
        "custom_id": "f",
        **sent,
    }


@pytest.mark.parametrize(
    ("part", "given"),
    [
        (_label(4), ""),
        (_label(4, max_length=2), "abc"),
        (_label(21, options=TWO), "c"),
        (_label(3, options=TWO), ["a", "b"]),
        (_label(23), "yes"),
        (_label(19, required=True), []),
    ],
)
def test_a_client_sends_no_form_that_does_not_fit(part: dict[str, Any], given: Any) -> None:
    with pytest.raises(BadFieldError):
        filled(part, {"f": given})
