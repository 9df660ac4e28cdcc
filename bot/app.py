"""Composition: opens the store, loads the adapters by name, and keeps everything in one task group."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING

from bot import prices
from bot.desk import Desk
from bot.desk.watched import Watched
from bot.errors import BotError, Misconfigured, PlatformError
from bot.intake.access import Access
from bot.intake.inbox import Inbox, allowance
from bot.janitor import Janitor
from bot.model import Person, Standing
from bot.ports import Meets, Opens
from bot.reply.pacer import Pacers
from bot.store import open_store
from bot.troubles import Troubles
from bot.turns import demo
from bot.turns.apologies import Apologies
from bot.turns.asking import Asking
from bot.turns.cache import Cache
from bot.turns.deeds.composed import composed
from bot.turns.demo import Demo
from bot.turns.excuses import Excuses
from bot.turns.manner import Manners
from bot.turns.memory.folder import Folder
from bot.turns.memory.recall import Memory
from bot.turns.memory.scribe import Scribe
from bot.turns.offers import Buttons
from bot.turns.qwen import Gate, Qwen, Timeouts
from bot.turns.surroundings import Surroundings
from bot.turns.thinking import ShowThinking
from bot.turns.till import Till, size
from bot.turns.tools import Tools
from bot.turns.worker import Worker
from bot.watch import watch_database, watch_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.config import Settings
    from bot.limits import Limits
    from bot.model import Ask
    from bot.ports import Adapter, Model
    from bot.store import Store, StoredTurn
    from bot.turns.deeds import Deeds

log = logging.getLogger(__name__)

REST_SECONDS = 5.0
"""How long running answers may take to come to rest after a signal to stop."""
EXIT_SECONDS = 7.0
"""After this the process leaves whatever hangs; what is stored is safe, the next start goes on from it. Supervisors
give ten seconds, and a busy machine takes some of them."""
CHECK_SECONDS = 15.0


async def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises BotError if the bot cannot start or cannot go on."""
    stopping = _stop_on_signals()
    adapters = load(settings)
    store = await open_store(settings.database_url)
    model = _model(settings)
    try:
        await _check(adapters, stopping)
        if not stopping.is_set():
            await _serve(settings, adapters, store, model, stopping)
    finally:
        with _in_time():
            for adapter in adapters.values():
                await adapter.close()
            await model.close()
            await store.close()


async def _serve(
    settings: Settings,
    adapters: Mapping[str, Adapter],
    store: Store,
    asked: Qwen | Demo,
    stopping: asyncio.Event,
) -> None:
    model = Watched(_in_line(settings, asked))
    async with asyncio.TaskGroup() as tasks:
        access = Access(settings.allowed, settings.admins, store.admissions)
        pacers = Pacers(tasks, enforced=settings.pace == "on", memory=store.silences)
        await pacers.recall()
        asking = _asking(settings)

        def limits(turn: StoredTurn) -> Limits:
            return allowance(access, settings.limits, turn.person, turn.chat)

        till = _till(settings, store, limits)
        folder = _folder(store, model, till, asking, limits)
        tools = Tools(
            turns=store.turns,
            model=model,
            adapters=adapters,
            pacers=pacers,
            asking=asking,
            manners=Manners(asking, store.preferences, store.roles),
            surroundings=Surroundings(store.chatter),
            memory=Memory(store.memories, folder),
            deeds=_deeds(asking, adapters, access, store, limits),
            excuses=Excuses(store.spending, limits, lambda turn: access.welcomes(_people(turn), turn.chat)),
            till=till,
            cache=Cache(store.cached, settings.cache_ttl, settings.limits.currency),
            show_thinking=ShowThinking(settings.show_thinking),
            buttons=Buttons(settings.buttons),
        )
        worker = Worker(tools)
        apologies = Apologies(tasks, adapters, pacers)
        inbox = Inbox(
            access=access,
            arrivals=store.arrivals,
            hands=worker,
            limits=settings.limits,
            apologies=apologies,
            languages=store.preferences,
        )
        _introduce(settings, store, model, asking, adapters)
        tasks.create_task(worker.run(), name="worker")
        listening = [
            tasks.create_task(one.run(inbox), name=f"listen {name}") for name, one in adapters.items()
        ]
        listening.append(tasks.create_task(Janitor(store.privacy, settings.keep_days).run(), name="janitor"))
        listening.append(tasks.create_task(folder.run(), name="summaries"))
        listening.append(tasks.create_task(watch_database(store), name="watch database"))
        listening.append(tasks.create_task(watch_loop(), name="watch loop"))
        _warn_of_retired(settings)
        _warn_of_unpriced(settings)
        log.info("ready", extra={"platforms": ",".join(adapters), "model": asking.model})
        await stopping.wait()
        log.info("stopping")
        for listener in listening:
            listener.cancel()
        apologies.close()
        await worker.shut_down(REST_SECONDS)
        pacers.close()
    log.info("stopped")


def load(settings: Settings) -> dict[str, Adapter]:
    """Return the adapter of every configured platform. No I/O."""
    return {
        name: import_module(f"adapters.{name}").build(**options)
        for name, options in settings.platforms.items()
    }


def _introduce(
    settings: Settings, store: Store, model: Watched, asking: Asking, adapters: Mapping[str, Adapter]
) -> None:
    """Give the desk to the adapters that show what the operator sees."""
    desk = Desk(
        store=store,
        model=model,
        asking=asking,
        limits=settings.limits,
        adapters=adapters,
        buttons=Buttons(settings.buttons),
        is_demo=not settings.openai_api_key,
    )
    for adapter in adapters.values():
        if isinstance(adapter, Meets):
            adapter.meet(desk)


