// One conversation as it happens. The server begins each stream with all of it, so nothing has to be remembered.

import { conversation } from "./api.js";

const SHORTEST = 500;
const LONGEST = 10_000;
/** Milliseconds. A phone that slept may hold a connection that is dead and does not know it. */
const SLEPT = 20_000;

export class Live {
  /** `hear(name, data)` gets every event; `changed(isOpen)` is told when the connection comes and goes. */
  constructor(id, hear, changed) {
    this.id = id;
    this.hear = hear;
    this.changed = changed;
    this.wait = SHORTEST;
    this.hiddenAt = 0;
    this.onWake = () => this.wake();
    document.addEventListener("visibilitychange", this.onWake);
    addEventListener("online", this.onWake);
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = new EventSource(conversation(this.id, "/events"));
    for (const name of ["snapshot", "answer", "entries"]) {
      this.source.addEventListener(name, (event) => this.take(name, event));
    }
    this.source.onerror = () => this.lost();
  }

  take(name, event) {
    this.wait = SHORTEST;
    this.changed(true);
    this.hear(name, JSON.parse(event.data));
  }

  // EventSource gives up for good where a server answers with an error, and waits long elsewhere.
  lost() {
    this.source.close();
    this.changed(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 1.6, LONGEST);
  }

  wake() {
    if (document.hidden) {
      this.hiddenAt = Date.now();
      return;
    }
    const slept = this.hiddenAt > 0 && Date.now() - this.hiddenAt > SLEPT;
    if (slept || this.source.readyState !== EventSource.OPEN) this.open();
    this.hiddenAt = 0;
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
    document.removeEventListener("visibilitychange", this.onWake);
    removeEventListener("online", this.onWake);
  }
}
