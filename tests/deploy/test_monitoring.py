"""The dashboard and the alerts: every metric in them exists, every query parses, every alert fires and stays quiet."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from grokbot.docgen.metrics_table import rules
from grokbot.process.metrics import REGISTRY
from tests.test_docs import slugs

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana.json").read_text("utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
GRAPHS = [panel for panel in PANELS if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in GRAPHS for target in panel["targets"]]
NAME = re.compile(r"\b(?:grokbot|process)_[a-z_]+\b")
ENDS = ("", "_total", "_info", "_bucket", "_sum", "_count")
NOT_ON_THE_DASHBOARD = {"grokbot_first_text_lag_seconds", "process_virtual_memory_bytes"}


def known() -> set[str]:
    """Every name under which a sample may be scraped; `up` is Prometheus's own."""
    return {family.name + end for family in REGISTRY.collect() for end in ENDS}


def used(text: str) -> set[str]:
    return set(NAME.findall(text))


def promtool(*arguments: str) -> str:
    """Runs it, and returns what it says; raises AssertionError if it finds fault."""
    program = shutil.which("promtool")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is missing: Debian's package prometheus has it")
        pytest.skip("promtool is missing: Debian's package prometheus has it")
    command = [program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def as_prometheus_reads(query: str) -> str:
    """A query with values in place of Grafana's variables."""
    return query.replace("$__rate_interval", "5m").replace("$instance", ".*")


def test_every_metric_that_is_asked_for_exists() -> None:
    asked = used("\n".join(QUERIES)) | {name for rule in rules(ROOT) for name in used(rule["expr"])}
    assert asked - known() == set()


def test_every_metric_of_ours_is_on_the_dashboard_and_on_its_page() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    shown = used("\n".join(QUERIES))
    for family in REGISTRY.collect():
        if not family.name.startswith("grokbot"):
            continue
        assert re.search(rf"`{family.name}(_total|_info)?`", page), family.name
        if family.name not in NOT_ON_THE_DASHBOARD:
            assert {family.name + end for end in ENDS} & shown, family.name


def test_panels_have_ids_of_their_own_lie_beside_each_other_and_say_what_they_show() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    cells: set[tuple[int, int]] = set()
    for panel in PANELS:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        here = set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
        assert not here & cells, panel["title"]
        cells |= here
    for panel in GRAPHS:
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None
        assert all("$instance" in target["expr"] for target in panel["targets"])
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]


def test_every_alert_says_what_it_means_what_to_do_and_where_more_stands() -> None:
    for rule in rules(ROOT):
        told = rule["annotations"]
        assert {"summary", "meaning", "action", "docs"} == set(told), rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning")
        page, _, anchor = told["docs"].partition("#")
        assert anchor in slugs(ROOT / page), told["docs"]


def test_prometheus_accepts_the_alerts_and_every_query_of_the_dashboard(tmp_path: Path) -> None:
    assert f"{len(rules(ROOT))} rules found" in promtool("check", "rules", "deploy/alerts.yaml")
    recorded = [{"record": f"q:{i}", "expr": as_prometheus_reads(query)} for i, query in enumerate(QUERIES)]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}))
    assert f"{len(QUERIES)} rules found" in promtool("check", "rules", str(file))


def test_each_alert_fires_for_a_bad_bot_alone_and_says_nothing_of_a_good_one() -> None:
    file = ROOT / "tests" / "deploy" / "alerts.test.yaml"
    tried = [each["name"] for each in yaml.safe_load(file.read_text("utf-8"))["tests"]]
    assert tried == [rule["alert"] for rule in rules(ROOT)]
    assert "SUCCESS" in promtool("test", "rules", str(file))
