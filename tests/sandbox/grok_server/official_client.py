"""The official SDK against the address and key given as arguments; prints what it saw, as JSON.

A program of its own, since the SDK and grokbot.wire declare the same names and cannot share a process.
"""

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from datetime import timedelta
from typing import Any

import grpc
import xai_sdk  # type: ignore[import-untyped] # the SDK says nothing of its types
from xai_sdk.chat import (  # type: ignore[import-untyped] # as above
    assistant,
    file,
    image,
    system,
    tool,
    tool_result,
    user,
)
from xai_sdk.tools import (  # type: ignore[import-untyped] # as above
    code_execution,
    get_tool_call_type,
    image_generation,
    web_search,
    x_search,
)

MODEL = "grok-4.7"


def _client(target: str, key: str, *metadata: tuple[str, str]) -> xai_sdk.AsyncClient:
    if not metadata:
        # The usual way, with credentials of the machine: in the other the SDK sends uploads without the key.
        return xai_sdk.AsyncClient(api_key=key, api_host=f"localhost:{target.rsplit(':', 1)[1]}", timeout=20)
    return xai_sdk.AsyncClient(api_key=key, api_host=target, metadata=metadata, use_insecure_channel=True, timeout=20)


async def sample(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    chat = client.chat.create(model=MODEL, messages=[system("Be brief."), user("How are you?")])
    response = await chat.sample()
    return {
        "content": response.content,
        "reasoning": response.reasoning_content,
        "finish": response.finish_reason,
        "role": response.role,
        "total": response.usage.total_tokens,
        "parts": response.usage.prompt_tokens + response.usage.completion_tokens + response.usage.reasoning_tokens,
        "cost": response.cost_usd,
    }


async def stream(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    chat = client.chat.create(model=MODEL, messages=[user("Tell me. !long 300")], use_encrypted_content=True)
    pieces, reasoning, usages, first_text = [], [], [], None
    response = None
    async for response, chunk in chat.stream():  # noqa: B007 - the last one is the whole
        pieces.append(chunk.content)
        reasoning.append(chunk.reasoning_content)
        usages.append(chunk.proto.usage.completion_tokens)
        if first_text is None and chunk.content:
            first_text = len(pieces)
    assert response is not None
    return {
        "content": response.content,
        "pieces": pieces,
        "reasoning": "".join(reasoning),
        "reasoning_whole": response.reasoning_content,
        "reasoning_before_text": all(not text for text in reasoning[first_text:]),
        "usages": usages,
        "finish": response.finish_reason,
        "encrypted": response.encrypted_content,
        "role": response.role,
    }


async def replayed(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    chat = client.chat.create(model=MODEL, use_encrypted_content=True)
    cached, content = [], ""
    for question in ("one?", "two?", "three?"):
        chat.append(user(question))
        response = await chat.sample()
        chat.append(response)
        content = response.content
        cached.append((response.usage.prompt_tokens, response.usage.cached_prompt_text_tokens))
    return {"content": content, "cached": cached}


async def stored(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    first = await client.chat.create(model=MODEL, messages=[user("I like figs.")], store_messages=True).sample()
    chat = client.chat.create(
        model=MODEL, messages=[user("What do I like?")], store_messages=True, previous_response_id=first.id
    )
    second = await chat.sample()
    found = await client.chat.get_stored_completion(second.id)
    deleted = await client.chat.delete_stored_completion(second.id)
    return {
        "second": second.content,
        "found": found[0].content if isinstance(found, list) else found.content,
        "deleted": deleted == second.id,
        "gone": await _failure(client.chat.get_stored_completion(second.id)),
        "gone_again": await _failure(client.chat.delete_stored_completion(second.id)),
        "id": second.id,
    }


async def titled(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    def ask(model: str, effort: str) -> Any:
        return client.chat.create(
            model=model,
            messages=[system("Write a title."), user('[{"by": "person", "text": "growing figs, at home!"}]')],
            max_tokens=1_000,
            reasoning_effort=effort,
        )

    response = await ask(MODEL, "low").sample()
    return {
        "content": response.content,
        "finish": response.finish_reason,
        "reasoning_tokens": response.usage.reasoning_tokens,
        "kept": await _failure(client.chat.get_stored_completion(response.id)),
        "id": response.id,
        "refused": await _failure(ask("grok-4.20-0309-non-reasoning", "low").sample()),
        "never_was": await _failure(client.chat.delete_stored_completion("never-was")),
        "nothing": await _failure(client.chat.delete_stored_completion("")),
    }


async def tools(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    def ask() -> Any:
        return client.chat.create(
            model=MODEL,
            messages=[user("Where? !search cheap figs")],
            tools=[web_search(), x_search()],
            include=["web_search_call_output", "inline_citations", "verbose_streaming"],
        )

    calls = []
    response = None
    async for response, chunk in ask().stream():  # noqa: B007 - the last one is the whole
        calls += [[call.id, call.status, call.function.arguments] for call in chunk.tool_calls]
    assert response is not None
    whole = await ask().sample()
    return {
        "calls": calls,
        "outputs": [[output.index, output.message.role] for output in response.proto.outputs],
        "content": response.content,
        "citations": list(response.citations),
        "inline": [[c.start_index, c.end_index, c.web_citation.url] for c in response.inline_citations],
        "used": response.server_side_tool_usage,
        "output": response.tool_outputs[0].message.content,
        "whole_calls": [[call.id, call.status] for call in whole.tool_calls],
        "whole_content": whole.content,
    }


async def media(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    made = await client.image.sample(
        prompt="a cat", model="grok-imagine-image", image_format="base64", aspect_ratio="3:4", user="hash"
    )
    picture = await made.image
    edited = await client.image.sample(
        prompt="at night", model="grok-imagine-image", image_url=made.base64, storage_options={"filename": "night.png"}
    )
    kept = await client.files.upload(b"one\ntwo\n", filename="lines.txt")
    chat = client.chat.create(model=MODEL)
    chat.append(
        user("See:", image(made.base64, detail="high"), file(kept.id), file(data=b"%PDF-1.7", filename="a.pdf"))
    )
    response = await chat.sample()
    listed = (await client.files.list(sort_by="filename")).data
    content = await client.files.content(kept.id)
    await client.files.delete(kept.id)
    return {
        "picture": picture[:4].hex(),
        "fetched": (await edited.image)[:4].hex(),
        "costs": [made.cost_usd, edited.cost_usd],
        "stored": edited.file_output.filename,
        "content": response.content,
        "image_tokens": response.usage.prompt_image_tokens,
        "calls": [[call.function.name, get_tool_call_type(call)] for call in response.tool_calls],
        "used": response.server_side_tool_usage,
        "listed": [each.filename for each in listed],
        "read": content.decode(),
        "gone": await _failure(client.files.get(kept.id)),
        "refused": await _failure(client.image.sample(prompt="!fail image_rejected", model="grok-imagine-image")),
        "models": [model.name for model in await client.models.list_image_generation_models()],
    }


async def agent(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    weather = tool("weather", "Tells the weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
    tools = [web_search(), code_execution(), image_generation(), weather]
    chat = client.chat.create(
        model=MODEL, tools=tools, include=["code_execution_call_output"], use_encrypted_content=True
    )
    chat.append(user("!code print(1)"))
    code = await chat.sample()
    chat.append(code)
    chat.append(user("!draw a corgi"))
    drawn = None
    async for drawn, _ in chat.stream():  # noqa: B007 - the last one is the whole
        pass
    assert drawn is not None
    chat.append(drawn)
    demand = client.chat.create(model=MODEL, tools=tools, tool_choice="required", messages=list(chat.messages))
    demand.append(user("And the weather?"))
    asked = await demand.sample()
    demand.append(asked)
    demand.append(tool_result("sunny", asked.tool_calls[-1].id))
    told = await demand.sample()
    return {
        "code": [call.function.name for call in code.tool_calls],
        "printed": json.loads(code.tool_outputs[0].message.content)["error"],
        "images": [[o.mime_type, o.image[:4].hex(), o.tool_call.function.name] for o in drawn.image_outputs],
        "used": drawn.server_side_tool_usage,
        "asked": [[call.function.name, get_tool_call_type(call)] for call in asked.tool_calls],
        "told": told.finish_reason,
    }


async def compacted(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    chat = client.chat.create(model=MODEL, use_encrypted_content=True, messages=[system("Be brief.")])
    longest = 0
    for number in range(3):
        chat.append(user(f"Question {number}? " + "word " * 300))
        response = await chat.sample()
        chat.append(response)
        longest = max(longest, response.usage.prompt_tokens)
    compact = await chat.compact()
    chat.append(user("What did I ask?"))
    after = await chat.sample()
    chat.append(after)
    again = await chat.compact()
    return {
        "dropped": compact.dropped_message_count,
        "before": longest,
        "after": after.usage.prompt_tokens,
        "content": after.content,
        "again": again.dropped_message_count,
    }


async def deferred(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    chat = client.chat.create(model=MODEL, messages=[user("Later")])
    response = await chat.defer(timeout=timedelta(seconds=20), interval=timedelta(milliseconds=10))
    several = await client.chat.create(model=MODEL, messages=[user("Which?")]).sample_batch(3)
    return {"content": response.content, "several": len({each.content for each in several}), "count": len(several)}


async def directory(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    models = await client.models.list_language_models()
    key = await client.auth.get_api_key_info()
    tokens = await client.tokenize.tokenize_text("one two three", MODEL)
    return {
        "models": {model.name: [model.max_prompt_length, model.prompt_text_token_price] for model in models},
        "alias": (await client.models.get_language_model("grok-latest")).name,
        "unknown": await _failure(client.models.get_language_model("grok-0")),
        "key": [key.redacted_api_key, key.api_key_blocked, key.disabled],
        "tokens": "".join(token.string_token for token in tokens),
    }


async def refusals(client: xai_sdk.AsyncClient) -> dict[str, Any]:
    async def ask(**settings: Any) -> str:
        messages = settings.pop("messages", [user("Well?")])
        return await _failure(client.chat.create(**{"model": MODEL, "messages": messages, **settings}).sample())

    return {
        "model": await ask(model="grok-0"),
        "penalty": await ask(presence_penalty=0.5),
        "stop": await ask(stop=["."]),
        "gone": await ask(previous_response_id="nothing"),
        "image": await ask(messages=[user("See:", image("https://pictures.invalid/1.png"))]),
        "empty": await ask(messages=[user(" ")]),
        "fine": await ask(messages=[user("a"), assistant("b"), user("c", image("https://example.com/1.png"))]),
    }


async def _failure(awaitable: Any) -> str:
    try:
        await awaitable
    except grpc.aio.AioRpcError as error:
        return f"{error.code().name}: {error.details()}"
    return "fine"


# The SDK announces that its batches will have another name.
warnings.simplefilter("ignore", PendingDeprecationWarning)


async def main(target: str, key: str) -> dict[str, Any]:
    client = _client(target, key)
    talker = _client(target, key, ("x-grok-conv-id", "talk"))
    stranger = _client(target, "xai-of-somebody-else")
    steps = (sample, stream, stored, titled, tools, media, agent, compacted, deferred, directory, refusals)
    seen = {step.__name__: await step(client) for step in steps}
    seen["replayed"] = await replayed(talker)
    seen["stranger"] = {"refused": await _failure(stranger.auth.get_api_key_info())}
    overloaded = client.chat.create(model=MODEL, messages=[user("!fail overloaded")])
    seen["overloaded"] = {"refused": await _failure(overloaded.sample())}
    for each in (client, talker, stranger):
        await each.close()
    return seen


if __name__ == "__main__":
    json.dump(asyncio.run(main(*sys.argv[1:])), sys.stdout)
