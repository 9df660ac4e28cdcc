// Elements are made from values, never from text: what people and models write cannot become an element here.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element. A function among the attributes listens to its event; null and false leave one out. */
export function el(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

/** The same for what is drawn. */
export function svg(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** One of the signs in index.html. */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#i-${name}` }));
}

/** A button that shows a sign, and says what it does to those who do not see it. */
export function iconButton(name, label, press, attributes = {}) {
  return el("button", { type: "button", class: "plain", "aria-label": label, title: label, click: press, ...attributes }, icon(name));
}

export const find = (selector, root = document) => root.querySelector(selector);
export const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

/**
 * True where fingers write: there is no Shift key to start a line with, and a keyboard covers half of the screen.
 * Whether they hover is not asked: some telephones say that they do.
 */
export const isTouched = () => matchMedia("(pointer: coarse)").matches;
