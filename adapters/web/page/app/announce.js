// Words for those who do not look: one line that screen readers read, and one that stays until it is closed.

import { el, find, iconButton, isTouched } from "./dom.js";
import { say } from "./words.js";

/** Says something once. What was said before is replaced, so nothing piles up while an answer grows. */
export function announce(sentence) {
  const line = find("#said");
  line.textContent = "";
  setTimeout(() => { line.textContent = sentence; }, 50);
}

/** Shows what went wrong, until it is closed or something else is shown. */
export function complain(sentence) {
  hush();
  const before = document.activeElement;
  const close = iconButton("close", say("label_page_close"), () => { hush(); goOn(before); });
  find(".room").append(el("div", { class: "complaint", id: "complaint", role: "alert" }, el("p", {}, sentence), close));
}

/** Goes back to where somebody was, or to where they write; fingers are not shown a keyboard they did not ask for. */
function goOn(before) {
  const home = (isTouched() ? null : find("#message")) ?? find("#main");
  (before.isConnected && before !== document.body ? before : home).focus({ preventScroll: true });
}

export function hush() {
  find("#complaint")?.remove();
}
