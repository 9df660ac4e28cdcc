// Simple charts: bars, drawn as SVG, with the same figures as a table for those who cannot see them.

import { el, svg } from "./dom.js";
import { day, number } from "./format.js";
import { say } from "./words.js";

const WIDE = 640;
const HIGH = 160;

export const tokens = (row) => (row.prompt ?? 0) + (row.completion ?? 0);

/** Bars side by side, one for each day: what was read below, what was written on top. */
export function days(rows) {
  const most = Math.max(1, ...rows.map(tokens));
  const step = WIDE / rows.length;
  const bars = rows.flatMap((row, n) => dayBars(row, n * step, Math.max(1, step * 0.72), HIGH / most));
  const label = `${say("label_page_per_day")}: ${rows.length ? `${day(rows[0].day)} – ${day(rows.at(-1).day)}` : ""}`;
  return el("figure", { class: "chart" },
    svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label, preserveAspectRatio: "none" }, ...bars, svg("path", { class: "ground", d: `M0 ${HIGH - 0.5}H${WIDE}` })),
    el("figcaption", {}, el("span", {}, rows.length ? day(rows[0].day) : ""), legend(), el("span", {}, rows.length ? day(rows.at(-1).day) : "")));
}

function dayBars(row, x, width, scale) {
  const read = (row.prompt ?? 0) * scale;
  const wrote = (row.completion ?? 0) * scale;
  const title = () => svg("title", {}, `${day(row.day)}: ${number(row.prompt ?? 0)} ${say("label_page_in")}, ${number(row.completion ?? 0)} ${say("label_page_out")}`);
  return [
    svg("rect", { class: "read", x, y: HIGH - read, width, height: read }, title()),
    svg("rect", { class: "wrote", x, y: HIGH - read - wrote, width, height: wrote }, title()),
  ];
}

function legend() {
  return el("span", { class: "legend" }, el("i", { class: "read" }), say("label_page_in"), el("i", { class: "wrote" }), say("label_page_out"));
}

/** A line for each row, with a bar as long as its tokens; `name(row)` is what stands before it. */
export function lines(heading, rows, name, money) {
  const most = Math.max(1, ...rows.map(tokens));
  const body = rows.map((row) => el("tr", {},
    el("th", { scope: "row" }, name(row)),
    el("td", { class: "share" }, bar(tokens(row) / most)),
    el("td", {}, number(row.answers)),
    el("td", {}, number(tokens(row))),
    el("td", {}, money(row.cost))));
  return el("table", { class: "figures" }, head([heading, "", say("label_page_answers"), say("label_page_tokens"), say("label_page_cost")]), el("tbody", {}, body));
}

function bar(part) {
  return svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { class: "read", width: Math.max(1, part * 100), height: 8 }));
}

/** The figures of the days, for who cannot see bars or wants to know exactly. */
export function asTable(rows, money) {
  const body = rows.filter((row) => row.answers).map((row) => el("tr", {},
    el("th", { scope: "row" }, day(row.day)),
    ...[row.answers, row.prompt, row.completion].map((value) => el("td", {}, value === null ? "–" : number(value))),
    el("td", {}, money(row.cost))));
  const names = [say("label_page_day"), say("label_page_answers"), say("label_page_in"), say("label_page_out"), say("label_page_cost")];
  return el("details", { class: "exact" }, el("summary", {}, say("label_page_as_table")), el("table", { class: "figures" }, head(names), el("tbody", {}, body)));
}

export function head(names) {
  return el("thead", {}, el("tr", {}, names.map((name) => (name ? el("th", { scope: "col" }, name) : el("td")))));
}
