// Messages on their way. Each has a key, so sending one again that did arrive changes nothing.

import { ask, conversation } from "./api.js";
import { keepUnsent, newKey, unsentOf } from "./keep.js";

/** Milliseconds after which a message is tried again. */
const AGAIN = 3_000;
/** Milliseconds for which a message that arrived is shown until the server shows it. */
const SHOWN = 3_000;

export class Outbox {
  /** `changed()` is called when there is more or less to show, `refused(text, failure)` when a message will never go. */
  constructor(id, changed, refused) {
    this.id = id;
    this.changed = changed;
    this.refused = refused;
    this.waiting = unsentOf(id);
    this.arrived = [];
    this.known = [];
    if (this.waiting.length) this.flush();
  }

  add(text) {
    this.waiting.push({ key: newKey(), text });
    this.keep();
    this.flush();
  }

  discard(key) {
    this.waiting = this.waiting.filter((message) => message.key !== key);
    this.keep();
  }

  /** What is to be shown below what the server knows of. */
  shown() {
    return [...this.arrived, ...this.waiting].map(({ key, text, tried }) => ({
      key, turn: null, kind: "answer", question: text, html: [], state: tried ? "unsent" : "sending",
    }));
  }

  /** The server has told what it knows, so what arrived is part of that. */
  settle(entries) {
    this.known = entries;
    this.arrived = [];
  }

  /** Sends what waits, one after the other, so that it arrives in the order it was written. */
  async flush() {
    clearTimeout(this.timer);
    if (this.isBusy || !this.waiting.length) return;
    this.isBusy = true;
    const message = this.waiting[0];
    const before = this.known;
    try {
      await ask("POST", conversation(this.id, "/messages"), { text: message.text, key: message.key });
      this.arrive(message, before);
    } catch (failure) {
      this.fail(message, failure);
    }
    this.isBusy = false;
    this.keep();
    if (this.waiting.length && !this.waiting[0].tried) this.flush();
  }

  /** Keeps showing the message until the server does; it may have done so before it answered. */
  arrive(message, before) {
    this.waiting = this.waiting.filter((one) => one !== message);
    const isShown = this.known !== before && this.known.slice(-3).some(({ question }) => question.includes(message.text));
    if (isShown) return;
    this.arrived.push(message);
    setTimeout(() => {
      this.arrived = this.arrived.filter((one) => one !== message);
      this.changed();
    }, SHOWN);
  }

  fail(message, failure) {
    if (failure.kept) {
      message.tried = true;
      this.timer = setTimeout(() => this.flush(), AGAIN);
      return;
    }
    this.waiting = this.waiting.filter((one) => one !== message);
    this.refused(message.text, failure);
  }

  keep() {
    keepUnsent(this.id, this.waiting.map(({ key, text }) => ({ key, text })));
    this.changed();
  }

  close() {
    clearTimeout(this.timer);
  }
}
