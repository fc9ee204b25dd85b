"""What `to_discord` makes of what Discord does not draw, and that it leaves the rest alone."""

# ruff: noqa: RUF001  # letters of formulas and other scripts are what is tested

import re

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from grokbot.discord_bot.markdown import MINIMUM_LIMIT
from grokbot.discord_bot.markdown.latex import in_unicode
from grokbot.discord_bot.markdown.message_texts import to_discord
from grokbot.discord_bot.markdown.splitter import Splitter
from grokbot.discord_bot.markdown.tables import PHONE_COLUMNS, cells_of
from grokbot.discord_bot.markdown.translator import Translator
from tests.discord_bot.markdown_examples import EXAMPLES, anything, documents

thorough = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

HEADINGS_AND_RULES = [
    ("# a\n## b\n### c", "# a\n## b\n### c"),
    ("#### a\n##### b ##\n###### **c** d", "**a**\n**b**\n**c d**"),
    ("> #### a", "> **a**"),
    ("####### seven\n#tag\n####", "####### seven\n#tag\n####"),
    ("Title\n=====\nwords", "# Title\nwords"),
    ("Title\n---\nwords", "## Title\nwords"),
    ("> Title\n> ---", "> ## Title"),
    ("A sentence.\n---\nwords", "A sentence.\n────────────\nwords"),
    ("a\n\n---\n\n***\n_ _ _", "a\n\n────────────\n\n────────────\n────────────"),
    ("- a\n---", "- a\n────────────"),
    ("--\n**\n- -", "--\n**\n- -"),
]
LISTS_AND_NOTES = [
    ("- [ ] a\n- [x] b\n  1. [X] c", "- ☐ a\n- ☑ b\n  1. ☑ c"),
    ("- [] a\n- [ ]\n[ ] b", "- [] a\n- [ ]\n[ ] b"),
    ("+ a\n  + b\n1 + 2", "- a\n  - b\n1 + 2"),
    ("a[^1] b[^12] c[^note]\n\n[^1]: *one*", "a¹ b¹² c[note]\n\n-# ¹ *one*"),
]
LINKS = [
    ('![alt](https://e.org/a.png "t")', "[alt](https://e.org/a.png)"),
    ("![](https://e.org/a.png)", "[image](https://e.org/a.png)"),
    ("[![alt](a.png)](https://e.org)", "[alt](https://e.org)"),
    ("[a](https://e.org/(b)_c)", "[a](https://e.org/(b)_c)"),
    (r"\![a](b) !!", r"\![a](b) !!"),
    (
        "[1]: https://e.org\n\n[a][1] [1] ![p][1]",
        "[1]: https://e.org\n\n[a](https://e.org) [1](https://e.org) [p](https://e.org)",
    ),
    ("[a][1] [1]\n\n[1]: https://e.org", "[a][1] [1]\n\n[1]: https://e.org"),
    ("[a][none] [b][] [c]", "[a][none] [b][] [c]"),
    ("https://e.org/?a=1&amp;b=$x^2$", "https://e.org/?a=1&amp;b=$x^2$"),
]
HTML = [
    ("a<br>b<br />c", "a\nb\nc"),
    ("> - a<br>b", "> - a\n>   b"),
    ("<b>a <i>b</i></b> <s>c</s> <u>d</u>", "**a *b*** ~~c~~ __d__"),
    ("H<sub>2</sub>O x<sup>n+1</sup> y<sup>Q,R</sup> z<sub>Q</sub>", "H₂O xⁿ⁺¹ y^(Q,R) z\\_(Q)"),
    ("<kbd>Ctrl</kbd> <code>a*b</code>", "`Ctrl` `a*b`"),
    ('<a href="https://e.org">a</a> <img src="https://e.org/i" alt="b">', "[a](https://e.org) [b](https://e.org/i)"),
    ("the <b> tag, 1 < 2, <unknown>, <!-- note -->", "the <b> tag, 1 < 2, <unknown>, <!-- note -->"),
    ("&lt;@123&gt; &copy; &#233; &nope; AT&T &amp;lt;", "\\<@123\\> © é &nope; AT&T &amp;lt;"),
    ("a\\\nb", "a\nb"),
]
FENCES = [
    ("~~~py\nx\n~~~\nwords", "```py\nx\n```\nwords"),
    ("~~~~\n~~~\n~~~~~", "```\n~~~\n```"),
    ("> ~~~\n> x\n> ~~~", "> ```\n> x\n> ```"),
    ("- ~~~\n  x\n  ~~~", "- ```\n  x\n  ```"),
    ("````md\n```py\n````", "```md\n`\u200b``py\n```"),
    ("```py title=a\nx\n```", "```py\nx\n```"),
    ("```python:src/main.py\nx\n```", "```python\nx\n```"),
    ("```{.python}\nx\n```\n~~~{r, echo=F}\ny\n~~~", "```python\nx\n```\n```r\ny\n```"),
    (
        "> ```objective-c++\n> x\n> ```\n> ```|words\n> y\n> ```",
        "> ```objective-c++\n> x\n> ```\n> ```\n> |words\n> y\n> ```",
    ),
    ("```\nx\n`````\nwords", "```\nx\n```\nwords"),
    ("+ ```\n  x\n  ```", "- ```\n  x\n  ```"),
    ("```\na = '^```(json)?' ``\n```json\n```\n$x^2$", "```\na = '^`\u200b``(json)?' ``\n`\u200b``json\n```\nx²"),
    ("words ```py\nx\n```\n$x^2$", "words\n```py\nx\n```\nx²"),
    ("1. words: ```\n   x\n   ```\n2. y", "1. words:\n   ```\n   x\n   ```\n2. y"),
    ("> words ```sh\n> x``` and $x^2$", "> words\n> ```sh\n> x\n> ```\n> and x²"),
    ("words ```py", None),
    ("a ```b``` and ```c```\nd ``` e```\n`f\nw ```g\nh` \\```i\nj", None),
    ("```\n![a](b) $x^2$\n| a | b |\n|---|---|\n#### c\n---\n```", None),
    ("`![a](b) <br> \\(x^2\\)` ``&lt; ` [^1]``", None),
    ("`two\nlines ![a](b)`", None),
    ("    ![a](b)\n    &lt;\n", None),
]
FORMULAS = [
    (r"\(\alpha \times x^2\)", "α × x²"),
    (r"$x_1 \le y$ and $$E = mc^2$$", "x₁ ≤ y and E = mc²"),
    (r"\(\frac{a}{b}\) \(\frac{a+1}{2b}\) \(\sqrt{x+1}\)", "a/b (a+1)/(2b) √(x+1)"),
    (r"\(a*b*c_{max} + f_{QQ}\)", r"a\*b\*cₘₐₓ + f\_(QQ)"),
    (r"\(\mathfrak{g} \to \alpha\)", r"`\mathfrak{g} → α`"),
    (r"\(not maths at all\) \[1\] \(", r"\(not maths at all\) \[1\] \("),
    ("it costs $5 and $6, $HOME_DIR, US$7_0, $a b$", "it costs $5 and $6, $HOME_DIR, US$7_0, $a b$"),
    ("\\[\nx = \\frac{1}{2}\n\\]\nwords", "```\nx = 1/2\n```\nwords"),
    ("$$a \\\\ b = c$$", "```\na\nb = c\n```"),
    ("> $$\n> a = b\n> $$", "> ```\n> a = b\n> ```"),
    ("\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}", "```\na = b\nc = d\n```"),
    ("$$\nnever closed\n\n![a](https://e.org)", "$$\nnever closed\n\n[a](https://e.org)"),
    (r"$$A = \begin{bmatrix}1&2\\3&4\end{bmatrix}$$", "```\nA = \\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}\n```"),
    (r"so $v = \begin{pmatrix} 10\\20 \end{pmatrix}$.", r"so `v = \begin{pmatrix} 10\\20 \end{pmatrix}`."),
    (
        "\\[\nf = \\begin{cases}\nx & x > 0 \\\\\n0\n\\end{cases}\n\\]",
        "```\nf = \\begin{cases}\nx & x > 0 \\\\\n0\n\\end{cases}\n```",
    ),
    (r"so $a = b^2 \\ c = d$.", "so a = b²; c = d."),
    (r"\(v = 100\text{ km}\), $x\text{ if }y>0$", r"v = 100 km, x if y\>0"),
]
TABLES = [
    ("| a | bbb |\n|---|--:|\n| cc | 1 |", "```\na   bbb\n──  ───\ncc    1\n```"),
    ("a | b\n:-:|-\n123 | *x*\n\nwords", "```\n a   b\n───  ─\n123  x\n```\n\nwords"),
    ("| a | b |\n|-|-|\n| `x` | **y** \\| _z_ |", "```\na  b\n─  ─────\nx  y | z\n```"),
    ("> | a | b |\n> |-|-|\n> | 1 | 2 |\nwords", "> ```\n> a  b\n> ─  ─\n> 1  2\n> ```\nwords"),
    ("| 値 | b |\n|-|-|\n| 日本 | 2 |", "```\n値    b\n────  ─\n日本  2\n```"),
    ("| a | b |\n|-|-|\n| 1 |\n| 1 | 2 | 3 |", "```\na  b\n─  ─────\n1\n1  2 | 3\n```"),
    ("| a | b |\n|---|\n| 1 | 2 |", "| a | b |\n|---|\n| 1 | 2 |"),
    ("| a | b |\n|-|-|", "```\na  b\n─  ─\n```"),
    ("||hidden|| a | b", "||hidden|| a | b"),
    ("- | a | b |\n  |-|-|\n  | 1 | 2 |\n- next", "- ```\n  a  b\n  ─  ─\n  1  2\n  ```\n- next"),
    (
        "> 1. | a | b |\n>    |-|-|\n>    | 1 | 2 |\n> 2. | c | d |\n>    |-|-|",
        "> 1. ```\n>    a  b\n>    ─  ─\n>    1  2\n>    ```\n> 2. ```\n>    c  d\n>    ─  ─\n>    ```",
    ),
    (
        f"+ | a | b |\n  |-|-|\n  | {'x ' * 30}| 1 |\n  | 2 | 3 |",
        f"- **a**: {'x ' * 29}x\n  **b**: 1\n\n  **a**: 2\n  **b**: 3",
    ),
]


