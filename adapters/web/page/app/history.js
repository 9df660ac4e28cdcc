// All conversations there ever were, on all platforms, to be searched and read.

import { announce, complain } from "./announce.js";
import { ask, conversation, get } from "./api.js";
import { el, find, icon } from "./dom.js";
import { fullMoment, money, moment, number, parameters, short } from "./format.js";
import { head } from "./charts.js";
import { forget } from "./keep.js";
import { twice } from "./twice.js";
import { named, platformName, say } from "./words.js";

const PAGE = 50;
/** Milliseconds after the last letter until it is searched for. */
const PAUSE = 250;
const PLATFORMS = ["", "web", "telegram", "slack"];
const COLUMNS = ["time", "first_words", "where", "model", "parameters", "tokens", "rating", "note"];

export class History {
  constructor(host) {
    this.search = el("input", { type: "search", "aria-label": say("label_page_search"), placeholder: say("label_page_search"), input: () => this.later() });
    this.where = el("select", { "aria-label": say("label_page_where"), change: () => this.restart() },
      PLATFORMS.map((name) => el("option", { value: name }, name ? platformName(name) : say("label_all"))));
    this.body = el("tbody");
    this.table = el("table", { class: "past" }, head([...COLUMNS.map(title), ""]), this.body);
    this.told = el("p", { class: "empty", role: "status" });
    this.more = el("button", { type: "button", class: "deed more", hidden: true, click: () => this.load() }, say("label_page_more"));
    host.replaceChildren(el("section", { class: "view wide" }, el("div", { class: "tools" }, el("search", {}, this.search), this.where), this.table, this.told, this.more));
    this.restart();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.restart(), PAUSE);
  }

  restart() {
    this.next = null;
    this.isFresh = true;
    return this.load();
  }

  /** Loads what comes next; an answer to an older search is too late to be shown. */
  async load() {
    const round = (this.round = (this.round ?? 0) + 1);
    const query = new URLSearchParams({ query: this.search.value.trim(), platform: this.where.value, limit: PAGE, ...(this.next ? { before: this.next } : {}) });
    try {
      const found = await get(`api/conversations?${query}`);
      if (round === this.round) this.show(found);
    } catch (failure) {
      if (round === this.round) this.told.textContent = failure.message;
    }
  }

  show({ conversations, next }) {
    const rows = conversations.map((one) => this.row(one));
    const wantsMore = document.activeElement === this.more;
    if (this.isFresh) this.body.replaceChildren(...rows);
    else this.body.append(...rows);
    this.isFresh = false;
    this.next = next;
    this.more.hidden = !next;
    // Who asked for more goes on with the first of it; the way to the next may be gone.
    if (wantsMore && rows.length) find("a", rows[0]).focus({ preventScroll: true });
    this.tell();
  }

  tell() {
    const isEmpty = !this.body.hasChildNodes();
    this.table.hidden = isEmpty;
    this.told.textContent = isEmpty ? say(this.search.value.trim() ? "page_found_nothing" : "page_nothing") : "";
  }

  row(one) {
    const cells = cellsOf(one);
    const found = el("tr", {}, COLUMNS.map((name) => el("td", { class: name }, cells[name])));
    found.append(el("td", { class: "erasing" }, twice(`${say("label_page_erase")}: ${short(one.title, 40)}`, () => this.erase(one.id, found), true)));
    return found;
  }

  /** Takes a row away; who was on it goes on with its neighbour. */
  remove(found) {
    const neighbour = found.nextElementSibling ?? found.previousElementSibling;
    const wasHere = found.contains(document.activeElement);
    found.remove();
    this.tell();
    if (wasHere) (neighbour ? find(".erase", neighbour) : this.search).focus({ preventScroll: true });
  }

  async erase(id, found) {
    try {
      await ask("DELETE", conversation(id));
      forget(id);
      this.remove(found);
      announce(say("page_erased"));
    } catch (failure) {
      complain(failure.message);
    }
  }
}

function cellsOf(one) {
  return {
    time: el("time", { datetime: fullMoment(one.at) }, moment(one.at)),
    first_words: el("a", { href: `#/c/${encodeURIComponent(one.id)}` }, one.title || "…"),
    where: platformName(one.platform),
    model: one.model ? named(one.model) : "",
    parameters: parameters(one.parameters),
    tokens: [one.tokens === null ? "" : number(one.tokens), money(one.cost, one.currency)].filter(Boolean).join(" · "),
    rating: rated(one.rating),
    note: one.note,
  };
}

const title = (name) => say(name === "model" ? "label_model" : `label_page_${name}`);

function rated(rating) {
  if (!rating) return "";
  const name = rating > 0 ? "good" : "bad";
  return el("span", { role: "img", "aria-label": say(`label_page_${name}`) }, icon(name));
}
