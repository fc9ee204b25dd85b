"""The grammar of stories: what is right becomes values, what is wrong a sentence with its line."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot import sandbox
from grokbot.sandbox.discord_server import DiscordSandbox
from grokbot.sandbox.grok_server import GrokRules, GrokSandbox, Script, ScriptedQuery
from grokbot.sandbox.grok_server.media.pictures import Picture, opened
from grokbot.sandbox.page.trouble import Troubles
from grokbot.sandbox.story import PersonEntry, StoryError, StoryStep, parse
from grokbot.sandbox.story.parser import CHARACTERS_MAX
from grokbot.sandbox.story.values import TROUBLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.sandbox.page import Insight

ROOT = Path(__file__).parents[3]
HEAD = "people:\n  alice: Alice\n  mo: { shown: Mo, moderator: yes }\nforums: [ideas]\nsteps:\n"


def steps(text: str) -> Sequence[StoryStep]:
    return parse(HEAD + text, "a.yaml").steps


def test_a_story_has_a_server_and_channels_without_saying_so() -> None:
    story = parse("people: { alice: , mo: { moderator: yes, locale: es-419 }, owner: { owner: yes } }", "a.yaml")
    assert (story.server, story.channels, story.steps) == ("The sandbox", ("general",), ())
    assert story.people == (
        PersonEntry("alice", "Alice"),
        PersonEntry("mo", "Mo", "moderator", "es-419"),
        PersonEntry("owner", "Owner", "owner"),
    )


GOOD = (
    ('- alice says: "@grokbot Hi"', StoryStep(6, "says", "alice", "@grokbot Hi", answered=True)),
    ("- alice says: 42", StoryStep(6, "says", "alice", "42")),
    ("- alice says: yes\n  in: '#general'", StoryStep(6, "says", "alice", "yes", "general")),
    (
        (
            "- alice says: Hi\n  attaches: { a.png: blue, b.txt: words }\n  opens: https://example.org/\n"
            "  runs: print(4)\n  prints: 4\n  draws: [a cat, a dog]"
        ),
        StoryStep(
            6,
            "says",
            "alice",
            "Hi",
            scripts=(
                Script(
                    queries=(
                        ScriptedQuery("https://example.org/", name="browse_page"),
                        ScriptedQuery("print(4)", "code", output="4"),
                        ScriptedQuery("a cat", "image"),
                        ScriptedQuery("a dog", "image"),
                    )
                ),
            ),
            answered=True,
            files={"a.png": "blue", "b.txt": "words"},
        ),
    ),
    (
        "- alice says: Hi\n  grok answers: Hello\n  pace: 45\n  thinks: Hm.\n  searches: cats\n  title: Greetings",
        StoryStep(
            6,
            "says",
            "alice",
            "Hi",
            scripts=(Script(text="Hello", reasoning="Hm.", tokens_per_second=45.0, queries=("cats",)),),
            title="Greetings",
            answered=True,
        ),
    ),
    ('- alice says: "@grokbot Hi"\n  grok answers: nothing', StoryStep(6, "says", "alice", "@grokbot Hi")),
    (
        "- alice says: Hi\n  fails: internal after 3",
        StoryStep(6, "says", "alice", "Hi", scripts=(Script(fail="internal", fail_after_tokens=3),), answered=True),
    ),
    (
        "- alice says: Hi\n  fails: overloaded\n  grok answers: There you are.",
        StoryStep(
            6,
            "says",
            "alice",
            "Hi",
            scripts=(
                Script(text="There you are.", fail="overloaded"),
                Script(text="There you are."),
            ),
            answered=True,
        ),
    ),
    (
        "- alice says: Hi\n  hangs: 3",
        StoryStep(6, "says", "alice", "Hi", scripts=(Script(hang_after_tokens=3),), answered=True),
    ),
    (
        "- mo calls: /mod block\n  with: { user: '@alice', time: 30m }",
        StoryStep(6, "calls", "mo", "/mod block", options={"user": "@alice", "time": "30m"}),
    ),
    ("- alice presses: Resample\n  until: Hm", StoryStep(6, "presses", "alice", "Resample", until="Hm")),
    (
        "- alice posts: Title\n  in: ideas\n  text: Text",
        StoryStep(6, "posts", "alice", "Title", "ideas", options={"text": "Text"}),
    ),
    ("- alice fills in: { Reason: x }", StoryStep(6, "fills in", "alice", options={"Reason": "x"})),
    ("- alice reacts: ⭐", StoryStep(6, "reacts", "alice", "⭐")),
    ("- wait: 1.5", StoryStep(6, "wait", seconds=1.5)),
    ("- wait: answer", StoryStep(6, "wait", answered=True)),
    (
        "- picture: end\n  of: new thread\n  as: mo\n  from: Hi\n  last: 3",
        StoryStep(6, "picture", "mo", "end", "new thread", "Hi", last=3),
    ),
    ("- trouble: Cut the gateway", StoryStep(6, "trouble", what="gateway_cut")),
    ("- trouble: grok is slow\n  over: yes", StoryStep(6, "trouble", what="grok_slow", on=False)),
    ("- start the bot", StoryStep(6, "trouble", what="bot_stop", on=False)),
)


@pytest.mark.parametrize(("text", "step"), GOOD, ids=[text.partition("\n")[0] for text, _ in GOOD])
def test_a_step(text: str, step: StoryStep) -> None:
    assert list(steps(text)) == [step]


def test_attached_are_pictures_and_texts() -> None:
    picture, text = steps("- alice says: Hi\n  attaches: { a.png: blue, b.txt: words }")[0].uploads()
    assert (picture.name, picture.content_type, opened(picture.data)) == (
        "a.png",
        "image/png",
        Picture("image/png", 480, 320),
    )
    assert (text.name, text.data) == ("b.txt", b"words")


def test_what_is_said_where_grok_has_answered_is_answered_too() -> None:
    found = steps("""
