// A button that asks back: what it does cannot be undone, so it takes two presses.

import { el, icon } from "./dom.js";
import { say } from "./words.js";

/** Milliseconds after which the question is withdrawn. */
const PATIENCE = 5_000;

/** `words` stand on the button, or only a sign does where `isSmall`; the second press calls `deed`. */
export function twice(words, deed, isSmall) {
  const calm = () => (isSmall ? [icon("erase")] : [icon("erase"), words]);
  const button = el("button", { type: "button", class: isSmall ? "plain erase" : "deed erase", "aria-label": words, title: words }, calm());
  let timer;
  const rest = () => {
    clearTimeout(timer);
    button.classList.remove("sure");
    button.setAttribute("aria-label", words);
    button.replaceChildren(...calm());
  };
  button.addEventListener("click", () => {
    if (button.classList.contains("sure")) {
      rest();
      deed();
      return;
    }
    button.classList.add("sure");
    button.setAttribute("aria-label", say("label_page_erase_really"));
    button.replaceChildren(say("label_page_erase_really"));
    timer = setTimeout(rest, PATIENCE);
  });
  button.addEventListener("blur", rest);
  return button;
}