def _model(settings: Settings) -> Qwen | Demo:
    if not settings.openai_api_key:
        return Demo()
    timeouts = Timeouts(
        first=settings.first_token_timeout, silence=settings.idle_timeout, total=settings.answer_timeout
    )
    return Qwen(key=settings.openai_api_key, base=settings.openai_api_base, timeouts=timeouts)


def _in_line(settings: Settings, model: Model) -> Model:
    """Return the model behind a line, if its account may only ask so much of it in a minute."""
    requests, tokens = settings.requests_per_minute, settings.model_tokens_per_minute
    if requests is None and tokens is None:
        return model

    def tokens_of(ask: Ask) -> int:
        usage = prices.expected(settings.lineup.card(ask.model), ask, size(ask))
        return (usage.prompt or 0) + (usage.completion or 0)

    return Gate(model, requests_per_minute=requests, tokens_per_minute=tokens, tokens_of=tokens_of)


def _asking(settings: Settings) -> Asking:
    lineup = settings.lineup if settings.openai_api_key else demo.alone(settings.lineup)
    return Asking(
        model=lineup.usual,
        lineup=lineup,
        fallback=settings.fallback_model,
        system=settings.system_prompt,
        context_tokens=settings.context_tokens,
        within=settings.answer_within_hours * 3600,
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
    )


def _warn_of_unpriced(settings: Settings) -> None:
    """Say in the log which models people may choose and that are not asked, because there is a budget."""
    lineup = settings.lineup
    names = [name for name in lineup.names if not prices.is_priced(lineup.card(name))]
    if settings.limits.has_budget and names:
        log.warning("models without a price are not asked while there is a budget", extra={"models": names})


def _warn_of_retired(settings: Settings) -> None:
    """Say in the log which of the models that are set up the provider is known to refuse."""
    lineup = settings.lineup
    for name in dict.fromkeys((*lineup.names, settings.fallback_model)):
        card = lineup.card(name)
        if card is not None and card.retired:
            facts = {"model": name, "instead": card.replacement}
            log.warning("a model that is asked is retired", extra=facts)


def _deeds(
    asking: Asking,
    adapters: Mapping[str, Adapter],
    access: Access,
    store: Store,
    limits: Callable[[StoredTurn], Limits],
) -> Deeds:
    troubles = Troubles()
    logging.getLogger().addHandler(troubles)
    return composed(
        store=store,
        adapters=adapters,
        administers=access.is_admin,
        asking=asking,
        troubles=troubles,
        limits=limits,
    )


def _people(turn: StoredTurn) -> list[Person]:
    """Return for whom a turn is answered, as they were when they asked: all who did, or who pressed a button."""
    if turn.again:
        return [Person(id=turn.person, standing=Standing.MEMBER)]
    return [Person(id=one.person, standing=Standing(one.standing or Standing.MEMBER)) for one in turn.heard]


def _till(settings: Settings, store: Store, limits: Callable[[StoredTurn], Limits]) -> Till:
    shows_cost = settings.show_cost == "on"
    return Till(store.turns, card=settings.lineup.card, limits=limits, shows_cost=shows_cost)


def _folder(
    store: Store, model: Model, till: Till, asking: Asking, limits: Callable[[StoredTurn], Limits]
) -> Folder:
    scribe = Scribe(model=model, till=till, cheap=asking.lineup.fast, card=asking.lineup.card)
    return Folder(memories=store.memories, scribe=scribe, spending=store.spending, limits=limits)


async def _check(adapters: Mapping[str, Adapter], stopping: asyncio.Event) -> None:
    """Try every platform's credentials, so that one that is wrong keeps the others from starting half.

    Returns early when the bot is told to stop: a platform may be slow to answer.
    """
    problems: list[str] = []

    async def check(name: str, adapter: Adapter) -> None:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await adapter.check()
                if isinstance(adapter, Opens):
                    await adapter.open()
        except Misconfigured as error:
            problems.extend(error.problems)
        except (PlatformError, TimeoutError):
            log.warning("a platform cannot be reached yet", extra={"platform": name})

    async with asyncio.TaskGroup() as tasks:
        checks = [
            tasks.create_task(check(name, adapter), name=f"check {name}")
            for name, adapter in adapters.items()
        ]
        leaving = tasks.create_task(stopping.wait(), name="told to stop")
        leaving.add_done_callback(lambda _: [one.cancel() for one in checks])
        await asyncio.wait(checks)
        leaving.cancel()
    if problems:
        raise Misconfigured(problems)


def _stop_on_signals() -> asyncio.Event:
    """Return an event that the first signal sets; the second one leaves at once."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop() -> None:
        if stopping.is_set():
            os._exit(1)
        stopping.set()
        _deadline().start()

    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop)
    return stopping


@contextmanager
def _in_time() -> Iterator[None]:
    """Leave the process to its supervisor if what ends it hangs, as a dead disk lets the database do."""
    deadline = _deadline()
    deadline.start()
    try:
        yield
    finally:
        deadline.cancel()


def _deadline() -> threading.Timer:
    deadline = threading.Timer(EXIT_SECONDS, os._exit, [1])
    deadline.daemon = True
    return deadline


def first_cause(errors: BaseExceptionGroup[BotError]) -> BotError:
    """Return the first error of a group: the one to tell the operator."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, BotError) else BotError(str(error))
