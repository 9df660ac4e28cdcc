"""`python -m bot doctor`: everything that can be checked without writing to anybody and without paying."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import app, config, log
from bot.cli import housing, money
from bot.errors import Misconfigured, PlatformError
from bot.findings import Finding, Severity
from bot.intake.access import EVERYONE
from bot.ports import Examines, Opens
from bot.store import path_of
from bot.turns.qwen.probe import probe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from bot.config import Settings
    from bot.ports import Adapter

FINE, NOTE, RISK, CRITICAL = Severity.FINE, Severity.NOTE, Severity.RISK, Severity.CRITICAL
UNAUTHORIZED = frozenset({401, 403})
OK, NOT_FOUND = 200, 404


async def examine(environ: Mapping[str, str], folder: Path) -> list[Finding]:
    """Return all findings. Raises nothing that a wrong setting or an unreachable server could cause."""
    found = list(housing.files(folder))
    try:
        settings = config.load(environ, folder)
    except Misconfigured as error:
        return [*found, *(Finding(CRITICAL, "settings", problem) for problem in error.problems)]
    log.configure(
        "CRITICAL", "text", settings.secrets
    )  # libraries speak of what they send; the report says it
    found += [Finding(FINE, "settings", "complete"), *choices(settings), *money.findings(settings)]
    found += housing.database(path_of(settings.database_url))
    found += await _model(settings)
    for name, adapter in app.load(settings).items():
        found += await _platform(name, adapter)
    return found


def choices(settings: Settings) -> Iterator[Finding]:
    """Yield what the operator chose and may regret."""
    limits = settings.limits
    capped = limits.tokens_per_day is not None or limits.budget_per_month is not None
    if not capped:
        remedy = "Set TOKENS_PER_DAY or BUDGET_PER_MONTH, and a limit at the provider."
        yield Finding(RISK, "limits", "nothing limits what a day may cost", remedy)
    for name in settings.platforms.keys() & settings.allowed.keys():
        allowed = settings.allowed[name]
        setting = f"{name.upper()}_ALLOWED_USERS"
        if allowed is not None and EVERYONE in allowed:
            personal = limits.person_tokens_per_day is not None and capped
            text = "everyone may speak" + (
                "; the limits hold" if personal else ", without limits for each person"
            )
            remedy = (
                "" if personal else f"List ids in {setting}, or set PERSON_TOKENS_PER_DAY and TOKENS_PER_DAY."
            )
            yield Finding(NOTE if personal else RISK, setting, text, remedy)
        elif not allowed and name == "telegram" and not settings.admins:
            yield Finding(
                NOTE, setting, "nobody may speak yet", "Write /start to the bot and set the id it names."
            )
    if settings.pace == "off":
        yield Finding(
            RISK, "PACE", "is off", "Only a server without limits may have it off: remove the setting."
        )
    if settings.keep_days is None:
        yield Finding(NOTE, "KEEP_DAYS", "is not set: conversations are kept for ever")


async def _model(settings: Settings) -> list[Finding]:
    if not settings.openai_api_key:
        remedy = "Set OPENAI_API_KEY to talk to Qwen."
        return [Finding(NOTE, "model", "no key is set, so a built-in demo answers on the page", remedy)]
    base = settings.openai_api_base
    answer = await probe(settings.openai_api_key, base)
    if answer.status in UNAUTHORIZED:
        remedy = "Check OPENAI_API_KEY, and that OPENAI_API_BASE is of the same region."
        return [Finding(CRITICAL, "model", "the provider refuses the key", remedy)]
    if answer.status == OK:
        return [Finding(FINE, "model", "the provider accepts the key"), *models(settings, answer.names)]
    if answer.status == NOT_FOUND:
        return [Finding(NOTE, "model", "the provider has no list of models, so the key could not be tried")]
    text = f"the provider answers with {answer.status}" if answer.status else "the provider cannot be reached"
    return [Finding(RISK, "model", text, f"Try again; check OPENAI_API_BASE ({base}).")]


def models(settings: Settings, listed: Collection[str] = ()) -> Iterator[Finding]:
    """Yield which models that people may be answered by are retired, or are not in the provider's list."""
    lineup = settings.lineup
    for name in dict.fromkeys((*lineup.names, *filter(None, [settings.fallback_model]))):
        card = lineup.card(name)
        if card is not None and card.retired:
            yield Finding(
                RISK, "model", f"{name} is retired", f"Name another one, such as {card.replacement}."
            )
        elif listed and name not in listed:
            yield Finding(NOTE, "model", f"{name} is not in the provider's list; it may work all the same")


async def _platform(name: str, adapter: Adapter) -> list[Finding]:
    try:
        async with asyncio.timeout(app.CHECK_SECONDS):
            await adapter.check()
            # Only a platform has a token of its own to be refused.
            found = [] if isinstance(adapter, Opens) else [Finding(FINE, name, "accepts the token")]
            return [*found, *await adapter.examine()] if isinstance(adapter, Examines) else found
    except Misconfigured as error:
        return [Finding(CRITICAL, name, problem) for problem in error.problems]
    except (PlatformError, TimeoutError):
        return [Finding(RISK, name, "cannot be reached now", "Check the network, then try again.")]
    finally:
        await adapter.close()
