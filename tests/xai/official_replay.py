"""The official SDK puts streams together and replays them, as `chat.append(response)` does. JSON in, JSON out.

A program of its own, since the SDK and grokbot.wire declare the same names and cannot share a process.
"""

from __future__ import annotations

import json
import sys

import xai_sdk  # type: ignore[import-untyped] # the SDK says nothing of its types
from xai_sdk.chat import Response  # type: ignore[import-untyped] # as above
from xai_sdk.proto import chat_pb2  # type: ignore[import-untyped] # as above


def replayed(client: xai_sdk.Client, chunks: list[str]) -> list[str]:
    """The messages that the SDK appends for a streamed answer, in hexadecimal."""
    parsed = [chat_pb2.GetChatCompletionChunk.FromString(bytes.fromhex(chunk)) for chunk in chunks]
    several = max(output.index for chunk in parsed for output in chunk.outputs) > 0
    response = Response(
        chat_pb2.GetChatCompletionResponse(outputs=[chat_pb2.CompletionOutput()]), None if several else 0
    )
    for chunk in parsed:
        response.process_chunk(chunk)
    chat = client.chat.create(model="grok-4.7")
    chat.append(response)
    return [message.SerializeToString(deterministic=True).hex() for message in chat.messages]


def main() -> None:
    """Reads a list of streams, each a list of chunks, and writes the list of their replays."""
    client = xai_sdk.Client(api_key="made-up", api_host="localhost:1", use_insecure_channel=True)
    json.dump([replayed(client, chunks) for chunks in json.load(sys.stdin)], sys.stdout)
    client.close()


if __name__ == "__main__":
    main()
