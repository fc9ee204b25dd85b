/**
 * The messages of the open channel: one row each, of which only those are touched that changed; where one has scrolled
 * to stays where it is, and at the end one stays at the end.
 * Not here: how a message looks (message.js), what its buttons do (presses.js).
 * @module
 */

import { announce, el, freshId } from "./dom.js";
import { icon } from "./icons.js";
import { isDivided, isGrouped, makeMessage, patchMessage } from "./message.js";
import { newer } from "./state.js";
import { hour } from "./times.js";
import { welcome } from "./welcome.js";

const NEAR = 80;
const SETTLED = 1600;

export class Messages {
  /** @param {import("./state.js").State} state */
  constructor(state) {
    this.state = state;
    this.intro = el("div", { class: "intro" });
    this.rows = el("div", { class: "rows", role: "log", "aria-live": "off", "aria-label": "Messages", id: freshId("log") });
    this.scroller = el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Messages" }, el("div", { class: "filler" }), this.intro, this.rows);
    this.bar = el("button", { type: "button", class: "new-bar", hidden: true, on: { click: () => this.toEnd() } });
    this.jump = el("button", { type: "button", class: "jump", hidden: true, "aria-label": "Jump to the newest message", on: { click: () => this.toEnd() } }, icon("down"));
    this.typingLine = el("div", { class: "typing", role: "status" });
    this.element = el("div", { class: "messages" }, this.bar, this.scroller, this.jump);
    /** @type {any[]} Rows in the order of their ids. */
    this.order = [];
    /** @type {Map<string, any>} */
    this.byId = new Map();
    this.pinned = true;
    this.fresh = 0;
    /** @type {string | null} */
    this.freshSince = null;
    /** @type {string | null} The first message that was new when the channel was opened. */
    this.firstUnread = null;
    /** @type {Map<string, number>} */
    this.settling = new Map();
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#hold()).observe(this.rows);
    new ResizeObserver(() => this.#hold()).observe(this.scroller);
    state.on("place", () => this.#clear());
    state.on("messages", (frame) => this.#apply(frame));
    state.on("world", () => this.#renamed());
    state.on("typing", () => this.#typing());
    this.namesVersion = 0;
    this.height = 0;
    this.top = 0;
  }

  #clear() {
    this.rows.replaceChildren();
    this.order = [];
    this.byId.clear();
    this.pinned = true;
    this.top = 0;
    this.#forgetFresh();
    this.firstUnread = null;
    this.intro.replaceChildren();
    this.#typing();
  }

  /** @param {any} frame */
  #apply(frame) {
    const first = this.order.length === 0;
    if (this.pinned && !first) this.#notice();
    const gone = new Set(frame.gone ?? []);
    if (frame.all) for (const id of this.byId.keys()) if (!this.state.messages.has(id)) gone.add(id);
    for (const id of gone) this.#remove(id);
    if (first && frame.all) {
      const read = this.state.readUpTo(frame.channel);
      const found = frame.messages.findIndex((/** @type {any} */ each) => read !== null && newer(each.id, read) && !each.mine);
      this.firstUnread = found > 0 ? frame.messages[found].id : null;
    }
    for (const message of frame.messages) if (this.state.messages.has(message.id)) this.#put(message, !frame.all);
    if (frame.all || this.intro.querySelector(".suggestions") !== null) this.#introduce();
    // What has grown is held at its end by the observer, after the layout and before it is painted.
    if (first) this.toEnd();
    if (this.pinned && document.hasFocus()) this.state.markRead();
  }

  #introduce() {
    this.intro.replaceChildren(...welcome(this.state));
  }

  /** @param {any} message @param {boolean} live */
  #put(message, live) {
    const known = this.byId.get(message.id);
    if (known !== undefined) {
      patchMessage(known, message, this.#look(this.#placeOf(message.id)));
      if (live) this.#settle(message);
      return;
    }
    let at = this.order.length;
    while (at > 0 && newer(this.order[at - 1].message.id, message.id)) at -= 1;
    const row = makeMessage(message, { names: this.state.names, grouped: false, divided: false, unread: false });
    this.order.splice(at, 0, row);
    this.byId.set(message.id, row);
    this.rows.insertBefore(row, this.order[at + 1] ?? null);
    patchMessage(row, message, this.#look(at));
    this.#neighbour(at + 1);
    if (live) {
      this.#settle(message);
      if (message.mine) [this.pinned, this.top] = [true, 0];
      else if (!this.pinned) this.#count(message);
    }
  }

  /** @param {string} id */
  #remove(id) {
    const row = this.byId.get(id);
    if (row === undefined) return;
    const at = this.#placeOf(id);
    const focused = row.contains(document.activeElement);
    row.remove();
    this.order.splice(at, 1);
    this.byId.delete(id);
    this.#neighbour(at);
    if (focused) (this.order[Math.min(at, this.order.length - 1)] ?? this.scroller).focus();
  }

  /** The place of a row: usually near the end. @param {string} id */
  #placeOf(id) {
    let [low, high] = [0, this.order.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.order[middle].message.id === id) return middle;
      if (newer(id, this.order[middle].message.id)) low = middle + 1;
      else high = middle - 1;
    }
    return low;
  }

