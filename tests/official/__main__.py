"""Runs the tests of a checkout of xai-sdk-python against the sandbox: `python -m tests.official CHECKOUT`.

Fails if another test fails than those in `EXPECTED`, or one of them passes. Without a checkout it says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

HERE = Path(__file__).parent
FILES = ("chat", "tokenize", "files", "image", "models")
SETTINGS = """
[pytest]
python_files = *_test.py
asyncio_mode = strict
asyncio_default_fixture_loop_scope = session
asyncio_default_test_loop_scope = session
"""

#: The tests that do not pass, each in sync/ and in aio/, by the reason (as in docs/sandbox.md).
EXPECTED = {
    "a text, a number or an id of their test server": (
        "chat_test.test_use_encrypted_content",
        "chat_test.test_compact_context",
        "chat_test.test_compact_context_single_message",
        "chat_test.test_chat_compact_in_place",
        "chat_test.test_chat_with_function_calling_creates_span_with_correct_attributes",
        "chat_test.test_get_stored_completion_returns_single_completion",
        "chat_test.test_get_stored_completion_returns_multiple_completions",
        "chat_test.test_get_stored_completion_raises_not_found_error_if_response_not_found",
        "chat_test.test_delete_stored_completion_deletes_single_completion",
        "chat_test.test_delete_stored_completion_raises_not_found_error_if_response_not_found",
        "tokenize_test.test_tokenize",
    ),
    "the pieces into which their test server cuts a text": (
        "chat_test.test_streaming",
        "chat_test.test_streaming_batch",
        "chat_test.test_function_calling_streaming",
        "chat_test.test_function_calling_streaming_batch",
        "chat_test.test_agentic_tool_calling_streaming",
    ),
    "what a tool returned, though the request does not ask to see it": (
        "chat_test.test_agentic_tool_calling_non_streaming",
    ),
    "live search, which xAI has replaced by tools": (
        "chat_test.test_search",
        "chat_test.test_search_batch",
        "chat_test.test_search_with_streaming",
    ),
    "embedding models, of which xAI lists none": (
        "models_test.test_list_embedding_models",
        "models_test.test_get_embedding_model",
        "models_test.test_get_embedding_model_creates_span_with_correct_attributes",
    ),
    "a file, a picture, a response or messages that are not there": (
        "chat_test.test_compact_context_empty_messages",
        "chat_test.test_sample_creates_span_with_correct_optional_attributes",
        "image_test.test_sample_passes_image_file_id",
        "image_test.test_sample_passes_image_file_ids",
        "image_test.test_sample_batch_passes_image_file_ids",
        "image_test.test_sample_passes_image_urls",
        "image_test.test_sample_batch_passes_image_urls",
    ),
    "more pictures to edit than the model takes": ("image_test.test_sample_passes_mixed_image_urls_and_file_ids",),
}


def main(arguments: list[str]) -> int:
    """The exit code."""
    checkout = Path(arguments[0]).resolve() if arguments else None
    if checkout is None or not (checkout / "tests" / "server.py").exists():
        print("Skipped: name a checkout of xai-sdk-python, as in `just official /tmp/xai-sdk-python`.")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        failed, passed = run(checkout, Path(folder))
    expected = {f"tests.{way}.{name}" for names in EXPECTED.values() for name in names for way in ("sync", "aio")}
    for name in sorted(failed - expected):
        print(f"fails: {name}")
    for name in sorted(expected & passed):
        print(f"passes, though it is listed: {name}")
    print(f"{len(passed)} passed, {len(failed)} failed, {len(expected)} of them listed with a reason")
    return int(bool(failed - expected or expected & passed))


def run(checkout: Path, folder: Path) -> tuple[set[str], set[str]]:
    """The names of the tests that failed, and of those that passed.

    Args:
        checkout: Where their tests lie; nothing is changed there.
        folder: An empty one, for a copy.
    """
    shutil.copytree(checkout / "tests", folder / "tests")
    shutil.copyfile(HERE / "server.py", folder / "tests" / "server.py")
    (folder / "pytest.ini").write_text(SETTINGS)
    files = [f"tests/{way}/{name}_test.py" for way in ("sync", "aio") for name in FILES]
    files += ["tests/chat_test.py", "tests/file_content_test.py"]
    # Plain assertions: pytest's rewriting of them breaks on one of these files.
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain", "--tb=line", "--junit-xml=found.xml")
    command = [sys.executable, "-m", "pytest", *options]
    environment = os.environ | {"GROKBOT_CLONE": str(HERE.parents[1])}
    subprocess.run([*command, *files], cwd=folder, env=environment, check=False)  # noqa: S603 - our own words
    failed: set[str] = set()
    passed: set[str] = set()
    for case in ET.parse(folder / "found.xml").iter("testcase"):  # noqa: S314 - pytest's own
        name = f"{case.get('classname')}.{case.get('name')}"
        (failed if case.find("failure") is not None or case.find("error") is not None else passed).add(name)
    return failed, passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
