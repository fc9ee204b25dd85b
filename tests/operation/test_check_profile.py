"""The app's profile: what `grokbot check` finds there, and what `--fix` sets, by Discord's own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from grokbot.discord_bot.bot.profile import DESCRIPTION, DESCRIPTION_LENGTH, TAGS, changes
from grokbot.sandbox.discord_server.rules.application_profile import checked_profile
from grokbot.sandbox.discord_server.rules.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = "https://grok.example.org/privacy"


def set_in(application: Mapping[str, Any], url: str | None = None, *, user_install: bool = False) -> dict[str, Any]:
    """The application as Discord has it after everything was set."""
    sent = {k: v for change in changes(application, url, user_install=user_install) for k, v in change.fields.items()}
    return {**application, **checked_profile(sent)}


def named(application: Mapping[str, Any], url: str | None = None, *, user_install: bool = False) -> list[str]:
    return [change.name for change in changes(application, url, user_install=user_install)]


@pytest.mark.parametrize("user_install", [False, True])
def test_what_is_set_is_taken_by_discord_and_differs_no_more(user_install: bool) -> None:
    fresh: dict[str, Any] = {"description": "", "tags": [], "integration_types_config": {"0": {}}}
    assert named(fresh, URL, user_install=user_install) == ["Description", "Tags", "Install link"]
    done = set_in(fresh, URL, user_install=user_install)
    assert named(done, URL, user_install=user_install) == []
    assert done["description"].endswith(URL)
    assert sorted(done["integration_types_config"]) == (["0", "1"] if user_install else ["0"])
    assert named(done, URL, user_install=not user_install) == ["Install link"]


@pytest.mark.parametrize("user_install", [False, True])
def test_an_app_that_only_its_owner_may_add_gets_no_link_and_all_the_rest(user_install: bool) -> None:
    private: dict[str, Any] = {"bot_public": False, "integration_types_config": {"0": {}}}
    sent = {k: v for one in changes(private, URL, user_install=user_install) for k, v in one.fields.items()}
    done = {**private, **checked_profile(sent, public=False)}
    assert done["integration_types_config"] == ({"0": {}, "1": {}} if user_install else {"0": {}})
    assert done["tags"] == list(TAGS)
    assert named(done, URL, user_install=user_install) == []
    with pytest.raises(RefusedError):
        checked_profile({"install_params": {"scopes": ["bot"], "permissions": "0"}}, public=False)


def test_what_somebody_wrote_by_hand_stays_and_what_we_wrote_follows_the_policy() -> None:
    done = set_in({}, URL)
    assert named({**done, "description": "The bot of our tea club", "tags": ["Tea"]}, URL) == []
    moved = set_in(done, "https://elsewhere.example.org/p")
    assert moved["description"] == f"{DESCRIPTION} Privacy: https://elsewhere.example.org/p"
    assert set_in(done, "https://example.org/" + "p" * 400)["description"] == DESCRIPTION


def test_an_order_of_scopes_and_permissions_as_a_number_make_no_difference() -> None:
    done = set_in({})
    parameters = done["integration_types_config"]["0"]["oauth2_install_params"]
    other = {"scopes": parameters["scopes"][::-1], "permissions": int(parameters["permissions"])}
    assert named({**done, "install_params": other}) == []
    [change] = changes({**done, "install_params": {**other, "permissions": "8"}}, None, user_install=False)
    assert change.before.endswith("Administrator")
    assert change.after.endswith("Add Reactions")


@pytest.mark.parametrize(
    "wrong",
    [
        {"description": "d" * (DESCRIPTION_LENGTH + 1)},
        {"tags": [*TAGS, "One more"]},
        {"tags": ["t" * 21]},
        {"install_params": {"scopes": [], "permissions": "0"}},
        {"install_params": {"scopes": ["bots"], "permissions": "0"}},
        {"install_params": {"scopes": ["bot"], "permissions": "all"}},
        {"integration_types_config": {"2": {}}},
        {"integration_types_config": {"1": {"oauth2_install_params": {"scopes": ["bot"], "permissions": "0"}}}},
    ],
)
def test_the_sandbox_refuses_what_discord_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        checked_profile(wrong)


def test_what_discord_does_not_take_changes_nothing() -> None:
    assert checked_profile({"privacy_policy_url": URL, "terms_of_service_url": URL, "name": "Other"}) == {}
