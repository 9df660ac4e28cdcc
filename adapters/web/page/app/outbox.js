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
    this.entries = [];
    this.messages = unsentOf(id).map((message) => ({ ...message, before: 0 }));
    this.flush();
  }

  get unsent() {
    return this.messages.filter(({ arrived }) => !arrived);
  }

  add(text) {
    this.messages.push({ key: newKey(), text, before: this.timesAsked(text) });
    this.keep();
    this.flush();
  }

  /** Takes a message back; returns its words. */
  discard(key) {
    const found = this.messages.find((message) => message.key === key);
    this.drop(found);
    return found?.text ?? "";
  }

  /** What is to be shown below what the server knows of; it may know a message before it has said so. */
  shown() {
    return this.messages.filter((message) => !this.isKnown(message)).map(({ key, text, tried }) => ({
      key, turn: null, kind: "answer", question: text, html: [], state: tried ? "unsent" : "sending",
    }));
  }

  /** Takes in what the server knows. */
  settle(entries) {
    this.entries = entries;
    this.messages = this.messages.filter((message) => !message.arrived || !this.isKnown(message));
  }

  isKnown({ text, before }) {
    return this.timesAsked(text) > before;
  }

  timesAsked(text) {
    return this.entries.filter(({ question }) => question.includes(text)).length;
  }

  /** Sends what waits, one after the other, so that it arrives in the order it was written. */
  async flush() {
    clearTimeout(this.timer);
    const [message] = this.unsent;
    if (this.isBusy || !message) return;
    this.isBusy = true;
    const isDone = await this.send(message);
    this.isBusy = false;
    this.keep();
    if (isDone) this.flush();
  }

  /** Sends one message; returns false if it must be tried again later. */
  async send(message) {
    try {
      await ask("POST", conversation(this.id, "/messages"), { text: message.text, key: message.key });
      this.arrive(message);
    } catch (failure) {
      if (failure.kept) {
        message.tried = true;
        this.timer = setTimeout(() => this.flush(), AGAIN);
        return false;
      }
      this.drop(message);
      this.refused(message.text, failure);
    }
    return true;
  }

  arrive(message) {
    message.arrived = true;
    setTimeout(() => this.drop(message), SHOWN);
    this.settle(this.entries);
  }

  drop(message) {
    if (!this.messages.includes(message)) return;
    this.messages = this.messages.filter((one) => one !== message);
    this.keep();
  }

  keep() {
    keepUnsent(this.id, this.unsent.map(({ key, text }) => ({ key, text })));
    this.changed();
  }

  close() {
    clearTimeout(this.timer);
  }
}
