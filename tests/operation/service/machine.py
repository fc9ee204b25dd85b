"""A machine for the tests: a folder, a stand-in for systemd on PATH, and small wheels of grokbot.

Not here: the tests.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from grokbot.cli import main
from grokbot.operation.service.release import SHIPPED
from grokbot.store import Store
from grokbot.store.migrations import HEAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.testing import Result

DEPLOY = Path(__file__).parents[3] / "deploy"
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.0123456789abcdefghijklmnopqrstuvwxyzABCD"
KEY = "xai-0123456789"


@dataclass(frozen=True)
class TestMachine:
    """One machine."""

    __test__ = False

    standin: Path

    @property
    def root(self) -> Path:
        return self.standin / "root"

    @classmethod
    def made(cls, folder: Path) -> TestMachine:
        machine = cls(folder / "standin")
        (machine.root / "run" / "systemd" / "system").mkdir(parents=True)
        (folder / "bin").mkdir()
        for program in ("systemctl", "uv"):
            shutil.copy(Path(__file__).with_name(f"{program}.sh"), folder / "bin" / program)
            (folder / "bin" / program).chmod(0o755)
        for secret, value in (("token", TOKEN), ("key", KEY)):
            (folder / secret).write_text(f"{value}\n")
        return machine

    def at(self, path: str) -> Path:
        return self.root / path.removeprefix("/")

    def run(self, *arguments: str | Path, code: int = 0, typed: str = "") -> str:
        result: Result = CliRunner().invoke(main, ["service", *map(str, arguments)], obj=self.root, input=typed)
        assert result.exit_code == code, result.output + repr(result.exception)
        return result.output

    def install(self, *arguments: str | Path, code: int = 0, wheel: Path | None = None) -> str:
        folder = self.standin.parent
        files = ("--token-file", folder / "token", "--key-file", folder / "key")
        source = ("--from", wheel or self.wheel("0.1.0"))
        return self.run("install", *source, *files, *arguments, code=code)

    def calls(self) -> list[str]:
        """The commands to systemd that change something, since the last look."""
        path = self.standin / "calls"
        found = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [line for line in found if not line.startswith(("show", "--version"))]

    def files(self) -> Mapping[str, tuple[int, bytes | str]]:
        """Everything below the root but environments' packages: mode, and content or target."""
        found: dict[str, tuple[int, bytes | str]] = {}
        for path in sorted(self.root.rglob("*")):
            name = f"/{path.relative_to(self.root)}"
            if path.is_symlink():
                found[name] = (0, str(path.readlink()))
            elif path.is_file() and not name.startswith("/run/") and "/lib/" not in name.removeprefix("/var/lib"):
                found[name] = (path.stat().st_mode & 0o777, path.read_bytes())
        return found

    def version(self) -> str:
        return self.at("/opt/grokbot/current").resolve().name

    def wheel(self, version: str, *, unit: str = "", newer: int = 0, said: str = "") -> Path:
        """A wheel with the real units, no dependency, and a command that says one line.

        Args:
            version: Its version.
            unit: A line to add to the unit.
            newer: How much newer the tables are that it knows.
            said: What makes its content another.
        """
        path = self.standin.parent / f"wheels{said}" / f"grokbot-{version}-py3-none-any.whl"
        path.parent.mkdir(exist_ok=True)
        info = f"grokbot-{version}.dist-info"
        held = {
            "grokbot/__init__.py": "",
            "grokbot/cli.py": f"def main(): print('grokbot {version} {said}')\n",
            f"grokbot/store/migrations/versions/v{int(HEAD) + newer:04}_tables.py": "",
            SHIPPED + "requirements.txt": "",
            SHIPPED + "grokbot.service": (DEPLOY / "grokbot.service").read_text() + unit,
            SHIPPED + "grokbot-failed@.service": "[Service]\nType=oneshot\n",
            SHIPPED + "grokbot-on-failure.conf": "[Unit]\nOnFailure=grokbot-failed@%N.service\n",
            SHIPPED + "grokbot.toml": "# all settings\n",
            SHIPPED + "grokbot-growing-delays.conf": "[Service]\nRestartSteps=6\n",
            f"grokbot-{version}.data/data/share/man/man1/grokbot.1": ".TH GROKBOT 1\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: grokbot\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": "[console_scripts]\ngrokbot = grokbot.cli:main\n",
        }
        held[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*held, f"{info}/RECORD"))
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in held.items():
                archive.writestr(zipfile.ZipInfo(name), text)
        return path

    def database(self, path: str, newer: int, said: str) -> Path:
        """A database with this program's tables, which says that they are newer, and one thing that was said."""
        file = self.at(path) if path.startswith("/") else self.standin / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)

        async def make() -> None:
            store = await Store.open(f"sqlite+aiosqlite:///{file}")
            await store.close()

        asyncio.run(make())
        with closing(sqlite3.connect(file)) as held:
            held.execute("create table said (text)")
            held.execute("insert into said values (?)", (said,))
            held.execute("update alembic_version set version_num = ?", (f"{int(HEAD) + newer:04}",))
            held.commit()
        return file

    def said(self, path: str) -> str:
        with closing(sqlite3.connect(self.at(path))) as held:
            return str(held.execute("select text from said").fetchone()[0])
