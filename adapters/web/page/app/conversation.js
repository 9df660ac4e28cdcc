// One conversation on the screen: it shows what the server tells, and tells the server what people do.

import { announce, complain, hush } from "./announce.js";
import { ask, conversation, get } from "./api.js";
import { words } from "./blocks.js";
import { Composer, readOnly } from "./composer.js";
import { el, find, icon, isTouched } from "./dom.js";
import { Entry } from "./entry.js";
import { Live } from "./live.js";
import { Outbox } from "./outbox.js";
import { keepingPlace, toEnd, watch } from "./scrolling.js";
import { platformName, rich, say } from "./words.js";

/** Milliseconds without a connection after which that is said: a moment of it is nothing to read about. */
const PATIENCE = 1_200;
/** What is known before the server has told anything: enough to show what is on its way to it. */
const NOTHING = { entries: [], writable: true };

export class Conversation {
  /** `changed(state)` is told whenever the conversation is another than before: its title, settings, totals. */
  constructor(host, id, settings, changed) {
    this.id = id;
    this.settings = settings;
    this.changed = changed;
    this.state = null;
    this.entries = [];
    this.composer = new Composer({ send: (text) => this.send(text), stop: () => this.stop(), most: settings.limits?.message_characters });
    this.log = el("div", { class: "log", id: "log" });
    this.hello = this.welcome();
    this.line = el("p", { class: "line", hidden: true, role: "status" }, say("page_reconnecting"));
    this.end = el("button", { type: "button", class: "to-end", hidden: true, "aria-label": say("label_page_newest"), title: say("label_page_newest"), click: toEnd }, icon("end"));
    this.foot = el("div", { class: "desk" }, this.line, this.end, this.composer.element);
    this.element = el("section", { class: "talk" }, this.hello, this.log, this.foot);
    host.replaceChildren(this.element);
    this.composer.open(id);
    if (!isTouched()) this.composer.focus();
    this.outbox = new Outbox(id, () => this.draw(), (text, failure) => this.refused(text, failure));
    this.draw();
    this.unwatch = watch((isAtEnd) => { this.end.hidden = isAtEnd; });
    this.live = new Live(id, (name, data) => this.hear(name, data), (isOpen) => this.connected(isOpen));
  }

  get known() {
    return this.state ?? NOTHING;
  }

  close() {
    this.live.close();
    this.outbox.close();
    this.unwatch();
    clearTimeout(this.patience);
  }

  welcome() {
    const demo = this.settings.demo ? el("p", { class: "demo" }, rich(say("page_demo"))) : null;
    return el("div", { class: "hello", hidden: true }, el("p", { class: "greeting" }, say("page_hello")), demo);
  }

  // ---------------------------------------------------------------- what the server tells

  hear(name, data) {
    if (name === "answer") this.grow(data);
    else this.replace(name === "snapshot" ? { ...data, from: 0 } : data);
  }

  replace({ from, entries, ...rest }) {
    const before = this.state;
    const kept = before ? before.entries.slice(0, from) : [];
    this.state = { ...before, ...rest, entries: [...kept, ...entries] };
    this.outbox.settle(this.state.entries);
    this.tell(before);
    this.draw();
    if (!before) toEnd();
    this.changed(this.state);
  }

  grow({ turn, from, blocks, ...rest }) {
    const at = this.known.entries.findIndex((entry) => entry.turn === turn);
    if (at < 0) return;
    const old = this.state.entries[at];
    const html = blocks ? [...old.html.slice(0, from), ...blocks] : old.html;
    const entries = [...this.state.entries];
    entries[at] = { ...old, ...rest, html };
    const before = this.state;
    this.state = { ...before, entries };
    if (old.state === entries[at].state) {
      keepingPlace(() => this.drawOne(entries[at], at));
      return;
    }
    this.tell(before);
    this.draw();
    this.changed(this.state);
  }

  /** Says aloud that an answer begins or ends, and nothing between. */
  tell(before) {
    if (!before) return;
    const was = new Map(before.entries.map((entry) => [entry.turn, entry.state]));
    for (const entry of this.state.entries) {
      if (entry.turn === null || was.get(entry.turn) === entry.state) continue;
      if (entry.state === "running") announce(say("page_answering"));
      else if (was.has(entry.turn) && entry.state !== "waiting") announce(ending(entry));
    }
  }

