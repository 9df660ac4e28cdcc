"""What `docs/web.md` shows is what the server answers: the same names, in the same places."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from adapters.web import refusals
from adapters.web.adapter import Web
from adapters.web.server import Server
from bot.model import Finish, Finished, Text, Usage
from tests.adapters.web_bench import bench

PAGE = (Path(__file__).parents[2] / "docs" / "web.md").read_text("utf-8")


def example(heading: str) -> Any:
    """Return the JSON below a heading."""
    _, _, below = PAGE.partition(f"### `{heading}")
    found = re.search(r"```json\n(.*?)```", below, re.DOTALL)
    assert found is not None, heading
    return json.loads(found[1])


def differences(shown: Any, told: Any, where: str = "") -> list[str]:
    """Return where two values have other names in them; of lists, the first entries are compared."""
    if isinstance(shown, dict) and isinstance(told, dict):
        open_ended = where.endswith(("strings", "parameters", "platforms"))
        names = set() if open_ended else shown.keys() ^ told.keys()
        below = [
            one
            for name in shown.keys() & told.keys()
            for one in differences(shown[name], told[name], f"{where}.{name}")
        ]
        return [f"{where}.{name}" for name in sorted(names)] + below
    if isinstance(shown, list) and isinstance(told, list) and shown and told:
        return differences(shown[0], told[0], where)
    return []


async def test_the_answers_have_the_names_that_are_written_down(tmp_path: Path) -> None:
    async with bench(tmp_path, MODEL_NAME="auto") as page:
        page.model.script([Text("Yes."), Usage(prompt=12, completion=3), Finished(Finish.STOP)])
        await page.post("/api/conversations/w1/messages", {"text": "Is it so?"}, status=202)
        await page.over("w1")
        told = {
            "GET /api/settings": await page.get("/api/settings"),
            "GET /api/conversations?": await page.get("/api/conversations", params={"limit": 1}),
            "GET /api/conversations/{id}`\n": await page.get("/api/conversations/w1"),
            "GET /api/usage": await page.get("/api/usage"),
        }

    for heading, answer in told.items():
        assert differences(example(heading), answer) == [], heading


def test_every_address_is_written_down() -> None:
    web = Web(host="127.0.0.1", port=0, token="")
    routes = {
        (route.method, str(route.resource.canonical))
        for route in Server(web._front).app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    missing = [
        f"{method} {path}"
        for method, path in sorted(routes)
        if f"{method} {path}" not in PAGE and f"`{path.removesuffix('{name}')}" not in PAGE
    ]

    assert [one for one in missing if "static" not in one] == []


def test_every_code_of_an_error_is_written_down() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(refusals.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'Refusal\(\s*\d+,\s*"(\w+)"', source)) | {
        code for _, code, _ in refusals._OF_MODEL.values()
    }

    assert {code for code in codes if f"`{code}`" not in PAGE} == set()
