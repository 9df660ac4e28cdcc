// The sentences of the page; they stand in bot/phrases and come with the settings.

import { el, findAll } from "./dom.js";

let sentences = {};
let language = "";

export function learn(strings, spoken) {
  sentences = strings;
  language = spoken;
  document.documentElement.lang = spoken === "zh" ? "zh-Hans" : spoken;
}

/** The language of the page; until that is settled, those the browser asks for. */
export const spoken = () => language || navigator.languages.join(", ");

/** The sentence of a key with its places filled in. */
export function say(key, values = {}) {
  return (sentences[key] ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const has = (key) => key in sentences;

/** A sentence as nodes: what stands between backticks is something to type. */
export function rich(text) {
  return text.split("`").map((part, n) => (n % 2 ? el("code", {}, part) : part));
}

/** Fills the words into what index.html holds. */
export function translate(root = document) {
  for (const one of findAll("[data-word]", root)) one.textContent = say(one.dataset.word);
  for (const one of findAll("[data-word-label]", root)) {
    one.setAttribute("aria-label", say(one.dataset.wordLabel));
    if (one.tagName === "BUTTON") one.title = say(one.dataset.wordLabel);
  }
}

/** The name of a model's choice or a depth of thinking in people's words, or the name itself. */
export const named = (name) => (has(`label_${name}`) ? say(`label_${name}`) : name);

export function platformName(platform) {
  return { web: say("label_page_here"), telegram: "Telegram", slack: "Slack" }[platform] ?? platform;
}
