// The blocks of an answer: the only place where HTML becomes elements, and it takes the server's sanitised blocks only.

import { el, findAll, icon } from "./dom.js";
import { say } from "./words.js";

const trusted = globalThis.trustedTypes?.createPolicy("blocks", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

export class Blocks {
  constructor(host) {
    this.host = host;
    this.shown = [];
  }

  /** Shows these blocks; what did not change is not touched, so that selections, scroll positions and focus stay. */
  set(blocks) {
    const parts = this.host.children;
    blocks.forEach((html, n) => {
      if (this.shown[n] === html) return;
      if (n >= parts.length) this.host.append(el("div", { class: "block" }));
      grow(parts[n], parsed(html));
    });
    while (parts.length > blocks.length) this.host.lastElementChild.remove();
    this.shown = [...blocks];
  }
}

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = trusted.createHTML(html);
  dress(template.content);
  return template.content;
}

/** The words of a block, without anything else. */
export const words = (html) => parsed(html).textContent.trim();

/** Adds what people press: the server sends what is to be read, and nothing else. */
function dress(fragment) {
  for (const bar of findAll(".code-bar", fragment)) bar.append(copyButton());
  for (const box of findAll(".code pre", fragment)) scrollable(box, say("label_page_code"));
  for (const box of findAll(".table", fragment)) scrollable(box, say("label_page_table"));
  for (const one of findAll(".spoiler", fragment)) {
    one.setAttribute("role", "button");
    one.setAttribute("tabindex", "0");
    one.setAttribute("aria-label", say("label_page_reveal"));
  }
}

function copyButton() {
  return el("button", { type: "button", class: "copy", "aria-label": say("label_page_copy_code"), title: say("label_page_copy_code") }, icon("copy"));
}

/** What scrolls sideways must be reached by the keyboard, and have a name. */
function scrollable(box, label) {
  box.setAttribute("tabindex", "0");
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", label);
}

/** Makes `old` look like `fresh`, keeping every node that is the same or has only grown. */
function grow(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  let same = 0;
  while (same < before.length && same < after.length && before[same].isEqualNode(after[same])) same += 1;
  if (same < before.length && same < after.length && isGrown(before[same], after[same])) {
    if (before[same].nodeType === Node.TEXT_NODE) before[same].data = after[same].data;
    else grow(before[same], after[same]);
    same += 1;
  }
  for (const gone of before.slice(same)) gone.remove();
  old.append(...after.slice(same));
}

function isGrown(a, b) {
  if (a.nodeType !== b.nodeType) return false;
  return a.nodeType === Node.TEXT_NODE || a.cloneNode(false).isEqualNode(b.cloneNode(false));
}
