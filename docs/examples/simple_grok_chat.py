"""Talks with Grok line by line in a conversation that is kept, and has it find a title after the first turn."""

import asyncio
import sys

from grokbot import sdk as xai_sdk


async def main() -> None:
    client = xai_sdk.Client()

    conversation = client.grok.create_conversation()

    print("Say nothing to leave.\n")

    first = True
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

        if first:
            print("===")
            print("Looking for a title..")
            title = await conversation.generate_title()
            print(f"Title: {title}")
            print("===\n")
            first = False


asyncio.run(main())
