// One question and what came of it.

import { Blocks } from "./blocks.js";
import { copy } from "./copying.js";
import { el, find, findAll, icon, iconButton } from "./dom.js";
import { moment, money, partsOf, short, tokensOf } from "./format.js";
import { opinion } from "./opinion.js";
import { named, say } from "./words.js";

/** Controls that have a place of their own on this page. */
const OWN = new Set(["stop", "good", "bad"]);

export class Entry {
  /** `deeds` is what can be done here: press, rate, retry, discard. */
  constructor(deeds) {
    this.deeds = deeds;
    this.question = el("div", { class: "question" });
    this.thoughts = el("details", { class: "thoughts", hidden: true }, el("summary"), el("div", { class: "prose" }));
    this.answer = el("div", { class: "answer prose" });
    this.status = el("div", { class: "status", hidden: true });
    this.note = el("div", { class: "note prose", hidden: true });
    this.foot = el("footer", { class: "foot", hidden: true });
    const heading = el("h2", { class: "hidden" });
    this.element = el("article", { class: "entry" }, heading, this.question, this.thoughts, this.answer, this.status, this.note, this.foot);
    this.heading = heading;
    this.parts = {
      answer: new Blocks(this.answer),
      thoughts: new Blocks(find(".prose", this.thoughts)),
      status: new Blocks(this.status),
      note: new Blocks(this.note),
    };
    this.last = "";
    /** The line in which somebody is saying why, with all they wrote so far: it outlives what is shown around it. */
    this.reason = null;
    this.answer.addEventListener("click", (event) => this.press(event));
    this.answer.addEventListener("keydown", (event) => this.press(event));
  }

  /** Shows the entry as it is; `isOwn` says whether people may do something with it here. */
  show(entry, isOwn) {
    this.entry = entry;
    this.isOwn = isOwn;
    this.element.dataset.state = entry.state;
    if (entry.turn) this.element.id = `turn-${entry.turn}`;
    this.showQuestion(entry);
    this.parts.answer.set(entry.html ?? []);
    this.showThoughts(entry);
    this.showStatus(entry);
    this.parts.note.set(entry.note ? [entry.note] : []);
    this.note.hidden = !entry.note;
    this.answer.hidden = !entry.html?.length;
    this.showFoot();
  }

  showQuestion(entry) {
    if (this.question.textContent !== entry.question) this.question.textContent = entry.question;
    this.question.hidden = !entry.question;
    this.question.dir = "auto";
    this.heading.textContent = `${say("label_page_question")}: ${short(entry.question, 60)}`;
  }

  showThoughts(entry) {
    const thoughts = entry.thoughts ?? [];
    this.thoughts.hidden = !thoughts.length;
    if (!thoughts.length) return;
    find("summary", this.thoughts).textContent = say("label_page_thoughts");
    this.parts.thoughts.set(thoughts);
    // Open while there is nothing else to read; what a person opened or closed stays so.
    const grows = entry.state === "running" && !entry.html?.length;
    if (this.grew !== grows) this.thoughts.open = grows;
    this.grew = grows;
  }

  /** Says what is being waited for; the sign that an answer grows is drawn by the style sheet. */
  showStatus(entry) {
    const words = statusOf(entry);
    this.status.hidden = !words && entry.state !== "running";
    if (words) {
      this.parts.status.set([]);
      this.status.replaceChildren(el("p", {}, words), ...this.unsentDeeds());
      return;
    }
    if (this.parts.status.shown.length === 0) this.status.replaceChildren();
    this.parts.status.set(entry.status && !this.status.hidden ? [entry.status] : []);
  }

  unsentDeeds() {
    if (this.entry.state !== "unsent") return [];
    const { retry, discard } = this.deeds;
    return [
      el("button", { type: "button", class: "deed", click: () => retry(this.entry.key) }, say("label_page_retry")),
      el("button", { type: "button", class: "deed", click: () => discard(this.entry.key) }, say("label_page_discard")),
    ];
  }

