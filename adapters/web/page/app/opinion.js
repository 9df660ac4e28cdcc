// What somebody thinks of an answer, in words.

import { el } from "./dom.js";
import { say } from "./words.js";

/** A line to write in; `done` gets the words, or null if there are none to be kept. */
export function opinion(words, done) {
  const box = el("input", { type: "text", value: words, maxlength: "500", "aria-label": say("label_page_remark"), placeholder: say("label_page_remark"), "data-name": "remark" });
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    done(null);
  };
  const send = (event) => {
    event.preventDefault();
    done(box.value.trim());
  };
  return el("form", { class: "opinion", submit: send, keydown: escape }, box, el("button", { type: "submit", class: "deed" }, say("label_page_save")));
}
