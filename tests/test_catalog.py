from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.catalog import Card, Catalog, Thinks, Tier, currency_of
from bot.errors import Misconfigured

ROOT = Path(__file__).parent.parent


def catalog(folder: Path, text: str, currency: str = "USD") -> Catalog:
    path = folder / "models.toml"
    path.write_text(text, "utf-8")
    return Catalog.load(path, currency=currency)


def card(name: str, currency: str = "USD") -> Card:
    found = Catalog.load(currency=currency).card(name)
    assert found is not None
    return found


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(Misconfigured) as caught:
        catalog(folder, text)
    return caught.value.problems


# ---------------------------------------------------------------- what comes with the bot


def test_the_list_that_comes_with_the_bot_knows_the_models_people_ask() -> None:
    strong = card("qwen3.8-max")

    assert (strong.context, strong.output, strong.thought) == (983_616, 131_072, 262_144)
    assert (strong.thinks, strong.efforts, strong.vision) == (Thinks.ON, True, True)
    assert (strong.retired, strong.as_of) == (False, date(2026, 11, 22))
    assert strong.prices == (Tier(input=Decimal(2), output=Decimal(6)),)


def test_prices_come_in_the_currency_of_the_region() -> None:
    plus = card("qwen-plus", "CNY")

    assert plus.currency == Catalog.load(currency="CNY").currency == "CNY"
    assert plus.prices == (Tier(input=Decimal("0.8"), output=Decimal(2), thinking=Decimal(8)),)


@pytest.mark.parametrize("currency", ["CNY", "USD"])
def test_every_packaged_model_can_be_asked_or_names_one_that_can(currency: str) -> None:
    everything = Catalog.load(currency=currency)

    for one in everything:
        if one.retired:
            successor = everything.card(one.replacement)
            assert successor is not None
            assert not successor.retired
        else:
            assert one.context is not None
            assert one.output is not None
            assert (one.thought is None) == (one.thinks is Thinks.NEVER)


@pytest.mark.parametrize(("tokens", "price"), [(0, "0.50"), (256_000, "0.50"), (256_001, "2.00")])
def test_the_whole_request_chooses_the_tier(tokens: int, price: str) -> None:
    tier = card("qwen3.7-plus").tier(tokens)

    assert tier is not None
    assert tier.input == Decimal(price)


def test_a_price_that_is_not_known_is_none_and_not_zero() -> None:
    assert card("qwen-long").tier(1) is None
    assert card("qwen3.5-plus", "CNY").tier(256_001) is None


@pytest.mark.parametrize("name", ["qwen3.7-plus-2026-05-26", "qwen3.7-plus-us", "qwen3.7-plus-0526"])
def test_a_dated_or_regional_form_is_taken_to_be_like_its_model(name: str) -> None:
    assert card(name) == replace(card("qwen3.7-plus"), name=name)


def test_what_stands_in_the_list_itself_comes_before_what_it_looks_like() -> None:
    assert card("qwen3.7-max-2026-05-17").thinks is Thinks.ALWAYS
    assert card("qwen3.7-max-2026-06-08").thinks is Thinks.ON


def test_nothing_is_made_up_about_an_unknown_model() -> None:
    assert Catalog.load().card("llama-9") is None


def test_retired_models_are_known_and_not_offered() -> None:
    assert card("qwen-max").replacement == "qwen3.8-max"
    assert "qwen-max" not in Catalog.load().names


def test_an_installed_bot_brings_the_list_along() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert "models.toml" in project["tool"]["setuptools"]["package-data"]["bot"]


# ---------------------------------------------------------------- which prices hold where