  /** Rebuilds the foot only if something of it changed: buttons must not vanish under a finger. */
  showFoot() {
    const { entry, isOwn } = this;
    const { controls, usage, cost, currency, rating, remark, state, model, seconds } = entry;
    const key = JSON.stringify([controls, usage, cost, currency, rating, remark, state, model, seconds, isOwn, Boolean(entry.markdown), entry.file]);
    if (key === this.last) return;
    this.last = key;
    const focused = this.foot.contains(document.activeElement) ? document.activeElement : null;
    const deeds = this.deedsOf(entry);
    const facts = this.factsOf(entry);
    this.foot.replaceChildren(...[deeds.length ? el("div", { class: "deeds" }, deeds) : null, facts, this.opinionOf(entry)].filter(Boolean));
    this.foot.hidden = !this.foot.hasChildNodes();
    // A menu and a button may have the same name.
    if (focused) findAll("[data-name]", this.foot).find((one) => one.dataset.name === focused.dataset.name && one.tagName === focused.tagName)?.focus();
  }

  deedsOf(entry) {
    const isOver = entry.state === "done" || entry.state === "failed";
    const controls = this.isOwn ? (entry.controls ?? []).filter(({ name }) => !OWN.has(name)) : [];
    const copies = isOver && entry.markdown
      ? [iconButton("copy", say("label_page_copy_answer"), (event) => copy(entry.markdown, event.currentTarget), { "data-name": "copy" })]
      : [];
    const file = entry.file ? [el("a", { class: "deed", "data-name": "file", href: `api/files/${entry.turn}`, download: entry.file }, icon("save"), say("label_page_save_file", { name: entry.file }))] : [];
    return [...file, ...copies, ...this.thumbs(entry), ...controls.map((control) => this.control(control))];
  }

  thumbs(entry) {
    if (entry.kind !== "answer" || entry.state !== "done" || !entry.html?.length) return [];
    if (!this.isOwn && entry.rating === null) return [];
    return [["good", 1], ["bad", -1]].map(([name, value]) => {
      const chosen = entry.rating === value;
      const rate = () => this.rate(chosen ? null : value);
      const extra = { "aria-pressed": String(chosen), "data-name": name, disabled: !this.isOwn };
      return iconButton(name, say(`label_page_${name}`), rate, extra);
    });
  }

  rate(value) {
    this.asksWhy = value !== null;
    this.deeds.rate(this.entry.turn, value);
  }

  opinionOf(entry) {
    if (!entry.rating || !this.asksWhy) this.reason = null;
    if (!entry.rating) return null;
    if (this.asksWhy) return this.reason ??= opinion(entry.remark ?? "", (words) => this.remark(words));
    return entry.remark ? el("p", { class: "remark" }, entry.remark) : null;
  }

  remark(words) {
    this.asksWhy = false;
    this.last = "";
    if (words === null) this.showFoot();
    else this.deeds.rate(this.entry.turn, this.entry.rating, words);
  }

  control(control) {
    if (!control.options) {
      const press = () => this.deeds.press(control.name, control.value);
      return el("button", { type: "button", class: "deed", "data-name": control.name, click: press }, control.label);
    }
    const select = el("select", { "data-name": control.name, change: () => this.deeds.press(control.name, select.value) },
      control.options.map(({ value, label }) => el("option", { value, selected: value === control.chosen }, label)));
    return el("label", { class: "deed pick" }, el("span", { class: "hidden" }, control.label), select);
  }

  factsOf(entry) {
    const facts = [
      entry.model ? named(entry.model) : "",
      tokensOf(entry.usage),
      money(entry.cost, entry.currency),
      entry.seconds ? say("label_seconds", { count: entry.seconds.toFixed(entry.seconds < 10 ? 1 : 0) }) : "",
    ].filter(Boolean);
    const isOver = entry.state === "done" || entry.state === "failed";
    if (!facts.length || !isOver || entry.kind !== "answer") return null;
    const exact = [entry.at ? moment(entry.at) : "", partsOf(entry.usage)].filter(Boolean).join(" · ");
    return el("p", { class: "facts", title: exact }, facts.join(" · "));
  }

  /** What is pressed inside of an answer. */
  press(event) {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    const spoiler = event.target.closest(".spoiler");
    const button = event.target.closest(".copy");
    if (spoiler) {
      event.preventDefault();
      spoiler.classList.toggle("shown");
      for (const name of ["role", "aria-label"]) spoiler.removeAttribute(name);
    } else if (button && event.type === "click") {
      copy(find("code", button.closest(".code")).textContent, button);
    }
  }
}

/** What is said of an entry before the server says something. */
function statusOf({ state, status, html }) {
  if (state === "running" && !status && !html?.length) return say("page_thinking");
  return { waiting: say("page_waits"), unsent: say("page_unsent") }[state];
}
