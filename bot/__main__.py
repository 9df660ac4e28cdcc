"""`python -m bot`: read the settings, build, run until a signal."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from bot import app, cli, config, log
from bot.errors import BotError, DatabaseGone, Misconfigured, StoreUnavailable

CANNOT_START = 2
"""The exit code for settings that must be changed first; supervisors need not try again."""
CANNOT_GO_ON = 1
"""The exit code for what may be over at the next try."""


def main() -> int:
    """Run the bot, or do what a verb asks for; return the exit code."""
    return cli.run(sys.argv[1:]) if len(sys.argv) > 1 else _serve()


def _serve() -> int:
    try:
        settings = config.load(os.environ, Path.cwd())
    except Misconfigured as error:
        return _refuse(error)
    log.configure(settings.log_level, settings.log_format, settings.secrets)
    return _run(settings)


def _run(settings: config.Settings) -> int:
    try:
        asyncio.run(app.run(settings))
    except BotError as error:
        return _refuse(error)
    except BaseExceptionGroup as errors:
        return _explain(errors)
    return 0


def _explain(errors: BaseExceptionGroup[BaseException]) -> int:
    known, unknown = errors.split(BotError)
    if (gone := errors.subgroup(DatabaseGone)) is not None:
        logging.getLogger(__name__).critical(str(app.first_cause(gone)))
        return CANNOT_GO_ON
    if unknown is not None:
        logging.getLogger(__name__).critical("the bot cannot go on", exc_info=unknown)
        return CANNOT_GO_ON
    return _refuse(app.first_cause(known)) if known is not None else CANNOT_GO_ON


def _refuse(error: BotError) -> int:
    """Say what is wrong, each with its remedy, and nothing else: no stack trace, no secret."""
    problems = error.problems if isinstance(error, Misconfigured) else (str(error),)
    sys.stderr.write("The bot cannot start:\n" + "".join(f"- {problem}\n" for problem in problems))
    return CANNOT_GO_ON if isinstance(error, StoreUnavailable) else CANNOT_START


if __name__ == "__main__":
    sys.exit(main())