@pytest.mark.parametrize(
    ("markdown", "drawn"), [*HEADINGS_AND_RULES, *LISTS_AND_NOTES, *LINKS, *HTML, *FENCES, *FORMULAS, *TABLES]
)
def test_what_discord_does_not_draw_becomes_what_it_does(markdown: str, drawn: str | None) -> None:
    """`None`: it stays as it is."""
    wanted = markdown if drawn is None else drawn
    assert to_discord(markdown).removesuffix("\n") == wanted.removesuffix("\n")


@pytest.mark.parametrize(
    "text",
    [
        "**bold** *italic* __under__ ~~struck~~ ||hidden|| `code` ***both*** _i_ a_b_c 2 * 3",
        "# one\n> quote\n> rest\n\nnot of it",
        "- a\n  - b\n* c\n1. d\n\n\n   e  \nf",
        "```py\nprint('x')\n```\n\n```\n  a\n\n```",
        "<@123> <#45> <:wave:123> <t:1700000000:R> </ask:12> https://e.org/a_b [a](<https://e.org>) <https://e.org>",
        r"\*escaped\* \\ \_ \` \# \> \| \~",
        "שלום **עולם** 日本語。👨‍👩‍👧‍👦\r\n\tend ",
    ],
)
def test_what_discord_draws_already_stays_exactly_as_it_is(text: str) -> None:
    assert to_discord(text) == text