  /** @param {number} at */
  #look(at) {
    const { message } = this.order[at];
    const before = this.order[at - 1]?.message;
    const divided = isDivided(message, before);
    const unread = message.id === this.firstUnread;
    return { names: this.state.names, divided, unread, grouped: !divided && !unread && isGrouped(message, before) };
  }

  /** A row whose upper neighbour has changed. @param {number} at */
  #neighbour(at) {
    const row = this.order[at];
    if (row !== undefined) patchMessage(row, row.message, this.#look(at));
  }

  #renamed() {
    if (this.namesVersion === this.state.version) return;
    this.namesVersion = this.state.version;
    this.order.forEach((_, at) => this.#neighbour(at));
    if (this.state.loaded) this.#introduce();
  }

  /** Says a message aloud once it has not changed for a while. @param {any} message */
  #settle(message) {
    clearTimeout(this.settling.get(message.id));
    if (message.mine || message.loading) return;
    this.settling.set(message.id, setTimeout(() => {
      this.settling.delete(message.id);
      const row = this.byId.get(message.id);
      if (row !== undefined) announce(`${row.message.shown}: ${row.parts.get("content").textContent}`);
    }, SETTLED));
  }

  /** @param {any} message */
  #count(message) {
    this.fresh += 1;
    this.freshSince ??= message.timestamp;
    const words = this.fresh === 1 ? "1 new message" : `${this.fresh} new messages`;
    this.bar.replaceChildren(el("span", { text: `${words} since ${hour(this.freshSince ?? message.timestamp)}` }), el("span", { class: "new-bar-jump" }, "Jump to the end", icon("down")));
    this.bar.hidden = false;
  }

  #forgetFresh() {
    this.fresh = 0;
    this.freshSince = null;
    this.bar.hidden = true;
    this.jump.hidden = true;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const away = scrollHeight - clientHeight - scrollTop;
    // What grows below moves the end away from us; that is not scrolling.
    if (scrollHeight === this.height || away < NEAR) this.pinned = away < NEAR;
    this.height = scrollHeight;
    this.jump.hidden = this.pinned || away < clientHeight;
    if (this.pinned) {
      this.top = scrollTop;
      this.#forgetFresh();
      this.state.markRead();
    }
  }

  /** Whether somebody has just scrolled up, of which the event is still to come. */
  #notice() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (scrollTop < this.top - NEAR && scrollHeight - clientHeight - scrollTop > NEAR) this.pinned = false;
  }

  #hold() {
    if (this.pinned) this.#notice();
    if (!this.pinned) return;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.top = this.scroller.scrollTop;
    this.height = this.scroller.scrollHeight;
  }

  /** Goes to the newest message, and stays there. */
  toEnd() {
    this.pinned = true;
    this.top = 0;
    this.#hold();
    this.#forgetFresh();
    requestAnimationFrame(() => this.#hold());
  }

  /** Goes to a message and lets it light up. @param {string} id @returns {boolean} */
  show(id) {
    const row = this.byId.get(id);
    if (row === undefined) return false;
    this.pinned = false;
    row.scrollIntoView({ block: "center" });
    row.classList.remove("flash");
    void row.offsetWidth;
    row.classList.add("flash");
    row.focus({ preventScroll: true });
    setTimeout(() => row.classList.remove("flash"), 2000);
    return true;
  }

  /** The last own message that can be edited. */
  lastOwn() {
    return [...this.order].reverse().find((row) => row.message.mine && row.message.can?.edit)?.message ?? null;
  }

  #typing() {
    const who = this.state.typing;
    const words = who.length === 0 ? "" : who.length === 1 ? " is typing…" : who.length > 3 ? "Several people are typing…" : " are typing…";
    const names = who.length > 3 ? [] : who.flatMap((name, at) => [at > 0 ? (at === who.length - 1 ? " and " : ", ") : "", el("strong", { text: name })]);
    this.typingLine.replaceChildren(...(who.length > 0 ? [el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"))] : []), ...names, words);
  }
}
