// Who answers and how: role, model and parameters of one conversation.

import { complain } from "./announce.js";
import { ask, conversation } from "./api.js";
import { el, find } from "./dom.js";
import { forget } from "./keep.js";
import { twice } from "./twice.js";
import { named, say } from "./words.js";

const NUMBERS = [
  ["temperature", "label_page_temperature", { min: "0", max: "1.99", step: "0.05" }],
  ["top_p", "label_page_top_p", { min: "0.01", max: "1", step: "0.01" }],
  ["max_tokens", "label_page_max_tokens", { min: "1", step: "1" }],
];

export class Panel {
  /** `erased()` is called when the conversation is no more. */
  constructor(erased) {
    this.erased = erased;
    this.element = find("#panel");
    this.opener = find("#open-panel");
    this.line = find("#chosen");
    this.opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    document.addEventListener("pointerdown", (event) => {
      if (this.isOpen && !event.target.closest("#panel, #open-panel")) this.hide();
    });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** Shows what was chosen for a conversation; without one there is nothing to choose. */
  show(id, choices, chosen, isOwn) {
    this.id = id;
    this.choices = choices;
    this.chosen = chosen ?? {};
    this.opener.hidden = !id || !isOwn;
    this.line.textContent = this.inShort();
    if (this.opener.hidden) this.hide();
    if (this.isOpen && !this.element.contains(document.activeElement)) this.draw();
  }

  inShort() {
    const { defaults, roles } = this.choices;
    const role = this.chosen.role || defaults.role;
    const found = roles.find(({ name }) => name === role);
    return [named(this.chosen.model || defaults.model), found && found.name !== defaults.role ? found.label : ""].filter(Boolean).join(" · ");
  }

  open() {
    this.element.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.draw();
    find("select, input", this.element)?.focus();
  }

  close() {
    this.hide();
    this.opener.focus();
  }

  hide() {
    this.element.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
  }

  draw() {
    const { models, roles, think } = this.choices;
    this.element.replaceChildren(...[
      roles.length ? this.pick("role", say("label_role"), roles, (one) => one.label) : null,
      models.length ? this.pick("model", say("label_model"), models, modelName) : null,
      think.length ? this.pick("think", say("label_think"), think.map((name) => ({ name })), (one) => named(one.name)) : null,
      el("div", { class: "numbers" }, NUMBERS.map(([name, label, bounds]) => this.number(name, say(label), bounds))),
      el("p", { class: "hint" }, say("page_next_question")),
      el("button", { type: "button", class: "deed", click: () => this.reset() }, say("label_page_defaults")),
      twice(say("label_page_erase"), () => this.erase(), false),
    ].filter(Boolean));
  }

  pick(name, label, options, words) {
    const usual = this.choices.defaults[name];
    const known = options.some((one) => one.name === usual);
    const chosen = this.chosen[name] || (known ? usual : "");
    const select = el("select", { name, change: () => this.choose(name, select.value) },
      known ? null : el("option", { value: "" }, say("label_page_default")),
      options.map((one) => el("option", { value: one.name, selected: one.name === chosen }, words(one))));
    const found = options.find((one) => one.name === chosen);
    const more = found?.price ? say("page_price", { price: found.price }) : found?.description;
    return el("label", {}, el("span", {}, label), select, more ? el("small", {}, more) : null);
  }

  number(name, label, bounds) {
    const usual = this.choices.defaults[name];
    const most = name === "max_tokens" && this.choices.limits?.max_tokens ? { max: String(this.choices.limits.max_tokens) } : {};
    const box = el("input", {
      type: "number", inputmode: "decimal", name, value: this.chosen[name] ?? "", ...bounds, ...most,
      placeholder: usual === null || usual === undefined ? say("label_page_default") : String(usual),
      change: () => this.choose(name, box.value === "" ? null : Number(box.value)),
    });
    return el("label", {}, el("span", {}, label), box);
  }

  reset() {
    return this.put({ role: "", model: "", think: "", temperature: null, top_p: null, max_tokens: null }, true);
  }

  choose(name, value) {
    const isUsual = value === this.choices.defaults[name];
    return this.put({ [name]: isUsual && typeof value === "string" ? "" : value }, name === "role" || name === "model");
  }

  /** Stores choices; what the server says of them is what is shown. */
  async put(choice, anew) {
    try {
      const { settings } = await ask("PUT", conversation(this.id, "/settings"), choice);
      this.chosen = settings;
    } catch (failure) {
      complain(failure.message);
      anew = true;
    }
    this.line.textContent = this.inShort();
    if (anew) this.redraw();
  }

  async erase() {
    try {
      await ask("DELETE", conversation(this.id));
      forget(this.id);
      this.erased();
    } catch (failure) {
      complain(failure.message);
    }
  }

  /** Draws the panel again and leaves the focus where it was. */
  redraw() {
    const name = document.activeElement?.name;
    this.draw();
    if (name) find(`[name="${name}"]`, this.element)?.focus();
  }
}

function modelName({ label, model }) {
  return [named(label), model && model !== label ? model : ""].filter(Boolean).join(" · ");
}
