# ruff: noqa: INP001 - a script beside its input, not a package
"""Generates grokbot/wire/ from every .proto below this folder.

Here: which generator runs, and where its files go. Not here: what the files mean (see README.md beside this one).

Run it as `uv run --no-project protos/regenerate.py`, or with a folder as argument to generate somewhere else. The
generator itself runs in an environment of its own, with fixed versions, so that every machine writes the same bytes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROTOS = Path(__file__).resolve().parent
WIRE = PROTOS.parent / "grokbot" / "wire"

# grpcio-tools 1.76 writes code for protobuf 6.31 and grpcio 1.76, the lowest versions that pyproject.toml admits;
# protobuf promises that the next major version still runs it.
GENERATOR = (
    "uv",
    "run",
    "--isolated",
    "--no-project",
    "--python=3.11",
    "--with=grpcio-tools==1.76.0",
    "--with=mypy-protobuf==3.7.0",
    "python",
    "-m",
    "grpc_tools.protoc",
)


def sources() -> list[Path]:
    """Every .proto, relative to protos/, in a fixed order."""
    return sorted(path.relative_to(PROTOS) for path in PROTOS.rglob("*.proto"))


def generate(target: Path) -> None:
    """Writes the generated packages into `target`, which stands for grokbot/wire/.

    The files are compiled under the path grokbot/wire/...: so imports in the generated code are absolute, and the
    names in protobuf's pool of descriptors differ from those of the official SDK.
    """
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "in")
        out = Path(scratch, "out")
        out.mkdir()
        for source in sources():
            copy = root / "grokbot" / "wire" / source
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROTOS / source, copy)
        outputs = [f"--{kind}_out={out}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
        names = [f"grokbot/wire/{source.as_posix()}" for source in sources()]
        subprocess.run([*GENERATOR, f"--proto_path={root}", *outputs, *names], check=True)  # noqa: S603 - our own words
        _replace(out / "grokbot" / "wire", target)


def _replace(made: Path, target: Path) -> None:
    """Puts the packages that were made in the place of those in `target`; what nobody generates any more goes."""
    for package in sorted(path for path in made.iterdir() if path.is_dir()):
        for path in sorted(package.rglob("*")):
            if path.is_file() and _has_no_service(path):
                path.unlink()
        documentation = f'"""Generated from protos/{package.name} by protos/regenerate.py; do not edit."""\n'
        (package / "__init__.py").write_text(documentation, encoding="utf-8")
        shutil.rmtree(target / package.name, ignore_errors=True)
        shutil.copytree(package, target / package.name)


def _has_no_service(path: Path) -> bool:
    """Whether this is the stub module of a .proto that declares no service: it would hold nothing."""
    if not path.name.endswith(("_pb2_grpc.py", "_pb2_grpc.pyi")):
        return False
    stub = path.with_suffix(".py")
    return not stub.exists() or "class " not in stub.read_text(encoding="utf-8")


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else WIRE)
