"""Patterns for RE2 and texts that they may meet, by hypothesis.

Not here: what is proved with them.
"""

from __future__ import annotations

from hypothesis import strategies as st

LETTERS = "abA \n|`é"
SINGLES = ["a", "b", "A", " ", r"\n", "é", ".", "[ab]", "[^a]", r"[\]a]", "[[:alpha:]]", r"\d", r"\w", r"\W", r"\pL"]
SINGLES += [
    r"\x61",
    r"\x{62}",
    r"\141",
    r"\.",
    r"\|",
    r"\Qab\E",
    "{",
    "a{,2}",
    "]",
    "[]a]",
    r"[^]\n]",
    r"\PL",
    r"\p{^L}",
]
BESIDE = ["^", "$", r"\b", r"\B", "(?m:^)", "(?m:$)", r"\A", r"\z"]
FLAGS = ["(?i)", "(?-i)", "(?s)", "(?m)", "(?U)", "(?s-i)"]
GROUPS = ["({})", "(?:{})", "(?P<n>{})", "(?<m>{})", "(?-i:{})", "(?s:{})"]
BOUNDED = ["?", "{2}", "{0,2}", "{1,2}", "??", "{1,3}?", "{0}"]
UNBOUNDED = ["*", "+", "*?", "+?", "{1,}", "{2,}"]


def patterns(*, unbounded: bool) -> st.SearchStrategy[str]:
    """Patterns that RE2 mostly takes; without `unbounded` their matches have a few dozen characters at most."""
    leaves = st.sampled_from(SINGLES) | st.sampled_from(BESIDE)
    repeats = st.sampled_from(BOUNDED + (UNBOUNDED if unbounded else []))

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        grouped = st.builds(lambda group, one: group.format(one.replace("{", "{")), st.sampled_from(GROUPS), inner)
        return st.one_of(
            grouped,
            st.builds("(?:{}){}".format, inner, repeats),
            st.builds("{}{}".format, st.sampled_from(["a", "b", ".", "[ab]", r"\w"]), repeats),
            st.builds("{}{}".format, inner, inner),
            st.builds("{}|{}".format, inner, inner),
            st.builds("{}{}".format, st.sampled_from(FLAGS), inner),
        )

    return st.recursive(leaves, larger, max_leaves=6)


TEXTS = st.text(LETTERS, max_size=30)


@st.composite
def cut_up(draw: st.DrawFn, text: str) -> list[str]:
    """A text in pieces, empty ones among them."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
