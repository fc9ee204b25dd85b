"""What `readable` promises for messages and for the names of threads."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grokbot.discord_bot.content import thread_name
from grokbot.discord_bot.content.plain_text import LONGEST_THREAD_NAME, Names, readable

NAMES = Names(
    users={1: "Alice", 2: "Bob\nsays", 9: "Grok", 5: "\u200b"},
    roles={3: "mods", 8: "@everyone"},
    channels={4: "general"},
)
MARKUP = [
    "<@1>",
    "<@!2>",
    "<@&3>",
    "<#4>",
    "<:wave:7>",
    "<a:wave:7>",
    "<t:0:R>",
    "</mod block:6>",
    "<id:guide>",
    "<@9>",
]
WRITTEN = [
    *MARKUP,
    "words ",
    "`",
    "``",
    "```",
    "\n",
    " ",
    "\\",
    "<",
    ">",
    "@everyone ",
    "é",
    "||",
    "**bold** ",
    "שלום ",
]
messages = st.lists(st.sampled_from(WRITTEN), max_size=30).map("".join) | st.text(max_size=80)
many = settings(max_examples=500, deadline=None)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("hi <@1> and <@!2>", "hi @Alice and @Bob says"),
        ("<@77> <@&77> <#77> <@5>", "@unknown-user @unknown-role #unknown-channel @unknown-user"),
        ("<@&3> <@&8>, see <#4>", "@mods @everyone, see #general"),
        ("<:wave:123><a:party_1:123>", ":wave::party_1:"),
        ("<t:1700000000:R> <t:1700000000> <t:-1>", "2023-11-14T22:13:20Z 2023-11-14T22:13:20Z 1969-12-31T23:59:59Z"),
        ("<t:9999999999999:F>", "<t:9999999999999:F>"),
        ("</chat:123> </mod block:5>", "/chat /mod block"),
        ("<id:customize> <id:linked-roles:12> <id:nothing>", "#Channels & Roles #Linked Roles <id:nothing>"),
        ("`<@1>` <@1> ```\n<#4>\n``` ``a ` <@1>``", "`<@1>` @Alice ```\n<#4>\n``` ``a ` <@1>``"),
        ("a ` alone <@1>", "a ` alone @Alice"),
        (r"\<@1> \` <@1> `", r"\<@1> \` @Alice `"),
        ("1 < 2 > <b> <@x> <:no>", "1 < 2 > <b> <@x> <:no>"),
    ],
)
def test_markup_is_spelled_out_and_code_is_left_alone(written: str, read: str) -> None:
    assert readable(written, NAMES) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@9> hello", "hello"),
        ("  <@!9>, <@9>: hello <@9>", "hello @Grok"),
        ("hello <@9>", "hello @Grok"),
        ("<@9>", ""),
        ("<@99> hello", "@unknown-user hello"),
        ("<@1> <@9> hello", "@Alice @Grok hello"),
    ],
)
def test_the_bots_own_mention_in_front_is_left_out(written: str, read: str) -> None:
    assert readable(written, NAMES, own_id=9) == read


@given(messages)
@example("`" * 300 + "<@1>")
@example("<" * 300)
@many
def test_nothing_is_left_to_be_spelled_out_outside_of_code(written: str) -> None:
    if "`" not in written and "\\" not in written:
        read = readable(written, NAMES)
        assert not any(mark in read for mark in MARKUP)


@given(st.text(max_size=60).filter(lambda text: "<" not in text))
@many
def test_a_text_without_markup_stays_as_it_is(written: str) -> None:
    assert readable(written, NAMES, own_id=9) == written


@given(
    st.lists(st.sampled_from([item for item in WRITTEN if "`" not in item and item != "\\"]), max_size=20).map("".join)
)
@many
def test_what_is_in_code_stays_as_it_is(written: str) -> None:
    code = f"```\n{written}\n```"
    assert readable(f"<@1> {code} <@1>", NAMES) == f"@Alice {code} @Alice"


def test_a_name_cannot_smuggle_markup_or_lines_into_the_text() -> None:
    names = Names(users={1: "<@2>", 2: "two\u202e\nlines"})
    assert readable("<@1> <@2>", names) == "@<@2> @two lines"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("How do I cook rice?", "How do I cook rice?"),
        ("# Big **bold** _and_ `code`\n> quoted ~~gone~~", "Big bold and code quoted gone"),
        ("- one\n- two\n3. three", "one two three"),
        (
            "see [the page](https://example.org/x) for snake_case_names and 2 * 3 * 4",
            "see the page for snake_case_names and 2 * 3 * 4",
        ),
        ("```python\nprint(1)\n```", "print(1)"),
        ("***really*** __under _both_ lines__ \\*not\\*", "really under both lines *not*"),
        ("who did it? ||the butler||", "who did it? …"),
        ("שלום עולם", "שלום עולם"),
        ("a\u200b\u202eb\x00c\ufeff\u2028d", "ab c d"),
        (
            "one two three four five six seven eight nine ten eleven twelve thirteen",
            "one two three four five six seven eight nine ten eleven…",
        ),
        ("x" * 200, "x" * 59 + "…"),
        ("", "New chat"),
        (" \n\u200b\u3164 ** ", "New chat"),
        ("||secret||", "New chat"),
        ("e" + "\u0301" * 300, "e" + "\u0301" * 98 + "…"),
        ("🫨", "🫨"),
    ],
)
def test_a_thread_is_named_after_the_first_words(written: str, name: str) -> None:
    assert thread_name(written, "New chat") == name


@given(messages | st.text(min_size=50, max_size=400))
@many
def test_a_thread_name_is_always_one_that_discord_takes(written: str) -> None:
    name = thread_name(written, "New chat")
    assert 1 <= len(name) <= LONGEST_THREAD_NAME
    assert name == " ".join(name.split())
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in name)
    assert any(unicodedata.category(character)[0] not in "MZ" for character in name)


@given(st.lists(st.sampled_from(["word", "longer", "שלום", "né"]), min_size=1, max_size=40).map(" ".join))
@many
def test_a_thread_name_ends_at_a_word(written: str) -> None:
    name = thread_name(written, "New chat")
    assert len(name) <= 60
    assert name == written or (name.endswith("…") and (written + " ").startswith(name[:-1] + " "))


@pytest.mark.parametrize("fallback", ["", "\u200b", " \n", "x" * 101])
def test_a_fallback_that_is_no_name_is_refused(fallback: str) -> None:
    with pytest.raises(ValueError, match="fallback"):
        thread_name("words", fallback)


@pytest.mark.parametrize("closed", ["||", ""])
def test_a_spoiler_that_ends_far_behind_names_no_thread(closed: str) -> None:
    assert thread_name("||" + "secret " * 2_000 + closed, "New conversation") == "New conversation"


def test_a_message_of_any_length_names_its_thread_by_its_beginning() -> None:
    assert thread_name("\n" * 5_000 + "How do figs grow?\n" + " ~~a" * 16_000, "x").startswith("How do figs grow?")