@pytest.mark.parametrize("text", EXAMPLES)
def test_translating_twice_changes_nothing_more(text: str) -> None:
    once = to_discord(text)
    assert to_discord(once) == once


@given(documents)
@settings(thorough, max_examples=40)
def test_translating_documents_twice_changes_nothing_more(text: str) -> None:
    assume(not re.search(r"never closed|open", text))  # what is left open reads on into the next example
    once = to_discord(text)
    assert to_discord(once) == once


words = st.lists(st.sampled_from(["word", "two words.", "日本", "x, y", "(and)", "end!"]), min_size=1).map(" ".join)


@given(st.lists(words, min_size=1, max_size=9), st.sampled_from(["\n", "\n\n", "\n> ", "\n- ", "\n\n## ", "\n\n```\n"]))
@thorough
def test_plain_words_come_through_as_they_are(lines: list[str], between: str) -> None:
    text = between.join(lines)
    assert to_discord(text) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="`\r\n"), min_size=1), words)
@example("![a](b) \\(x^2\\) <br> &lt; [^1] $x_1$", "end")
@thorough
def test_nothing_inside_code_changes(code: str, around: str) -> None:
    fenced = f"{around}\n```py\n{code}\n```\n{around}"
    assert to_discord(fenced) == fenced
    tildes = to_discord(f"~~~py\n{code}\n~~~\n") if set(code.strip()) != {"~"} else f"```py\n{code}\n```\n"
    assert tildes == f"```py\n{code}\n```\n"
    inline = f"{around} `{code}` {around}"
    assert to_discord(inline) == inline


