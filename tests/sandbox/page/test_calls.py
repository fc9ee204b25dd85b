"""Everything that a page may ask for, as who may and as who may not, well said and badly."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.sandbox.discord_server.acts import interactions, messages
from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.page import viewer
from grokbot.sandbox.page.calls import NO_RESPONSE
from grokbot.sandbox.page.trouble import GROK
from tests.sandbox.page.browser import tab

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.sandbox.discord_server.state.interactions import Interaction
    from tests.sandbox.page.browser import Json, Tab
    from tests.sandbox.page.conftest import Place

OPTIONS = [
    {"type": 3, "name": "words", "description": "Words", "required": True},
    {"type": 4, "name": "number", "description": "A number", "max_value": 5},
    {"type": 10, "name": "share", "description": "A fraction"},
    {"type": 5, "name": "really", "description": "Whether"},
    {"type": 6, "name": "who", "description": "A person"},
    {"type": 7, "name": "where", "description": "A channel"},
    {"type": 8, "name": "role", "description": "A role"},
    {"type": 9, "name": "anybody", "description": "A person or a role"},
    {"type": 11, "name": "file", "description": "A file"},
]
COMMANDS: list[Any] = [
    {"name": "do", "description": "Does", "options": OPTIONS},
    {
        "name": "mod",
        "description": "For moderators",
        "default_member_permissions": str(1 << 13),
        "options": [
            {
                "type": 2,
                "name": "words",
                "description": "Words",
                "options": [
                    {
                        "type": 1,
                        "name": "add",
                        "description": "Adds",
                        "options": [{"type": 3, "name": "word", "description": "A word", "autocomplete": True}],
                    }
                ],
            }
        ],
    },
    {"name": "Ask about it", "type": 3},
    {"name": "Who is it", "type": 2},
]


def synced(place: Place) -> None:
    world = place.here.discord.world
    world.commands.overwrite(None, COMMANDS, [world.ids.make() for _ in COMMANDS], world.application_id)
    world.changed()


def answering(place: Place, body: Callable[[Interaction], Json]) -> list[Interaction]:
    """The bot answers every interaction at once; what it was asked."""
    world, asked = place.here.discord.world, []

    def answer() -> None:
        for interaction in list(world.interactions.values()):
            if interaction not in asked:
                asked.append(interaction)
                interactions.answer(world, interaction.id, interaction.token, MessageDraft(body(interaction)))

    world.watchers.append(answer)
    return asked


def hidden(content: str, **more: Any) -> Json:
    return {"type": interactions.REPLY_NOW, "data": {"content": content, "flags": 64} | more}


def ids(place: Place, *names: str) -> list[str]:
    return [str(place.channel(name).id) for name in names]


# messages


async def test_say_reply_edit_react_and_delete(place: Place) -> None:
    general = str(place.here.general.id)
    async with tab(place.served, "alice") as alice, tab(place.served, "bob") as bob:
        await alice.open(general)
        await bob.open(general)
        first = (await alice.done("say", channel=general, content="<@BOT> hello"))["message"]
        said = await bob.message("hello")
        assert said["content"] == f"{place.here.discord.bot_user.mention} hello"
        assert said["can"] == {"edit": False, "delete": False, "pin": False, "react": True, "reply": True}
        reply = (await bob.done("say", channel=general, content="to you", reply_to=first, ping=False))["message"]
        assert (await alice.message("to you"))["mentions"] == []
        assert alice.messages[reply]["referenced_message"]["id"] == first
        await bob.done("react", message=first, emoji="👍")
        await alice.until(lambda: alice.messages[first].get("reactions"))
        await bob.done("unreact", message=first, emoji="👍")
        await alice.until(lambda: not alice.messages[first].get("reactions"))
        assert (await bob.call("edit", message=first, content="x"))["error"] == (
            "Cannot edit a message authored by another user."
        )
        assert (await bob.call("delete", message=first))["error"] == "Missing Permissions."
        await alice.done("edit", message=first, content="changed")
        await bob.message("changed")
        await alice.done("delete", message=first)
        await bob.until(lambda: first not in bob.messages)
        assert (await alice.call("say", channel=general, content="x" * 2001))["error"] == (
            "Invalid Form Body: content: Must be 2000 or fewer in length."
        )
        assert (await alice.call("say", channel=general, content=" "))["error"] == "Cannot send an empty message."


async def test_only_who_may_pins_and_a_pin_is_told(place: Place) -> None:
    said = await place.here.alice.say(place.here.general, "remember")
    async with tab(place.served, "alice") as alice, tab(place.served, "moderator") as moderator:
        await alice.open(place.here.general)
        await moderator.open(place.here.general)
        assert moderator.messages[str(said.id)]["can"]["pin"]
        assert (await alice.call("pin", message=str(said.id)))["error"] == "Missing Permissions."
        await moderator.done("pin", message=str(said.id))
        await alice.until(lambda: alice.messages[str(said.id)]["pinned"])
        [notice] = await alice.until(lambda: [m for m in alice.messages.values() if m["type"] == 6])
        assert (await moderator.call("pin", message=notice["id"]))["ok"] is False
        await moderator.done("unpin", message=str(said.id))
        await alice.until(lambda: not alice.messages[str(said.id)]["pinned"])


async def test_files_come_along(place: Place) -> None:
    general = str(place.here.general.id)
    async with tab(place.served) as page:
        await page.open(general)
        file = {"name": "../a/notes.txt", "type": "text/plain", "data": base64.b64encode(b"words").decode()}
        said = (await page.done("say", channel=general, content="", files=[file]))["message"]
        await page.until(lambda: said in page.messages)
        [attachment] = page.messages[said]["attachments"]
        assert (attachment["filename"], attachment["size"]) == (".._a_notes.txt", 5)
        for files, error in (
            ([file | {"data": "no base64"}], "A file did not arrive whole."),
            ([file | {"data": 5}], "A file did not arrive whole."),
            ([5], "A file was not sent as a file."),
            (5, "'files' came as something else than a list."),
            ([file] * 11, "A message takes 10 files."),
            ([file | {"data": base64.b64encode(bytes(10 * 2**20 + 1)).decode()}], "A file may have 10 MiB."),
            ([file | {"data": base64.b64encode(bytes(9 * 2**20)).decode()}] * 3, "These files are too large together."),
        ):
            assert (await page.call("say", channel=general, content="", files=files))["error"] == error


async def test_forwarding_needs_both_places(place: Place) -> None:
    secret = await place.here.discord.people["owner"].say(place.channel("moderators"), "secret")
    said = await place.here.alice.say(place.here.general, "for all")
    general, private = ids(place, "general", "moderators")
    async with tab(place.served, "moderator") as moderator, tab(place.served, "bob") as bob:
        await bob.open(general)
        assert (await bob.call("forward", message=str(secret.id), channel=general))["error"] == "Unknown Message."
        assert (await bob.call("forward", message=str(said.id), channel=private))["error"] == "Missing Access."
        told = (await moderator.done("forward", message=str(secret.id), channel=general))["message"]
        await bob.until(lambda: told in bob.messages)
        assert bob.messages[told]["message_snapshots"][0]["message"]["content"] == "secret"


# channels and threads


async def test_threads_posts_and_archives(place: Place) -> None:
    general, ideas = ids(place, "general", "ideas")
    said = await place.here.alice.say(place.here.general, "a question")
    async with tab(place.served, "alice") as alice, tab(place.served, "bob") as bob:
        thread = (await alice.done("thread", message=str(said.id), name="An answer"))["channel"]
        await bob.open(thread)
        await bob.done("say", channel=thread, content="in it")
        assert (await bob.call("rename", channel=thread, name="Mine"))["error"] == "Missing Permissions."
        await alice.done("rename", channel=thread, name="Renamed")
        assert (await bob.call("archive", channel=thread, on=True))["error"] == "Missing Permissions."
        await alice.done("archive", channel=thread, on=True)
        assert place.channel("Renamed").archived
        pinned = str(place.channel("Renamed").messages[-1].id)
        async with tab(place.served, "owner") as owner:
            assert (await owner.call("pin", message=pinned))["ok"] is False
        await bob.done("archive", channel=thread, on=False)  # a member may open it again
        assert not place.channel("Renamed").archived
        assert (await alice.call("archive", channel=general, on=True))["ok"] is False
        post = (await bob.done("post", channel=ideas, title="An idea", content="What if"))["channel"]
        await bob.open(post)
        assert [m["content"] for m in bob.messages.values()] == ["What if"]
        assert (await bob.call("post", channel=ideas, title="Empty", content=""))["ok"] is False
        assert [t.name for t in place.channel("ideas").threads] == ["An idea"], "what was refused opened no thread"
        assert (await bob.call("say", channel=ideas, content="x"))[
            "error"
        ] == "Cannot send a message in a forum channel."


async def test_direct_messages_are_between_one_and_the_bot(place: Place) -> None:
    async with tab(place.served, "alice") as alice, tab(place.served, "bob") as bob:
        assert alice.now["world"]["direct"] == []
        direct = (await alice.done("direct"))["channel"]
        await alice.until(lambda: alice.now["world"]["direct"])
        assert alice.now["world"]["direct"][0]["kind"] == "direct"
        await alice.open(direct)
        await alice.done("say", channel=direct, content="between us")
        await alice.message("between us")
        assert (await bob.call("say", channel=direct, content="x"))["error"] == "Missing Access."
        assert bob.now["world"]["direct"] == []


async def test_people_and_channels_are_added(place: Place) -> None:
    guild = str(place.here.general.guild.id) if place.here.general.guild else ""
    async with tab(place.served, "alice") as alice, tab(place.served, "owner") as owner:
        assert (await alice.done("add_person", name="Ann Lee", moderator=False))["person"] == "ann.lee"
        await alice.done("add_person", name="Max", moderator=True)
        roles = {p["shown"]: p["role"] for p in (await owner.become("ann.lee"))["people"]}
        assert (roles["Ann Lee"], roles["Max"]) == ("member", "moderator")
        for name in ("alice", "ALICE", " ", "x" * 33):
            assert (await alice.call("add_person", name=name))["ok"] is False
        assert (await alice.call("add_channel", guild=guild, name="mine", kind="text"))[
            "error"
        ] == "Missing Permissions."
        await owner.become("owner")
        made = (await owner.done("add_channel", guild=guild, name="New Talk", kind="forum"))["channel"]
        assert place.channel("new-talk").kind == 15
        await alice.open(made)
        assert (await owner.call("add_channel", guild=guild, name="x", kind="voice"))["ok"] is False


# commands and components


def offered(page: Tab) -> set[str]:
    return {command["name"] for command in page.now["commands"]["commands"]}


async def test_commands_are_offered_to_who_may_use_them(place: Place) -> None:
    synced(place)
    async with tab(place.served, "alice") as alice, tab(place.served, "moderator") as moderator:
        await alice.open(place.here.general)
        await moderator.open(place.here.general)
        assert offered(alice) == {"do", "Ask about it", "Who is it"}
        assert offered(moderator) == {"do", "mod", "Ask about it", "Who is it"}
        place.here.discord.world.commands.overwrite(None, [], [], 1)
        place.here.discord.world.changed()
        await alice.until(lambda: not offered(alice))
        synced(place)
        await alice.until(lambda: offered(alice))
        channel = str(place.here.general.id)
        answer = await alice.call("slash", channel=channel, command="mod words add", options={})
        assert answer["error"] == "There is no command /mod here."


async def test_options_become_what_a_client_sends(place: Place) -> None:
    synced(place)
    asked = answering(place, lambda _: hidden("done"))
    here = place.here
    guild = here.general.guild
    assert guild is not None
    role = next(role for role in guild.roles.values() if role.name == "Moderators")
    file = {"name": "a.txt", "type": "text/plain", "data": base64.b64encode(b"x").decode()}
    given = {
        "words": "some words", "number": "5", "share": 0.5, "really": True, "who": str(here.bob.id),
        "where": str(here.general.id), "role": str(role.id), "anybody": str(role.id), "file": file,
    }  # fmt: skip
    async with tab(place.served) as page:
        answer = await page.done("slash", channel=str(here.general.id), command="do", options=given)
        assert answer["modal"] is None
        sent = {option["name"]: option["value"] for option in asked[0].data["options"]}
        assert sent | {"file": None} == given | {"number": 5, "file": None}
        assert set(asked[0].data["resolved"]) == {"users", "members", "channels", "roles", "attachments"}
        for wrong, error in (
            ({}, "/do needs the option 'words'."),
            ({"words": "x", "number": "many"}, "'many' does not fit here."),
            ({"words": "x", "number": 9}, "'number' is above 5."),
            ({"words": "x", "who": "1"}, "'1' does not fit here."),
            ({"words": "x", "who": "nobody"}, "'nobody' does not fit here."),
            ({"words": "x", "where": str(place.channel("moderators").id)}, "Missing Access."),
            ({"words": "x", "none": 1}, "/do has no option none."),
            ([1], "'options' came as something else than values by name."),
        ):
            answer = await page.call("slash", channel=str(here.general.id), command="do", options=wrong)
            assert answer["error"] == error
        assert (await page.call("slash", channel=str(here.general.id), command=" "))["error"] == (
            "There is no command / here."
        )


async def test_autocomplete_knows_where_in_a_command_it_is(place: Place) -> None:
    synced(place)
    choices = [{"name": "one", "value": "1"}]
    asked = answering(place, lambda _: {"type": interactions.CHOICES, "data": {"choices": choices}})
    async with tab(place.served, "moderator") as page:
        call = {"channel": str(place.here.general.id), "command": "mod words add", "focused": "word"}
        answer = await page.done("autocomplete", **call, options={"word": "o"})
        assert answer["choices"] == choices
        [group] = asked[0].data["options"]
        [leaf] = group["options"]
        assert (group["name"], group["type"], leaf["name"], leaf["type"]) == ("words", 2, "add", 1)
        assert leaf["options"] == [{"name": "word", "type": 3, "value": "o", "focused": True}]


async def test_menus_of_messages_and_of_people(place: Place) -> None:
    synced(place)
    asked = answering(place, lambda _: hidden("done"))
    said = await place.here.alice.say(place.here.general, "a message")
    async with tab(place.served, "bob") as page:
        await page.open(place.channel("questions"))
        await page.done("menu", command="Ask about it", message=str(said.id))
        await page.done("menu", command="Who is it", user=str(place.here.alice.id))
        assert [(a.channel.name, a.data["target_id"]) for a in asked] == [
            ("general", str(said.id)), ("questions", str(place.here.alice.id)),
        ]  # fmt: skip
        assert (await page.call("menu", command="Nothing", message=str(said.id)))["ok"] is False
        assert (await page.call("menu", command="Who is it", user="1"))["error"] == "There is nobody of that id."


LETTERS = [{"label": each, "value": each} for each in ("a", "b")]
WHICH = {"type": 3, "custom_id": "which", "options": LETTERS, "max_values": 2}


async def test_buttons_and_forms(place: Place) -> None:
    world, general = place.here.discord.world, place.here.general
    form = {
        "title": "A form", "custom_id": "form",
        "components": [
            {"type": 1, "components": [{"type": 4, "custom_id": "why", "label": "Why", "style": 1}]},
            {"type": 18, "label": "Which", "component": WHICH},
        ],
    }  # fmt: skip

    def body(asked: Interaction) -> Json:
        opens_form = asked.data.get("custom_id") == "open"
        return {"type": interactions.SHOW_MODAL, "data": form} if opens_form else hidden("done")

    asked = answering(place, body)
    buttons = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Open", "custom_id": "open"}]}]
    draft = MessageDraft({"content": "press", "components": buttons})
    said = messages.send(world, world.bot_user, general, draft)
    async with tab(place.served, "alice") as alice, tab(place.served, "bob") as bob:
        await alice.open(general)
        answer = await alice.done("press", message=str(said.id), custom_id="open")
        assert answer["modal"]["title"] == "A form"
        stolen = await bob.call("submit", interaction=answer["interaction"], values={})
        assert stolen["error"] == "This form has expired."
        values = {"why": "because", "which": ["a", "b"]}
        await alice.done("submit", interaction=answer["interaction"], values=values)
        [row, label] = asked[-1].data["components"]
        assert row["components"][0]["value"] == "because"
        assert label["component"]["values"] == ["a", "b"]
        assert (await alice.message("done"))["ephemeral"]
        assert (await alice.call("press", message=str(said.id), custom_id="no"))["ok"] is False
        again = await alice.call("submit", interaction=answer["interaction"], values={**values, "none": "x"})
        assert again["error"] == "the modal has no input none."


async def test_a_bot_that_does_not_answer_in_time_did_not_respond(place: Place) -> None:
    synced(place)
    async with tab(place.served) as page:
        answer = await page.call(
            "slash", channel=str(place.here.general.id), command="do", options={"words": "x"}
        )  # fmt: skip
        assert answer["error"] == NO_RESPONSE
        await page.open(place.here.general)


# trouble


def on(page: Tab) -> set[str]:
    return {trouble["name"] for trouble in page.now["troubles"]["troubles"] if trouble["on"]}


def is_on(page: Tab, name: str) -> bool:
    return name in on(page)


async def test_troubles_are_switched_and_pressed(place: Place) -> None:
    discord = place.here.discord
    async with tab(place.served) as page:
        await page.send(op="panel", on=True)
        await page.until(lambda: page.now.get("troubles"))
        assert on(page) == {"bot_stop"}
        for name in ("discord_refuses", "discord_slow", "gateway_away", "grok_slow", "grok_overloaded"):
            await page.done("trouble", name=name, on=True)
            await page.until(partial(is_on, page, name))
        assert discord.faults.take("GET", "/x") is not None
        author = place.here.grok._tasks.author
        assert author is not None
        assert author([]) == GROK["grok_overloaded"][2]  # what was turned on last
        for name in ("discord_refuses", "discord_slow", "gateway_away", "grok_slow", "grok_overloaded"):
            await page.done("trouble", name=name, on=False)
        await page.until(lambda: on(page) == {"bot_stop"})
        assert discord.faults.take("GET", "/x") is None
        await page.done("trouble", name="grok_fails_once", on=True)
        assert place.here.grok.scripts_left == 1
        await page.done("trouble", name="bot_restart", on=True)
        await page.done("trouble", name="bot_stop", on=True)
        assert place.bot.turned == ["stop", "start", "stop"]
        assert (await page.call("trouble", name="earthquake"))["error"] == "There is no such trouble here."


# what is no call


async def refused(page: Tab, raw: str) -> str:
    page.now.pop("answer", None)
    await page.socket.send_str(raw)
    await page.until(lambda: page.now.get("answer"))
    answer = page.now["answer"]
    assert answer["ok"] is False
    return str(answer["error"])


NONSENSE = (
    "", "no json", "5", "[]", "null", '"x"', "[" * 100_000, '{"op":"none"}', '{"op":5}', '{"op":["call"]}', "{}",
    '{"op":"open"}',
    '{"op":"call"}', '{"op":"call","do":["say"]}', '{"op":"call","do":"none"}', '{"op":"call","do":"say"}',
    '{"op":"call","do":"say","channel":5,"content":"x"}', '{"op":"call","do":"say","channel":"5","content":"x"}',
    '{"op":"call","do":"edit","message":"99999999999999999999"}', '{"op":"call","do":"submit","interaction":"1"}',
    '{"op":"call","do":"react","message":"1","emoji":{}}', '{"op":"call","do":"__init__"}',
    '{"op":"call","do":"add_person","name":{"a":1}}', '{"op":"call","do":"trouble","name":[]}',
)  # fmt: skip


async def test_nonsense_gets_a_sentence_and_the_socket_lives_on(place: Place) -> None:
    async with tab(place.served) as page:
        for raw in NONSENSE:
            assert (await refused(page, raw)).endswith("."), raw
        await page.open(place.here.general)
        half = {"op": "call", "id": "\ud83d", "do": "say", "channel": str(place.here.general.id)}
        await page.send(**half, content="half \ud83d, whole \U0001f600")
        await page.message("half \ufffd, whole \U0001f600")
        await page.done("say", channel=str(place.here.general.id), content="still here")
        await page.message("still here")


@pytest.mark.parametrize("person", [None, "nobody", ["alice"], 5])
async def test_who_does_not_say_who_they_are_is_the_first(place: Place, person: Any) -> None:
    async with tab(place.served, "bob") as page:
        await page.send(op="become", person=person)
        await page.until(lambda: page.now["world"]["me"]["name"] == "alice")


async def test_nobody_acts_before_saying_who_they_are(place: Place) -> None:
    async with tab(place.served, None) as page:
        body = {"op": "call", "id": 7, "do": "say", "channel": str(place.here.general.id), "content": "x"}
        assert await refused(page, json.dumps(body)) == "Say first who you are."
        assert page.now["answer"]["id"] == 7
        assert place.here.general.messages == []
        await page.become("bob")


async def test_too_many_calls_at_once_are_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    synced(place)
    monkeypatch.setattr(viewer, "CALLS_MAX", 2)
    async with tab(place.served) as page:
        for number in range(3):
            await page.send(
                op="call",
                id=number,
                do="slash",
                channel=str(place.here.general.id),
                command="do",
                options={"words": "x"},
            )
        answers: Callable[[], list[Json]] = lambda: [f for f in page.frames if f["op"] == "answer"]  # noqa: E731
        await page.until(lambda: len(answers()) == 3)
        assert [a["id"] for a in answers() if a["error"] == "Too much at once: wait for the answers."] == [2]
