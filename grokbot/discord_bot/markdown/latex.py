r"""Writes LaTeX in Unicode where that is certain; leaves the rest.

Not here: spaces and brackets between symbols (`latex_spacing`), where a formula begins and ends (`formulas`,
`inline_translator`).
"""

# ruff: noqa: RUF001  # letters that look like others are what formulas are made of
# ruff: noqa: S105  # a token is part of a formula
# ruff: noqa: SIM905  # a list of words reads better than a list of strings

import re
from dataclasses import dataclass

from grokbot.conversation.text import OthersText
from grokbot.discord_bot.markdown.latex_spacing import SPACE, Shape, Symbol, joined, together

_NAMES = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda "
    "λ mu μ nu ν xi ξ pi π rho ρ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ "
    "Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω times × cdot · div ÷ pm ± mp ∓ ast "
    "∗ circ ∘ bullet • leq ≤ le ≤ geq ≥ ge ≥ neq ≠ ne ≠ approx ≈ equiv ≡ sim ∼ simeq ≃ cong ≅ propto ∝ ll ≪ gg ≫ "
    "to → rightarrow → leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ implies ⇒ iff ⇔ "
    "mapsto ↦ uparrow ↑ downarrow ↓ infty ∞ partial ∂ nabla ∇ forall ∀ exists ∃ nexists ∄ in ∈ notin ∉ ni ∋ "
    "subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ cup ∪ cap ∩ setminus ∖ emptyset ∅ varnothing ∅ land ∧ wedge ∧ lor ∨ "
    "vee ∨ neg ¬ lnot ¬ oplus ⊕ otimes ⊗ perp ⊥ parallel ∥ mid | angle ∠ triangle △ degree ° prime ′ hbar ℏ ell ℓ "
    "Re ℜ Im ℑ aleph ℵ sum ∑ prod ∏ int ∫ iint ∬ oint ∮ ldots … dots … cdots ⋯ vdots ⋮ langle ⟨ rangle ⟩ lceil ⌈ "
    "rceil ⌉ lfloor ⌊ rfloor ⌋ therefore ∴ because ∵ vert | Vert ‖ lVert ‖ rVert ‖ lvert | rvert | star ⋆ dagger "
    "† blacksquare ■ square □ checkmark ✓"
).split()
_SYMBOLS = dict(zip(_NAMES[::2], _NAMES[1::2], strict=True))
_WORDS = frozenset(
    (
        "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln exp lim max min sup inf det dim ker gcd "
        "deg arg mod Pr"
    ).split()
)
_DROPPED = frozenset(
    (
        "left right big Big bigg Bigg bigl bigr Bigl Bigr displaystyle textstyle limits nolimits mathstrut nonumber "
        "notag"
    ).split()
)
_KEPT_INSIDE = frozenset(
    ("text textrm textbf textit mathrm mathbf mathit mathsf mathcal boldsymbol bm boxed mbox").split()
)
_SPACES = {",": " ", ";": " ", ":": " ", "!": "", " ": " ", "quad": "\u2003", "qquad": "\u2003\u2003"}
_BOARD = dict(zip("RNZQCPHE", "ℝℕℤℚℂℙℍ𝔼", strict=True))
_SUPER = str.maketrans("0123456789+-=()nixyabcdekmptT*′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣʸᵃᵇᶜᵈᵉᵏᵐᵖᵗᵀ*′")
_SUB = str.maketrans("0123456789+-=()aeijkmnoprtuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₘₙₒₚᵣₜᵤᵥₓ")
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac"})
_TOKEN = re.compile(r"\\\\(?:\*?\[-?[0-9.]+[a-z]{2}\])?|\\(?:[A-Za-z]+|.)|[{}^_&]|\s+|[^\\{}^_&\s]", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(?:align|aligned|equation|gather|gathered|split|multline)\*?\}")
_OTHER_ENVIRONMENT = re.compile(r"\\(?:begin|end)(?![A-Za-z])")
_SIGN = re.compile(r"\\[A-Za-z]|[\^_=<>+]")
_SHORT = re.compile(r"\s*-?(?:[A-Za-z0-9]{1,2}|[A-Za-z]\([^()]*\))\s*\Z")
_PUNCTUATION = frozenset("{}%$#&_|")
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in Unicode."""

    text: str
    certain: bool
    """Whether no LaTeX is left in it."""


def has_signs(source: OthersText) -> bool:
    """Whether it has signs that words and references do not have."""
    return _SIGN.search(source) is not None


def looks_like_maths(source: OthersText) -> bool:
    """Whether text between a formula's marks is a formula (a single letter is one) and not words."""
    return has_signs(source) or _SHORT.match(source) is not None


def in_unicode(source: OthersText) -> Formula:
    r"""The formula in Unicode; rows that end in `\\` become lines.

    Matrices, cases and the like stay as they are: a line of text cannot show their shape.
    """
    if _OTHER_ENVIRONMENT.search(_ENVIRONMENT.sub("", source)):
        return Formula(source.strip(), certain=False)
    reader = _Reader(_TOKEN.findall(_ENVIRONMENT.sub("", source)))
    text = reader.until_end()
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n")]
    return Formula("\n".join(line for line in lines if line), reader.certain)