  connected(isOpen) {
    if (isOpen) {
      clearTimeout(this.patience);
      this.patience = undefined;
      this.line.hidden = true;
      if (this.isLost) this.outbox.flush();
    } else {
      this.patience ??= setTimeout(() => this.lookWhy(), PATIENCE);
    }
    this.isLost = !isOpen;
  }

  /** Says that the connection is gone, unless the server says that there is nothing to be connected to. */
  async lookWhy() {
    this.line.hidden = false;
    try {
      await get(conversation(this.id));
    } catch (failure) {
      if (failure.kept || !this.isLost) return;
      this.close();
      this.element.replaceChildren(el("p", { class: "empty", role: "alert" }, failure.message));
    }
  }

  // ---------------------------------------------------------------- the screen

  draw() {
    const { entries, writable } = this.known;
    const shown = [...entries, ...this.outbox.shown()];
    const focused = document.activeElement;
    keepingPlace(() => {
      shown.forEach((entry, n) => this.drawOne(entry, n));
      for (const gone of this.entries.splice(shown.length)) gone.element.remove();
      if (!focused.isConnected && !isTouched()) this.composer.focus();
      this.hello.hidden = !this.state || shown.length > 0 || !writable;
    });
    this.element.classList.toggle("fresh", !this.hello.hidden);
    this.composer.running(this.running() !== undefined);
    this.drawFoot();
  }

  /** Shows an entry in its place; one that changed its place moves there, so that nothing on it is lost. */
  drawOne(entry, n) {
    const key = entry.turn ?? entry.key ?? `waiting-${n}`;
    if (this.entries[n]?.key !== key) {
      const found = this.entries.findIndex((one, at) => at > n && one.key === key);
      const one = found > 0 ? this.entries.splice(found, 1)[0] : this.newEntry(key);
      this.log.insertBefore(one.element, this.entries[n]?.element ?? null);
      this.entries.splice(n, 0, one);
    }
    this.entries[n].show(entry, this.known.writable);
  }

  newEntry(key) {
    const one = new Entry({
      press: (control, value) => this.press(control, value),
      rate: (turn, rating, note) => this.rate(turn, rating, note),
      retry: () => this.outbox.flush(),
      discard: (unsent) => this.discard(unsent),
    });
    one.key = key;
    return one;
  }

  drawFoot() {
    if (this.known.writable) return;
    const line = find(".only-read", this.foot);
    if (!line) this.composer.element.replaceWith(readOnly(platformName(this.state.platform)));
  }

  running() {
    return this.known.entries.find((entry) => entry.state === "running");
  }

  // ---------------------------------------------------------------- what people do

  send(text) {
    hush();
    this.outbox.add(text);
    toEnd();
  }

  refused(text, failure) {
    this.composer.restore(text);
    complain(failure.message);
  }

  discard(key) {
    this.composer.restore(this.outbox.discard(key));
  }

  /** Stops the answer that grows; returns whether there was one. */
  stop() {
    const entry = this.running();
    const control = entry?.controls?.find(({ name }) => name === "stop");
    if (entry) this.press("stop", control?.value ?? String(entry.turn));
    return Boolean(entry);
  }

  async press(control, value) {
    await trying(async () => {
      const told = await ask("POST", conversation(this.id, "/press"), { control, value });
      if (told?.message) complain(told.message);
    });
  }

  async rate(turn, rating, note) {
    await trying(async () => {
      const told = await ask("POST", conversation(this.id, "/rating"), note === undefined ? { turn, rating } : { turn, rating, note });
      const remark = note === undefined ? {} : { remark: note };
      this.grow({ turn, rating: told?.rating ?? rating, ...remark });
    });
  }
}

async function trying(deed) {
  try {
    hush();
    await deed();
  } catch (failure) {
    complain(failure.message);
  }
}

/** What is said aloud of an answer that ended: the bot's own words about it, where there are any. */
function ending(entry) {
  return words(entry.note ?? "") || say("page_done");
}
