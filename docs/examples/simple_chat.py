"""Talks with Grok line by line, statelessly, and shows each answer while it is written."""

import asyncio
import sys

from grokbot import sdk as xai_sdk


async def main() -> None:
    client = xai_sdk.Client()

    conversation = client.chat.create_conversation()

    print("Say nothing to leave.\n")

    while True:
        user_input = input("Human: ")
        print()

        if not user_input:
            return

        token_stream, _ = conversation.add_response(user_input)
        print("Grok: ", end="")
        async for token in token_stream:
            print(token, end="")
            sys.stdout.flush()
        print("\n")


asyncio.run(main())
