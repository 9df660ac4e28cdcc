"""The table of all settings: their names, what may stand behind each, and what holds without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import lineup, parsing, serving
from bot.model import Secret
from bot.sampling import is_temperature, is_top_p

if TYPE_CHECKING:
    from collections.abc import Callable

_SYSTEM_PROMPT = (
    "You are a helpful assistant in a chat. Answer in the language of the question. "
    "Be accurate and to the point, and say so when you do not know. "
    "Use Markdown where it helps (short lists, code blocks, a table for real tables) and plain sentences otherwise."
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One name the operator may set. `parse` raises ValueError with what the value must be."""

    name: str
    parse: Callable[[str], object]
    default: object = None


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
        parsing.number(is_temperature, "must be a number from 0 to below 2, such as 0.7."),
    ),
    Setting(
        "TOP_P",
        parsing.number(is_top_p, "must be a number above 0 up to 1, such as 0.8."),
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
