/**
 * Puts the page together: one connection, one state, and the parts that show it.
 * @module
 */

import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { showModal } from "./dialogs.js";
import { el } from "./dom.js";
import { Forum } from "./forum.js";
import { Header } from "./header.js";
import { Messages } from "./messages.js";
import { closeMenu } from "./menus.js";
import { Panel } from "./panel.js";
import { People } from "./people.js";
import { Presses } from "./presses.js";
import { Sidebar } from "./sidebar.js";
import { State } from "./state.js";
import { setTheme, theme } from "./theme.js";
import { tick } from "./times.js";

const PERSON = "grokbot-person", CHANNEL = "grokbot-channel";
const PATIENCE = 700;

class App {
  constructor() {
    setTheme(theme());
    this.state = new State();
    const address = new URL("socket", document.baseURI);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this.connection = new Connection(address, (frame) => this.state.hear(frame), (connected) => this.#connected(connected));
    this.connection.stand({ op: "become", person: remembered(PERSON) });
    const call = (/** @type {string} */ name, /** @type {any} */ what) => this.connection.call(name, what);
    const openChannel = (/** @type {string} */ id, /** @type {string | undefined} */ message = undefined) => this.openChannel(id, message);
    const modal = (/** @type {any} */ answer) => this.#modal(answer);
    const toast = (/** @type {string} */ text) => this.toast(text);

    this.messages = new Messages(this.state);
    this.composer = new Composer(this.state, this.connection, { modal, editLast: () => this.#editLast(), sent: () => this.messages.toEnd() });
    this.presses = new Presses(this.state, this.connection, { openChannel, modal, toast, composer: this.composer, messages: this.messages });
    this.sidebar = new Sidebar(this.state, { openChannel, openPlace: (place) => this.openPlace(place), direct: () => void this.presses.direct(), call });
    this.people = new People(this.state, { become: (name) => this.become(name), call });
    this.panel = new Panel(this.state, { call, show: (id) => this.#show(id), toast, close: () => this.setPanel(false) });
    this.header = new Header(this.state, { back: () => this.#pane("channels"), panel: () => this.setPanel(!this.state.panel.on), userMenu: (id, where) => this.presses.userMenu(id, where), call });
    this.forum = new Forum(this.state, { openChannel, call });
    this.banner = el("div", { class: "banner", role: "status", hidden: true });
    this.toasts = el("div", { class: "toasts", role: "status" });
    this.drop = el("div", { class: "drop", hidden: true, "aria-hidden": "true" }, el("div", { text: "Drop files to send them along" }));
    this.main = el("main", { class: "main" }, this.header.element, this.banner, this.messages.element, this.forum.element,
      el("div", { class: "foot" }, this.composer.element, this.messages.typingLine), this.drop);
    document.body.replaceChildren(
      el("div", { class: "app" },
        el("div", { class: "left" }, el("div", { class: "left-lists" }, this.sidebar.rail, this.sidebar.element), this.people.element),
        this.main, this.panel.element),
      el("section", { id: "layers", "aria-label": "Menus" }), this.toasts, el("div", { id: "announcer", class: "visually-hidden", role: "log", "aria-live": "polite", "aria-label": "New messages" }));
    this.wanted = "";
    this.before = remembered(CHANNEL);
    this.sought = "";
    this.#pane("chat");
    this.state.on("messages", () => {
      if (this.sought === "") return;
      const { sought } = this;
      this.sought = "";
      requestAnimationFrame(() => this.#show(sought));
    });
    this.state.on("world", () => this.#somewhere());
    this.#files();
    this.#keys();
    tick();
    addEventListener("focus", () => this.messages.pinned && this.state.markRead());
    this.bannerTimer = setTimeout(() => this.#banner(), PATIENCE);
  }

  /** @param {boolean} connected */
  #connected(connected) {
    this.state.connected = connected;
    clearTimeout(this.bannerTimer);
    if (connected) this.#banner();
    else this.bannerTimer = setTimeout(() => this.#banner(), PATIENCE);
  }

  #banner() {
    const { connected } = this.connection;
    this.banner.hidden = connected;
    this.banner.textContent = connected ? "" : "The sandbox does not answer. Trying again… What you type is kept.";
  }

  /** There is always a place that is open, and one may see it. */
  #somewhere() {
    const { state } = this;
    if (this.wanted !== "" && state.channels.has(this.wanted)) {
      const wanted = this.wanted;
      this.wanted = "";
      return this.openChannel(wanted);
    }
    if (state.open !== null && state.channels.has(state.open)) return;
    const { before } = this;
    this.before = null;
    if (before !== null && state.channels.has(before)) return void this.#open(before);
    const first = state.world.guilds[0]?.channels.find((/** @type {any} */ each) => !each.parent) ?? state.world.direct[0];
    if (first) this.#open(first.id);
    else if (state.open !== null) this.#open(null);
  }

  /** @param {string} id @param {string} [message] The one to go to. */
  openChannel(id, message) {
    closeMenu(false);
    if (!this.state.channels.has(id)) {
      // What was just made is told of in a moment.
      this.wanted = id;
      return;
    }
    this.#pane("chat");
    if (id !== this.state.open) this.#open(id);
    this.sought = "";
    if (message && this.state.loaded) this.#show(message);
    else if (message) this.sought = message;
    if (matchMedia("(hover: hover)").matches) this.composer.text.focus({ preventScroll: true });
  }

  /** @param {string | null} id */
  #open(id) {
    this.state.opened(id);
    if (id !== null) remember(CHANNEL, id);
    if (id !== null) this.connection.stand({ op: "open", channel: id });
  }

  /** @param {string} place A guild's id, or "direct". */
  openPlace(place) {
    const { world } = this.state;
    const channels = place === "direct" ? world.direct : (world.guilds.find((/** @type {any} */ each) => each.id === place)?.channels ?? []);
    const first = channels.find((/** @type {any} */ each) => !each.parent);
    if (first && this.state.channel?.guild !== (place === "direct" ? null : place)) {
      const narrow = document.body.dataset.pane;
      this.#open(first.id);
      this.#pane(narrow ?? "chat");
    } else {
      this.state.place = place;
      this.state.tell("world");
    }
  }

  /** @param {string} name */
  become(name) {
    remember(PERSON, name);
    const { open, world } = this.state;
    this.connection.stand({ op: "become", person: name });
    if (world.me?.name === name) return;
    // The same channel, as somebody else sees it; unless one has gone to another one meanwhile.
    const again = () => {
      if (this.state.world.me?.name !== name) return;
      this.state.listeners.get("world")?.delete(again);
      if (open !== null && open === this.state.open && this.state.channels.has(open)) this.#open(open);
    };
    this.state.on("world", again);
  }

  /** @param {boolean} on */
  setPanel(on) {
    this.state.panel.on = on;
    this.panel.element.hidden = !on;
    this.header.panelIs(on);
    this.connection.stand({ op: "panel", on });
    this.#pane(on ? "panel" : "chat");
    if (on) this.panel.drawAll();
    else this.header.panel.focus();
  }

  /** Which of the panes is seen where there is room for one only. @param {string} pane */
  #pane(pane) {
    document.body.dataset.pane = pane;
  }

  /** @param {string} id */
  #show(id) {
    if (this.messages.byId.has(id)) this.#pane("chat");
    if (!this.messages.show(id)) this.toast("That message is not in this channel.");
  }

  #editLast() {
    const last = this.messages.lastOwn();
    return last !== null && this.presses.edit(last);
  }

  /** @param {any} answer */
  #modal(answer) {
    if (!answer?.modal) return;
    void showModal(answer.modal, this.state, async (values) => {
      const next = await this.connection.call("submit", { interaction: answer.interaction, values });
      this.#modal(next);
    });
  }

  /** @param {string} text */
  toast(text) {
    const made = el("div", { class: "toast", text });
    this.toasts.append(made);
    setTimeout(() => made.remove(), 6000);
  }

  #files() {
    let over = 0;
    const has = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") && !this.composer.box.hidden;
    addEventListener("dragenter", (event) => { if (has(event)) { over += 1; this.drop.hidden = false; event.preventDefault(); } });
    addEventListener("dragover", (event) => { if (has(event)) event.preventDefault(); });
    addEventListener("dragleave", () => { over = Math.max(0, over - 1); this.drop.hidden = over === 0; });
    addEventListener("drop", (event) => {
      over = 0;
      this.drop.hidden = true;
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      if (!this.composer.box.hidden) this.composer.addFiles([...event.dataTransfer.files]);
    });
  }

  #keys() {
    addEventListener("keydown", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      const typing = target.closest("input, textarea, select, dialog, [role=menu], [role=listbox], .command-form");
      if (event.key === "Escape" && !typing) {
        this.messages.toEnd();
        this.composer.text.focus();
      } else if (typing === null && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " " && !target.closest("[role=tree], .channels") && !this.composer.box.hidden && this.composer.form === null) {
        this.composer.text.focus();
      }
    });
  }
}

/** What this tab had before it was loaded anew. @param {string} key */
function remembered(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
function remember(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Then it holds for as long as the page is open.
  }
}

// For the tests, and for whoever looks with the browser's tools.
/** @type {any} */ (globalThis).sandbox = new App();
