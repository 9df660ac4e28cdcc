// Colours and language: what a person sets once for this browser.

import { ask } from "./api.js";
import { el, find } from "./dom.js";
import { choiceOf, forgetAll, keepChoice } from "./keep.js";
import { say } from "./words.js";

const LANGUAGES = { en: "English", zh: "中文" };

export function showLooks(settings) {
  find("#looks").replaceChildren(...[
    pick(say("label_page_colours"), "theme", { "": say("label_page_like_system"), light: say("label_page_light"), dark: say("label_page_dark") }, dye),
    pick(say("label_language"), "language", { "": say("label_auto"), ...(settings.languages ?? LANGUAGES) }, () => location.reload()),
    settings.login ? el("button", { type: "button", class: "deed", click: leave }, say("label_page_logout")) : null,
  ].filter(Boolean));
}

function pick(label, name, options, changed) {
  const now = choiceOf(name);
  const select = el("select", { "data-look": name, change: () => { keepChoice(name, select.value); changed(select.value); } },
    Object.entries(options).map(([value, words]) => el("option", { value, selected: value === now }, words)));
  return el("label", {}, el("span", {}, label), select);
}

function dye(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

async function leave() {
  forgetAll();
  await ask("POST", "logout").catch(() => null);
  location.assign("login");
}

/** The language this browser asks for, if a person chose one. */
export const chosenLanguage = () => choiceOf("language");
