"""Markdown of the breadth of CommonMark's specification and of what models write, each piece a few lines long.

Written for these tests, section by section; nothing of it is taken from the specification.
"""

from hypothesis import strategies as st

EXAMPLES = [
    # tabs, precedence, backslashes, entities
    "\tcode by a tab\n\t\tmore\n\nwords",
    "- one\n\n\tgoes on\n",
    "- `one\n- two`\n",
    r"\*not bold\* \# \> \`not code\` \[no link\](x) \\ \| \~\~",
    "a hard break\\\nand the next line  \nand one more",
    "&nbsp;&amp;&lt;b&gt; &copy; &#35; &#x41; &unknown; &amp;lt; AT&T; a & b",
    "`&amp;` and `\\*`",
    # rules and headings
    "***\n---\n___\n* * *\n - - -\n_____\n+++\n--\n",
    "words\n***\nmore\n",
    "- a\n***\n- b\n",
    "# one\n## two\n### three\n#### four\n##### five #####\n###### six ##\n####### seven\n#nothing\n#\n####\n",
    "#### a *b* **c** `d **e**` \\\n",
    "Heading\n=======\n\nHeading two\n---\n\nA sentence.\n---\n\nTwo lines\nof words\n===\n",
    "> Heading in a quote\n> ---\n> words\n",
    "- item\n---\nwords\n",
    "---\n",
    "===\n",
    # code
    "    indented\n      more\n\n    again\n\nwords with \\(x^2\\)",
    "```\ncode ![a](b) $x^2$\n\n  more\n```\n",
    "~~~\ncode\n```\n~~~\n",
    "````md\n```py\nx = 1\n```\n````\n",
    "```python title=a.py\nx\n```\n",
    "~~~ruby startline=3\ndef f\n~~~\nwords",
    "```\nnever closed\n",
    "~~~\nnever closed ```",
    "``` ``` words\n",
    "   ```\n   indented\n   ```\n",
    "> ```\n> quoted\n> ```\n\n> ~~~\n> quoted\nnot any more\n",
    "- ~~~\n  in an item\n  ~~~\n",
    "`one` ``two ` ticks`` ` three ` `open\n\nnew ![a](b)",
    "`two\nlines ![a](b)` ![c](https://e.org/d)",
    # quotes and lists
    "> one\n> two\nlazy\n\n> > deep\n> back\n",
    ">>> all\nof ![a](b)\nthis\n",
    "- a\n- b\n\n\n- c\n  - d\n    - e\n\n      words\n",
    "+ a\n+ b\n  + c\n* d\n",
    "1. a\n2. b\n   1. c\n10) d\n",
    "- [ ] open\n- [x] done\n- [X] done too\n  - [ ] deeper\n- []\n- [ ]\n* [ ] star\n1. [x] counted\n",
    "-\n- \n*\n1.\n",
    # emphasis
    "*a* **b** ***c*** _d_ __e__ ___f___ a*b*c a_b_c **a*b*c** *a**b**c*\n",
    "**open\n\n**closed? * a * ** b ** _ c _\n",
    "~~gone~~ ||hidden|| a||b **||both||**\n",
    # links, images, addresses, HTML
    '[a](https://e.org/(b)_c "title") [b](<https://e.org/a b>) [c]() [](x) [d [e] f](https://e.org)\n',
    '![a](https://e.org/a.png "title") ![](https://e.org/b.png) ![c [d]](e) !! ![e](f) !![g](h) ![open](\n',
    "[![badge](https://e.org/b.svg)](https://e.org/to) [![](x)](y)\n",
    (
        "[later][1] [1] [Later][] ![pic][1]\n\n[1]: https://e.org/one 'title'\n[later]: <https://e.org/two>\n\n"
        "[now][1] [1] [LATER][] ![pic][1] [none][2]\n"
    ),
    "<https://e.org/a_b> https://e.org/a_b*c*&amp; <mailto:a@e.org> www.e.org\n",
    "a<br>b<br/>c <b>d</b> <i>e <u>f</u></i> H<sub>2</sub>O x<sup>2</sup> y<sup>a b</sup> z<sub>QQ</sub>\n",
    '<a href="https://e.org">to</a> <img src="https://e.org/i.png" alt="pic"> <kbd>Ctrl</kbd> <s>x</s> <b>open\n',
    "<details>\n<summary>More</summary>\n<p>words</p>\n</details>\n<!-- note -->\n<unknown tag>\n2 < 3 > 1\n",
    "> a<br>b\n> - c<br>d\n",
    # tables
    "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nwords\n",
    "a | b\n:-|-:\n1 | 2\n3 | 4\nwords\n",
    "| **a** | `b` | [c](https://e.org) |\n|:-:|--:|:--|\n| \\| | ~~x~~ | a<br>b |\n| 1 |\n| 1 | 2 | 3 | 4 |\n",
    "| 名前 | 値 |\n|---|---|\n| 日本 | 👨‍👩‍👧‍👦 |\n| é | ❤️ |\n",
    "| a | b |\n|---|\n| no | table |\n",
    "| a | b |\n|---|---|\n",
    "| a long head that goes on | and another one, as long |\n|---|---|\n| x | y |\n| | z |\n",
    "| a | b |\n|---|---|\n| short | row |\n| and then one | that is much too wide for any phone |\n| c | d |\n",
    "> | a | b |\n> |---|---|\n> | 1 | 2 |\nwords\n",
    "- item\n\n  | a | b |\n  |---|---|\n  | 1 | 2 |\n",
    "words\n| a | b |\n|---|---|\n| 1 | 2 |\n# heading\n",
    "a || b\n| not a table\n||spoiler|| words\n",
    "| a | b |\n|---|---|\n" + "".join(f"| row {n} | {'x' * (n % 17)} |\n" for n in range(60)),
    # formulas
    r"inline \(\alpha^2 + \beta_i \times \frac{a}{b+1}\) and \(x\) and $x_1 \le y$ and $$E = mc^2$$." + "\n",
    r"unknown \(\mathfrak{g} \to \text{two words}\) and \(not maths at all\) and \(open" + "\n",
    "it costs $5 and $6, or US$7_000; $HOME_DIR and $PATH_X, `$x^2$`\n",
    "\\[\nx = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}\n\\]\nwords\n",
    "$$\na^2 + b^2\n= c^2\n$$\n",
    "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}\n",
    "\\[ x = 1 \\]\n\\[1\\]\n\\[\nnever closed\n\nwords\n",
    "$$\nnever closed\n```\ncode\n```\n",
    "> \\[\n> a = b\n> \\]\n",
    "1. so:\n   $$x = \\sqrt[3]{y}$$\n",
    # footnotes and other scripts
    "a[^1] b[^note]\n\n[^1]: the *first*\n[^note]: another ![a](b)\n",
    "עברית **מודגש** العربية `x` 日本語の文。**太字**です。\n",
    "\r\n# carriage\r\n\r\n- returns\r\n~~~\r\ncode\r\n~~~\r\n",
    "",
    "\n\n \n",
    "x" * 400 + " ![a](https://e.org/b) " + "y z " * 200,
    "word | word " * 200,
    "[" * 60 + "]" * 60,
    "$" * 50 + "\\(" * 30 + "<b>" * 30 + "!" * 20,
    # what a model writes beside the rules
    "Words, and then ```py\ncode\n```\nafter it ```\nmore``` and words\n",
    "words " * 40 + "```py\nx = '```'\n```\nafter\n",
    "words " * 40 + "\\```\n<img src=a> " + "words " * 40 + "\\\\```\nx\n```\n<img src=a>",
    "```py\nx = re.sub('^```(json)?', '', y) " + "# a long line " * 15 + "```` \n```json\n```\nafter **it**\n",
    "```{.python}\nx\n```\n```c++:a.cc\nx\n`````\n",
    "- | a | b |\n  |---|---|\n  | 1 | 2 |\n- | c | d |\n  |---|---|\n  | one | and this is too wide for one |\n+ e\n",
    "a &amp;lt; b &amp;amp; c &amp; d " * 9,
    "***all of it*** **bold with *inner italic*** *it with **inner bold*** `` code ` tick `` " * 3,
    r"$$A = \begin{bmatrix}1&2\\3&4\end{bmatrix}$$" + "\nand $2\\frac{1}{3}$, $x\\text{ if }y>0$\n",
]

