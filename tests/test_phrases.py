from __future__ import annotations

import re
from importlib import import_module
from string import Formatter

import pytest

from bot import errors, phrases


def sentences(language: str) -> dict[str, str]:
    found = import_module(f"bot.phrases.{language}").SENTENCES
    assert isinstance(found, dict)
    return found


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


ENGLISH = sentences("en")
OTHERS = phrases.LANGUAGES[1:]


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_keys(language: str) -> None:
    assert sentences(language).keys() == ENGLISH.keys()


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("key", ENGLISH)
def test_every_language_has_the_same_placeholders_and_the_same_commands(language: str, key: str) -> None:
    other = sentences(language)[key]

    assert placeholders(other) == placeholders(ENGLISH[key])
    assert re.findall(r"/\w+|`\w+`", other) == re.findall(r"/\w+|`\w+`", ENGLISH[key])


@pytest.mark.parametrize("language", phrases.LANGUAGES)
@pytest.mark.parametrize("key", ENGLISH)
def test_a_sentence_names_no_code_no_address_and_ends_properly(language: str, key: str) -> None:
    sentence = sentences(language)[key]

    assert not re.search(r"https?:|\b[45]\d\d\b|Error|Exception|API", sentence)
    assert sentence == sentence.strip()
    assert key.startswith(
        (
            "menu_",
            "label_",
            "language_name",
            "role_example",
            "status",
            "admission_line",
            "history_",
            "export_title",
        )
    ) or sentence.endswith((".", "?", "…", ":", "。", "？", "：", "_", "{reason}"))


@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_the_sentences_that_send_people_to_a_button_call_it_by_its_label(language: str) -> None:
    spoken = sentences(language)

    for key in ("interrupted", "busy", "unreachable", "cached"):
        assert spoken["label_again"] in spoken[key]
    for key in ("interrupted", "length"):
        assert spoken["label_continue"] in spoken[key]


def test_every_model_error_has_a_sentence() -> None:
    kinds = errors.ModelError.__subclasses__()

    assert kinds
    assert {kind.phrase for kind in kinds} <= ENGLISH.keys()


def test_values_are_filled_in_and_may_hold_braces() -> None:
    said = phrases.say("stranger", "en", id="{id}", setting="TELEGRAM_ALLOWED_USERS")

    assert "`{id}`" in said
    assert "`TELEGRAM_ALLOWED_USERS`" in said


def test_an_unknown_language_is_answered_in_the_first_one() -> None:
    assert phrases.say("waiting", "tlh") == phrases.say("waiting", "en")


def test_an_unknown_key_and_a_missing_value_are_mistakes_of_the_program() -> None:
    with pytest.raises(KeyError):
        phrases.say("no_such_sentence", "en")
    with pytest.raises(KeyError):
        phrases.say("stranger", "en", id="1")


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh", "zh"),
        ("zh-hans", "zh"),
        ("zh_CN", "zh"),
        ("ZH-TW", "zh"),
        ("en-GB", "en"),
        ("fr", "en"),
        ("zha", "en"),
    ],
)
def test_the_clients_language_tag_decides(tag: str, language: str) -> None:
    assert phrases.language(tag) == language
    assert phrases.language(tag, "你好，请帮我写一首诗" if language == "en" else "hello") == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好", "zh"),
        ("用 Python 写一个函数", "zh"),
        ("What does 你好 mean?", "en"),
        ("hello", "en"),
        ("日本語で答えてください", "en"),
        ("", "en"),
        ("123 !?", "en"),
    ],
)
def test_without_a_tag_the_text_decides(text: str, language: str) -> None:
    assert phrases.language("", text) == language


@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_the_menu_offers_every_command_within_what_platforms_take(language: str) -> None:
    menu = phrases.menu(language)

    assert tuple(name for name, _ in menu) == phrases.COMMANDS
    assert all(1 <= len(description) <= 256 and "\n" not in description for _, description in menu)


@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_the_menus_of_shared_chats_and_of_administrators_are_as_complete(language: str) -> None:
    shared = {*phrases.GROUP_COMMANDS, *phrases.GOVERNOR_COMMANDS}

    menu = phrases.menu(
        language, (*phrases.GROUP_COMMANDS, *phrases.GOVERNOR_COMMANDS, *phrases.ADMIN_COMMANDS)
    )

    assert shared < set(phrases.COMMANDS)
    assert shared.isdisjoint(phrases.ADMIN_COMMANDS)
    assert all(1 <= len(description) <= 256 and "\n" not in description for _, description in menu)
