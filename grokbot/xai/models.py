"""Turns xAI's list of models into values. Pure: a message in, values out.

Not here: requesting it (`client`), keeping it (`engine.budgets.price_list`), the cost of a turn
(`policy.budgets.prices`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.policy.budgets import ListedModel, Prices
from grokbot.wire.xai import models_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping


def models_of(listed: models_pb2.ListLanguageModelsResponse) -> Mapping[str, ListedModel]:
    """The models that have a price, by name and alias."""
    return {
        name: ListedModel(
            Prices(
                prompt=model.prompt_text_token_price,
                cached=model.cached_prompt_token_price,
                answer=model.completion_text_token_price,
            ),
            context=model.max_prompt_length,
            sees=not model.input_modalities or models_pb2.IMAGE in model.input_modalities,
            alias=name != model.name,
        )
        for model in listed.models
        if model.prompt_text_token_price > 0 and model.completion_text_token_price > 0
        for name in (model.name, *model.aliases)
    }
