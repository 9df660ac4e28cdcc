// What was used: by day, by model, by person.

import { get } from "./api.js";
import { asTable, days, lines, tokens } from "./charts.js";
import { el } from "./dom.js";
import { money, number } from "./format.js";
import { named, platformName, say } from "./words.js";

const SPANS = [7, 30, 90, 365];
const USUAL = 30;

export async function showUsage(host) {
  const figures = el("div", { class: "figures-of" });
  const select = el("select", { "aria-label": say("label_page_days"), change: () => fill(figures, select.value) },
    SPANS.map((count) => el("option", { value: count, selected: count === USUAL }, say("label_days", { count }))));
  host.replaceChildren(el("section", { class: "view" }, el("div", { class: "tools" }, select, el("p", { class: "hint" }, say("page_utc"))), figures));
  await fill(figures, USUAL);
}

async function fill(host, count) {
  try {
    host.replaceChildren(...drawn(await get(`api/usage?days=${count}`)));
  } catch (failure) {
    host.replaceChildren(el("p", { class: "empty", role: "alert" }, failure.message));
  }
}

function drawn({ days: rows, models, people, currency }) {
  const cost = (value) => (value === null ? "–" : money(value, currency));
  const answers = rows.reduce((sum, row) => sum + row.answers, 0);
  if (!answers) return [el("p", { class: "empty" }, say("page_nothing_used"))];
  return [
    totals(rows, answers, cost),
    el("h2", {}, say("label_page_per_day")), days(rows), asTable(rows, cost),
    el("h2", {}, say("label_page_per_model")), lines(say("label_model"), models, (row) => named(row.model), cost),
    el("h2", {}, say("label_page_per_person")), lines(say("label_page_person"), people, personName, cost),
  ];
}

function totals(rows, answers, cost) {
  const known = rows.map((row) => row.cost).filter((value) => value !== null);
  const sums = [
    [number(answers), say("label_page_answers")],
    [number(rows.reduce((sum, row) => sum + tokens(row), 0)), say("label_page_tokens")],
    [known.length ? cost(known.reduce((sum, value) => sum + value, 0)) : "–", say("label_page_cost")],
  ];
  return el("dl", { class: "totals" }, sums.map(([value, label]) => el("div", {}, el("dt", {}, label), el("dd", {}, value))));
}

function personName({ name, person, platform }) {
  return `${name || person} (${platformName(platform)})`;
}
