// Copying, and the words about it.

import { announce, complain } from "./announce.js";
import { el, find, icon } from "./dom.js";
import { say } from "./words.js";

const SHOWN = 1_600;

export async function copy(text, button) {
  if (!(await written(text))) {
    complain(say("page_no_copy"));
    return;
  }
  announce(say("label_page_copied"));
  button.classList.add("done");
  find("svg", button).replaceWith(icon("check"));
  setTimeout(() => {
    button.classList.remove("done");
    find("svg", button).replaceWith(icon("copy"));
  }, SHOWN);
}

async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return selected(text);
  }
}

// Without https, other machines than this one have no clipboard but this old way to it.
function selected(text) {
  const box = el("textarea", { class: "hidden", "aria-hidden": "true" });
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  return done;
}
