"""What is looked for on a page as it is drawn: scripts that run in the browser and return what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Page

_VISIBLE = """
const visible = (e) => {
  const box = e.getBoundingClientRect();
  const style = getComputedStyle(e);
  return box.width > 1 && box.height > 1 && style.visibility !== 'hidden' && !e.closest('[hidden], .hidden');
};
"""

# The colour of every text against what lies behind it, by the formula of WCAG 2.
_CONTRAST = (
    _VISIBLE
    + """
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const rgba = (colour) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = (top, below) => [0, 1, 2].map((n) => top[n] * top[3] + below[n] * (1 - top[3])).concat(1);
const behind = (e) => {
  const layers = [];
  for (let at = e; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
  const paper = rgba(getComputedStyle(document.body).backgroundColor);
  return layers.reverse().reduce((below, top) => over(top, below), paper);
};
const light = (colour) => {
  const [r, g, b] = colour.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => {
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};
const found = [];
for (const e of document.body.querySelectorAll('*')) {
  const words = [...e.childNodes].filter((n) => n.nodeType === 3 && n.data.trim()).map((n) => n.data.trim()).join(' ');
  const style = getComputedStyle(e);
  const hint = e.placeholder && !e.value ? getComputedStyle(e, '::placeholder').color : '';
  if ((!words && !hint) || !visible(e) || e.closest(':disabled, .spoiler, option, svg')) continue;
  const back = behind(e);
  const colour = over(rgba(hint || style.color), back);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
  const got = ratio(colour, back);
  if (got < (isLarge ? 3 : 4.5)) found.push(`${got.toFixed(2)}: ${e.tagName}.${e.className} ${words || e.placeholder}`);
}
return found;
"""
)

# Every control has a name that says what it does, and an id stands once.
_UNNAMED = (
    _VISIBLE
    + """
const text = (e) => (e ? e.textContent.trim() : '');
const named = (e) => e.getAttribute('aria-label') || text(e.closest('label')?.querySelector('span')) || e.title
  || (e.labels && [...e.labels].map(text).join('')) || (e.tagName === 'SELECT' ? '' : text(e));
const controls = 'a[href], button, input, select, textarea, summary, [tabindex="0"], [role=button], [role=img]';
const found = [...document.querySelectorAll(controls)].filter((e) => visible(e) && !named(e)).map((e) => e.outerHTML.slice(0, 120));
const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
found.push(...ids.filter((id, n) => ids.indexOf(id) !== n).map((id) => `id ${id} stands twice`));
for (const e of document.querySelectorAll('[aria-controls], [aria-describedby]')) {
  for (const name of ['aria-controls', 'aria-describedby']) {
    const id = e.getAttribute(name);
    if (id && !document.getElementById(id)) found.push(`${name}=${id} points nowhere`);
  }
}
if (document.querySelectorAll('main').length !== 1) found.push('there must be one main');
if (document.querySelectorAll('h1').length !== 1) found.push('there must be one h1');
if (!document.documentElement.lang) found.push('the page names no language');
return found;
"""
)

# What is to be touched is large enough for a finger; links in running text are as high as their line.
_SMALL = (
    _VISIBLE
    + """
return [...document.querySelectorAll('button, select, input, nav a, summary')].filter(visible).filter((e) => {
  const {width, height} = e.getBoundingClientRect();
  return Math.min(width, height) < 24;
}).map((e) => `${e.tagName}.${e.className} ${e.textContent.trim()}`);
"""
)

_SIDEWAYS = """
const room = document.documentElement.clientWidth;
const found = document.documentElement.scrollWidth > room ? [`the page is ${document.documentElement.scrollWidth} wide`] : [];
for (const e of document.querySelectorAll('body *')) {
  const {left, right, width, height} = e.getBoundingClientRect();
  const scrolls = e.closest('pre, .table, #drawer, .hidden, .skip, svg, .prose div.formula');
  if (width > 1 && height > 1 && !scrolls && (right > room + 1 || left < -1)) found.push(`${e.tagName}.${e.className} ${left}…${right}`);
}
return found;
"""


async def _run(page: Page, script: str) -> list[Any]:
    found = await page.evaluate(f"() => {{ {script} }}")
    return list(found)


async def too_faint(page: Page) -> list[str]:
    """Return texts that do not stand out from what is behind them."""
    return await _run(page, _CONTRAST)


async def unnamed(page: Page) -> list[str]:
    """Return controls without a name, and other mistakes a screen reader would stumble over."""
    return await _run(page, _UNNAMED)


async def too_small(page: Page) -> list[str]:
    """Return controls that a finger misses."""
    return await _run(page, _SMALL)


async def sideways(page: Page) -> list[str]:
    """Return what would make a reader scroll to the side."""
    return await _run(page, _SIDEWAYS)
