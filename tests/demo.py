"""`make demo`: the worker between loopback servers with a scripted model; prints what a person would see.

Nothing leaves this machine, no token is needed, and it ends by itself.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ledger import growing
from tests.scenarios.stage import Stage
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from tests.servers.telegram import Shown

PERSON, CHANNEL, COLLEAGUE = 7, "C0TEAM", "U0ANNA"
ANSWER = """## A bot in four lines

Here is **the whole idea**, as a list:

1. read what was *said*
2. ask the model
3. show the answer while it grows

```python
def main() -> None:
    print("hello, world")
```

| step | cost |
|------|-----:|
| read | 1    |
| ask  | 20   |

That is all there is to it: [the manual](https://example.org/manual) has the rest.
"""


def show(who: str, what: str) -> None:
    """Print one step of the conversation."""
    sys.stdout.write(f"\n── {who} {'─' * max(2, 70 - len(who))}\n{what}\n")
    sys.stdout.flush()


def look(message: Shown) -> str:
    """Return a Telegram message as a person sees it, its buttons beneath."""
    buttons = " ".join(f"[ {button.label} ]" for button in message.buttons)
    return f"{message.text}\n{buttons}".strip()


async def watch(stage: Stage, message: Shown, version: int) -> None:
    """Wait for a version of a message and print it."""
    await stage.until(lambda: len(message.versions) >= version)
    show(f"Telegram, version {version} of the bot's message", look(message))


async def in_telegram(stage: Stage) -> None:
    """A private chat: the answer grows in one message, more is said meanwhile, and asked differently afterwards."""
    stage.qwen.queue(answer(ANSWER, chunk=6, pause=0.04), answer("You are welcome!", chunk=4))
    show("Telegram, a person writes", "How does a bot work?")
    stage.telegram.say(PERSON, "How does a bot work?")
    await stage.until(lambda: stage.telegram.messages(PERSON))
    message = stage.telegram.messages(PERSON)[0]
    await watch(stage, message, 1)
    show("Telegram, the person writes on meanwhile", "Thank you!")
    stage.telegram.say(PERSON, "Thank you!")
    waiting = stage.telegram.everything(PERSON)[-1]
    await stage.until(lambda: waiting.reaction)
    show("Telegram, under that message", waiting.reaction)
    seen = 1
    while growing(message) or len(message.versions) > seen:
        seen += 1
        await watch(stage, message, seen)
    await stage.until(lambda: len(stage.telegram.messages(PERSON)) > 1)
    show("Telegram, the next message of the bot", look(stage.telegram.messages(PERSON)[1]))
    stage.qwen.queue(answer("谢谢！"))
    show("Telegram, the person changes what they wrote", "Thank you! How do I say that in Chinese?")
    stage.telegram.edit(PERSON, waiting.message_id, "Thank you! How do I say that in Chinese?")
    await stage.until(lambda: stage.telegram.messages(PERSON)[1].text == "谢谢！")
    show("Telegram, the same message of the bot", look(stage.telegram.messages(PERSON)[1]))


async def in_slack(stage: Stage) -> None:
    """A mention in a channel, and a follow-up in its thread without one."""
    stage.qwen.queue(answer("*Of course.* **Ask away**, I am in this thread now.", chunk=8))
    stage.qwen.queue(answer("Since the thread is the conversation, no second mention is needed.", chunk=8))
    show("Slack, a colleague mentions the bot", "@bot can you help us?")
    root = stage.slack.mention(CHANNEL, COLLEAGUE, "can you help us?")
    await stage.until(lambda: len(stage.slack.replies(CHANNEL)) == 1)
    show("Slack, in the thread", stage.slack.replies(CHANNEL)[0].text)
    show("Slack, in the thread, without a mention", "do I have to mention you again?")
    stage.slack.say(CHANNEL, COLLEAGUE, "do I have to mention you again?", thread_ts=root)
    await stage.until(lambda: len(stage.slack.replies(CHANNEL)) == 2)
    show("Slack, in the thread", stage.slack.replies(CHANNEL)[1].text)


async def with_trouble(stage: Stage) -> None:
    """A restart in the middle of an answer, and a refused key."""
    stage.qwen.queue(answer("This answer is cut by a restart, " * 20, chunk=8, pause=0.05))
    stage.qwen.queue(
        answer("This answer is cut by a restart, " * 20 + "and still ends in its message.", chunk=64)
    )
    stage.telegram.say(PERSON, "Tell me something long.")
    await stage.until(lambda: len(stage.telegram.messages(PERSON)) == 3)
    message = stage.telegram.messages(PERSON)[2]
    await stage.kill()
    show("Telegram, the moment the bot is killed", look(message)[-60:])
    await stage.start()
    await stage.until(lambda: message.text.endswith("in its message."))
    show("Telegram, the same message after the restart", "…" + look(message)[-60:])


async def main() -> None:
    """Play all scenes."""
    with tempfile.TemporaryDirectory() as folder:
        async with Stage(Path(folder)) as stage:
            await stage.start()
            await in_telegram(stage)
            await in_slack(stage)
            await with_trouble(stage)
            code, seconds = await stage.terminate()
            show("The end", f"stopped with exit code {code} after {seconds:.1f} s")


if __name__ == "__main__":
    asyncio.run(main())
