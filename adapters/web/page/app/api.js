// What the page asks of the server. Every failure is a sentence for people.

import { say, spoken } from "./words.js";

/** `kept` is true where the server was not reached or not ready, so the same request may simply be sent again. */
export class Failure extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
    this.kept = status === 0 || status === 429 || status >= 500;
  }
}

export async function ask(method, path, body) {
  const response = await reach(method, path, body);
  if (response.status === 401) location.assign("login");
  if (!response.ok) throw new Failure(await reason(response), response.status);
  return response.status === 204 ? null : response.json();
}

export const get = (path) => ask("GET", path);
export const conversation = (id, rest = "") => `api/conversations/${encodeURIComponent(id)}${rest}`;

async function reach(method, path, body) {
  const headers = { "Accept-Language": spoken() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Failure(say("page_offline"), 0);
  }
}

async function reason(response) {
  try {
    return (await response.json()).error.message || say("page_trouble");
  } catch {
    return say("page_trouble");
  }
}
