"""`role`: who the model is in a chat. People choose one, and make their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.model import Control, Tone
from bot.roles import DEFAULT, Role, built_in
from bot.store import person_scope
from bot.turns.deeds import Order, Reply, role_form
from bot.turns.manner import MODEL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.store import Preferences, Roles
    from bot.turns.deeds import Deed
    from bot.turns.deeds.governors import Governors

PREFERENCE = "role"
FORM_FIELDS = ("description", "model", "temperature", "top_p", "max_tokens")

_PRESSED = re.compile(r"(edit|delete|drop)\.(\S+)")
"""A verb and the key of a role, as a button carries them."""


class RoleDeed:
    """The deed, with a verb for each of its first words; any other word is a role to choose."""

    def __init__(
        self,
        roles: Roles,
        preferences: Preferences,
        governors: Governors,
        is_model: Callable[[str], bool],
    ) -> None:
        self._roles = roles
        self._preferences = preferences
        self._governors = governors
        self._is_model = is_model
        self._verbs: Mapping[str, Callable[[Order, str], Awaitable[Reply]]] = {
            **dict.fromkeys(("use", "使用"), self._choose),
            **dict.fromkeys(("show", "查看"), self._show),
            **dict.fromkeys(("new", "create", "新建"), self._create),
            **dict.fromkeys(("edit", "修改"), self._edit),
            **dict.fromkeys(("delete", "删除"), self._ask_to_delete),
            **dict.fromkeys(("share", "共享"), self._share),
            "drop": self._delete,
        }

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deed by the name of its command."""
        return {"role": self.obey}

    async def obey(self, order: Order) -> Reply:
        """Do what the first word says, or choose the role of that name, or list them."""
        if not order.args:
            return await self._list(order)
        word, rest = _split(order.args)
        verb = self._verbs.get(word.casefold())
        return await (verb(order, rest) if verb else self._choose(order, order.args))

    # ------------------------------------------------------------ looking and choosing

    async def _list(self, order: Order, text: str = "") -> Reply:
        roles, chosen = await self._all(order), await self._chosen(order)
        names = [(key, role.name) for key, role in roles.items()]
        current = roles.get(chosen) or roles[DEFAULT]
        lines = [f"- **{role.name}** – {role.description}".removesuffix(" – ") for role in roles.values()]
        told = text or order.say("role_list", name=current.name, word=order.word("role"))
        select = order.select("role", order.say("label_role"), names, current.key)
        return Reply(
            text="\n\n".join([told, "\n".join(lines)]), controls=(select, *self._buttons(order, current))
        )

    def _buttons(self, order: Order, current: Role) -> tuple[Control, ...]:
        """Return what else can be done with roles: a further one made, and the one that is played changed."""
        found = [("new", "label_role_new")]
        if self._not_theirs(order, current) is None:
            found += [(f"edit.{current.key}", "label_role_edit"), (f"delete.{current.key}", "label_delete")]
        return tuple(order.button("role", argument, order.say(label)) for argument, label in found)

    async def _choose(self, order: Order, name: str) -> Reply:
        if not name:
            return await self._list(order)
        role = await self._find(order, name)
        if role is None:
            return await self._list(order, self._unknown(order, name))
        if refusal := await self._governors.refusal(order):
            return refusal
        await self._preferences.choose(order.turn, PREFERENCE, "" if role.key == DEFAULT else role.key)
        if role.model:
            # What is chosen last holds: a role that names its model takes the place of the chat's choice.
            await self._preferences.choose(order.turn, MODEL, "")
        return await self._list(order, order.say("role_chosen", name=role.name))

    async def _show(self, order: Order, name: str) -> Reply:
        role = await self._find(order, name) if name else await self.current(order)
        if role is None:
            return await self._list(order, order.say("role_unknown", name=_inline(name)))
        return Reply(text=f"{order.say('role_shown')}\n\n{_block(_written(role))}")

    @staticmethod
    def _unknown(order: Order, name: str) -> str:
        # A button names a stored role by its number, which people never see.
        gone = name.strip().isdecimal()
        return order.say("role_gone") if gone else order.say("role_unknown", name=_inline(name))

    # ------------------------------------------------------------ making one's own

    async def _create(self, order: Order, text: str) -> Reply:
        form = role_form.read(text)
        if not form.problems and "prompt" not in form.values:
            return self._explained(order, "new", form.name)
        owner = _owner(order)
        if problems := await self._problems(order, form, owner):
            return Reply(text="\n".join([problems, order.say("role_again")]))
        key = await self._roles.add(form.applied(Role(owner=owner, name=form.name)))
        if key is None:
            return Reply(text=order.say("role_taken", name=_inline(form.name)))
        button = order.button("role", key, order.say("label_use"))
        return Reply(text=order.say("role_made", name=_inline(form.name)), controls=(button,))

    async def _problems(self, order: Order, form: role_form.Form, owner: str) -> str:
        keys = [*form.problems]
        if not role_form.check_name(form.name):
            keys.append("role_bad_name")
        if (model := form.values.get("model")) and not self._is_model(model):
            keys.append("role_bad_model")
        if not keys and await self._roles.is_full(owner):
            keys.append("role_too_many")
        return "\n".join(order.say(key) for key in keys)

    async def _edit(self, order: Order, text: str) -> Reply:
        form = role_form.read(text)
        if not form.name:
            return self._explained(order, "edit")
        role = await self._find(order, form.name)
        if role is None:
            return await self._list(order, self._unknown(order, form.name))
        return self._not_theirs(order, role) or await self._change(order, role, form)

    async def _change(self, order: Order, role: Role, form: role_form.Form) -> Reply:
        keys = [*form.problems]
        if (model := form.values.get("model")) and not self._is_model(model):
            keys.append("role_bad_model")
        if keys:
            return Reply(text="\n".join(order.say(key) for key in (*keys, "role_again")))
        if not form.values:
            return self._explained(order, "change", written=f"edit {_written(role)}")
        if await self._roles.change(form.applied(role)) is None:
            return Reply(text=order.say("role_taken", name=_inline(form.values["name"])))
        return Reply(text=order.say("role_changed", name=_inline(form.applied(role).name)))

    async def _ask_to_delete(self, order: Order, name: str) -> Reply:
        if not name:
            return await self._list(order, order.say("role_delete_which", word=order.word("role")))
        role = await self._find(order, name)
        if role is None:
            return await self._list(order, self._unknown(order, name))
        if refusal := self._not_theirs(order, role):
            return refusal
        drop = order.button("role", f"drop.{role.key}", order.say("label_delete"), Tone.DANGER)
        text = order.say("role_delete_ask", name=_inline(role.name))
        return Reply(text=text, controls=(drop, _back(order)))

    async def _delete(self, order: Order, key: str) -> Reply:
        role = await self._roles.read(key)
        if role is None:
            return await self._list(order, order.say("role_gone"))
        if refusal := self._not_theirs(order, role):
            return refusal
        await self._roles.delete(role)
        return await self._list(order, order.say("role_deleted", name=_inline(role.name)))

    async def _share(self, order: Order, name: str) -> Reply:
        role = await self._find(order, name)
        if role is None or role.is_built_in or not self._governors.is_admin(order.turn):
            return await self._list(order, order.say("role_not_shared"))
        if not await self._roles.share(role):
            return Reply(text=order.say("role_taken", name=_inline(role.name)))
        return await self._list(order, order.say("role_shared", name=_inline(role.name)))

    # ------------------------------------------------------------ finding

    async def current(self, order: Order) -> Role:
        """Return the role the turn's chat has."""
        built = built_in(order.language)
        chosen = await self._chosen(order)
        return built.get(chosen) or await self._roles.read(chosen) or built[DEFAULT]

    async def _chosen(self, order: Order) -> str:
        return (await self._preferences.of(order.turn.chat)).get(PREFERENCE, DEFAULT)

    async def _all(self, order: Order) -> dict[str, Role]:
        stored = await self._roles.of(_owner(order))
        return {**built_in(order.language), **{role.key: role for role in stored}}

    async def _find(self, order: Order, name: str) -> Role | None:
        """Return the role that somebody names: by its key, or by its name in any of our languages."""
        roles, wanted = await self._all(order), name.strip().casefold()
        if wanted in roles:
            return roles[wanted]
        built = (
            key
            for code in ("en", "zh")
            for key, one in built_in(code).items()
            if one.name.casefold() == wanted
        )
        own = (role for role in reversed(roles.values()) if role.name.casefold() == wanted)
        return next(own, None) or roles.get(next(built, ""))

    def _not_theirs(self, order: Order, role: Role) -> Reply | None:
        if role.is_built_in:
            return Reply(text=order.say("role_built_in"))
        is_own = role.owner == _owner(order) or (not role.owner and self._governors.is_admin(order.turn))
        return None if is_own else Reply(text=order.say("role_not_yours"))

    def _explained(self, order: Order, verb: str, name: str = "", *, written: str = "") -> Reply:
        """Show the form to send: `written`, or an example under the name that was given already."""
        example = order.say("role_example")
        if name:
            example = "\n".join([name, *example.split("\n")[1:]])
        form = _block(f"{order.word('role')} {written or f'{verb} {example}'}")
        return Reply(text=f"{order.say(f'role_how_{verb}')}\n\n{form}", controls=(_back(order),))


def _back(order: Order) -> Control:
    return order.button("role", "", order.say("label_role_all"))


def _written(role: Role) -> str:
    """Return a role in the form in which people write one."""
    facts = {field: getattr(role, field) for field in FORM_FIELDS}
    lines = [f"{field}: {value}" for field, value in facts.items() if value not in {None, ""}]
    return "\n".join([role.name, *lines, role.prompt]).strip()


def _split(args: str) -> tuple[str, str]:
    """Return the first word and the rest; in a press a dot stands between them."""
    if pressed := _PRESSED.fullmatch(args):
        return pressed[1], pressed[2]
    word, *rest = args.split(None, 1)
    return word, rest[0] if rest else ""


def _owner(order: Order) -> str:
    return person_scope(order.turn.chat, order.turn.person)


def _inline(text: str) -> str:
    """Return what somebody wrote as a word of ours: short, and without Markdown of its own."""
    return text.strip().replace("`", "")[: role_form.NAME_MOST]


def _block(text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in _runs(text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def _runs(text: str) -> list[str]:
    return [run for run in "".join(c if c == "`" else " " for c in text).split(" ") if run]
