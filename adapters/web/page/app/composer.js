// Where people write. What is typed is kept for each conversation, also over a reload.

import { el, find, icon, isTouched } from "./dom.js";
import { draftOf, keepDraft } from "./keep.js";
import { number } from "./format.js";
import { say } from "./words.js";

/** The part of the window that the box may take. */
const HIGHEST = 0.4;

export class Composer {
  /** `send(text)` and `stop()` are called; `most` are the characters of the longest message. */
  constructor({ send, stop, most }) {
    this.send = send;
    this.most = most;
    this.id = "";
    this.box = el("textarea", {
      id: "message", rows: "1", "aria-label": say("label_page_message"), placeholder: say("page_placeholder"),
      enterkeyhint: isTouched() ? "enter" : "send", "aria-describedby": isTouched() ? null : "keys", dir: "auto",
      input: () => this.changed(), keydown: (event) => this.key(event),
    });
    this.sendButton = el("button", { type: "submit", class: "send", "aria-label": say("label_page_send"), title: say("label_page_send") }, icon("send"));
    this.stopButton = el("button", { type: "button", class: "stop", hidden: true, "aria-label": say("label_stop"), title: say("label_stop"), click: stop }, icon("stop"));
    this.excess = el("p", { class: "excess", role: "alert", hidden: true });
    const keys = el("p", { class: "keys", id: "keys" }, say("page_keys"));
    this.element = el("form", { class: "composer", submit: (event) => this.submit(event) }, this.excess, el("div", { class: "letter" }, this.box, this.stopButton, this.sendButton), keys);
    addEventListener("resize", () => this.fit());
  }

  open(id) {
    this.id = id;
    this.box.value = draftOf(id);
    this.changed();
  }

  focus() {
    this.box.focus({ preventScroll: true });
  }

  /** Puts words back that could not be sent, before what was written since. */
  restore(text) {
    this.box.value = [text, this.box.value].filter(Boolean).join("\n");
    this.changed();
  }

  /** Shows the way to stop while there is something to be stopped; a focus on it must not get lost with it. */
  running(isRunning) {
    if (!isRunning && document.activeElement === this.stopButton) this.focus();
    this.stopButton.hidden = !isRunning;
  }

  changed() {
    keepDraft(this.id, this.box.value);
    const over = this.most ? this.box.value.trim().length - this.most : 0;
    this.excess.hidden = over <= 0;
    if (over > 0) this.excess.textContent = say("page_too_long", { count: number(over) });
    this.sendButton.disabled = !this.box.value.trim() || over > 0;
    this.fit();
  }

  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, innerHeight * HIGHEST)}px`;
  }

  key(event) {
    // Enter also ends the choice of characters in Chinese and Japanese; that is not a wish to send.
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || isComposing || isTouched()) return;
    event.preventDefault();
    this.submit(event);
  }

  submit(event) {
    event.preventDefault();
    const text = this.box.value.trim();
    if (!text || this.sendButton.disabled) return;
    this.box.value = "";
    this.changed();
    this.send(text);
    this.focus();
  }
}

/** The line that stands there instead where a conversation can only be read. */
export function readOnly(platform) {
  return el("p", { class: "composer only-read" }, say("page_read_only", { platform }));
}

/** True while somebody writes somewhere. */
export const isWriting = (target) => Boolean(target.closest?.("input, textarea, select, [contenteditable]"));

export const message = () => find("#message");