@given(st.lists(st.sampled_from(["`", "``", "```", "a", " b", "x" * 60, "\n", "~~~"]), max_size=40).map("".join))
@example("x" * 160 + "```")
@thorough
def test_backticks_inside_code_never_end_it(code: str) -> None:
    code = "\n".join(f"a{line}" for line in code.split("\n"))
    drawn = to_discord(f"```py\n{code}\n```\n$x^2$")
    assert drawn.startswith("```py\n")
    assert drawn.endswith("\n```\nx²")
    inside = drawn.removeprefix("```py\n").removesuffix("\n```\nx²")
    assert "```" not in inside
    assert inside.replace("\u200b", "") == code
    assert inside.count("\u200b") <= code.count("`")


@given(anything, st.sampled_from([MINIMUM_LIMIT, 2000]))
@thorough
def test_any_text_is_translated_without_trouble_and_most_of_it_stays(text: str, limit: int) -> None:
    drawn = to_discord(text, limit)
    without_info = re.sub(r"(`{3}|~{3}).*", r"\1", text)  # of what stands behind a fence only the language stays
    for letters in re.findall(r"two words|An end|日本", without_info):
        assert letters.replace(" ", "") in re.sub(r"\s", "", drawn)


cell_text = st.text(alphabet="ab 日é👍", max_size=12).map(str.strip)
tables = st.integers(1, 4).flatmap(
    lambda columns: st.lists(st.lists(cell_text, min_size=columns, max_size=columns), min_size=2, max_size=30)
)


