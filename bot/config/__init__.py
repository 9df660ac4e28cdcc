"""Settings: read once, into a frozen value, complaining about every mistake at the same time.

`sources` says where a value comes from, `table` what it may be.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot import prices, serving
from bot.catalog import Catalog, currency_of
from bot.config.sources import elsewhere, read, value_of
from bot.config.table import SETTINGS
from bot.errors import Misconfigured
from bot.limits import Limits
from bot.lineup import Grade, Lineup
from bot.model import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

PLATFORMS = ("telegram", "slack")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decided. `repr` hides the secrets."""

    openai_api_key: Secret
    """Empty: a built-in demo answers, on the page only."""
    openai_api_base: str
    model_name: str
    fallback_model: str
    """Asked where the first one refuses for load or access; empty: none."""
    lineup: Lineup
    """Which models people may choose among, and what is known of them."""
    system_prompt: str
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    context_tokens: int
    first_token_timeout: float
    """Seconds from asking the model to its first token."""
    idle_timeout: float
    """Seconds between two tokens."""
    answer_timeout: float
    """Seconds for a whole answer."""
    answer_within_hours: float
    """Hours after which a question is too old to be answered without asking whether it still matters."""
    show_thinking: str
    """`off`, `live` or `folded`."""
    buttons: str
    """`full`, `few` or `needed`: which buttons stand under an answer."""
    show_cost: str
    """`on` puts under each answer what it cost."""
    cache_ttl: float | None
    """Seconds for which an answer to a first question is given again; None: never."""
    requests_per_minute: int | None
    """What the account may ask of one model; None: nobody has to wait in line."""
    model_tokens_per_minute: int | None
    pace: str
    """`on`, or `off` for a server without limits; a silence it asks for is kept all the same."""
    database_url: str
    log_level: str
    log_format: str
    platforms: Mapping[str, Mapping[str, str | Secret]]
    """For each configured platform the keyword arguments of `adapters.<name>.build`."""
    allowed: Mapping[str, frozenset[str] | None]
    """For each platform the ids that may speak: None is not set, `{"*"}` is everyone."""
    admins: frozenset[str]
    """Ids, or `platform:id`."""
    limits: Limits
    keep_days: int | None
    """Days after which what was said and answered is deleted; None is never."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that must never be shown."""
        given = [value for arguments in self.platforms.values() for value in arguments.values()]
        return (self.openai_api_key, *(value for value in given if isinstance(value, Secret)))


def load(environ: Mapping[str, str], folder: Path) -> Settings:
    """Read the settings; `folder` holds `.env.local` and `.env`. Changes no environment.

    Raises Misconfigured with all problems.
    """
    problems: list[str] = []
    given = read(environ, folder, problems)
    values = {setting.name: value_of(setting, given, problems) for setting in SETTINGS}
    values["WEB"] = "on" if serving.is_wanted(given, alone=_is_alone(given)) else "off"
    problems += _missing(given, environ, is_served=values["WEB"] == "on")
    values["LINEUP"] = _lineup(values, folder, problems)
    problems += _unpriced(values)
    if problems:
        raise Misconfigured(problems)
    return _settings(values)


def database_url(environ: Mapping[str, str], folder: Path) -> str:
    """Return `DATABASE_URL` alone, whatever else is missing or wrong. Raises Misconfigured."""
    problems: list[str] = []
    (setting,) = [one for one in SETTINGS if one.name == "DATABASE_URL"]
    url = value_of(setting, read(environ, folder, []), problems)
    if problems:
        raise Misconfigured(problems)
    return str(url)


def _settings(values: dict[str, Any]) -> Settings:
    plain = {
        name.lower(): value
        for name, value in values.items()
        if not name.startswith(("TELEGRAM_", "SLACK_", "WEB"))
    }
    served = {f"web:{serving.OPERATOR}"} if values["WEB"] == "on" else set[str]()
    plain["admins"] = plain.pop("admin_users") | served
    bounds = {field.name: plain.pop(field.name) for field in fields(Limits) if field.name in plain}
    plain["limits"] = Limits(**bounds, currency=plain["lineup"].catalog.currency)
    return Settings(
        **plain,
        platforms=MappingProxyType(_platforms(values)),
        allowed=MappingProxyType({name: values[f"{name.upper()}_ALLOWED_USERS"] for name in PLATFORMS}),
    )


