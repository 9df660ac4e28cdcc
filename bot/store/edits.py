"""What a change of a message does: of one that waits, or of the question that was taken last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.limits import first_reached
from bot.store.line import excuse, find_chat, insert

if TYPE_CHECKING:
    from bot.model import Edited
    from bot.store.line import Accepted, Arrival
    from bot.store.sqlite import Value, Work


def take_edit(db: Work, edited: Edited, arrival: Arrival, now: float, accepted: Accepted) -> None:
    """Take in the new text, and have the last question of a chat answered anew.

    A change of an older question does nothing: what came after it was said in the light of the old one. Nor does
    one that leaves the text as it was, or makes it longer than a message may be.
    """
    most = arrival.limits.message_characters
    if most is not None and len(edited.text) > most:
        return
    at = now if edited.edited_at is None else edited.edited_at.timestamp()
    whose: dict[str, Value] = {"ref": edited.ref, "person": edited.person.id, "edited_at": at}
    if db.do("edit_waiting_event", source=edited.chat.source, text=edited.text, **whose):
        return
    chat_id = find_chat(db, edited.chat)
    last = None if chat_id is None else db.one("last_question", chat_id=chat_id)
    said = None if last is None else db.one("find_said", turn_id=last["turn_id"], **whose)
    if chat_id is None or last is None or said is None or said["text"] == edited.text:
        return
    where: dict[str, Value] = {name: said[name] for name in ("route", "shared")}
    if reached := first_reached(db, edited, chat_id, arrival.limits, now):
        accepted.stored += excuse(db, edited, arrival, reached, now, chat_id=chat_id, **where)
        return
    where |= {"language": said["language"], "onto": last["turn_id"]}
    # A second delivery of the same change has the same key.
    if insert(db, edited, chat_id, now, kind="command", command="edited", ref="", **where):
        db.do("edit_said", event_id=said["id"], text=edited.text, edited_at=at)
        accepted.stored += 1
