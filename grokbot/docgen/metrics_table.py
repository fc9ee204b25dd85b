"""The tables of docs/metrics.md: every metric, from where it is declared, and every alert of deploy/alerts.yaml.

`python -m grokbot.docgen.metrics_table` in the project's directory writes them; `--check` only reports whether they are
current. Needs PyYAML. Not here: any name or text of a metric or an alert.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import yaml

from grokbot.docgen import generated
from grokbot.process.metrics import answers, discord, machine, xai

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

    from prometheus_client.metrics import MetricWrapperBase

PAGE = "docs/metrics.md"
ALERTS = "deploy/alerts.yaml"
SECTIONS = {"answers": answers, "discord": discord, "xai": xai, "machine": machine}
"""By the name in the page's markers."""


def table(module: ModuleType) -> str:
    """A Markdown table with one row per metric of a module, ended by a line break."""
    rows = ["| metric | type | labels | what it says |", "|---|---|---|---|"]
    for metric in _declared(module):
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)  # noqa: SLF001 - the library has no other way
        [family] = metric.collect()
        name = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
        rows.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join(rows) + "\n"


def alerts(root: Path) -> str:
    """A Markdown table with one row per alert, ended by a line break."""
    rows = ["| alert | severity | what it means | what to do |", "|---|---|---|---|"]
    for rule in rules(root):
        told = rule["annotations"]
        page, _, anchor = told["docs"].removeprefix("docs/").partition("#")
        link = f"{page if f'docs/{page}' != PAGE else ''}#{anchor}"
        severity, action = rule["labels"]["severity"], f"{told['action']} [More]({link})"
        rows.append(f"| `{rule['alert']}` | {severity} | {told['meaning']} | {action} |")
    return "\n".join(rows) + "\n"


def rules(root: Path) -> Sequence[Mapping[str, Any]]:
    """All alerts of deploy/alerts.yaml."""
    parsed = yaml.safe_load((root / ALERTS).read_text("utf-8"))
    return [rule for group in parsed["groups"] for rule in group["rules"]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the tables; see `generated.main`."""
    return generated.main("grokbot.docgen.metrics_table", __doc__.partition("\n")[0], _wanted, arguments)


def _wanted(root: Path) -> Mapping[Path, str]:
    made = {name: table(module) for name, module in SECTIONS.items()}
    return {root / PAGE: generated.page_with(root / PAGE, **made, alerts=alerts(root))}


def _declared(module: ModuleType) -> Iterator[MetricWrapperBase]:
    """The metrics of a module. The registry, which has a `collect` too, is no metric."""
    yield from (each for name, each in vars(module).items() if name.isupper() and hasattr(each, "_labelnames"))


if __name__ == "__main__":
    sys.exit(main())
