from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.errors import Closed, Gone, RateLimited, Rejected, StaleLease, TooLong, Unavailable, Unreachable
from bot.model import Limit, Pace, WriteKind
from tests.clock import BEGINNING, now, settle, virtual
from tests.fakes import AbleSurface, FakeDialect, FakeSurface, Finding, Guessing, Trouble
from tests.reply.stage import AGAIN, delivering, dies
from tests.store.building import claim

if TYPE_CHECKING:
    from pathlib import Path

    from bot.errors import PlatformError

WORDS = [f"word{n} " for n in range(100)]
SHOWN = "".join(WORDS).strip()


def writes_between(surface: FakeSurface, start: float, end: float) -> int:
    return sum(start < write.at < end for write in surface.writes)


# ---------------------------------------------------------------- the course of an answer


@virtual
async def test_a_short_answer_costs_one_write(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        await stage.types("Hello ", "there, ", "you.", every=0.2)
        stage.answer.finish()

    assert surface.screen == ["Hello there, you."]
    assert surface.buttons == [[]]
    assert [write.kind for write in surface.writes] == [WriteKind.POST]
    assert surface.writes[0].at < BEGINNING + 0.7


@virtual
async def test_a_beginning_is_held_no_longer_than_a_second(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.add("Hello")
        await asyncio.sleep(30)
        stage.answer.finish()

    assert surface.writes[0].at == pytest.approx(BEGINNING + 1.0, abs=0.1)


@virtual
async def test_in_a_crowd_a_beginning_is_not_held_while_moments_to_write_go_by(tmp_path: Path) -> None:
    surface = FakeSurface()
    shared = surface.pace.post

    async with delivering(tmp_path, surface) as stage:
        with stage.pacer.sharing(shared), stage.pacer.sharing(shared):
            began = now()
            await stage.types(*["word "] * 20)
        stage.answer.finish()

    assert surface.messages[0].versions[0].at - began == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("text", ["One line.\nAnother line.  \n\n", "Hello!\n\nHow can I help you?\n"])
@virtual
async def test_blank_lines_make_no_long_beginning(tmp_path: Path, text: str) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*text, every=0.02)
        stage.answer.finish()

    assert surface.screen == [text.strip()]
    assert len(surface.writes) == 1


@virtual
async def test_a_long_beginning_is_shown_at_once(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.add("word " * 60)
        await asyncio.sleep(0.1)
        shown = len(surface.writes)
        stage.answer.finish()

    assert shown == 1


@virtual
async def test_a_growing_answer_is_shown_as_fresh_as_its_pace_allows(tmp_path: Path) -> None:
    surface = FakeSurface()
    said: dict[str, str] = {}

    async with delivering(tmp_path, surface) as stage:
        surface.before_write = lambda text: said.update({text: stage.answer.text.strip()})
        await stage.types(*WORDS)
        stage.answer.finish()

    moments = [write.at for write in surface.writes]
    assert all(after - before >= 1.0 for before, after in pairwise(moments))
    assert all(after - before <= 1.2 for before, after in pairwise(moments))
    assert all(shown == written for shown, written in said.items())
    assert surface.screen == [SHOWN]
    assert len(surface.messages) == 1


@virtual
async def test_text_that_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.add("word " * 60)
        await asyncio.sleep(300)
        stage.answer.add(" ")
        await asyncio.sleep(300)
        quiet = len(surface.writes)
        stage.answer.finish(controls=AGAIN)

    assert quiet == 1
    texts = [(version.text, version.controls) for version in surface.messages[0].versions]
    assert all(before != after for before, after in pairwise(texts))


@virtual
async def test_what_is_about_to_be_shown_is_already_stored(tmp_path: Path) -> None:
    surface, missing = FakeSurface(dialect=FakeDialect(limit=120)), list[str]()

    async with delivering(tmp_path, surface) as stage:

        def look(text: str) -> None:
            stored = " ".join(stage.stored().split())
            missing.extend(word for word in text.split() if word not in stored)

        surface.before_write = look
        await stage.types(*WORDS, every=0.5)
        stage.answer.finish()

    assert missing == []


@virtual
async def test_a_status_is_shown_only_while_there_is_no_text(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.tell("The model is busy.")
        await asyncio.sleep(5)
        stage.answer.tell("The model is still busy.")
        await asyncio.sleep(5)
        waiting = list(surface.screen)
        await stage.types("The ", "answer.", every=3)
        stage.answer.finish()

    assert waiting == ["The model is still busy."]
    assert [version.text for version in surface.messages[0].versions] == [
        "The model is busy.",
        "The model is still busy.",
        "The",
        "The answer.",
        "The answer.",
    ]


@virtual
async def test_an_answer_that_begins_anew_takes_the_place_of_the_old_text(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        await stage.types("An answer ", "to the first question", every=2)
        stage.answer.restart()
        await stage.types("To ", "both", every=2)
        stage.answer.finish()

    assert surface.screen == ["To both"]


@virtual
async def test_the_stop_button_is_there_while_it_grows_and_gone_at_the_end(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        await stage.types("one ", "two", every=3)
        growing = surface.buttons
        stage.answer.finish("_It broke off._", AGAIN)

    assert growing == [["stop"]]
    assert surface.buttons == [["again"]]
    assert surface.screen == ["one two\n\n_It broke off._"]


@virtual
async def test_a_pause_shows_what_is_there_and_says_that_it_goes_on(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        await stage.types("one ", "two ", every=3)
        stage.answer.add("three")
        stage.answer.pause("_Restarting._")

    assert surface.screen == ["one two three\n\n_Restarting._"]
    assert stage.answer.finished is False


@virtual
async def test_a_pause_before_the_first_text_shows_nothing(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        await asyncio.sleep(3)
        stage.answer.pause("_Restarting._")

    assert surface.messages == []


# ---------------------------------------------------------------- pages


@virtual
async def test_a_long_answer_fills_page_after_page_in_order_and_loses_no_word(tmp_path: Path) -> None:
    surface = FakeSurface(dialect=FakeDialect(limit=120))

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS, every=0.5)
        stage.answer.finish()

    assert len(surface.screen) >= 6
    assert " ".join(surface.screen).split() == SHOWN.split()
    assert all(len(page) <= 120 for page in surface.screen)


@virtual
async def test_a_word_once_shown_never_disappears_not_even_when_a_new_page_begins(tmp_path: Path) -> None:
    surface = FakeSurface(dialect=FakeDialect(limit=120))
    shown: set[str] = set()
    lost: set[str] = set()

    def look(_: str) -> None:
        visible = set(" ".join(surface.screen).split())
        lost.update(shown - visible)
        shown.update(visible)

    surface.before_write = look
    async with delivering(tmp_path, surface) as stage:
        for n in range(12):
            await stage.types(f"Paragraph {n} has some words of its own.{n}\n\n", every=3)
        stage.answer.finish()

    assert len(surface.messages) > 3
    assert lost == set()


@virtual
async def test_the_stop_button_stands_under_the_last_page_only(tmp_path: Path) -> None:
    surface = FakeSurface(dialect=FakeDialect(limit=120))

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS[:60], every=0.5)
        await asyncio.sleep(10)
        growing = surface.buttons
        stage.answer.finish(controls=AGAIN)

    assert growing[-1] == ["stop"]
    assert set(map(tuple, growing[:-1])) == {()}
    assert surface.buttons[-1] == ["again"]
    assert set(map(tuple, surface.buttons[:-1])) == {()}


@pytest.mark.parametrize("every", [0.15, 0.25, 0.4, 0.6])
@virtual
async def test_posts_keep_the_limit_of_posts_though_edits_are_allowed_more_often(
    tmp_path: Path, every: float
) -> None:
    pace = Pace(post=(Limit("posts", 20.0),), edit=(Limit("edits", 2.0),))
    surface = FakeSurface(dialect=FakeDialect(limit=120), limits=pace)

    async with delivering(tmp_path, surface) as stage:
        for n in range(20):
            words = f"Paragraph {n} has some words.{n}".split()
            await stage.types(*(f"{word} " for word in words), "\n\n", every=every)
        stage.answer.finish()

    posts = [write.at for write in surface.writes if write.kind is WriteKind.POST]
    edits = [write.at for write in surface.writes if write.kind is WriteKind.EDIT]
    assert len(posts) > 5
    assert all(after - before >= 20.0 for before, after in pairwise(posts))
    assert all(after - before >= 2.0 for before, after in pairwise(edits))


# ---------------------------------------------------------------- trouble


@pytest.mark.parametrize("scope", ["chat:1", ""])
@virtual
async def test_a_silence_of_five_minutes_is_kept_and_the_whole_answer_comes_after_it(
    tmp_path: Path, scope: str
) -> None:
    surface = FakeSurface()
    surface.troubles[3] = Trouble(RateLimited(300.0, scope))

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    refused = surface.writes[2].at
    assert writes_between(surface, refused, refused + 300) == 0
    assert len(surface.writes) == 4
    assert surface.writes[3].at < refused + 301
    assert surface.screen == [SHOWN]


@virtual
async def test_a_silence_before_the_first_text_delays_it_and_loses_nothing(tmp_path: Path) -> None:
    surface = FakeSurface()
    surface.troubles[1] = Trouble(RateLimited(35.0, "chat:1"))

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert [write.kind for write in surface.writes] == [WriteKind.POST, WriteKind.POST]
    assert surface.screen == [SHOWN]


@pytest.mark.parametrize("happened", [True, False])
@pytest.mark.parametrize("number", [2, 5])
@virtual
async def test_an_edit_that_may_have_happened_is_simply_made_again(
    tmp_path: Path, number: int, *, happened: bool
) -> None:
    surface = FakeSurface()
    surface.troubles = {number + n: Trouble(Unavailable(), happened) for n in range(3)}

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert surface.screen == [SHOWN]
    assert len(surface.messages) == 1


@virtual
async def test_a_platform_that_is_down_is_asked_less_and_less_often(tmp_path: Path) -> None:
    surface = FakeSurface()
    surface.troubles = {n: Trouble(Unreachable()) for n in range(2, 12)}

    async with delivering(tmp_path, surface) as stage:
        await stage.types("one ", "two", every=3)
        stage.answer.finish()

    gaps = [after.at - before.at for before, after in pairwise(surface.writes[1:12])]
    assert gaps == sorted(gaps)
    assert gaps[-1] == pytest.approx(30.0)
    assert surface.screen == ["one two"]


@pytest.mark.parametrize("happened", [True, False])
@virtual
async def test_a_post_that_may_have_happened_is_looked_for_first(tmp_path: Path, *, happened: bool) -> None:
    surface = Finding()
    surface.troubles[1] = Trouble(Unavailable(), happened)

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert surface.screen == [SHOWN]
    assert len(surface.messages) == 1


@pytest.mark.parametrize("trouble", [Unavailable(), Unreachable(), RateLimited(5.0)], ids=repr)
@virtual
async def test_it_is_still_looked_for_after_looking_for_it_failed(
    tmp_path: Path, trouble: PlatformError
) -> None:
    surface = Finding()
    surface.troubles[1] = Trouble(Unavailable(), happened=True)
    surface.find_troubles = [trouble]

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert len(surface.messages) == 1
    assert surface.screen == [SHOWN]


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(Unavailable()),
        Trouble(Unavailable(), happened=True),
        Trouble(Unreachable()),
        Trouble(RateLimited(5.0)),
    ],
    ids=repr,
)
@virtual
async def test_a_guess_is_not_dropped_because_the_edit_that_tries_it_did_not_get_through(
    tmp_path: Path, trouble: Trouble
) -> None:
    surface = Guessing()
    surface.strangers = 1
    surface.troubles[1] = Trouble(Unavailable(), happened=True)
    surface.troubles[3] = trouble

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert len(surface.messages) == 1
    assert surface.screen == [SHOWN]


@virtual
async def test_a_post_that_is_lost_after_all_guesses_failed_is_looked_for_anew(tmp_path: Path) -> None:
    surface = Guessing()
    surface.troubles[1] = Trouble(Unavailable())
    surface.troubles[5] = Trouble(Unavailable(), happened=True)

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert [write.kind for write in surface.writes[:6]] == [
        WriteKind.POST, *[WriteKind.EDIT] * 3, WriteKind.POST, WriteKind.EDIT
    ]  # fmt: skip
    assert len(surface.messages) == 1
    assert surface.screen == [SHOWN]


@virtual
async def test_where_nothing_can_be_looked_for_a_lost_post_is_made_again(tmp_path: Path) -> None:
    surface = FakeSurface()
    surface.troubles[1] = Trouble(Unavailable(), happened=True)

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert len(surface.messages) == 2
    assert surface.screen[-1] == SHOWN


@virtual
async def test_a_post_that_surely_did_not_happen_is_not_looked_for(tmp_path: Path) -> None:
    surface = Finding()
    surface.troubles[1] = Trouble(Unreachable())
    surface.find_troubles = [Closed()]

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert surface.screen == [SHOWN]


@virtual
async def test_a_message_the_reader_deleted_is_posted_anew(tmp_path: Path) -> None:
    surface = Finding()

    async with delivering(tmp_path, surface) as stage:
        await stage.types("one ", "two ", every=3)
        surface.remove(0)
        await stage.types("three", every=3)
        stage.answer.finish()

    assert surface.screen == ["one two three"]
    assert surface.buttons == [[]]
    assert len(surface.messages) == 2


@virtual
async def test_where_no_message_may_be_edited_an_answer_is_posted_once_it_is_whole(tmp_path: Path) -> None:
    surface = AbleSurface()
    surface.troubles = {n: Trouble(Gone()) for n in range(2, 200, 2)}

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert [write.kind for write in surface.writes] == [WriteKind.POST, WriteKind.EDIT, WriteKind.POST]
    assert surface.screen == [SHOWN]


@virtual
async def test_a_lost_page_is_left_to_the_next_process_where_an_answer_is_paused(tmp_path: Path) -> None:
    surface = AbleSurface()

    async with delivering(tmp_path, surface) as stage:
        await stage.types("one ", "two ", every=3)
        surface.remove(0)
        await stage.types("three", every=3)
        stage.answer.pause("_Restarting._")

    assert surface.screen == []


@virtual
async def test_a_page_the_platform_rejects_is_sent_as_plain_text(tmp_path: Path) -> None:
    surface = FakeSurface()
    surface.formatted_is_rejected = TooLong()

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert surface.screen == [SHOWN]
    assert all(version.plain for version in surface.messages[0].versions)
    assert sum(isinstance(write.error, Rejected) for write in surface.writes) == 1


@virtual
async def test_only_the_page_that_was_rejected_loses_its_formatting(tmp_path: Path) -> None:
    surface = FakeSurface(dialect=FakeDialect(limit=120))
    surface.troubles[2] = Trouble(Rejected())

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS, every=0.5)
        stage.answer.finish()

    assert [message.versions[-1].plain for message in surface.messages][:3] == [True, False, False]


@virtual
async def test_a_page_that_is_rejected_even_as_plain_text_is_an_error(tmp_path: Path) -> None:
    surface = FakeSurface()
    surface.troubles = {1: Trouble(Rejected()), 2: Trouble(Rejected())}

    with pytest.RaisesGroup(Rejected, flatten_subgroups=True):
        async with delivering(tmp_path, surface) as stage:
            await stage.types(*WORDS)

    assert len(surface.writes) == 2


@virtual
async def test_an_edit_that_is_rejected_even_as_plain_text_becomes_another_message_at_the_end(
    tmp_path: Path,
) -> None:
    surface = AbleSurface()
    surface.troubles = {2: Trouble(Rejected()), 3: Trouble(TooLong())}

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert [write.kind for write in surface.writes] == [WriteKind.POST, *[WriteKind.EDIT] * 2, WriteKind.POST]
    assert surface.screen == [SHOWN]


@virtual
async def test_a_lost_post_is_made_again_where_nobody_may_look_for_it(tmp_path: Path) -> None:
    surface = Finding()
    surface.troubles[1] = Trouble(Unavailable(), happened=True)
    surface.find_troubles = [Closed("missing_scope")]

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*WORDS)
        stage.answer.finish()

    assert surface.screen[-1] == SHOWN
    assert len(surface.messages) == 2


@virtual
async def test_a_chat_that_is_closed_is_not_written_to_again(tmp_path: Path) -> None:
    surface = FakeSurface()
    surface.troubles[2] = Trouble(Closed())

    with pytest.RaisesGroup(Closed, flatten_subgroups=True):
        async with delivering(tmp_path, surface) as stage:
            await stage.types(*WORDS)

    assert len(surface.writes) == 2


@virtual
async def test_an_attempt_that_lost_its_lease_writes_nothing_more(tmp_path: Path) -> None:
    surface = FakeSurface()

    with pytest.RaisesGroup(StaleLease, flatten_subgroups=True):
        async with delivering(tmp_path, surface) as stage:
            await stage.types(*WORDS[:30])
            await stage.store.turns.adopt()
            await claim(stage.store)
            written = len(surface.writes)
            await stage.types(*WORDS[30:])

    assert len(surface.writes) == written


# ---------------------------------------------------------------- after a restart


@virtual
async def test_a_new_process_shows_nothing_until_it_has_more_than_the_reader_saw(tmp_path: Path) -> None:
    surface = FakeSurface()
    await dies(tmp_path, surface, "The old ", "answer grew.")
    before, written = surface.screen, len(surface.writes)

    async with delivering(tmp_path, surface, restarts=True) as stage:
        await stage.types("The ", "new ", "one ", "is ", every=2)
        during, still = surface.screen, len(surface.writes)
        await stage.types("also ", "growing ", "longer", every=2)
        stage.answer.finish()

    assert (during, still) == (before, written)
    assert surface.screen == ["The new one is also growing longer"]
    assert len(surface.messages) == 1


@virtual
async def test_a_new_process_that_finishes_with_less_shows_it(tmp_path: Path) -> None:
    surface = FakeSurface()
    await dies(tmp_path, surface, "The old ", "answer grew.")

    async with delivering(tmp_path, surface, restarts=True) as stage:
        stage.answer.add("Short.")
        stage.answer.finish()

    assert surface.screen == ["Short."]
    assert surface.buttons == [[]]


@virtual
async def test_a_second_restart_in_a_row_takes_nothing_from_the_screen(tmp_path: Path) -> None:
    surface = FakeSurface()
    await dies(tmp_path, surface, "The old ", "answer grew.")
    before = surface.screen

    async with delivering(tmp_path, surface, restarts=True) as stage:
        stage.answer.add("The ")
        stage.answer.pause("_Restarting._")

    assert surface.screen == before
    assert stage.stored() == "The old answer grew."


@virtual
async def test_a_status_does_not_take_the_place_of_text_the_reader_saw(tmp_path: Path) -> None:
    surface = FakeSurface()
    await dies(tmp_path, surface, "The old ", "answer grew.")
    before = surface.screen

    async with delivering(tmp_path, surface, restarts=True) as stage:
        stage.answer.tell("The model is busy.")
        await asyncio.sleep(5)
        during = surface.screen
        stage.answer.add("The new answer.")
        stage.answer.finish()

    assert during == before


@virtual
async def test_a_complete_answer_is_shown_with_the_pages_it_had(tmp_path: Path) -> None:
    surface = AbleSurface(dialect=FakeDialect(limit=120))
    await dies(tmp_path, surface, *WORDS, complete=True, note="_Note._")
    before = [message.ref for message in surface.messages]
    stale = surface.buttons[-1]

    async with delivering(tmp_path, surface, restarts=True) as stage:
        stage.answer.add(stage.turn.answer)
        stage.answer.finish(stage.turn.note, AGAIN)

    assert stale == ["stop"]
    assert [message.ref for message in surface.messages][: len(before)] == before
    assert " ".join(surface.screen).split() == [*SHOWN.split(), "_Note._"]
    assert surface.buttons[-1] == ["again"]


@pytest.mark.parametrize("happened", [True, False])
@virtual
async def test_a_post_during_which_the_process_died_is_found_or_made_once(
    tmp_path: Path, *, happened: bool
) -> None:
    surface = Finding()
    surface.troubles[1] = Trouble(Unavailable(), happened)
    surface.find_troubles = [Unavailable()] * 20
    await dies(tmp_path, surface, "one ")
    surface.find_troubles.clear()

    async with delivering(tmp_path, surface, restarts=True) as stage:
        unknown = stage.turn.pages
        await stage.types(*WORDS)
        stage.answer.finish()

    assert unknown == (None,)
    assert surface.screen == [SHOWN]
    assert len(surface.messages) == 1


@virtual
async def test_pages_a_new_answer_does_not_reach_are_taken_back(tmp_path: Path) -> None:
    surface = AbleSurface(dialect=FakeDialect(limit=120))
    await dies(tmp_path, surface, *WORDS)

    async with delivering(tmp_path, surface, restarts=True) as stage:
        stage.answer.add("Short this time.")
        stage.answer.finish()

    assert surface.screen == ["Short this time."]
    assert surface.messages[0].text == "Short this time."


@virtual
async def test_where_messages_cannot_be_taken_back_the_rest_is_left(tmp_path: Path) -> None:
    surface = FakeSurface(dialect=FakeDialect(limit=120))
    await dies(tmp_path, surface, *WORDS)
    pages = len(surface.screen)

    async with delivering(tmp_path, surface, restarts=True) as stage:
        stage.answer.add("Short this time.")
        stage.answer.finish()

    assert surface.screen[0] == "Short this time."
    assert len(surface.screen) == pages


@virtual
async def test_reading_the_model_never_waits_for_the_platform(tmp_path: Path) -> None:
    surface = FakeSurface()
    surface.troubles[1] = Trouble(RateLimited(3600.0))

    async with delivering(tmp_path, surface) as stage:
        await stage.types("word " * 60, "x", every=1)
        began = now()
        for _ in range(500):
            stage.answer.add("word ")
        await settle()
        spent = now() - began
        stage.answer.finish()

    assert spent < 0.001
    assert isinstance(surface.writes[0].error, RateLimited)
    assert not isinstance(surface.writes[1].error, Gone)
    assert len(surface.writes) == 2