def written(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"


@given(tables)
@thorough
def test_columns_stand_under_each_other_and_fit_a_phone(rows: list[list[str]]) -> None:
    drawn = to_discord(written(rows))
    for block in re.findall(r"^```\n(.*?)\n```$", drawn, re.DOTALL | re.MULTILINE):
        ruler = block.split("\n")[1]
        borders = [found.start() for found in re.finditer(r"(?<=  )─", ruler)]
        for line in block.split("\n"):
            assert cell_len(line) <= PHONE_COLUMNS
            for border in borders:
                before = next(
                    end for end in range(len(line) + 1) if cell_len(line[:end]) >= min(border, cell_len(line))
                )
                assert line[:before].endswith("  ") or cell_len(line) < border
    seen = "".join(drawn.split())
    for row in rows[1:]:
        assert all("".join(cell.split()) in seen for cell in row)


def test_a_table_too_wide_for_a_phone_becomes_records_whose_links_work() -> None:
    table = (
        "| name | about |\n|---|---|\n| **one** | words that are too long for a [phone](https://e.org) |\n| two | |\n"
    )
    assert to_discord(table) == (
        "**name**: **one**\n**about**: words that are too long for a [phone](https://e.org)\n\n**name**: two\n"
    )
    assert to_discord("> " + table.replace("\n", "\n> ").removesuffix("> ")).startswith(
        "> **name**: **one**\n> **about**"
    )


def test_a_long_table_is_laid_out_in_blocks_that_each_have_the_head() -> None:
    drawn = to_discord("| name | n |\n|---|---|\n" + "".join(f"| some row | {n} |\n" for n in range(200)))
    blocks = re.findall(r"```\n(.*?)\n```", drawn, re.DOTALL)
    assert len(blocks) > 2
    assert all(block.startswith("name") and len(block) < 900 for block in blocks)
    assert re.findall(r"some row  (\d+)", drawn) == [str(n) for n in range(200)]


def test_bars_in_a_row_part_cells_unless_they_are_escaped() -> None:
    assert cells_of(r"| a \| b | c |") == ["a | b", "c"]
    assert cells_of("a | | b") == ["a", "", "b"]
    assert cells_of("||") == [""]


@pytest.mark.parametrize(
    ("source", "text", "certain"),
    [
        (r"\sum_{i=1}^{n} i^2", "∑ᵢ₌₁ⁿ i²", True),
        (r"\int_0^\infty e^{-x} \, dx", "∫₀^∞ e⁻ˣ dx", True),
        (r"\lim_{x \to 0} \sin x", "lim_(x → 0) sin x", True),
        (r"\left( \mathbb{R}^n \right)", "( ℝⁿ )", True),
        (r"\text{speed in } 90^\circ", "speed in 90°", True),
        (r"\sqrt[3]{x} \cdot \sqrt{2}", "∛x · √2", True),
        (r"\frac12 \tfrac{\alpha_1}{\beta}", "1/2 α₁/β", True),
        (r"50\% \{a\} \$", "50% {a} $", True),
        (r"\overline{x} + \unknown{a}{b_1}", r"\overline{x} + \unknown{a}{b_1}", False),
        (r"{a", "a", False),
        (r"a}", "a}", False),
        (r"x^", "x^()", False),
        (r"2\frac{1}{3} + \frac{1}{2}mv^2", "2(1/3) + (1/2)mv²", True),
        (r"\frac{1}{2}\frac{3}{4} - (a)\frac{1}{2}(b)", "(1/2)(3/4) - (a)(1/2)(b)", True),
        (r"\frac{a}{b}^2 = {\frac{a}{b}}^2 = (\frac{a}{b})^2", "(a/b)² = (a/b)² = (a/b)²", True),
        (r"{a+b}^2 {x^2}^3 {x}^2 {(a+b)}^2 {10}^{3}", "(a+b)² (x²)³ x² (a+b)² 10³", True),
        (r"\sqrt{x}^2 + \sqrt{2}x + 2\sqrt{3}", "(√x)² + (√2)x + 2√3", True),
        (r"x\text{ if }y>0, 5\text{cm}^2", "x if y>0, 5cm²", True),
        (r"\sin x\cos y + a\mod b + \arg\max_x f", "sin x cos y + a mod b + arg maxₓ f", True),
        (r"\sin\theta + \sin\frac{x}{2} + \log_2 \frac{a}{b}", "sin θ + sin(x/2) + log₂ (a/b)", True),
        (r"a&=b\\[5pt]1&2", "a=b\n1 2", True),
        (r"\left.\frac{1}{x}\right|_1", "1/x|₁", True),
        (
            r"\begin{aligned}\begin{matrix}1&2\\3&4\end{matrix}\end{aligned}",
            r"\begin{aligned}\begin{matrix}1&2\\3&4\end{matrix}\end{aligned}",
            False,
        ),
    ],
)
def test_only_what_is_certain_is_taken_out_of_latex(source: str, text: str, certain: bool) -> None:
    assert (in_unicode(source).text, in_unicode(source).certain) == (text, certain)


@given(st.text(alphabet=r"\{}^_ab12[]& frac sqrt text", max_size=200))
@example("{" * 3000)
@example("\\frac" * 500)
@thorough
def test_any_formula_is_read_without_trouble(source: str) -> None:
    letters = re.sub(r"\\[A-Za-z]+", "", source)
    assert in_unicode(source).text.count("2") + in_unicode(source).text.count("²") + in_unicode(source).text.count(
        "₂"
    ) >= letters.count("2")


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        (">>> one line\nand no more", "> one line\nand no more"),
        ("```\n>>> print(1)\n-# x\n```", "```\n>>> print(1)\n-# x\n```"),
        ("a || b and c || d", r"a \|\| b and c \|\| d"),
        ("if (a||b) or f(x)||g", r"if (a\|\|b) or f(x)\|\|g"),
        ("a ||hidden|| word, ||it||.", "a ||hidden|| word, ||it||."),
        ("`a || b || c`", "`a || b || c`"),
        ("[https://e.org](https://e.org)", "https://e.org"),
        ("[https://e.org/](<https://e.org>)", "https://e.org"),
        ("[https://e.org](https://evil.example)", "https://e.org (https://evil.example)"),
        ("[e.org](https://evil.example/e.org.html)", "e.org (https://evil.example/e.org.html)"),
        ("[**www.e.org**](https://evil.example)", "**www.e.org** (https://evil.example)"),
        ("[https:\u2044\u2044e.org](https://evil.example)", "https:\u2044\u2044e.org (https://evil.example)"),
        ("[https://e.org](https://e.org@evil.example)", "https://e.org (https://e.org@evil.example)"),
        ("[README.md](https://e.org/x)", "[README.md](https://e.org/x)"),
        ("[e.org](https://e.org/)", "[e.org](https://e.org/)"),
        ('<a href="https://b.example">https://a.example</a>', "https://a.example (https://b.example)"),
        (
            "[a]: https://b.example\n\n[https://a.example][a]",
            "[a]: https://b.example\n\nhttps://a.example (https://b.example)",
        ),
        ("![https://a.example](https://b.example/i.png)", "https://a.example (https://b.example/i.png)"),
        ("-# ⏹️ Stopped.", r"\-# ⏹️ Stopped."),
        ("> -# ⏹️ Stopped.", r"> \-# ⏹️ Stopped."),
        ("words<br>-# ⏹️ Stopped.", "words\n\\-# ⏹️ Stopped."),
    ],
)
def test_what_the_model_did_not_mean_means_nothing(written: str, drawn: str) -> None:
    assert to_discord(written) == drawn
    for size in (1, 3, 7):
        translator = Translator(Splitter(2000))
        given = "".join(translator.feed(written[at : at + size]) for at in range(0, len(written), size))
        assert given + translator.finish() == drawn