_WORDS = [
    "word",
    "two words",
    "An end.",
    "日本",
    "é",
    "(and)",
    "x",
    "12",
    " ",
    "\n",
    "\n\n",
    "\n> ",
    "\n- ",
    "\n1. ",
    "\n    ",
]
_MARKS = [
    *(
        "**",
        "*",
        "_",
        "__",
        "~~",
        "||",
        "`",
        "```",
        "\n```\n",
        "\n~~~\n",
        "\n````py\n",
        "\\",
        "|",
        "\n|",
        "|\n",
        "\n|---|---|\n",
    ),
    *("| a | b |\n", "|---|---|\n", "| 1 | 22 |\n", "| **long cell** | and a longer cell |\n", "a | b\n", "-|-\n"),
    *(
        "![",
        "[",
        "](",
        ")",
        "![a](https://e.org/b)",
        "[a](https://e.org/c)",
        "[^1]",
        "\n[^1]: ",
        "[id]",
        "\n[id]: /u\n",
        "!",
    ),
    *(
        "\\(",
        "\\)",
        "\n\\[\n",
        "\n\\]\n",
        "$",
        "$$",
        "\\frac{a}{b}",
        "x^2",
        "\\alpha",
        "{",
        "}",
        "=",
        "\\begin{align}",
        "\\end{align}",
    ),
    *("<br>", "<b>", "</b>", "<sub>", "</sub>", "&amp;", "&", ";", "<", ">", "https://e.org/x_y", "<@1234567890>"),
    *("\n# ", "\n#### ", "\n---\n", "\n===\n", "\n***\n", "- [ ] ", "- [x] ", "\n+ ", ">>> ", "\r\n", "\t", "\u200b"),
]

anything = st.lists(st.sampled_from(_WORDS) | st.sampled_from(_MARKS) | st.text(max_size=4), max_size=60).map("".join)
"""Shreds of Markdown in any order."""

documents = st.lists(st.sampled_from(EXAMPLES), min_size=1, max_size=7).map("\n\n".join)
"""Several examples, one after the other."""

prose = st.integers(0, 60).map(lambda n: "Some words of an answer, and a few more. " * n + "\n\n")
long_documents = st.lists(prose | st.sampled_from(EXAMPLES), min_size=2, max_size=12).map("\n".join)
"""Examples between paragraphs, so that they stand anywhere in a message."""
