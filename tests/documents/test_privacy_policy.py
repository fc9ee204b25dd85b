"""The privacy policy says what the bot does with its settings, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from grokbot.documents.as_html import policy_html
from grokbot.documents.privacy_policy import policy_markdown
from grokbot.settings import Settings

ANYWHERE: dict[str, dict[str, Any]] = {
    "discord": {"token": SecretStr("t")},
    "xai": {"api_key": SecretStr("k")},
    "store": {"url": "/tmp/grokbot.sqlite3"},  # noqa: S108 - nothing is opened
}


def settings(**sections: dict[str, Any]) -> Settings:
    """The defaults but for these."""
    return Settings.model_validate(
        {**ANYWHERE, **{name: {**ANYWHERE.get(name, {}), **s} for name, s in sections.items()}}
    )


@pytest.mark.parametrize(
    ("sections", "says", "not_said"),
    [
        ({}, "with the model's thoughts", "advertisers"),
        ({}, "What `/summarize` reads, with the names", "advertisers"),
        ({}, "kept until somebody deletes them", "30 days after their last change"),
        ({"store": {"retention_days": 90}}, "for 90 days after their last change", "until somebody deletes"),
        (
            {"store": {"keep_text": False}},
            "only ids, names, titles and numbers stay here",
            "text of every conversation stays",
        ),
        ({}, "in the bot's own backups for up to 7 days", "makes none by a schedule"),
        ({"store": {"backup_every": 6, "backup_keep": 4}}, "own backups for up to a day", "up to 7 days"),
        ({"store": {"backup_every": 0}}, "makes none by a schedule", "own backups for up to"),
        ({}, "The whole conversation is sent each time", "xAI stores conversations for 30 days"),
        (
            {"conversation": {"mode": "stateful"}},
            "xAI stores conversations for 30 days",
            "sent each time, and xAI keeps",
        ),
        ({}, "may search the web and X at xAI", "run programs"),
        ({"xai": {"search": ("x", "code")}}, "may search X and run programs at xAI", "the web"),
        ({"xai": {"search": ("code",)}}, "may run programs at xAI", "may search"),
        ({"xai": {"search": ()}}, "its privacy policy", "While it answers"),
        ({"xai": {"images": ()}}, "its privacy policy", "What images are to show"),
        ({"xai": {"model": "grok-9"}}, "`grok-9`", "grok-4.7"),
        ({}, "last 10 messages of a thread", "messages of a channel in which somebody"),
        ({"conversation": {"context_messages": 0}}, "only where moderators have switched that on", "The last"),
        ({"conversation": {"channel_context_messages": 3}}, "the last 3 messages of a channel", "switched that on"),
        ({"conversation": {"titles": False}}, "its privacy policy", "for a title"),
        ({"discord": {"answer_direct_messages": False}}, "messages in its threads.", "direct messages with it"),
        ({}, "point it at from a message's menu", "`/ask`"),
        ({"discord": {"user_install": True}}, "`/ask`, and messages that they point it at", "in its own channels only"),
        ({}, "Ask a moderator", "share page.**"),
        (
            {"privacy": {"contact": "Tea Club, tea@example.org"}},
            "run by Tea Club, tea@example.org (the operator)",
            "Ask a moderator",
        ),
        (
            {"privacy": {"encryption": "A LUKS disk."}},
            "**Encryption at rest:** A LUKS disk.",
            "Encryption at rest:** \n",
        ),
        (
            {"web": {"listen": "127.0.0.1:1", "public_url": "https://g.example.org"}},
            "address of a share page",
            "\n- \n",
        ),
    ],
)
def test_it_says_what_the_settings_say(sections: dict[str, dict[str, Any]], says: str, not_said: str) -> None:
    text = policy_markdown(settings(**sections))
    assert says in text
    assert not_said not in text


def test_its_page_has_the_same_parts_and_runs_nothing_that_the_operator_wrote() -> None:
    page = policy_html(settings(privacy={"contact": "<script>alert(1)</script> & Sons"}))
    assert "<script" not in page
    assert "&amp; Sons" in page
    headings = [line.removeprefix("## ") for line in policy_markdown(settings()).splitlines() if line.startswith("## ")]
    assert [f"<h2>{heading}</h2>" in page for heading in headings] == [True] * 6


@pytest.mark.parametrize(
    ("sections", "address"),
    [
        ({}, None),
        ({"web": {"listen": "127.0.0.1:1", "public_url": "https://g.example.org"}}, "https://g.example.org/privacy"),
        ({"privacy": {"policy_url": "https://me.example.org/p"}}, "https://me.example.org/p"),
    ],
)
def test_it_is_at_one_address(sections: dict[str, dict[str, Any]], address: str | None) -> None:
    assert settings(**sections).policy_url == address