LONG_ENOUGH = "word " * 40


@given(
    st.lists(
        st.sampled_from(
            [
                "||",
                " || ",
                "a||b",
                ">>> ",
                "-# ",
                "[https://a.example](https://b.example)",
                "<br>-# x",
                "\n",
                "word ",
                LONG_ENOUGH,
            ]
        )
    ),
    st.data(),
)
def test_what_is_escaped_is_so_however_it_arrives(words: list[str], data: st.DataObject) -> None:
    text = "".join(words)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    translator = Translator(Splitter(2000))
    given_out = "".join(translator.feed(text[a:b]) for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True))
    assert given_out + translator.finish() == to_discord(text)
    assert "\n>>> " not in "\n" + to_discord(text)
    assert "\n-# " not in "\n" + to_discord(text)


@thorough
@given(documents, documents)
def test_a_fork_goes_on_by_itself(first: str, rest: str) -> None:
    def finished(translator: Translator) -> list[str]:
        translator.finish()
        return translator.splitter.finished()

    forked, alone = Translator(Splitter(MINIMUM_LIMIT)), Translator(Splitter(MINIMUM_LIMIT))
    for translator in (forked, alone):
        translator.feed(first)
    fork = forked.fork()
    fork.feed(rest)
    whole = Translator(Splitter(MINIMUM_LIMIT))
    for text in (first, rest):
        whole.feed(text)
    assert finished(fork) == finished(whole)
    assert finished(forked) == finished(alone)


def test_in_a_table_drawn_as_code_a_citation_is_no_power_and_its_link_stands_below() -> None:
    text = "| bird | eye |\n|---|---|\n| owl | 9 mm[[4]](https://a.example)[[5]](https://b.example) |\n\nend"
    assert to_discord(text) == (
        "```\nbird  eye\n────  ────────────\nowl   9 mm [1] [2]\n```\n"
        "[¹](<https://a.example>) [²](<https://b.example>)\n\nend"
    )
