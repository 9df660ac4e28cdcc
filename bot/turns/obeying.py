"""A command as a turn: what it does is said in a notice, after the file it makes, if any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import RateLimited, Rejected, Unavailable, Unreachable
from bot.model import Finish
from bot.ports import Files
from bot.store import TurnKind
from bot.turns.listening import Ending
from bot.turns.posting import paced

if TYPE_CHECKING:
    from bot.model import Command
    from bot.ports import Surface
    from bot.reply.answer import Answer
    from bot.reply.pacer import Pacer
    from bot.store import StoredTurn
    from bot.turns.deeds import Deeds, File


async def obey(
    command: Command, turn: StoredTurn, *, deeds: Deeds, answer: Answer, surface: Surface, pacer: Pacer
) -> Ending:
    """Do what was commanded, and put what comes of it into the answer."""
    reply = await deeds.obey(command, turn)
    is_sent = reply.file is None or await _send(reply.file, f"{turn.id}:file", surface, pacer)
    answer.hold()
    answer.add(reply.text if is_sent else reply.instead)
    forgets = command.name == "new"
    return Ending(Finish.STOP, kind=TurnKind.NOTICE, forget=forgets, controls=reply.controls)


async def _send(file: File, key: str, surface: Surface, pacer: Pacer) -> bool:
    """Send a file before what is said about it; False where the chat takes none."""
    if not isinstance(surface, Files):
        return False
    while True:
        try:
            async with paced(surface, pacer):
                await surface.send_file(file.name, file.content, caption="", key=key)
        except RateLimited:
            continue
        except (Rejected, Unavailable, Unreachable):
            return False
        else:
            return True
