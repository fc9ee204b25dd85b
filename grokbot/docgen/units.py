"""The unit of further bots, deploy/grokbot@.service, made from the first bot's.

`python -m grokbot.docgen.units` in the project's directory writes it; `--check` only reports whether it is current. Not
here: how the two differ (`operation.service.layout`).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from grokbot.docgen import generated
from grokbot.operation.service import layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the unit; see `generated.main`."""
    return generated.main("grokbot.docgen.units", __doc__.partition("\n")[0], _wanted, arguments)


def _wanted(root: Path) -> Mapping[Path, str]:
    units = root / "deploy"
    return {units / layout.TEMPLATE: layout.of_instance((units / layout.MAIN_UNIT).read_text("utf-8"))}


if __name__ == "__main__":
    sys.exit(main())
