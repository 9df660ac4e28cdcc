"""Reading a list of models: TOML in the form that `bot/models.toml` describes, every mistake in it at once."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

CURRENCIES = ("CNY", "USD")
THINKING = ("never", "off", "on", "always")


@dataclass(frozen=True, slots=True)
class Written:
    """One file as it was written: for each model what is said of it. `alone`: nothing but this holds."""

    models: Mapping[str, Mapping[str, Any]]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """What may stand under one name, and how to say so."""

    accepts: Callable[[object], bool]
    remedy: str


def read(path: Path) -> Written:
    """Return what a file says. Raises Misconfigured with all mistakes."""
    whole = _whole(path)
    problems = [f"MODELS_FILE: {path.name}, {problem}" for problem in _problems(whole)]
    if problems:
        raise Misconfigured(problems)
    models = whole.get("model", {})
    day = {"as_of": whole["as_of"]} if "as_of" in whole else {}
    return Written({name: {**day, **said} for name, said in models.items()}, whole.get("replace", False))


def _whole(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except OSError:
        remedy = f"{path.name} cannot be read: name a file that is there and that the bot's user may read."
    except UnicodeDecodeError:
        remedy = f"{path.name} cannot be read: make it a text file in UTF-8."
    except tomllib.TOMLDecodeError as error:
        remedy = f"{path.name} is not valid TOML: {error}."
    raise Misconfigured([f"MODELS_FILE: {remedy}"])


# ---------------------------------------------------------------- what may stand where


def _problems(whole: Mapping[str, Any]) -> Iterator[str]:
    """Yield every mistake, as where it is and what must stand there."""
    yield from _fields(whole, _TOP, "at its top")
    models = whole.get("model")
    for name, said in models.items() if isinstance(models, dict) else ():
        if isinstance(said, dict):
            yield from _model(name, said)
        else:
            yield f'model {name}: write it as [model."{name}"] with lines under it.'


def _model(name: str, said: Mapping[str, Any]) -> Iterator[str]:
    where = f"model {name}"
    # Without quotes TOML takes a name apart at its dots, and what stands behind one is a table of its own.
    parts = [one for one, value in said.items() if isinstance(value, dict) and not _near(one, _MODEL)]
    yield from (f'{where}.{part}: put the name in quotes, [model."{name}.{part}"].' for part in parts)
    yield from _fields({one: said[one] for one in said if one not in parts}, _MODEL, where)
    prices = said.get("prices")
    for currency, tiers in prices.items() if isinstance(prices, dict) else ():
        if currency not in CURRENCIES:
            yield f"{where}: prices.{currency} is not known: write prices.{' or prices.'.join(CURRENCIES)}."
        elif isinstance(tiers, list) and tiers and all(isinstance(tier, dict) for tier in tiers):
            yield from _tiers(tiers, f"{where}, prices.{currency}")
        else:
            yield f"{where}: prices.{currency} must be a list like [{{ input = 0.5, output = 3 }}]."


def _tiers(tiers: list[dict[str, Any]], where: str) -> Iterator[str]:
    for tier in tiers:
        yield from _fields(tier, _TIER, where)
        for name in ("input", "output"):
            if name not in tier:
                yield f"{where}: {name} is missing: say what a million tokens cost."
    ends = [tier.get("up_to") for tier in tiers]
    known = [end for end in ends if isinstance(end, int)]
    if None in ends[:-1] or known != sorted(set(known)):
        yield f"{where}: give every tier but the last one its up_to, the smallest first."


def _fields(said: Mapping[str, Any], fields: Mapping[str, Field], where: str) -> Iterator[str]:
    for name, value in said.items():
        if name not in fields:
            near = _near(name, fields)
            meant = f"write {near[0]} instead" if near else f"write one of {', '.join(fields)}"
            yield f"{where}: {name} is not known: {meant}."
        elif not fields[name].accepts(value):
            yield f"{where}: {name} must be {fields[name].remedy}."


def _near(name: str, fields: Mapping[str, Field]) -> list[str]:
    """Return the name that is meant, itself or the one most like it; empty: none is."""
    return difflib.get_close_matches(name, fields, n=1)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_price(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return Decimal(value).is_finite() and value >= 0


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


_COUNT = Field(_is_count, "a whole number above 0, such as 131_072")
_PRICE = Field(_is_price, "what a million tokens cost, such as 0.5")
_FLAG = Field(lambda value: isinstance(value, bool), "true or false")
_DAY = Field(_is_day, "a day, such as 2026-11-22, without quotes")
_TABLE = Field(lambda value: isinstance(value, dict), "a table, as in the list that comes with the bot")

_TOP = {"as_of": _DAY, "replace": _FLAG, "model": _TABLE}
_MODEL = {
    "context": _COUNT,
    "output": _COUNT,
    "thinking": Field(lambda value: value in THINKING, f"one of {', '.join(THINKING)}, in quotes"),
    "efforts": _FLAG,
    "thought": _COUNT,
    "vision": _FLAG,
    "retired": Field(lambda value: isinstance(value, str), "the name of a model, in quotes"),
    "as_of": _DAY,
    "prices": _TABLE,
}
_TIER = {"up_to": _COUNT, "input": _PRICE, "cached": _PRICE, "output": _PRICE, "thinking": _PRICE}
