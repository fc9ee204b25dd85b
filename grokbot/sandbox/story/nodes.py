"""YAML as nodes that know their lines, and the values of a story in them. Pure.

A file is somebody else's text: its depth is bounded, and aliases, which can make a small file huge, are refused.
Not here: what belongs into a story (parser.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEPTH_MAX = 8
TEXT_MAX = 2000
YES: Final = {"yes": True, "true": True, "no": False, "false": False}


class StoryError(ValueError):
    """What is wrong with a story; the text names file, line and what was expected."""


def composed(text: str, file: str) -> Any:
    """The root node of a text; None where it is empty.

    Args:
        text: What is in the file.
        file: Its name.

    Raises:
        StoryError: It is no YAML, or too deep, or has aliases.
    """
    try:
        _check_shape(text, file)
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark is not None else ""
        hint = " A text that begins with a sign such as @ or ` stands in quotes." if "'@'" in str(error) else ""
        raise StoryError(f"{file}{line}: this is no YAML: {error.problem}.{hint}") from None
    except yaml.YAMLError as error:  # a character that YAML forbids
        raise StoryError(f"{file}: this is no YAML: {str(error).splitlines()[0]}.") from None


def _check_shape(text: str, file: str) -> None:
    """Refuses aliases and depth while they are read, before anything is built from them."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if isinstance(event, yaml.AliasEvent):
            raise StoryError(f"{file}:{line}: a story has no aliases (*name); write it out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MAX:
            raise StoryError(f"{file}:{line}: this is nested too deeply; a story has at most {DEPTH_MAX} levels.")


class Nodes:
    """Reads values from the nodes of one file."""

    def __init__(self, file: str) -> None:
        self._file = file

    def fault(self, node: Any, told: str) -> StoryError:
        """What is wrong there."""
        return StoryError(f"{self._file}:{node.start_mark.line + 1}: {told}.")

    def pairs(self, node: Any, what: str) -> Sequence[tuple[Any, Any]]:
        """Keys and values of a mapping, each key a text that stands there once."""
        if not isinstance(node, yaml.MappingNode):
            raise self.fault(node, f"{what} is a mapping (`key: value`)")
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fault(key, f"a key of {what} is a word")
            if key.value in seen:
                raise self.fault(key, f"{key.value!r} stands here twice")
            seen.add(key.value)
        return list(node.value)

    def text(self, node: Any, what: str, longest: int = TEXT_MAX) -> str:
        """A scalar as it is written: 42 and yes are texts too.

        Args:
            node: It.
            what: Its key, for what is said about it.
            longest: How many characters it may have.

        Raises:
            StoryError: It is none.
        """
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self.fault(node, f"`{what}` is a text")
        if len(node.value) > longest:
            raise self.fault(node, f"`{what}` has at most {longest:,} characters; this has {len(node.value):,}")
        return str(node.value)

    def number(self, node: Any, what: str, most: float) -> float:
        """A number.

        Args:
            node: It.
            what: Its key, for what is said about it.
            most: It is from 0 to this.

        Raises:
            StoryError: It is none.
        """
        try:
            number = float(self.text(node, what))
        except ValueError:
            number = -1.0
        if not 0 <= number <= most:
            raise self.fault(node, f"`{what}` is a number from 0 to {most:,.0f}")
        return number

    def yes(self, node: Any, what: str) -> bool:
        """Yes or no."""
        found = YES.get(self.text(node, what).lower())
        if found is None:
            raise self.fault(node, f"`{what}` is yes or no")
        return found

    def texts(self, node: Any, what: str) -> tuple[str, ...]:
        """One text or a list of them."""
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.text(each, what) for each in node.value)
        return (self.text(node, what),)

    def options(self, node: Any, what: str) -> dict[str, str]:
        """Texts by their names."""
        return {key.value: self.text(value, key.value) for key, value in self.pairs(node, f"`{what}`")}


class Fields:
    """A mapping's values by their keys, each of which was expected."""

    def __init__(self, reader: Nodes, node: Any, expected: Sequence[str], what: str) -> None:
        self.node = node
        self._reader = reader
        self._nodes: dict[str, Any] = {}
        for key, value in reader.pairs(node, what):
            if key.value not in expected:
                known = ", ".join(expected) or "nothing"
                raise reader.fault(key, f"{what} has no {key.value!r}; it has {known}")
            self._nodes[key.value] = value

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def __getitem__(self, key: str) -> Any:
        return self._nodes[key]

    def read(self, key: str, read: Callable[[Any, str], Any], otherwise: Any) -> Any:
        """One value.

        Args:
            key: Its key.
            read: Reads it from its node, by its key.
            otherwise: What it is where there is none.
        """
        return read(self._nodes[key], key) if key in self._nodes else otherwise
