// The page: where we are, what is shown there, and the keys that work everywhere.

import { announce, complain, hush } from "./app/announce.js";
import { ask, get } from "./app/api.js";
import { isWriting, message } from "./app/composer.js";
import { Conversation } from "./app/conversation.js";
import { el, find } from "./app/dom.js";
import { Drawer } from "./app/drawer.js";
import { money, number, short } from "./app/format.js";
import { History } from "./app/history.js";
import { choiceOf, draftOf, keepChoice } from "./app/keep.js";
import { chosenLanguage, showLooks } from "./app/looks.js";
import { Panel } from "./app/panel.js";
import { showUsage } from "./app/usage.js";
import { learn, say, translate } from "./app/words.js";

const BRAND = "Qwen";
/** Milliseconds between two looks at the list while the page is seen. */
const REFRESH = 30_000;
/** Milliseconds until the settings are asked for again, where the bot was not reached. */
const AGAIN = 2_000;

class App {
  constructor(settings) {
    this.settings = settings;
    this.main = find("#main");
    this.title = find("#title");
    this.drawer = new Drawer();
    this.panel = new Panel(() => this.erased());
    this.current = undefined;
    addEventListener("hashchange", () => this.go());
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("visibilitychange", () => this.refresh());
    setInterval(() => this.refresh(), REFRESH);
    find(".skip").addEventListener("click", (event) => this.skip(event));
    find("#new").addEventListener("click", (event) => this.renew(event));
  }

  refresh() {
    if (!document.hidden) this.drawer.refresh();
  }

  // ---------------------------------------------------------------- places

  async go() {
    const [, place, id] = /^#\/(\w*)\/?(.*)$/.exec(location.hash) ?? ["", "", ""];
    hush();
    if (this.current !== undefined) this.leave();
    if (place === "history") this.enter("history", (host) => new History(host));
    else if (place === "usage") this.enter("usage", showUsage);
    else await this.converse(place === "c" && id ? decodeURIComponent(id) : "");
    this.refresh();
  }

  leave() {
    this.hasMoved = true;
    this.current?.close();
    this.left = this.current?.id;
    this.current = null;
    this.panel.hide();
    scrollTo(0, 0);
  }

  enter(place, show) {
    this.entitle(say(`label_page_${place}`));
    this.panel.show("", this.settings, {}, false);
    this.drawer.mark(place);
    this.current = null;
    show(this.main);
    // Who just came begins at the top; who went elsewhere is told where that is.
    if (this.hasMoved) this.title.focus();
  }

  /** Opens a conversation; without a name it gets one nobody uses yet, which is in the address from then on. */
  async converse(id) {
    if (!id) {
      try {
        id = await this.fresh();
      } catch (failure) {
        this.main.replaceChildren(el("p", { class: "empty", role: "alert" }, failure.message));
        return;
      }
      history.replaceState(null, "", `#/c/${encodeURIComponent(id)}`);
    }
    this.entitle("");
    this.drawer.mark(id);
    this.panel.show(id, this.settings, {}, true);
    this.current = new Conversation(this.main, id, this.settings, (state) => this.changed(id, state));
  }

  /** The name of a new conversation: that of the last one, if something is being written there and nothing was sent. */
  async fresh() {
    const last = choiceOf("fresh");
    if (last && last !== this.left && draftOf(last)) return last;
    const { id } = await ask("POST", "api/conversations");
    keepChoice("fresh", id);
    return id;
  }

  erased() {
    announce(say("page_erased"));
    location.hash = "#/";
  }

  changed(id, state) {
    if (this.current?.id !== id) return;
    if (state.entries.length && choiceOf("fresh") === id) keepChoice("fresh", "");
    this.entitle(state.title || short(state.entries[0]?.question ?? "", 80), state.totals);
    this.panel.show(id, this.settings, state.settings, state.writable);
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.refresh(), 400);
  }

  entitle(title, totals) {
    const sums = totals?.tokens ? [say("label_page_total", { count: number(totals.tokens) }), money(totals.cost, totals.currency)] : [];
    this.title.replaceChildren(el("span", { class: "name" }, title || BRAND), sums.length ? el("small", {}, sums.filter(Boolean).join(" · ")) : "");
    document.title = title ? `${short(title, 60)} – ${BRAND}` : BRAND;
  }

  // ---------------------------------------------------------------- keys and small ways

  key(event) {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape") this.escape(event);
    else if (event.key === "/" && !isWriting(event.target) && !event.ctrlKey && !event.metaKey && message()) {
      event.preventDefault();
      message().focus();
    }
  }

  /** Closes what is open; if nothing is, stops the answer. */
  escape(event) {
    if (this.drawer.isOpen) this.drawer.close();
    else if (this.panel.isOpen) this.panel.close();
    else if (find("#complaint")) hush();
    else if (this.current?.stop?.()) event.preventDefault();
  }

  skip(event) {
    event.preventDefault();
    (message() ?? this.main).focus();
  }

  /** A click on the way to a new conversation leads there also from an address without a name. */
  renew(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", "#/");
    this.go();
  }
}

async function begin() {
  const language = chosenLanguage();
  try {
    const settings = await get(`api/settings${language ? `?language=${language}` : ""}`);
    learn(settings.strings, settings.language);
    translate();
    showLooks(settings);
    find("#demo").hidden = !settings.demo;
    await new App(settings).go();
  } catch (failure) {
    // Without the settings there are no words: these few stand in every language we speak.
    complain(failure.message || "The bot cannot be reached. Please check that it is running. 现在连不上机器人。请确认它正在运行。");
    setTimeout(begin, AGAIN);
  }
}

begin();
