"""What a platform says of a message it refuses may quote that message; the log holds none of it."""

from __future__ import annotations

import pytest
from telegram.error import BadRequest, Forbidden

from adapters.telegram.calls import translated
from bot.model import ChatKey

CHAT = ChatKey("telegram", "1", "7")


@pytest.mark.parametrize("quotation", ['"{}"', "'{}'", "“{}”", "«{}»", "`{}`"])
def test_a_quoted_message_is_not_kept(quotation: str) -> None:
    said = "Can't parse entities: unsupported start tag " + quotation.format("periwinkle") + " at byte 12"

    assert str(translated(BadRequest(said), CHAT)) == "Can't parse entities: unsupported start tag"


@pytest.mark.parametrize("error", [BadRequest, Forbidden])
def test_no_more_is_kept_than_a_sentence_of_the_platform(error: type[BadRequest | Forbidden]) -> None:
    assert len(str(translated(error("x" * 4000), CHAT))) <= 120
