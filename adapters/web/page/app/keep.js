// What this browser keeps: what is being written, and what could not be sent yet. It does without, if it must.

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // Full or forbidden: the page works, and forgets with a reload.
  }
}

export const draftOf = (id) => read(`draft:${id}`) ?? "";
export const keepDraft = (id, text) => write(`draft:${id}`, text);

/** Messages that the server has not confirmed, the oldest first: `{key, text}`. */
export function unsentOf(id) {
  try {
    return JSON.parse(read(`unsent:${id}`) ?? "[]");
  } catch {
    return [];
  }
}

export const keepUnsent = (id, messages) => write(`unsent:${id}`, messages.length ? JSON.stringify(messages) : "");

export const choiceOf = (name) => read(name) ?? "";
export const keepChoice = write;

/** Leaves nothing of a conversation behind. */
export function forget(id) {
  keepDraft(id, "");
  keepUnsent(id, []);
}

/** Leaves nothing behind of anything that was written here: others may use this browser next. */
export function forgetAll() {
  try {
    const words = Object.keys(localStorage).filter((key) => /^(draft|unsent):/.test(key));
    for (const key of words) localStorage.removeItem(key);
  } catch {
    // What cannot be kept need not be forgotten.
  }
}

/** A name for a message that no other has. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