@pytest.mark.parametrize(
    ("base", "currency"),
    [
        ("https://dashscope.aliyuncs.com/compatible-mode/v1", "CNY"),
        ("https://coding.dashscope.aliyuncs.com/v1", "CNY"),
        ("https://ws-1.cn-beijing.maas.aliyuncs.com/compatible-mode/v1", "CNY"),
        ("https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1", "CNY"),
        ("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "USD"),
        ("https://dashscope-us.aliyuncs.com/compatible-mode/v1", "USD"),
        ("https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1", "USD"),
        ("https://ws-1.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1", "USD"),
        ("https://ws-1.cn-hongkong.maas.aliyuncs.com/compatible-mode/v1", "USD"),
        ("https://dashscope.aliyuncs.com.example.org/v1", "USD"),
        ("http://127.0.0.1:8000/v1", "USD"),
    ],
)
def test_the_currency_follows_the_address_of_the_provider(base: str, currency: str) -> None:
    assert currency_of(base) == currency


# ---------------------------------------------------------------- the operator's own list


def test_the_operators_list_adds_models_and_replaces_only_what_it_names(tmp_path: Path) -> None:
    own = catalog(
        tmp_path,
        """
        as_of = 2026-12-01
        [model."our-own"]
        context = 8_192
        prices.USD = [{ up_to = 4_000, input = 0, output = 0.1, cached = 0.01 }, { input = 1, output = 2.5 }]
        [model."qwen3.8-max"]
        prices.USD = [{ input = 1.5, output = 5 }]
        """,
    )
    ours, strong = own.card("our-own"), own.card("qwen3.8-max")

    assert ours is not None
    assert strong is not None
    assert (ours.context, ours.output, ours.thinks) == (8_192, None, Thinks.NEVER)
    assert [tier.output for tier in ours.prices] == [Decimal("0.1"), Decimal("2.5")]
    assert strong == replace(
        card("qwen3.8-max"),
        as_of=date(2026, 12, 1),
        prices=(Tier(input=Decimal("1.5"), output=Decimal(5)),),
    )
    assert {"our-own", "qwen3.7-plus"} < set(own.names)


def test_the_operators_list_can_stand_alone(tmp_path: Path) -> None:
    own = catalog(tmp_path, 'replace = true\n[model."our-own"]\n')

    assert own.names == ("our-own",)
    assert own.card("qwen3.8-max") is None


def test_a_model_can_be_taken_back_from_the_dead(tmp_path: Path) -> None:
    assert "qwen-max" in catalog(tmp_path, '[model."qwen-max"]\nretired = ""\n').names


def test_a_list_says_everything_that_is_wrong_with_it_at_once(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        """
        as_of = "today"
        modell = 1
        [model."a"]
        context = 0
        ouput = 5
        thinking = "sometimes"
        vision = 1
        prices.EUR = [{ input = 1, output = 1 }]
        prices.USD = [{ input = 1, output = 1 }, { input = -1, up_to = 5 }]
        prices.CNY = []
        [model]
        b = 7
        """,
    )

    assert all(one.startswith("MODELS_FILE: models.toml, ") for one in told)
    assert [one.removeprefix("MODELS_FILE: models.toml, ") for one in told] == [
        "at its top: as_of must be a day, such as 2026-11-22, without quotes.",
        "at its top: modell is not known: write model instead.",
        "model a: context must be a whole number above 0, such as 131_072.",
        "model a: ouput is not known: write output instead.",
        "model a: thinking must be one of never, off, on, always, in quotes.",
        "model a: vision must be true or false.",
        "model a: prices.EUR is not known: write prices.CNY or prices.USD.",
        "model a, prices.USD: input must be what a million tokens cost, such as 0.5.",
        "model a, prices.USD: output is missing: say what a million tokens cost.",
        "model a, prices.USD: give every tier but the last one its up_to, the smallest first.",
        "model a: prices.CNY must be a list like [{ input = 0.5, output = 3 }].",
        'model b: write it as [model."b"] with lines under it.',
    ]


def test_a_name_with_a_dot_and_no_quotes_is_said_to_need_some(tmp_path: Path) -> None:
    told = problems(tmp_path, "[model.qwen3.8-max]\nprices.USD = [{ input = 1, output = 1 }]\n")
    typo = problems(tmp_path, '[model."a"]\nprice.USD = [{ input = 1, output = 1 }]\n')

    assert told == (
        'MODELS_FILE: models.toml, model qwen3.8-max: put the name in quotes, [model."qwen3.8-max"].',
    )
    assert typo == ("MODELS_FILE: models.toml, model a: price is not known: write prices instead.",)


@pytest.mark.parametrize("price", ["inf", "nan", "true", '"1"'])
def test_a_price_is_a_number(tmp_path: Path, price: str) -> None:
    (told,) = problems(tmp_path, f'[model."a"]\nprices.USD = [{{ input = {price}, output = 1 }}]\n')

    assert "input must be what a million tokens cost" in told


def test_a_model_cannot_be_replaced_by_one_that_cannot_be_asked(tmp_path: Path) -> None:
    assert problems(
        tmp_path,
        '[model."a"]\nretired = "b"\n[model."c"]\nretired = "qwen-max"\n[model."d"]\nretired = "d"\n',
    ) == tuple(
        f"MODELS_FILE: models.toml, model {name}: retired must name a model of the list that is not retired."
        for name in "acd"
    )


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"[model", "is not valid TOML"),
        ("name = 'Модель'".encode("utf-16"), "make it a text file in UTF-8"),
        (None, "name a file that is there"),
    ],
)
def test_a_file_that_is_no_list_is_told_with_its_remedy(
    tmp_path: Path, content: bytes | None, remedy: str
) -> None:
    path = tmp_path / "models.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Misconfigured) as caught:
        Catalog.load(path)

    (told,) = caught.value.problems
    assert told.startswith("MODELS_FILE: models.toml ")
    assert remedy in told