def raised(text: OthersText) -> str | None:
    """The text in superscript, if every character has one."""
    return _moved(text, _SUPER)


def lowered(text: OthersText) -> str | None:
    """The text in subscript, if every character has one."""
    return _moved(text, _SUB)


def _moved(text: str, table: dict[int, int]) -> str | None:
    tight = text.replace(" ", "").replace("−", "-")
    return tight.translate(table) if tight and all(ord(character) in table for character in tight) else None


class _Reader:
    """Reads the tokens of a formula once."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self.certain = True

    def until_end(self) -> str:
        symbols = []
        while self._next < len(self._tokens):
            if self._tokens[self._next] == "}":  # one too many
                self._next += 1
                self.certain = False
                symbols.append("}")
            symbols.append(joined(self._group_body()).text)
        return "".join(symbols)

    def _group_body(self) -> list[Symbol]:
        symbols: list[Symbol] = []
        while self._next < len(self._tokens) and self._tokens[self._next] != "}":
            symbols.append(self._one())
        return symbols

    def _one(self) -> Symbol:
        token = self._tokens[self._next]
        self._next += 1
        if token == "{":
            return self._braced()
        if token in "^_":
            return self._moved(token)
        if token == "&":
            return Symbol("", Shape.ALIGN)
        if token.isspace():
            return SPACE
        return self._command(token[1:]) if token.startswith("\\") else Symbol(token)

    def _braced(self) -> Symbol:
        self._depth += 1
        if self._depth > _DEEPEST:  # too deep to be meant
            self.certain = False
            self._depth -= 1
            return Symbol("{")
        body = joined(self._group_body())
        self._depth -= 1
        if self._next < len(self._tokens):
            self._next += 1
        else:
            self.certain = False
        return body

    def _argument(self) -> Symbol:
        while self._next < len(self._tokens) and self._tokens[self._next].isspace():
            self._next += 1
        if self._next >= len(self._tokens) or self._tokens[self._next] == "}":
            self.certain = False
            return Symbol("")
        self._depth += 1
        self.certain = self.certain and self._depth <= _DEEPEST
        argument = self._one() if self._depth <= _DEEPEST else Symbol("")
        self._depth -= 1
        return argument

    def _stripped(self) -> str:
        return self._argument().text.strip()

    def _moved(self, mark: str) -> Symbol:
        argument = self._stripped()
        if mark == "^" and argument in {"∘", "°"}:
            return Symbol("°")
        moved = raised(argument) if mark == "^" else lowered(argument)
        return Symbol(moved or mark + together(argument), Shape.RAISED if mark == "^" else Shape.LOWERED)

    def _command(self, name: str) -> Symbol:  # noqa: PLR0911  # one for each kind of command
        if name in _SYMBOLS:
            return Symbol(_SYMBOLS[name])
        if name in _WORDS:
            return Symbol(name, Shape.WORD)
        if name in _DROPPED:
            return self._dropped(name)
        if name in _SPACES:
            return Symbol(_SPACES[name], Shape.SPACE)
        if name in _KEPT_INSIDE:
            inside = self._argument()
            return inside if name == "boxed" or inside.shape is not Shape.GROUP else Symbol(inside.text)
        if name in _FRACTIONS:
            return Symbol(f"{together(self._stripped())}/{together(self._stripped())}", Shape.FRACTION)
        return self._rarer(name)

    def _dropped(self, name: str) -> Symbol:
        if name in {"left", "right"} and self._tokens[self._next : self._next + 1] == ["."]:
            self._next += 1  # a bracket that is not drawn
        return Symbol("")

    def _rarer(self, name: str) -> Symbol:
        if name.startswith("\\"):
            return Symbol("\n", Shape.SPACE)
        if name == "operatorname":
            return Symbol(self._stripped(), Shape.WORD)
        if name == "sqrt":
            return self._root()
        if name == "mathbb":
            letter = self._stripped()
            return Symbol(_BOARD.get(letter) or self._alone(f"\\mathbb{{{letter}}}"))
        if name in _PUNCTUATION:
            return Symbol("‖" if name == "|" else name)
        return Symbol(self._alone("\\" + name + self._raw_groups()))

    def _root(self) -> Symbol:
        index = ""
        if self._tokens[self._next : self._next + 1] == ["["] and "]" in self._tokens[self._next :]:
            end = self._tokens.index("]", self._next)
            index = "".join(self._tokens[self._next + 1 : end])
            self._next = end + 1
        sign = _ROOTS.get(index) or (raised(index) or self._alone(f"[{index}]")) + "√"
        return Symbol(sign + together(self._stripped()), Shape.ROOT)

    def _alone(self, text: str) -> str:
        self.certain = False
        return text

    def _raw_groups(self) -> str:
        """The arguments of an unknown command, as written."""
        start = self._next
        depth = 0
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            if depth == 0 and token != "{":
                break
            depth += {"{": 1, "}": -1}.get(token, 0)
            self._next += 1
        return "".join(self._tokens[start : self._next])
