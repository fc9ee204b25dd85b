"""Talks with Grok line by line, statelessly, and shows each answer when it is whole."""

import asyncio

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

        response = await conversation.add_response_no_stream(user_input)
        print(f"Grok: {response.message}\n")


asyncio.run(main())
