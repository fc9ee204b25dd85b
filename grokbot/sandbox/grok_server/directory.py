"""The small services: the list of models, the owner of a key, tokenizing a text.

Here: Models, Auth and Tokenize. Not here: anything that costs tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from grokbot.sandbox.grok_server.admission.door import CallFailedError
from grokbot.sandbox.grok_server.answers import FINGERPRINT, tokens
from grokbot.sandbox.grok_server.failures import unknown_model
from grokbot.sandbox.grok_server.prices import find
from grokbot.wire.xai.auth_pb2 import ApiKey
from grokbot.wire.xai.auth_pb2_grpc import AuthServicer
from grokbot.wire.xai.models_pb2 import (
    ImageGenerationModel,
    LanguageModel,
    ListEmbeddingModelsResponse,
    ListImageGenerationModelsResponse,
    ListLanguageModelsResponse,
    Modality,
)
from grokbot.wire.xai.models_pb2_grpc import ModelsServicer
from grokbot.wire.xai.tokenize_pb2 import Token, TokenizeTextRequest, TokenizeTextResponse
from grokbot.wire.xai.tokenize_pb2_grpc import TokenizeServicer

if TYPE_CHECKING:
    from google.protobuf.empty_pb2 import Empty

    from grokbot.sandbox.grok_server.admission.door import Context, Door
    from grokbot.sandbox.grok_server.prices import ImageModelFacts, ModelFacts
    from grokbot.sandbox.grok_server.rules import GrokRules
    from grokbot.wire.xai.models_pb2 import EmbeddingModel, GetModelRequest

#: 1 January 2026, UTC: the creation date of everything in the sandbox.
_MADE = Timestamp(seconds=1_767_225_600)


class ModelsService(ModelsServicer):
    """The table of models."""

    def __init__(self, rules: GrokRules, door: Door) -> None:
        self._models = rules.models
        self._image_models = rules.image_models
        self._door = door

    async def ListLanguageModels(  # noqa: N802 - a method's name on the wire
        self, request: Empty, context: Context
    ) -> ListLanguageModelsResponse:
        """Every model."""
        async with self._door.call(context, "ListLanguageModels", request):
            return ListLanguageModelsResponse(models=[_described(model) for model in self._models])

    async def GetLanguageModel(  # noqa: N802 - a method's name on the wire
        self, request: GetModelRequest, context: Context
    ) -> LanguageModel:
        """One model, by name or alias."""
        async with self._door.call(context, "GetLanguageModel", request):
            model = find(self._models, request.name)
            if model is None:
                raise CallFailedError(unknown_model(request.name))
        return _described(model)

    async def ListEmbeddingModels(  # noqa: N802 - a method's name on the wire
        self, request: Empty, context: Context
    ) -> ListEmbeddingModelsResponse:
        """None: xAI lists none either."""
        async with self._door.call(context, "ListEmbeddingModels", request):
            return ListEmbeddingModelsResponse()

    async def GetEmbeddingModel(  # noqa: N802 - a method's name on the wire
        self, request: GetModelRequest, context: Context
    ) -> EmbeddingModel:
        """There is none."""
        async with self._door.call(context, "GetEmbeddingModel", request):
            raise CallFailedError(unknown_model(request.name))

    async def ListImageGenerationModels(  # noqa: N802 - a method's name on the wire
        self, request: Empty, context: Context
    ) -> ListImageGenerationModelsResponse:
        """Every model that makes images."""
        async with self._door.call(context, "ListImageGenerationModels", request):
            return ListImageGenerationModelsResponse(models=map(_described_image_model, self._image_models))

    async def GetImageGenerationModel(  # noqa: N802 - a method's name on the wire
        self, request: GetModelRequest, context: Context
    ) -> ImageGenerationModel:
        """One of them, by name or alias."""
        async with self._door.call(context, "GetImageGenerationModel", request):
            model = find(self._image_models, request.name)
            if model is None:
                raise CallFailedError(unknown_model(request.name))
        return _described_image_model(model)


def _described_image_model(model: ImageModelFacts) -> ImageGenerationModel:
    return ImageGenerationModel(
        name=model.name,
        aliases=model.aliases,
        version="1.0.0",
        input_modalities=[Modality.TEXT, Modality.IMAGE],
        output_modalities=[Modality.IMAGE],
        image_price=model.price,
        created=_MADE,
        max_prompt_length=model.context,
        system_fingerprint=FINGERPRINT,
    )


def _described(model: ModelFacts) -> LanguageModel:
    return LanguageModel(
        name=model.name,
        aliases=model.aliases,
        version="1.0.0",
        input_modalities=[Modality.TEXT, Modality.IMAGE],
        output_modalities=[Modality.TEXT],
        prompt_text_token_price=model.prompt_price,
        prompt_image_token_price=model.prompt_price,
        cached_prompt_token_price=model.cached_price,
        completion_text_token_price=model.completion_price,
        created=_MADE,
        max_prompt_length=model.context,
        system_fingerprint=FINGERPRINT,
    )


class AuthService(AuthServicer):
    """The one key."""

    def __init__(self, rules: GrokRules, door: Door) -> None:
        self._key = rules.api_key
        self._door = door

    async def get_api_key_info(self, request: Empty, context: Context) -> ApiKey:
        """The owner of the key, without the key itself."""
        async with self._door.call(context, "get_api_key_info", request):
            return ApiKey(
                redacted_api_key=f"{self._key[:3]}...{self._key[-4:]}",
                user_id="sandbox-user",
                name="sandbox",
                create_time=_MADE,
                modify_time=_MADE,
                modified_by="sandbox-user",
                team_id="sandbox-team",
                acls=["api-key:model:*", "api-key:endpoint:*"],
                api_key_id="sandbox-key",
            )


class TokenizeService(TokenizeServicer):
    """The sandbox's own tokens, see tokens.py."""

    def __init__(self, rules: GrokRules, door: Door) -> None:
        self._models = rules.models
        self._door = door

    async def TokenizeText(  # noqa: N802 - a method's name on the wire
        self, request: TokenizeTextRequest, context: Context
    ) -> TokenizeTextResponse:
        """The tokens of a text."""
        async with self._door.call(context, "TokenizeText", request):
            model = find(self._models, request.model)
            if model is None:
                raise CallFailedError(unknown_model(request.model))
            parts = tokens.split(request.text)
        return TokenizeTextResponse(
            tokens=[
                Token(token_id=tokens.token_id(part), string_token=part, token_bytes=part.encode()) for part in parts
            ],
            model=model.name,
        )
