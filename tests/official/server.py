"""Takes the place of the test server in a copy of the SDK's tests: the same names, and behind them our sandbox.

It is loaded together with the SDK, whose wire has the names of ours: nothing of grokbot may be imported here.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xai_sdk.proto import image_pb2  # type: ignore[import-untyped] # the SDK says nothing of its types

if TYPE_CHECKING:
    from collections.abc import Iterator

API_KEY = "123"
MANAGEMENT_API_KEY = "456"
IMAGE_GENERATION_IMAGE_UUID = "img01"
HERE = Path(__file__).parent
FOLDER = Path(tempfile.mkdtemp(prefix="official-"))
LAST = FOLDER / "last_image_request"


@dataclass
class ModelLibrary:
    """The models that a test lists, by name."""

    language_models: dict[str, Any] = field(default_factory=dict)
    embedding_models: dict[str, Any] = field(default_factory=dict)
    image_generation_models: dict[str, Any] = field(default_factory=dict)


class InMemoryStore:
    """Collections are not in the sandbox."""


def read_image() -> bytes:
    """The picture that their tests expect."""
    return (HERE / "test.jpg").read_bytes()


def image_generation_envelope() -> str:
    """The same picture as their image tool returns it."""
    result = f"data:image/jpeg;base64,{base64.b64encode(read_image()).decode()}"
    return json.dumps(
        {"__type": "image_generation_result", "result": result, "image_uuid": IMAGE_GENERATION_IMAGE_UUID}
    )


def clear_last_image_request() -> None:
    """Forget it."""
    LAST.unlink(missing_ok=True)


def get_last_image_request() -> Any:
    """The last request for images, or None."""
    return image_pb2.GenerateImageRequest.FromString(LAST.read_bytes()) if LAST.exists() else None


@contextlib.contextmanager
def run_test_server(
    initial_failures: int = 0,  # noqa: ARG001 - their test server's
    response_delay_seconds: int = 0,  # noqa: ARG001 - as above
    model_library: ModelLibrary | None = None,
    in_memory_store: InMemoryStore | None = None,  # noqa: ARG001 - as above
) -> Iterator[int]:
    """Run the sandbox's Grok and yield its port."""
    library = model_library or ModelLibrary()
    models = {
        kind: {model.name: list(model.aliases) for model in getattr(library, kind).values()}
        for kind in ("language_models", "image_generation_models")
    }
    (FOLDER / "models.json").write_text(json.dumps(models))
    (FOLDER / "test.jpg").write_bytes(read_image())
    (FOLDER / "envelope.json").write_text(image_generation_envelope())
    command = [sys.executable, "-m", "tests.official.served", str(FOLDER)]
    with subprocess.Popen(  # noqa: S603 - our own
        command, cwd=os.environ["GROKBOT_CLONE"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        assert served.stdin is not None
        port = int(served.stdout.readline().rsplit(":", 1)[1])
        try:
            yield port
        finally:
            served.stdin.close()
            served.wait(20)
