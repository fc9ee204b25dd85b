"""Transcripts to show: by hand, and all possible ones by hypothesis; and texts that try to break out of a page.

Not here: what is proved with them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from grokbot.conversation.parts import AttachmentKind
from grokbot.conversation.response import Author, Conversation, Mode, Query, Response, Sender, State
from grokbot.documents.transcript import Mention, Transcript, TranscriptTurn

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALICE = Author(111, "alice")
BOB = Author(222, "Bob Brown")

CONVERSATION = Conversation(
    id="c", guild_id=1, channel_id=2, owner_id=ALICE.id, mode=Mode.STATELESS, model="grok-4.7",
    created_at=START, modified_at=START, title="Owls",
)  # fmt: skip


def asked(number: int, text: str, author: Author | None = ALICE, *, erased: bool = False) -> Response:
    return Response(
        id=f"h{number}", conversation_id="c", parent_id=None, sender=Sender.HUMAN, state=State.DONE, author=author,
        created_at=START + timedelta(minutes=number), message=text, erased=erased,
    )  # fmt: skip


def answered(number: int, text: str, state: State = State.DONE, **given: object) -> Response:
    fields = {"model": "grok-4.7", **given}
    return Response(
        id=f"m{number}", conversation_id="c", parent_id=None, sender=Sender.MODEL, state=state,
        created_at=START + timedelta(minutes=number), message=text, **fields,  # type: ignore[arg-type]
    )  # fmt: skip


def person(text: str, speaker: str = "Person 1", minutes: int = 0) -> TranscriptTurn:
    return TranscriptTurn(speaker=speaker, sender=Sender.HUMAN, text=text, at=START + timedelta(minutes=minutes))


def grok(
    text: str, minutes: int = 1, citations: tuple[str, ...] = (), queries: tuple[Query, ...] = ()
) -> TranscriptTurn:
    return TranscriptTurn(
        speaker="Grok", sender=Sender.MODEL, text=text, at=START + timedelta(minutes=minutes), model="grok-4.7",
        citations=citations, queries=queries,
    )  # fmt: skip


def transcript(*turns: TranscriptTurn, title: str = "Owls") -> Transcript:
    return Transcript(title=title, created_at=START, turns=turns, model="grok-4.7")


RICH = """\
## Two ways

The area is \\(\\int_0^1 x_1 * x_2 \\, dx\\), and *in general*

\\[
\\int_0^1 x^n \\, dx = \\frac{1}{n+1}
\\]

| Method | Error | Notes |
|:--|--:|:-:|
| midpoint | 0.0008 | *fast* |
| Simpson | 0.0000 | `exact` |

#### A heading that leaves one out