def _lineup(values: dict[str, Any], folder: Path, problems: list[str]) -> Lineup:
    file, currency = values.pop("MODELS_FILE"), currency_of(values["OPENAI_API_BASE"])
    try:
        catalog = Catalog.load(folder / file if file else None, currency=currency)
    except Misconfigured as error:
        problems += error.problems
        catalog = Catalog.load(currency=currency)
    grades = {grade.value: values.pop(f"MODEL_{grade.name}") for grade in Grade}
    return Lineup(usual=values["MODEL_NAME"], allowed=values.pop("MODELS_ALLOWED"), catalog=catalog, **grades)


def _unpriced(values: dict[str, Any]) -> Iterator[str]:
    """Yield each model without a price where there is a budget, which could not be kept."""
    budgets = [name for name in ("PERSON_BUDGET_PER_MONTH", "BUDGET_PER_MONTH") if values[name] is not None]
    names = prices.unpriced(values["LINEUP"], values["FALLBACK_MODEL"]) if budgets else ()
    for name in names:
        yield (
            f"{budgets[0]} cannot be kept: nobody knows what {name} costs. Write its prices into MODELS_FILE "
            "(the form stands in bot/models.toml), set another model, or remove the budget."
        )


def _of_platform(platform: str, ids: Iterable[str]) -> str:
    """Return the ids that may be of a platform, with commas between them."""
    own = [one.removeprefix(f"{platform}:") for one in ids]
    return ",".join(sorted(one for one in own if ":" not in one))


def _platforms(values: dict[str, Any]) -> dict[str, Mapping[str, str | Secret]]:
    telegram = {
        "token": values["TELEGRAM_BOT_TOKEN"],
        "api_base": values["TELEGRAM_API_BASE"],
        "streaming": values["TELEGRAM_STREAMING"],
        "rich": values["TELEGRAM_RICH"],
    }
    slack = {
        "bot_token": values["SLACK_BOT_TOKEN"],
        "app_token": values["SLACK_APP_TOKEN"],
        "api_base": values["SLACK_API_BASE"],
        "streaming": values["SLACK_STREAMING"],
    }
    both = {"telegram": telegram, "slack": slack}
    found = {name: arguments for name, arguments in both.items() if all(arguments.values())}
    if "telegram" in found:
        found["telegram"] |= {"admins": _of_platform("telegram", values["ADMIN_USERS"])}
    if values["WEB"] == "on":
        found["web"] = {name: values[f"WEB_{name.upper()}"] for name in ("host", "port", "token")}
    return {name: MappingProxyType(arguments) for name, arguments in found.items()}


# ---------------------------------------------------------------- what is missing


def _is_alone(given: Mapping[str, str]) -> bool:
    """Tell whether no platform is set up, not even in part."""
    return not any(name in given for name in ("TELEGRAM_BOT_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"))


def _missing(given: Mapping[str, str], environ: Mapping[str, str], *, is_served: bool) -> Iterator[str]:
    # With nothing but the page, a built-in demo answers; people elsewhere must not meet it by mistake.
    if "OPENAI_API_KEY" not in given and not (is_served and _is_alone(given)):
        hint = elsewhere("OPENAI_API_KEY", environ)
        yield f"OPENAI_API_KEY is missing: create an API key in Alibaba Cloud Model Studio and set it.{hint}"
    telegram, bot, app = (
        name in given for name in ("TELEGRAM_BOT_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")
    )
    if bot and not app:
        yield (
            "SLACK_APP_TOKEN is missing: create an app-level token with the scope connections:write under "
            "“Basic Information” of the Slack app, and set it beside SLACK_BOT_TOKEN."
        )
    if app and not bot:
        yield (
            "SLACK_BOT_TOKEN is missing: install the Slack app to the workspace, copy the “Bot User OAuth Token”, "
            "and set it beside SLACK_APP_TOKEN."
        )
    if is_served:
        yield from serving.mistakes(given)
    elif not (telegram or bot or app):
        hint = elsewhere("TELEGRAM_BOT_TOKEN", environ) + elsewhere("SLACK_BOT_TOKEN", environ)
        yield (
            "No platform is set up: set TELEGRAM_BOT_TOKEN (from @BotFather), "
            f"or SLACK_BOT_TOKEN and SLACK_APP_TOKEN (from the Slack app's pages), or remove WEB=off.{hint}"
        )
