"""Settings: read once, into a frozen value, complaining about every mistake at the same time.

A value comes from the real environment, then `.env.local`, then `.env`; the first that names it wins.
An empty value counts as not set. A placeholder left in place of a key or token does too.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, fields
from io import StringIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values

from bot import lineup, parsing, prices, serving
from bot.catalog import Catalog, currency_of
from bot.errors import Misconfigured
from bot.limits import Limits
from bot.lineup import Grade, Lineup
from bot.model import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

PLATFORMS = ("telegram", "slack")

_SYSTEM_PROMPT = (
    "You are a helpful assistant in a chat. Answer in the language of the question. "
    "Be accurate and to the point, and say so when you do not know. "
    "Use Markdown where it helps (short lists, code blocks, a table for real tables) and plain sentences otherwise."
)
_NEAR = 0.85
"""How alike two names must be for one to be taken as a misspelling of the other."""


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


@dataclass(frozen=True, slots=True)
class Setting:
    """One name the operator may set. `parse` raises ValueError with what the value must be."""

    name: str
    parse: Callable[[str], object]
    default: object = None


def load(environ: Mapping[str, str], folder: Path) -> Settings:
    """Read the settings; `folder` holds `.env.local` and `.env`. Changes no environment.

    Raises Misconfigured with all problems.
    """
    problems: list[str] = []
    given = _given(environ, folder, problems)
    values = {setting.name: _value(setting, given, problems) for setting in SETTINGS}
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
    url = _value(setting, _given(environ, folder, []), problems)
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


# ---------------------------------------------------------------- where values come from


def _given(environ: Mapping[str, str], folder: Path, problems: list[str]) -> dict[str, str]:
    """Return the values that are set, by name; the names of files are checked for misspellings."""
    given = _known(environ)
    for name in (".env.local", ".env"):
        written = _written(folder / name, problems)
        problems += _misspelled(written, name)
        given = {**_known(written), **given}
    return given


def _known(source: Mapping[str, str]) -> dict[str, str]:
    stripped = {setting.name: source.get(setting.name, "").strip() for setting in SETTINGS}
    return {
        name: value
        for name, value in stripped.items()
        if value and not (_is_key(name) and _is_placeholder(value))
    }


def _written(file: Path, problems: list[str]) -> dict[str, str]:
    try:
        text = file.read_text(encoding="utf-8-sig")  # some editors put a mark at the start
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        problems.append(
            f"{file.name} cannot be read: make it a text file in UTF-8 that the bot's user may read."
        )
        return {}
    # Values stand as they are written: a "$" in a token is a "$".
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}


def _misspelled(written: Mapping[str, str], file: str) -> Iterator[str]:
    for name in written:
        if (meant := _meant(name)) and not written.get(meant):
            yield f"{file} sets {parsing.shown(name)}, which the bot does not know: write {meant} instead."


def _meant(name: str) -> str | None:
    names = [setting.name for setting in SETTINGS]
    if name in names:
        return None
    near = difflib.get_close_matches(name.upper(), names, n=1, cutoff=_NEAR)
    return _ALIASES.get(name.upper()) or (near[0] if near else None)


def _is_key(name: str) -> bool:
    return name.endswith(("_KEY", "_TOKEN", "_SECRET"))


def _is_placeholder(value: str) -> bool:
    # As in .env.example and in other people's instructions: "sk-...", "123456:...", "<token>", "your-key".
    bare = re.sub(r"^(sk-|xox[a-z]-|xapp-|\d+:)", "", value.lower())
    return bool(re.fullmatch(r"[x*.…_-]*|<.*>|your[-_ ].*|change-?me", bare)) or "..." in bare or "…" in bare


# ---------------------------------------------------------------- what is missing


def _is_alone(given: Mapping[str, str]) -> bool:
    """Tell whether no platform is set up, not even in part."""
    return not any(name in given for name in ("TELEGRAM_BOT_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"))


def _missing(given: Mapping[str, str], environ: Mapping[str, str], *, is_served: bool) -> Iterator[str]:
    # With nothing but the page, a built-in demo answers; people elsewhere must not meet it by mistake.
    if "OPENAI_API_KEY" not in given and not (is_served and _is_alone(given)):
        hint = _elsewhere("OPENAI_API_KEY", environ)
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
        hint = _elsewhere("TELEGRAM_BOT_TOKEN", environ) + _elsewhere("SLACK_BOT_TOKEN", environ)
        yield (
            "No platform is set up: set TELEGRAM_BOT_TOKEN (from @BotFather), "
            f"or SLACK_BOT_TOKEN and SLACK_APP_TOKEN (from the Slack app's pages), or remove WEB=off.{hint}"
        )


def _elsewhere(wanted: str, environ: Mapping[str, str]) -> str:
    # The environment also serves other programs, so a name like ours is a hint there, not a mistake.
    near = sorted(name for name in environ if name.isascii() and _meant(name) == wanted)
    return f" ({near[0]} is set, but the bot reads {wanted}.)" if near else ""


def _value(setting: Setting, given: Mapping[str, str], problems: list[str]) -> object:
    text = given.get(setting.name)
    if text is None:
        return setting.default
    try:
        text.encode()
        return setting.parse(text)
    except UnicodeEncodeError:
        problems.append(f"{setting.name} holds broken characters: write it in UTF-8.")
    except ValueError as error:
        problems.append(f"{setting.name} {error}")
    return setting.default


# ---------------------------------------------------------------- the table

_SECONDS = parsing.number(lambda value: value > 0, "must be a number of seconds above 0, such as 60.")

_LIMIT = parsing.limit("must be a whole number from 1 on, or 0 for no limit.")

_HOURS = parsing.number(lambda value: value > 0, "must be a number of hours above 0, such as 24.")

SETTINGS = (
    Setting("OPENAI_API_KEY", parsing.key, Secret("")),
    Setting(
        "OPENAI_API_BASE",
        parsing.url(never="/chat/completions"),
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
    ),
    Setting("MODEL_NAME", lineup.usual, "qwen-plus"),
    Setting("FALLBACK_MODEL", str, ""),
    Setting("MODEL_FAST", lineup.model, "qwen3.8-flash"),
    Setting("MODEL_BALANCED", lineup.model, "qwen3.7-plus"),
    Setting("MODEL_STRONG", lineup.model, "qwen3.8-max"),
    Setting("MODELS_ALLOWED", lineup.models, ()),
    Setting("MODELS_FILE", str, ""),
    Setting("REQUESTS_PER_MINUTE", _LIMIT),
    Setting("MODEL_TOKENS_PER_MINUTE", _LIMIT),
    Setting(
        "TELEGRAM_BOT_TOKEN",
        parsing.token(
            r"\d+:[\w-]+",
            "does not look like a token (123456789:AbC…): copy it again from @BotFather, all of it.",
        ),
    ),
    Setting("TELEGRAM_API_BASE", parsing.url(never="/bot"), "https://api.telegram.org"),
    Setting(
        "SLACK_BOT_TOKEN",
        parsing.token(
            r"xoxb-[\w-]+",
            "must start with xoxb-: copy the “Bot User OAuth Token” from “OAuth & Permissions” of the Slack app.",
        ),
    ),
    Setting(
        "SLACK_APP_TOKEN",
        parsing.token(
            r"xapp-[\w-]+",
            "must start with xapp-: copy the app-level token from “Basic Information” of the Slack app.",
        ),
    ),
    Setting("SLACK_SIGNING_SECRET", Secret),
    Setting("SLACK_API_BASE", parsing.url("/"), "https://slack.com/api/"),
    Setting("WEB", parsing.choice("on", "off")),
    Setting("WEB_HOST", serving.host, serving.HOST),
    Setting("WEB_PORT", serving.port, str(serving.PORT)),
    Setting("WEB_TOKEN", serving.token, Secret("")),
    Setting("TELEGRAM_ALLOWED_USERS", parsing.users(parsing.telegram_id)),
    Setting("SLACK_ALLOWED_USERS", parsing.users(parsing.slack_id)),
    Setting(
        "ADMIN_USERS",
        parsing.admins({"telegram": parsing.telegram_id, "slack": parsing.slack_id}),
        frozenset[str](),
    ),
    Setting("PERSON_MESSAGES_PER_MINUTE", _LIMIT, 120),
    Setting("CHAT_MESSAGES_PER_MINUTE", _LIMIT, 240),
    Setting("PERSON_ANSWERS_AT_ONCE", _LIMIT, 25),
    Setting("MESSAGE_CHARACTERS", _LIMIT, 20_000),
    Setting("MESSAGE_ATTACHMENTS", _LIMIT, 10),
    Setting("PERSON_TOKENS_PER_DAY", _LIMIT, 500_000),
    Setting("CHAT_TOKENS_PER_DAY", _LIMIT, 2_000_000),
    Setting("TOKENS_PER_DAY", _LIMIT, 5_000_000),
    Setting("PERSON_BUDGET_PER_MONTH", parsing.money),
    Setting("BUDGET_PER_MONTH", parsing.money),
    Setting("SYSTEM_PROMPT", str, _SYSTEM_PROMPT),
    Setting(
        "TEMPERATURE",
        parsing.number(lambda value: 0 <= value < 2, "must be a number from 0 to below 2, such as 0.7."),  # noqa: PLR2004 - the provider's
    ),
    Setting(
        "TOP_P",
        parsing.number(lambda value: 0 < value <= 1, "must be a number above 0 up to 1, such as 0.8."),
    ),
    Setting("MAX_TOKENS", parsing.whole(1, "must be a whole number from 1 on, such as 2000.")),
    Setting(
        "CONTEXT_TOKENS", parsing.whole(1000, "must be a whole number from 1000 on, such as 32000."), 32_000
    ),
    Setting("FIRST_TOKEN_TIMEOUT", _SECONDS, 60.0),
    Setting("IDLE_TIMEOUT", _SECONDS, 30.0),
    Setting("ANSWER_TIMEOUT", _SECONDS, 600.0),
    Setting("ANSWER_WITHIN_HOURS", _HOURS, 24.0),
    Setting("CACHE_TTL", parsing.span),
    Setting("SHOW_THINKING", parsing.choice("off", "live", "folded"), "off"),
    Setting("BUTTONS", parsing.choice("full", "few", "needed"), "full"),
    Setting("SHOW_COST", parsing.choice("off", "on"), "off"),
    Setting("TELEGRAM_STREAMING", parsing.choice("edit", "draft"), "edit"),
    Setting("TELEGRAM_RICH", parsing.choice("on", "off"), "off"),
    Setting("SLACK_STREAMING", parsing.choice("edit", "native"), "edit"),
    Setting("PACE", parsing.choice("on", "off"), "on"),
    Setting("DATABASE_URL", parsing.database, "sqlite:///data/bot.db"),
    Setting("KEEP_DAYS", parsing.limit("must be a whole number of days, such as 90, or 0 for no end.")),
    Setting("LOG_LEVEL", parsing.choice("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "INFO"),
    Setting("LOG_FORMAT", parsing.choice("text", "json"), "text"),
)
"""All settings, in the order of `.env.example`. Each belongs to `Settings` under its name in small letters,
except those of the platforms."""

_ALIASES = {
    "API_KEY": "OPENAI_API_KEY",
    "DASHSCOPE_API_KEY": "OPENAI_API_KEY",
    "OPENAI_KEY": "OPENAI_API_KEY",
    "QWEN_API_KEY": "OPENAI_API_KEY",
    "OPENAI_BASE": "OPENAI_API_BASE",
    "OPENAI_BASE_URL": "OPENAI_API_BASE",
    "MODEL": "MODEL_NAME",
    "OPENAI_MODEL": "MODEL_NAME",
    "QWEN_MODEL": "MODEL_NAME",
    "BOT_TOKEN": "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_TOKEN": "TELEGRAM_BOT_TOKEN",
    "SLACK_TOKEN": "SLACK_BOT_TOKEN",
    "ALLOWED_USERS": "TELEGRAM_ALLOWED_USERS",
    "DATABASE": "DATABASE_URL",
}
"""What people call the settings elsewhere, where the names alone are not alike enough."""