- alice says: "@grokbot a"
- alice says: b
- alice replies: c
- alice says: d
  in: general
- alice says: e
- alice says: f
  in: thread
""")
    assert [step.answered for step in found] == [True, True, False, False, False, True]


BAD = (
    ("", "a.yaml: the file is empty; a story has at least people and steps."),
    ("- x", "a.yaml:1: a story is a mapping (`key: value`)."),
    ("people: { alice: Alice }\nstep: []", "a.yaml:2: a story has no 'step'; it has title, server,"),
    ("steps: []", "a.yaml:1: a story has people, such as `people: {alice: Alice}`."),
    ("people: {}", "a.yaml:1: a story has 1 to 50 people."),
    ("people: { mo: { locale: de-DE } }", "a.yaml:1: 'de-DE' is no language of Discord's"),
    ("people: { Alice: Alice }", "a.yaml:1: 'Alice' is no name of a person"),
    ("people: { grokbot: x }", "a.yaml:1: 'grokbot' is no name of a person"),
    ("people: { alice: { shwon: A } }", "a.yaml:1: a person such as alice has no 'shwon'; it has shown,"),
    ("people: { a: { owner: yes }, b: { owner: yes } }", "a.yaml:1: a server has one owner."),
    ("people: { alice: { moderator: perhaps } }", "a.yaml:1: `moderator` is yes or no."),
    ("people: { alice: A }\nchannels: [a b]", "a.yaml:2: 'a b' is no name of a channel"),
    ("people: { alice: A }\nchannels: [a]\nforums: [a]", "a story has up to 50 channels and forums, each with a name"),
    ("people: { alice: A, alice: B }", "a.yaml:1: 'alice' stands here twice."),
    ("people: { alice: A }\nsteps: x", "a.yaml:2: `steps` is a list of up to 500 steps"),
    (HEAD + "- dance", "a.yaml:6: a step of one sentence is one of: stop the bot,"),
    (HEAD + "- alice dances: x", "a.yaml:6: a step says one thing that happens: `alice says: …`"),
    (HEAD + "- alice says: x\n  mo says: y", "a.yaml:6: a step says one thing that happens"),
    (HEAD + "- wait: 1\n  picture: y", "a.yaml:6: a step says one thing that happens"),
    (HEAD + "- wait: 1\n- bob says: x", "a.yaml:7: there is nobody called 'bob'; there are alice, mo."),
    (HEAD + "- alice says: x\n  in: nowhere", "a.yaml:7: there is no place 'nowhere'; there are: direct, elsewhere,"),
    (HEAD + "- alice says: x\n  tempo: 3", "a.yaml:7: a step with `says` has no 'tempo'; it has alice says, in,"),
    (HEAD + "- alice says: [x]", "a.yaml:6: `says` is a text."),
    (HEAD + "- alice says: ''", "a.yaml:6: `says` is a text."),
    (HEAD + f"- alice says: {'x' * 2001}", "a.yaml:6: `says` has at most 2,000 characters; this has 2,001."),
    (HEAD + "- alice says: @grokbot hi", "A text that begins with a sign such as @ or"),
    (HEAD + "- alice says: 'x", "a.yaml:6: this is no YAML: found unexpected end of stream."),
    (HEAD + "- alice says: x\n  pace: fast", "a.yaml:7: `pace` is a number from 0 to 10,000."),
    (HEAD + "- alice says: x\n  pace: .nan", "a.yaml:7: `pace` is a number"),
    (HEAD + "- alice says: x\n  pace: 0", "a.yaml:7: `pace` is more than 0."),
    (HEAD + "- alice says: x\n  fails: badly", "`internal after 24`, and one of: bad_key,"),
    (HEAD + "- alice says: x\n  fails: internal after lunch", "a.yaml:7: `fails` is like `internal`"),
    (HEAD + "- alice says: x\n  fails: internal\n  hangs: 3", "a.yaml:8: an answer either fails or hangs."),
    (HEAD + "- alice says: x\n  grok answers: nothing\n  pace: 3", "Grok answers nothing, so there is no `pace`."),
    (HEAD + "- alice calls: share", "a.yaml:6: a command is written like /mod block;"),
    (HEAD + "- alice posts: x", "a.yaml:6: a post has `in: FORUM` and `text: …`."),
    (HEAD + "- wait: long", "a.yaml:6: `wait` is a number from 0 to 600."),
    (HEAD + "- picture: ../x", "a.yaml:6: each `picture` has a name of its own"),
    (HEAD + "- picture: x\n- picture: x", "a.yaml:7: each `picture` has a name of its own"),
    (HEAD + "- picture: x\n  as: bob", "a.yaml:7: there is nobody called 'bob'"),
    (HEAD + "- trouble: rain", "a.yaml:6: there is no trouble 'rain'; there are: cut the gateway,"),
    ("people: &p { alice: A }\nsteps: *p", "a.yaml:2: a story has no aliases (*name); write it out."),
    ("[" * 1000, "a.yaml:1: this is nested too deeply; a story has at most 8 levels."),
    ("people: !!python/object/apply:os.system [ls]", "a.yaml:1: people is a mapping"),
    ("people: \x00", "a.yaml: this is no YAML: "),
    ("x" * (CHARACTERS_MAX + 1), "a.yaml: a story has at most 100,000 characters; this one has 100,001."),
)  # fmt: skip


@pytest.mark.parametrize(("text", "told"), BAD, ids=range(len(BAD)))
def test_a_fault_is_a_sentence_with_its_line(text: str, told: str) -> None:
    with pytest.raises(StoryError) as found:
        parse(text, "a.yaml")
    assert told in str(found.value)
    assert re.fullmatch(r"a\.yaml(:\d+)?: [^\n]+\.", str(found.value))


@given(st.text(alphabet="people: {}[]-&*!|>\n'\"alice says?,#%@`\t", max_size=200))
def test_whatever_the_text_is_it_is_a_story_or_a_sentence(text: str) -> None:
    told = ""
    try:
        parse(HEAD + text, "a.yaml")
    except StoryError as error:
        told = str(error)
    assert "\n" not in told


@pytest.mark.parametrize("repeated", ["- alice says: x\n", "- [", "? ", "- &a b\n", "  ", "- alice says: 'x\n", "#\n"])
def test_a_large_file_is_read_in_seconds(repeated: str) -> None:
    text = HEAD + repeated * ((CHARACTERS_MAX - len(HEAD)) // len(repeated))
    began = time.process_time()
    with pytest.raises(StoryError):
        parse(text + "!", "a.yaml")
    assert time.process_time() - began < 10


def test_stories_that_come_along_and_those_of_the_documents_are_right() -> None:
    files = [*Path(sandbox.__file__).parent.glob("stories/*.yaml"), *(ROOT / "docs" / "pictures").glob("*.yaml")]
    assert len(files) >= 3
    assert all(parse(file.read_text("utf-8"), file.name).steps for file in files)


def test_the_story_in_the_documents_is_right() -> None:
    examples = re.findall(r"```yaml\n(title:.*?)```", (ROOT / "docs" / "sandbox.md").read_text("utf-8"), re.DOTALL)
    assert [len(parse(example, "sandbox.md").steps) for example in examples] == [5]


class Nobody:
    """A bot that is never started."""

    web, real_grok = None, False
    state = "stopped"


def test_a_story_calls_troubles_as_the_panel_does() -> None:
    insight: Insight = Nobody()  # type: ignore[assignment] # it is only listed
    listed = Troubles(DiscordSandbox(), GrokSandbox(GrokRules()), insight).listed()
    assert {each["label"].lower(): each["name"] for each in listed} == dict(TROUBLES)
