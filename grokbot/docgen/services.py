"""The page docs/services.md: the gRPC services with their messages, made from the .proto files.

`python -m grokbot.docgen.services` in the project's directory writes it; `--check` only reports whether it is current.
Not here: any name or comment.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from grokbot.docgen import generated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PAGE = "docs/services.md"
FILES = ("prompt_ide/chat", "prompt_ide/stateless_chat", "grokbot/daemon", "prompt_ide/sampler_public")
"""The programs' own protocol, in the order in which one reads it; xAI's is not ours to offer."""

SERVICE = re.compile(r"^service (\w+) \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)


def page(protos: Path) -> str:
    """The page's generated part: of each file its service and its messages, as they are written."""
    return "\n\n".join(text for name in FILES for text in _file(protos / f"{name}.proto", name)) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the page; see `generated.main`."""
    return generated.main("grokbot.docgen.services", __doc__.partition("\n")[0], _wanted, arguments)


def _wanted(root: Path) -> Mapping[Path, str]:
    return {root / PAGE: generated.page_with(root / PAGE, services=page(root / "protos"))}


def _file(proto: Path, name: str) -> Iterator[str]:
    head, _, body = proto.read_text("utf-8").partition('syntax = "proto3";')
    (package,) = re.findall(r"^package (\w+);", body, re.MULTILINE)
    service = SERVICE.search(body)
    yield f"## {package}.{service[1]}" if service else f"## More messages of {package}"
    yield re.sub(r"^// ?", "", head, flags=re.MULTILINE).partition("\n\n")[0].strip()
    if service:
        yield _code(service[0])
    messages = re.sub(r"\A.*?(?=^(?://|message|enum))", "", SERVICE.sub("", body), flags=re.MULTILINE | re.DOTALL)
    yield f"From [{name}.proto](../protos/{name}.proto):"
    yield _code(messages)


def _code(text: str) -> str:
    return f"```protobuf\n{text.strip()}\n```"


if __name__ == "__main__":
    sys.exit(main())
