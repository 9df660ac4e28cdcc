// The list of conversations and the ways to the other places; on a phone it slides in over the page.

import { get } from "./api.js";
import { el, find, findAll } from "./dom.js";
import { ago, moment } from "./format.js";
import { say } from "./words.js";

const MOST = 60;

export class Drawer {
  constructor() {
    this.element = find("#drawer");
    this.opener = find("#open-drawer");
    this.veil = find("#veil");
    this.list = find("#list");
    this.last = "";
    this.opener.addEventListener("click", () => this.open());
    find("#close-drawer").addEventListener("click", () => this.close());
    this.veil.addEventListener("click", () => this.close());
    this.element.addEventListener("click", (event) => { if (event.target.closest("a")) this.close(); });
  }

  get isOpen() {
    return this.element.classList.contains("open");
  }

  open() {
    this.element.classList.add("open");
    this.veil.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    find(".room").inert = true;
    find("#close-drawer").focus();
  }

  close() {
    if (!this.isOpen) return;
    this.element.classList.remove("open");
    this.veil.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    find(".room").inert = false;
    this.opener.focus();
  }

  /** Asks for the list anew; one that cannot be had now leaves the old one standing. */
  async refresh() {
    try {
      const { conversations } = await get(`api/conversations?platform=web&limit=${MOST}`);
      this.show(conversations);
    } catch {
      // The line about the connection says what is wrong, and the next refresh may find it put right.
    }
  }

  show(conversations) {
    const known = JSON.stringify([conversations.map(({ id, title, live, at }) => [id, title, live, ago(at)])]);
    if (known === this.last) return;
    this.last = known;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
    const groups = grouped(conversations);
    this.list.replaceChildren(...[...groups].flatMap(([heading, found]) => [
      el("h2", {}, heading),
      el("ul", {}, found.map((one) => el("li", {}, link(one)))),
    ]));
    this.mark(this.here);
    if (focused) findAll("a", this.list).find(({ dataset }) => dataset.id === focused)?.focus({ preventScroll: true });
  }

  /** Marks where we are: the id of a conversation or the name of a place. */
  mark(here) {
    this.here = here;
    for (const one of findAll("a", this.element)) {
      const isHere = one.dataset.id === here || one.dataset.place === here;
      if (isHere && here) one.setAttribute("aria-current", "page");
      else one.removeAttribute("aria-current");
    }
  }
}

function link({ id, title, live, at }) {
  const sign = live ? el("span", { class: "live", title: say("label_page_live") }, el("span", { class: "hidden" }, ` (${say("label_page_live")})`)) : null;
  return el("a", { href: `#/c/${encodeURIComponent(id)}`, "data-id": id, title }, el("span", { class: "title" }, title || moment(at)), sign);
}

function grouped(conversations) {
  const groups = new Map();
  for (const one of conversations) {
    const heading = ago(one.at);
    groups.set(heading, [...(groups.get(heading) ?? []), one]);
  }
  return groups;
}