> A quote, with **bold** and a [link](https://example.org/a).

1. First
   - then that
2. ~~Not this~~ ![A diagram](https://example.org/x.png)

```python
def area(width: float, height: float) -> float:  # a comment that makes this line longer than a phone is wide
    return width * height + 2.0 if width else "nothing"
```

~~~
a fence of no language
~~~

More at https://example.org/more, and [[1]](https://example.org/1).
"""

SAMPLE = transcript(
    person("How do I integrate `x^2`?\nI have\n```js\nlet y = 1;\n```"),
    grok(
        RICH,
        citations=("https://example.org/1", "https://www.example.org/2?a=b&c=d"),
        queries=(Query("web", "area under a curve"),),
    ),
    person("شكرا جزيلا", speaker="Person 2", minutes=60 * 24),
    grok("You are welcome.", minutes=60 * 24 + 1),
    title="Lists, tables and the area under a curve",
)

_BELL = "window.broken=1"
ATTACKS = {
    "script": f"<script>{_BELL}</script>",
    "script in capitals and pieces": f"<ScRiPt\n>{_BELL}</sCrIpT ><scr<script>ipt>{_BELL}</scr</script>ipt>",
    "script from elsewhere": '<script src="http://127.0.0.1:9/x.js"></script>',
    "event handler": f'<img src=x onerror="{_BELL}"><body onload={_BELL}><details open ontoggle={_BELL}>',
    "image from elsewhere": "![x](http://127.0.0.1:9/x.png) <img src=http://127.0.0.1:9/y.png>",
    "image with an alt that breaks out": f'![x" onerror="{_BELL}](http://127.0.0.1:9/x.png "y\\" onload=\\"{_BELL}")',
    "svg": f'<svg onload={_BELL}><script>{_BELL}</script><use href="http://127.0.0.1:9/a.svg#x"/></svg>',
    "mathml": f"<math><mtext><table><mglyph><style><img src=x onerror={_BELL}></style></mglyph></table></mtext></math>",
    "foreign object": f"<svg><foreignObject><iframe srcdoc='<script>{_BELL}</script>'></iframe></foreignObject></svg>",
    "javascript link": f"[x](javascript:{_BELL}) [y](JaVaScRiPt:{_BELL}) <javascript:{_BELL}>",
    "javascript link in disguise": (
        f"[x](java&#x73;cript:{_BELL}) [y](&#106avascript:{_BELL}) [z](\x01javascript:{_BELL})"
    ),
    "javascript link with blanks": f"[x](<java\tscript:{_BELL}>) [y](< javascript:{_BELL}>) [z](java%0ascript:{_BELL})",
    "javascript reference": f"[x]\n\n[x]: javascript:{_BELL}",
    "javascript image": f"![x](javascript:{_BELL})",
    "data link": f"[x](data:text/html,<script>{_BELL}</script>) ![y](data:image/svg+xml;base64,PHN2Zy8+)",
    "vbscript link": f"[x](vbscript:{_BELL}) [y](file:///etc/passwd) [z](//127.0.0.1:9/x) [w](\\\\127.0.0.1\\x)",
    "link that breaks out": f'[x](https://example.org/"onmouseover="{_BELL}) [y](//e.org "z\\" onclick=\\"{_BELL}")',
    "bare link that breaks out": f'https://example.org/"onmouseover="{_BELL}" <https://example.org/"onclick={_BELL}>',
    "iframe and object": "<iframe src=http://127.0.0.1:9/></iframe><object data=http://127.0.0.1:9/></object><embed>",
    "form": '<form action="http://127.0.0.1:9/"><input autofocus onfocus=window.broken=1><button>x</button></form>',
    "meta and base": '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/"><base href="http://127.0.0.1:9/">',
    "style": "</style><style>@import url(http://127.0.0.1:9/x.css); body{background:url(http://127.0.0.1:9/b)}</style>",
    "style in an element": '<p style="background:url(http://127.0.0.1:9/x)">x</p>',
    "end of title": f"</title><script>{_BELL}</script>",
    "end of everything": f"</div></article></main></body></html><script>{_BELL}</script>",
    "end of a comment": f"--><script>{_BELL}</script><!--",
    "json that breaks out": f'"}}]}}</script><script>{_BELL}</script>\u2028\u2029',
    "broken fence": f"```html\n<script>{_BELL}</script>",
    "fence whose language breaks out": f'```"><script>{_BELL}</script>\nx\n```\n\n~~~py" onclick="{_BELL}\nx\n~~~',
    "code in backticks": f"`<script>{_BELL}</script>` ``<img src=x onerror={_BELL}>",
    "code that is coloured": f"```html\n<img src=x onerror='{_BELL}'></pre></code></div><script>{_BELL}</script>\n```",
    "formula": f"$<script>{_BELL}</script>$ \\(<img onerror={_BELL}>\\)\n\n$$\n</pre><script>{_BELL}</script>\n$$",
    "table": f"| <script>{_BELL}</script> | x |\n|:-:|--:|\n| [y](javascript:{_BELL}) | <td onclick={_BELL}> |",
    "template": "{{ 7*7 }} {% include 'frame.html' %} {{ config }} ${7*7} #{7*7}",
    "entities": "&lt;script&gt;window.broken=1&lt;/script&gt; &#60;script&#62;window.broken=1&#60;/script&#62;",
    "direction": "abc \u202e\u2066txt.exe\u2069 \u200f\u061c\u202dabc `\u202e return` \u2067",
    "null and controls": "a\0b\x01\x08\x0b\x0c\x1b[31m\x7f\x85 <scr\0ipt>window.broken=1</scr\0ipt>",
    "half a character": "\ud800 <script>window.broken=1</script> \udfff",
    "empty links": "[](https://example.org) [ ](https://example.org/b) [\u200b](https://example.org/c) ![](https://e.org/i)",
    "links in links": "[a ![b](https://example.org/b.png) [c](https://example.org/c)](https://example.org/d)",
    "headings": "# \n###### six\n# one\n##\n### three\n=\n\nsetext\n---",
    "deep quotes": ">" * 5_000 + " a",
    "deep lists": "- " * 2_000 + "a",
    "deep emphasis": "**a *b " * 3_000 + "c* d**" * 3_000,
    "discord": "<@1> <#2> <:owl:3> <t:4:R> ||spoiler|| </chat:5> <a:x:6>",
}
"""What tries to run, to load, to leave its place, or to break the page. Each stands in every text of a page."""

SLOW = {
    "1 MB of quotes": ">" * 1_000_000,
    "1 MB of quotes in lines": ("> " * 50 + "\n") * 10_000,
    "brackets": "[a" * 60_000,
    "brackets and emphasis": "[ a_" * 30_000,
    "images": "![[]()" * 20_000,
    "formulas without an end": "\\(a " * 30_000,
    "blocks of formulas without an end": "\\[\n" * 40_000,
    "links within links": "https://a.b/(" * 10_000,
    "lists": "- a\n" * 30_000,
    "tables": "| a | b |\n|---|---|\n" + "| c | d |\n" * 10_000,
    "a wide table": "|a" * 10_000 + "\n" + "|-" * 10_000,
    "code that makes a lexer look far": "```cs\n" + "a\n" * 9_000 + "```",
    "emphasis": "*a_ " * 30_000,
}
"""What makes parsers slow: each takes the square of its length, or worse, somewhere."""

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
_moments = st.datetimes(
    START.replace(year=2, tzinfo=None), START.replace(year=9998, tzinfo=None), timezones=st.just(UTC)
)
_mentions = st.lists(
    st.builds(Mention, st.sampled_from(AttachmentKind), _words, st.integers(0, 2**40 - 1)), max_size=2
).map(tuple)
_people = st.builds(
    TranscriptTurn, speaker=_words, sender=st.just(Sender.HUMAN), text=_texts, at=_moments, model=st.none(),
    citations=st.just(()), reasoning=st.just(""), queries=st.just(()), attachments=_mentions,
)  # fmt: skip
_answers = st.builds(
    TranscriptTurn,
    speaker=_words,
    sender=st.just(Sender.MODEL),
    text=_texts.filter(str.strip),
    at=_moments,
    model=st.none() | _words,
    citations=st.lists(_texts, max_size=3).map(tuple),
    reasoning=_texts,
    queries=st.lists(st.builds(Query, _texts, _texts), max_size=3).map(tuple),
    attachments=_mentions,
)
transcripts = st.builds(
    Transcript,
    title=_texts,
    created_at=_moments,
    turns=st.lists(_people | _answers, min_size=1, max_size=5).map(tuple),
    model=st.none() | _words,
)
