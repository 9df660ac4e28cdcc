from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot import config
from bot.config.table import SETTINGS
from bot.errors import Misconfigured
from bot.limits import Limits
from bot.model import Secret

ROOT = Path(__file__).parent.parent
KEY = "sk-canary-0123456789"
TOKEN = "123456:TEST"
ENOUGH = {"OPENAI_API_KEY": KEY, "TELEGRAM_BOT_TOKEN": TOKEN}
PRICED = ("b", "c", "d", "e", "qwen3-max", "a")
SLACK = {"OPENAI_API_KEY": KEY, "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


def problems(environ: dict[str, str], folder: Path) -> tuple[str, ...]:
    with pytest.raises(Misconfigured) as caught:
        config.load(environ, folder)
    return caught.value.problems


def problem(environ: dict[str, str], folder: Path) -> str:
    (only,) = problems(environ, folder)
    return only


# ---------------------------------------------------------------- what is enough, and defaults


def test_a_key_and_one_token_are_enough(tmp_path: Path) -> None:
    settings = config.load(ENOUGH, tmp_path)

    assert settings.openai_api_key == KEY
    assert settings.openai_api_base == "https://dashscope.aliyuncs.com/compatible-mode/v1"
    assert (settings.model_name, settings.fallback_model) == ("qwen-plus", "")
    lineup = settings.lineup
    assert (lineup.usual, lineup.fast, lineup.balanced, lineup.strong) == (
        *("qwen-plus", "qwen3.8-flash"),
        *("qwen3.7-plus", "qwen3.8-max"),
    )
    assert (lineup.allowed, lineup.catalog.currency) == ((), "CNY")
    assert "Markdown" in settings.system_prompt
    assert (settings.temperature, settings.top_p, settings.max_tokens) == (None, None, None)
    assert settings.context_tokens == 32_000
    assert (settings.first_token_timeout, settings.idle_timeout, settings.answer_timeout) == (60, 30, 600)
    assert settings.answer_within_hours == 24
    assert settings.database_url == "sqlite:///data/bot.db"
    assert (settings.log_level, settings.log_format) == ("INFO", "text")
    assert settings.platforms == {
        "telegram": {
            "token": TOKEN,
            "api_base": "https://api.telegram.org",
            "streaming": "edit",
            "rich": "off",
            "admins": "",
        }
    }
    assert settings.show_thinking == "off"
    assert settings.buttons == "full"
    assert settings.allowed == {"telegram": None, "slack": None}
    assert settings.admins == frozenset()
    budgets = {"person_budget_per_month": None, "budget_per_month": None}
    assert [name for name, most in dataclasses.asdict(settings.limits).items() if most is None] == [*budgets]
    assert settings.limits.currency == "CNY"
    assert (settings.requests_per_minute, settings.model_tokens_per_minute) == (None, None)
    assert (settings.cache_ttl, settings.show_cost) == (None, "off")
    assert settings.keep_days is None


def test_slack_needs_both_of_its_tokens_and_no_telegram(tmp_path: Path) -> None:
    settings = config.load(SLACK, tmp_path)

    assert settings.platforms == {
        "slack": {
            "bot_token": "xoxb-1",
            "app_token": "xapp-1",
            "api_base": "https://slack.com/api/",
            "streaming": "edit",
        }
    }


def test_every_setting_is_read(tmp_path: Path) -> None:
    given = SLACK | ENOUGH | {
        "OPENAI_API_BASE": "http://127.0.0.1:8000/v1/",
        "MODEL_NAME": "qwen3-max",
        "FALLBACK_MODEL": "qwen-flash",
        "MODEL_FAST": "a",
        "MODEL_BALANCED": "b",
        "MODEL_STRONG": "c",
        "MODELS_ALLOWED": " d,e , d,",
        "MODELS_FILE": "models.toml",
        "TELEGRAM_API_BASE": "http://localhost:8081/",
        "SLACK_API_BASE": "http://[::1]:9000/api",
        "SLACK_SIGNING_SECRET": "f00",
        "WEB": "On",
        "WEB_HOST": "0.0.0.0",
        "WEB_PORT": "08081",
        "WEB_TOKEN": "0123456789abcdef",
        "TELEGRAM_ALLOWED_USERS": " 42, 7 ,42,",
        "SLACK_ALLOWED_USERS": "U012AB3CD,W99",
        "ADMIN_USERS": "42,U012AB3CD,telegram:7,slack:W99",
        "PERSON_MESSAGES_PER_MINUTE": "1",
        "CHAT_MESSAGES_PER_MINUTE": "2",
        "PERSON_ANSWERS_AT_ONCE": "3",
        "MESSAGE_CHARACTERS": "4",
        "MESSAGE_ATTACHMENTS": "5",
        "PERSON_TOKENS_PER_DAY": "6",
        "CHAT_TOKENS_PER_DAY": "7",
        "TOKENS_PER_DAY": "0",
        "PERSON_BUDGET_PER_MONTH": "7.5",
        "BUDGET_PER_MONTH": "0",
        "REQUESTS_PER_MINUTE": "600",
        "MODEL_TOKENS_PER_MINUTE": "1000000",
        "CACHE_TTL": "12H",
        "SHOW_COST": "On",
        "KEEP_DAYS": "90",
        "SYSTEM_PROMPT": "Be brief.",
        "TEMPERATURE": "0",
        "TOP_P": "1",
        "MAX_TOKENS": "1",
        "CONTEXT_TOKENS": "1000",
        "FIRST_TOKEN_TIMEOUT": "1.5",
        "IDLE_TIMEOUT": ".5",
        "ANSWER_TIMEOUT": "20",
        "ANSWER_WITHIN_HOURS": "0.5",
        "SHOW_THINKING": "folded",
        "BUTTONS": "few",
        "TELEGRAM_STREAMING": "draft",
        "TELEGRAM_RICH": "ON",
        "SLACK_STREAMING": "native",
        "PACE": "off",
        "DATABASE_URL": "sqlite:////var/lib/bot/bot.db",
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "JSON",
    }  # fmt: skip
    priced = "".join(f'[model."{name}"]\nprices.USD = [{{ input = 1, output = 2 }}]\n' for name in PRICED)
    (tmp_path / "models.toml").write_text(f"{priced}context = 1000\n")

    settings = config.load(given, tmp_path)

    assert given.keys() == {setting.name for setting in SETTINGS}
    assert settings.openai_api_base == "http://127.0.0.1:8000/v1"
    assert (settings.model_name, settings.fallback_model) == ("qwen3-max", "qwen-flash")
    lineup = settings.lineup
    assert (lineup.usual, lineup.fast, lineup.balanced, lineup.strong) == ("qwen3-max", "a", "b", "c")
    assert (lineup.allowed, lineup.catalog.currency) == (("d", "e"), "USD")
    assert "a" in lineup.catalog.names
    assert settings.platforms["telegram"]["api_base"] == "http://localhost:8081"
    assert settings.platforms["slack"]["api_base"] == "http://[::1]:9000/api/"
    assert settings.platforms["telegram"]["streaming"] == "draft"
    assert settings.platforms["telegram"]["rich"] == "on"
    assert settings.platforms["telegram"]["admins"] == "42,7,U012AB3CD"
    assert settings.platforms["slack"]["streaming"] == "native"
    assert settings.show_thinking == "folded"
    assert settings.buttons == "few"
    assert settings.allowed == {"telegram": frozenset({"42", "7"}), "slack": frozenset({"U012AB3CD", "W99"})}
    assert settings.admins == {"42", "U012AB3CD", "telegram:7", "slack:W99", "web:operator"}
    assert settings.platforms["web"] == {"host": "0.0.0.0", "port": "8081", "token": "0123456789abcdef"}
    assert settings.limits == Limits(
        person_messages_per_minute=1,
        chat_messages_per_minute=2,
        person_answers_at_once=3,
        message_characters=4,
        message_attachments=5,
        person_tokens_per_day=6,
        chat_tokens_per_day=7,
        tokens_per_day=None,
        person_budget_per_month=7_500_000,
        budget_per_month=None,
        currency="USD",
    )
    assert (settings.requests_per_minute, settings.model_tokens_per_minute) == (600, 1_000_000)
    assert (settings.cache_ttl, settings.show_cost) == (43_200, "on")
    assert settings.keep_days == 90
    assert settings.system_prompt == "Be brief."
    assert (settings.temperature, settings.top_p, settings.max_tokens) == (0, 1, 1)
    assert settings.context_tokens == 1000
    assert (settings.first_token_timeout, settings.idle_timeout, settings.answer_timeout) == (1.5, 0.5, 20)
    assert settings.answer_within_hours == 0.5
    assert settings.database_url == "sqlite:////var/lib/bot/bot.db"
    assert (settings.log_level, settings.log_format) == ("DEBUG", "json")


@pytest.mark.parametrize("usual", ["fast", "BALANCED", "strong", "Auto"])
def test_the_usual_model_can_be_a_grade(tmp_path: Path, usual: str) -> None:
    assert config.load(ENOUGH | {"MODEL_NAME": usual}, tmp_path).lineup.usual == usual.lower()


def test_a_list_of_models_is_told_everything_that_is_wrong_with_it_beside_all_else(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[model."a"]\ncontext = -1\noutput = "x"\n')

    told = problems(ENOUGH | {"MODELS_FILE": "own.toml", "TOP_P": "7"}, tmp_path)

    assert [one.split(":")[0] for one in told] == [
        "TOP_P must be a number above 0 up to 1, such as 0.8.",
        *("MODELS_FILE", "MODELS_FILE"),
    ]


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = config.load(ENOUGH, tmp_path)

    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.model_name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.platforms["slack"] = {}  # type: ignore[index]


# ---------------------------------------------------------------- where values come from


def test_the_environment_comes_before_the_local_file_and_that_before_the_shared_one(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\nMODEL_NAME=a\nLOG_LEVEL=ERROR\nTOP_P=0.1\n")
    (tmp_path / ".env.local").write_text("MODEL_NAME=b\nLOG_LEVEL=WARNING\n")

    settings = config.load({"TELEGRAM_BOT_TOKEN": TOKEN, "MODEL_NAME": "c"}, tmp_path)

    assert (settings.model_name, settings.log_level, settings.top_p) == ("c", "WARNING", 0.1)
    assert settings.openai_api_key == KEY


@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_an_empty_value_counts_as_not_set(tmp_path: Path, empty: str) -> None:
    (tmp_path / ".env").write_text("MODEL_NAME=from-file\n")

    assert config.load(ENOUGH | {"MODEL_NAME": empty}, tmp_path).model_name == "from-file"


def test_a_file_may_have_a_mark_comments_quotes_dollars_and_names_without_value(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(
        b"\xef\xbb\xbfOPENAI_API_KEY=sk-a$HOME${PATH}b  # mine\nexport SYSTEM_PROMPT='two words'\nTOP_P\nCOMPOSE_PROJECT=x\n"
    )

    settings = config.load({"TELEGRAM_BOT_TOKEN": TOKEN}, tmp_path)

    assert settings.openai_api_key == "sk-a$HOME${PATH}b"
    assert settings.system_prompt == "two words"


def test_reading_changes_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\n")

    config.load({"TELEGRAM_BOT_TOKEN": TOKEN}, tmp_path)

    assert "OPENAI_API_KEY" not in os.environ


def test_a_folder_in_place_of_a_file_is_one_more_problem(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    assert problem(ENOUGH, tmp_path).startswith(".env cannot be read: ")


def test_a_file_in_another_encoding_is_one_more_problem(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_bytes("MODEL_NAME=qwen".encode("utf-16"))

    assert problem(ENOUGH, tmp_path).startswith(".env.local cannot be read: ")


# ---------------------------------------------------------------- mistakes


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = problems({"TEMPERATURE": "hot", "LOG_LEVEL": "loud", "ADMIN_USERS": "@me", "WEB": "off"}, tmp_path)

    begins = [sentence.split()[0] for sentence in told]
    assert sorted(begins) == ["ADMIN_USERS", "LOG_LEVEL", "No", "OPENAI_API_KEY", "TEMPERATURE"]


@pytest.mark.parametrize(
    "key",
    ["sk-...", "sk-xxxxxxxx", "sk-…", "<your key>", "your-key-here", "changeme", "sk-your-key", "sk-", "..."],
)
def test_a_placeholder_counts_as_missing(tmp_path: Path, key: str) -> None:
    assert problem(ENOUGH | {"OPENAI_API_KEY": key}, tmp_path).startswith("OPENAI_API_KEY is missing: ")


@pytest.mark.parametrize("key", ["sk-real 1234", "sk-real\n1234", "sk-real\x00", "sk-réal", "Bearer sk-real"])
def test_a_key_that_cannot_stand_in_a_header_is_refused_without_showing_it(tmp_path: Path, key: str) -> None:
    told = problem(ENOUGH | {"OPENAI_API_KEY": key}, tmp_path)

    assert told.startswith("OPENAI_API_KEY has spaces")
    assert "real" not in told


BAD = [
    ("TELEGRAM_BOT_TOKEN", "TEST", "does not look like a token"),
    ("TELEGRAM_BOT_TOKEN", "123456:TE ST", "does not look like a token"),
    ("TELEGRAM_BOT_TOKEN", "bot123456:TEST", "does not look like a token"),
    ("SLACK_BOT_TOKEN", "xoxp-1", "must start with xoxb-"),
    ("SLACK_BOT_TOKEN", "xapp-1", "must start with xoxb-"),
    ("SLACK_APP_TOKEN", "xoxb-1", "must start with xapp-"),
    ("OPENAI_API_BASE", "dashscope.aliyuncs.com", "is not an address"),
    ("OPENAI_API_BASE", "ftp://host", "is not an address"),
    ("OPENAI_API_BASE", "https://", "is not an address"),
    ("OPENAI_API_BASE", "https://[::1", "is not an address"),
    ("OPENAI_API_BASE", "https://host:port/v1", "is not an address"),
    ("OPENAI_API_BASE", "https://ho st/v1", "is not an address"),
    ("OPENAI_API_BASE", "https://host/v1?key=hidden", "must be a bare address"),
    ("OPENAI_API_BASE", "https://me:hidden@host/v1", "must be a bare address"),
    ("OPENAI_API_BASE", "https://host/v1/chat/completions/", "must end before"),
    ("OPENAI_API_BASE", "http://example.com/v1", "in clear"),
    ("OPENAI_API_BASE", "http://127.0.0.1.example.com/v1", "in clear"),
    ("TELEGRAM_API_BASE", "http://8.8.8.8", "in clear"),
    ("TELEGRAM_API_BASE", "https://api.telegram.org/bot", "must end before"),
    ("SLACK_API_BASE", "http://example.com/api/", "in clear"),
    ("TEMPERATURE", "2", "must be a number"),
    ("TEMPERATURE", "-0.1", "must be a number"),
    ("TEMPERATURE", "nan", "must be a number"),
    ("TEMPERATURE", "0,7", "must be a number"),
    ("TOP_P", "0", "must be a number"),
    ("TOP_P", "1.1", "must be a number"),
    ("MAX_TOKENS", "0", "must be a whole number"),
    ("TOKENS_PER_DAY", "-1", "0 for no limit"),
    ("KEEP_DAYS", "a week", "0 for no end"),
    ("BUDGET_PER_MONTH", "$20", "such as 20 or 7.50"),
    ("BUDGET_PER_MONTH", "-1", "such as 20 or 7.50"),
    ("PERSON_BUDGET_PER_MONTH", "1.0000001", "such as 20 or 7.50"),
    ("CACHE_TTL", "12", "such as 30m, 12h or 7d"),
    ("CACHE_TTL", "0h", "such as 30m, 12h or 7d"),
    ("SHOW_COST", "yes", "off, on"),
    ("REQUESTS_PER_MINUTE", "fast", "0 for no limit"),
    ("MAX_TOKENS", "1.5", "must be a whole number"),
    ("MAX_TOKENS", "１２", "must be a whole number"),
    ("MODEL_NAME", "qwen plus", "or one of fast, balanced, strong, auto"),
    ("MODEL_FAST", "auto", "must be the name of one model"),
    ("MODEL_BALANCED", "a,b", "must be the name of one model"),
    ("MODEL_STRONG", "*", "must be the name of one model"),
    ("MODELS_ALLOWED", "a, *", "or * alone"),
    ("MODELS_ALLOWED", "a, fast", "names of models with commas between them"),
    ("CONTEXT_TOKENS", "999", "must be a whole number"),
    ("FIRST_TOKEN_TIMEOUT", "0", "must be a number of seconds"),
    ("IDLE_TIMEOUT", "-1", "must be a number of seconds"),
    ("ANSWER_TIMEOUT", "inf", "must be a number of seconds"),
    ("SHOW_THINKING", "yes", "off, live, folded"),
    ("BUTTONS", "none", "full, few, needed"),
    ("TELEGRAM_STREAMING", "native", "edit, draft"),
    ("TELEGRAM_RICH", "yes", "on, off"),
    ("SLACK_STREAMING", "draft", "edit, native"),
    ("PACE", "slow", "on, off"),
    ("WEB", "yes", "on, off"),
    ("WEB_HOST", "example.com", "127.0.0.1"),
    ("WEB_HOST", "127.1", "127.0.0.1"),
    ("WEB_PORT", "65536", "from 1 to 65535"),
    ("WEB_PORT", "http", "from 1 to 65535"),
    ("WEB_TOKEN", "hidden-and-short"[:15], "16 characters"),
    ("WEB_TOKEN", "hidden words, long enough", "no spaces"),
    ("DATABASE_URL", "postgres://u:hidden@host/db", "only SQLite"),
    ("DATABASE_URL", "sqlite://data/bot.db", "only SQLite"),
    ("DATABASE_URL", "sqlite:///", "only SQLite"),
    ("DATABASE_URL", "sqlite:///:memory:", "only SQLite"),
    ("DATABASE_URL", "data/bot.db", "only SQLite"),
    ("LOG_LEVEL", "VERBOSE", "DEBUG, INFO"),
    ("LOG_FORMAT", "xml", "text, json"),
    ("SYSTEM_PROMPT", "\ud800", "broken characters"),
    ("TELEGRAM_ALLOWED_USERS", "*,42", "* alone"),
    ("SLACK_ALLOWED_USERS", "alice", "not a member id"),
    ("SLACK_ALLOWED_USERS", "u012ab3cd", "not a member id"),
    ("SLACK_ALLOWED_USERS", "42", "not a member id"),
    ("ADMIN_USERS", "*", "everyone an administrator"),
    ("ADMIN_USERS", "irc:42", "platform:id"),
    ("ADMIN_USERS", "slack:42", "not a member id"),
    ("ADMIN_USERS", "777000", "no person"),
]


@pytest.mark.parametrize(("name", "value", "part"), BAD)
def test_a_bad_value_is_refused_with_its_remedy(tmp_path: Path, name: str, value: str, part: str) -> None:
    told = problem(ENOUGH | SLACK | {name: value}, tmp_path)

    assert told.startswith(f"{name} ")
    assert part in told
    assert re.search(r"\.$|\.\)$", told)
    assert "hidden" not in told


@pytest.mark.parametrize(
    "entry",
    [
        "@alice",
        "alice",
        "Alice\u200b",
        "Аlice",
        "0123",
        "12 3",
        "123.0",
        "-100123",
        "+42",
        "１２３",
        "42:" + "A" * 35,
    ],
)
def test_only_plain_ids_name_a_person_on_telegram(tmp_path: Path, entry: str) -> None:
    told = problem(ENOUGH | {"TELEGRAM_ALLOWED_USERS": f"7,{entry}"}, tmp_path)

    assert "Send /start to the bot to learn your id." in told
    assert "A" * 35 not in told


@pytest.mark.parametrize("entry", ["777000", "1087968824", "136817688"])
def test_ids_that_many_people_share_are_refused(tmp_path: Path, entry: str) -> None:
    assert f"{entry}, which is no person" in problem(ENOUGH | {"TELEGRAM_ALLOWED_USERS": entry}, tmp_path)


@pytest.mark.parametrize("nobody", ["", " ", ",", " , ,"])
def test_a_list_without_ids_counts_as_not_set(tmp_path: Path, nobody: str) -> None:
    settings = config.load(ENOUGH | {"TELEGRAM_ALLOWED_USERS": nobody, "ADMIN_USERS": nobody}, tmp_path)

    assert settings.allowed["telegram"] is None
    assert settings.admins == frozenset()


def test_a_star_alone_means_everyone(tmp_path: Path) -> None:
    settings = config.load(ENOUGH | {"TELEGRAM_ALLOWED_USERS": " * "}, tmp_path)

    assert settings.allowed["telegram"] == frozenset({"*"})


@pytest.mark.parametrize("lacking", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_one_slack_token_without_the_other_is_a_mistake(tmp_path: Path, lacking: str) -> None:
    given = {name: value for name, value in (SLACK | ENOUGH).items() if name != lacking}

    assert problem(given, tmp_path).startswith(f"{lacking} is missing: ")


def test_a_bad_token_is_not_reported_as_a_missing_platform_too(tmp_path: Path) -> None:
    told = problem({"OPENAI_API_KEY": KEY, "TELEGRAM_BOT_TOKEN": "nonsense"}, tmp_path)

    assert told.startswith("TELEGRAM_BOT_TOKEN does not look like")


# ---------------------------------------------------------------- the page in the browser


def test_without_any_setting_there_is_a_page_with_a_demo(tmp_path: Path) -> None:
    settings = config.load({}, tmp_path)

    assert settings.platforms == {"web": {"host": "127.0.0.1", "port": "8080", "token": ""}}
    assert settings.openai_api_key == ""
    assert settings.admins == {"web:operator"}


def test_a_key_alone_is_enough_for_the_page(tmp_path: Path) -> None:
    settings = config.load({"OPENAI_API_KEY": KEY}, tmp_path)

    assert (list(settings.platforms), settings.openai_api_key) == (["web"], KEY)


def test_beside_a_platform_the_page_is_served_only_if_asked_for(tmp_path: Path) -> None:
    assert list(config.load(ENOUGH, tmp_path).platforms) == ["telegram"]
    assert list(config.load(ENOUGH | {"WEB": "off"}, tmp_path).platforms) == ["telegram"]
    assert list(config.load(ENOUGH | {"WEB": "on"}, tmp_path).platforms) == ["telegram", "web"]


def test_nothing_to_do_is_a_mistake(tmp_path: Path) -> None:
    key, platform = problems({"WEB": "off"}, tmp_path)

    assert key.startswith("OPENAI_API_KEY is missing: ")
    assert platform.startswith("No platform is set up: ")


@pytest.mark.parametrize("web", [{}, {"WEB": "on"}])
@pytest.mark.parametrize(
    "tokens", [{"TELEGRAM_BOT_TOKEN": TOKEN}, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}]
)
def test_people_on_a_platform_never_meet_the_demo(
    tmp_path: Path, web: dict[str, str], tokens: dict[str, str]
) -> None:
    assert problem(tokens | web, tmp_path).startswith("OPENAI_API_KEY is missing: ")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "8.8.8.8", "fe80::1"])
def test_a_page_that_others_can_reach_needs_a_token(tmp_path: Path, host: str) -> None:
    assert problem({"WEB_HOST": host}, tmp_path).startswith("WEB_TOKEN is missing: ")
    assert config.load({"WEB_HOST": host, "WEB_TOKEN": "a" * 16}, tmp_path).platforms["web"]["host"] == host
    assert config.load(ENOUGH | {"WEB_HOST": host}, tmp_path).platforms


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_a_page_for_this_machine_alone_needs_no_token(tmp_path: Path, host: str) -> None:
    assert config.load({"WEB_HOST": host}, tmp_path).platforms["web"]["token"] == ""


# ---------------------------------------------------------------- misspelled names


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TELEGRAM_TOKEN", "TELEGRAM_BOT_TOKEN"),
        ("TELEGRAM_ALLOWED_USER", "TELEGRAM_ALLOWED_USERS"),
        ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        ("MAX_TOKEN", "MAX_TOKENS"),
        ("log_level", "LOG_LEVEL"),
    ],
)
def test_a_misspelled_name_in_a_file_is_a_mistake(tmp_path: Path, name: str, meant: str) -> None:
    (tmp_path / ".env.local").write_text(f"{name}=hidden\n")
    given = {key: value for key, value in (SLACK | ENOUGH).items() if key != meant}

    told = problem(given, tmp_path)

    assert told == f".env.local sets “{name}”, which the bot does not know: write {meant} instead."


def test_names_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TZ=UTC\nCOMPOSE_FILE=x\nPORT=80\nDEBUG=1\n")

    assert config.load(
        ENOUGH | {"OPENAI_BASE_URL": "x", "SLACK_TOKEN": "y", "MODEL": "z"}, tmp_path
    ).platforms


def test_a_name_like_ours_in_the_environment_is_a_hint_where_ours_is_missing(tmp_path: Path) -> None:
    key, platform = problems({"OPENAI_KEY": KEY, "TELEGRAM_TOKEN": TOKEN, "WEB": "off"}, tmp_path)

    assert key.endswith("(OPENAI_KEY is set, but the bot reads OPENAI_API_KEY.)")
    assert platform.endswith("(TELEGRAM_TOKEN is set, but the bot reads TELEGRAM_BOT_TOKEN.)")


# ---------------------------------------------------------------- secrets, and the example


def test_no_secret_is_in_the_repr_and_all_are_named_for_redaction(tmp_path: Path) -> None:
    settings = config.load(SLACK | ENOUGH | {"SLACK_BOT_TOKEN": "xoxb-canary"}, tmp_path)

    assert set(settings.secrets) == {KEY, TOKEN, "xoxb-canary", "xapp-1"}
    assert not [secret for secret in settings.secrets if secret in repr(settings)]
    assert isinstance(settings.openai_api_key, Secret)
    assert isinstance(settings.platforms["telegram"]["token"], Secret)


def test_the_example_names_every_setting_in_order() -> None:
    assert list(dotenv_values(ROOT / ".env.example")) == [setting.name for setting in SETTINGS]


def test_every_value_has_a_field() -> None:
    fields = {field.name for field in dataclasses.fields(config.Settings)}
    of_platforms = {"TELEGRAM", "SLACK", "WEB", "ADMIN"}
    plain = {setting.name.lower() for setting in SETTINGS if setting.name.split("_")[0] not in of_platforms}

    limits = {field.name for field in dataclasses.fields(Limits)} - {"currency"}
    lineup = {"model_fast", "model_balanced", "model_strong", "models_allowed", "models_file"}

    assert limits | lineup <= plain
    assert fields == plain - limits - lineup | {"platforms", "allowed", "admins", "limits", "lineup"}


def test_the_example_copied_as_it_is_misses_exactly_what_must_be_filled_in(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes((ROOT / ".env.example").read_bytes())

    key, platform = problems({"WEB": "off"}, tmp_path)
    settings = config.load(ENOUGH, tmp_path)

    assert key.startswith("OPENAI_API_KEY is missing: ")
    assert platform.startswith("No platform is set up: ")
    assert settings == config.load(ENOUGH, tmp_path / "elsewhere")


@pytest.mark.parametrize(
    "near", ["127.0.0.1:8081", "[::1]", "10.0.0.7", "192.168.1.5:8000", "telegram-bot-api:8081", "box.local"]
)
def test_a_neighbour_may_be_asked_without_tls(near: str, tmp_path: Path) -> None:
    settings = config.load(ENOUGH | {"TELEGRAM_API_BASE": f"http://{near}"}, tmp_path)

    assert settings.platforms["telegram"]["api_base"] == f"http://{near}"


# ---------------------------------------------------------------- money


def test_a_budget_that_cannot_be_kept_is_a_mistake_and_names_each_model_without_a_price(
    tmp_path: Path,
) -> None:
    given = ENOUGH | {
        "MODEL_NAME": "mine",
        "FALLBACK_MODEL": "qwen-flash",
        "MODELS_ALLOWED": "qwen-long,qwen-plus",
    }

    assert config.load(given, tmp_path).limits.budget_per_month is None
    found = problems(given | {"BUDGET_PER_MONTH": "20"}, tmp_path)

    assert [one.split(" costs. ")[0] for one in found] == [
        f"BUDGET_PER_MONTH cannot be kept: nobody knows what {name}" for name in ("mine", "qwen-long")
    ]
    assert all("MODELS_FILE" in one for one in found)


def test_a_budget_needs_no_prices_of_models_that_are_merely_open_to_everybody(tmp_path: Path) -> None:
    settings = config.load(ENOUGH | {"BUDGET_PER_MONTH": "0.000001", "MODELS_ALLOWED": "*"}, tmp_path)

    assert settings.limits.budget_per_month == 1


def test_the_bot_starts_with_a_budget_and_nothing_else_set(tmp_path: Path) -> None:
    for base in (
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
        "https://dashscope-intl.aliyuncs.com/v1",
    ):
        settings = config.load(ENOUGH | {"BUDGET_PER_MONTH": "20", "OPENAI_API_BASE": base}, tmp_path)

        assert settings.limits.budget_per_month == 20_000_000
