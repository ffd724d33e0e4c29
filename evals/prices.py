"""What a run costs at most, where prices are known.

Inspect ships no prices. They come from a file of the user's in Inspect's form (`--prices`, JSON or YAML: model name to
`input`, `output`, `input_cache_write`, `input_cache_read`, in dollars per million tokens). Without one the price of a
model is unknown, and archeval says so rather than guess.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml
from inspect_ai.model import ModelCost, ModelInfo, get_model_info, set_model_cost, set_model_info
from pydantic import TypeAdapter, ValidationError

from evals.recordings import PREFIX
from scorers.errors import InputError
from scorers.scenario import describe_validation

_PRICES = TypeAdapter(dict[str, ModelCost])
_PER_MILLION = 1_000_000
_MESSAGE_OVERHEAD_TOKENS = 100
"""Room for what a provider wraps round the messages."""


@dataclass(frozen=True)
class CostBound:
    """The most that one model's samples can cost, or why that is not known."""

    model: str
    at_most_usd: float | None
    why_unknown: str = ""


def load_prices(path: Path) -> None:
    """Register the prices in the file `path` with Inspect. Raises InputError that names what is wrong with it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        prices = _PRICES.validate_python(content)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"cannot read the prices in {str(path)!r}: {error}") from error
    except ValidationError as error:
        raise InputError(f"prices in {str(path)!r}: {describe_validation(error)}") from error
    for model, cost in prices.items():
        if get_model_info(model) is None:
            set_model_info(model, ModelInfo(cost=cost))
        else:
            set_model_cost(model, cost)


def cost_bound(model: str, request_bytes: list[int], *, max_tokens: int | None) -> CostBound:
    """Return the most that asking `model` once for each of `request_bytes` (UTF-8 size of persona and prompt) costs.

    A token is at least a byte, so bytes bound the input; the output is bounded by `max_tokens` or the model's limit.
    Requests that a provider fails and bills for are not counted.
    """
    if model.startswith(PREFIX):
        return CostBound(model, 0.0)
    info = get_model_info(model)
    if info is None or info.cost is None:
        return CostBound(model, None, "price unknown; give --prices")
    output_tokens = max_tokens or info.output_tokens
    if output_tokens is None:
        return CostBound(model, None, "longest answer unknown; give --max-tokens")
    input_price = max(info.cost.input, info.cost.input_cache_write)
    input_tokens = sum(request_bytes) + _MESSAGE_OVERHEAD_TOKENS * len(request_bytes)
    dollars = input_tokens * input_price + len(request_bytes) * output_tokens * info.cost.output
    return CostBound(model, dollars / _PER_MILLION)
