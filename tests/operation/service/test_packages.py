"""Recipes of environments: what a machine without an installer can still do."""

from __future__ import annotations

from pathlib import Path

import pytest

from grokbot.operation.service.layout import ServiceError
from grokbot.operation.service.packages import Recipe


def test_a_machine_without_an_installer_is_told_which_only_once_something_is_installed() -> None:
    recipe = Recipe("/usr/bin/python3", ())
    for use in (recipe.venv, recipe.install):
        with pytest.raises(ServiceError, match="apt-get install python3-pip"):
            use(Path("/new"))
