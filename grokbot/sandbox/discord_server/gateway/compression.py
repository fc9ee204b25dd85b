"""Compression of gateway frames: one stream per connection, flushed after each frame.

Here: zlib-stream, and zstd-stream if Python or a package provides it; discord.py asks for it in the same cases. Not
here: the frames.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Any, Final, TypeAlias

Pack: TypeAlias = Callable[[bytes], bytes]


def _zlib() -> Pack:
    stream = zlib.compressobj(1)
    return lambda frame: stream.compress(frame) + stream.flush(zlib.Z_SYNC_FLUSH)


def _zstandard() -> Pack:
    package: Any = importlib.import_module("zstandard")
    stream = package.ZstdCompressor(level=1).compressobj()
    return lambda frame: stream.compress(frame) + stream.flush(package.COMPRESSOBJ_FLUSH_BLOCK)


def _zstd_of_python() -> Pack:
    module: Any = importlib.import_module("compression.zstd")
    stream = module.ZstdCompressor(level=1)
    return lambda frame: bytes(stream.compress(frame, stream.FLUSH_BLOCK))


_STREAMS: Final = {"zlib-stream": (_zlib,), "zstd-stream": (_zstandard, _zstd_of_python)}


def packing(name: str) -> Pack | None:
    """The compressor for one connection's frames; None if that compression is unavailable."""
    for begun in _STREAMS.get(name, ()):
        try:
            return begun()
        except ImportError:
            continue
    return None
