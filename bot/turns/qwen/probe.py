"""Whether the provider accepts the key, asked in a way that costs nothing."""

from __future__ import annotations

from dataclasses import dataclass

import openai

SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What the list of models says: its HTTP status (0: no answer), and whether the model is in it."""

    status: int
    names: frozenset[str] = frozenset()


async def probe(key: str, base: str) -> Probe:
    """Ask for the list of models, once. Raises nothing."""
    client = openai.AsyncOpenAI(api_key=key, base_url=base, max_retries=0, timeout=SECONDS)
    try:
        answer = await client.models.list()
        return Probe(200, frozenset(str(model.id) for model in answer.data or ()))
    except openai.APIStatusError as error:
        return Probe(error.status_code)
    except (openai.OpenAIError, TypeError, ValueError, AttributeError):
        return Probe(0)
    finally:
        await client.close()
