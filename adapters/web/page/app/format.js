// Numbers, times and money as people read them.

import { say, spoken } from "./words.js";

const DAY = 86_400_000;

export const number = (value) => new Intl.NumberFormat(spoken()).format(value);

export function money(cost, currency) {
  if (cost === null || cost === undefined) return "";
  const isSmall = cost !== 0 && Math.abs(cost) < 0.01;
  const digits = isSmall ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  const style = currency ? { style: "currency", currency, currencyDisplay: "narrowSymbol" } : {};
  return new Intl.NumberFormat(spoken(), { ...style, ...digits }).format(cost);
}

/** A moment in seconds since 1970: the time today, else the day too. */
export function moment(seconds) {
  const when = new Date(seconds * 1000);
  const today = startOfDay(new Date()) <= when.getTime();
  const parts = today ? {} : { month: "short", day: "numeric" };
  const year = when.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  return new Intl.DateTimeFormat(spoken(), { ...parts, ...(today ? {} : year), hour: "2-digit", minute: "2-digit" }).format(when);
}

export const fullMoment = (seconds) => new Date(seconds * 1000).toISOString();

/** The heading under which a conversation of this moment stands. */
export function ago(seconds, now = new Date()) {
  const since = startOfDay(now) - seconds * 1000;
  if (since <= 0) return say("label_page_today");
  if (since <= DAY) return say("label_page_yesterday");
  return since <= 6 * DAY ? say("label_page_week") : say("label_page_earlier");
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** A day of UTC written YYYY-MM-DD, as day and month. */
export function day(text) {
  return new Intl.DateTimeFormat(spoken(), { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(`${text}T00:00:00Z`));
}

/** What an answer used; nothing is said where nothing is known. */
export function tokensOf(usage) {
  if (!usage || (usage.prompt === null && usage.completion === null)) return "";
  const about = usage.estimated ? "≈ " : "";
  return about + say("label_page_count_tokens", { count: number((usage.prompt ?? 0) + (usage.completion ?? 0)) });
}

/** The parts of what an answer used, for who wants to know exactly. */
export function partsOf(usage) {
  if (!usage) return "";
  const parts = [[usage.prompt, "label_page_in"], [usage.completion, "label_page_out"]];
  return parts.filter(([count]) => count !== null).map(([count, label]) => `${number(count)} ${say(label)}`).join(" + ");
}

export const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);

/** The parameters that were chosen, as one line. */
export function parameters(chosen) {
  const signs = { temperature: "T", top_p: "P", max_tokens: "≤" };
  const given = Object.entries(chosen ?? {}).filter(([, value]) => value !== null && value !== "");
  return given.map(([name, value]) => (name in signs ? `${signs[name]} ${value}` : String(value))).join(" · ");
}
