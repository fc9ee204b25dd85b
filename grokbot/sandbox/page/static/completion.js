/**
 * The list above the box one types in: what the words could become. The focus stays in the box.
 * @module
 */

import { el, freshId } from "./dom.js";

/**
 * @typedef {object} Offer
 * @property {string} label
 * @property {string} [hint]
 * @property {string} [aside]
 * @property {Node} [picture]
 * @property {() => void} pick
 */

export class Completion {
  constructor() {
    this.head = el("div", { class: "completion-head" });
    this.list = el("div", { role: "listbox", class: "completion-list", tabindex: "0", id: freshId("completion"), "aria-label": "Suggestions" });
    this.element = el("div", { class: "completion", hidden: true }, this.head, this.list);
    /** @type {Offer[]} */
    this.offers = [];
    this.active = -1;
    /** @type {HTMLElement | null} */
    this.input = null;
    // The focus stays where one types.
    this.element.addEventListener("mousedown", (/** @type {Event} */ event) => event.preventDefault());
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /**
   * @param {HTMLElement} input
   * @param {{ title?: any, offers: Offer[], active?: number }} what
   */
  show(input, { title, offers, active = 0 }) {
    if (this.input !== input) this.hide();
    this.input = input;
    this.offers = offers;
    this.active = Math.min(active, offers.length - 1);
    this.head.replaceChildren(...(title ? [title].flat() : []));
    this.list.replaceChildren(...offers.map((offer, at) => el("div", {
      role: "option", class: "completion-item", id: `${this.list.id}-${at}`, "aria-selected": String(at === this.active),
      on: { click: () => this.pick(at), mousemove: () => this.#mark(at) },
    }, offer.picture, el("span", { class: "menu-words" }, el("span", { class: "completion-label", text: offer.label, dir: "auto" }), offer.hint ? el("span", { class: "muted small", text: offer.hint }) : null),
    offer.aside ? el("span", { class: "muted small aside", text: offer.aside }) : null)));
    this.list.hidden = offers.length === 0;
    this.element.hidden = offers.length === 0 && !title;
    input.setAttribute("aria-controls", this.list.id);
    if (input.getAttribute("role") === "combobox") input.setAttribute("aria-expanded", String(offers.length > 0));
    this.#mark(this.active);
  }

  hide() {
    this.input?.removeAttribute("aria-activedescendant");
    this.input?.removeAttribute("aria-controls");
    if (this.input?.getAttribute("role") === "combobox") this.input.setAttribute("aria-expanded", "false");
    this.offers = [];
    this.active = -1;
    this.element.hidden = true;
  }

  /** @param {number} at */
  #mark(at) {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = at;
    const item = this.list.children[at];
    if (item === undefined) return void this.input?.removeAttribute("aria-activedescendant");
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    this.input?.setAttribute("aria-activedescendant", item.id);
  }

  /** @param {number} at */
  pick(at) {
    this.offers[at]?.pick();
  }

  /** Whether a key was for the list. @param {KeyboardEvent} event */
  key(event) {
    if (!this.isOpen || this.offers.length === 0) return false;
    const count = this.offers.length;
    if (event.key === "ArrowDown") this.#mark((this.active + 1) % count);
    else if (event.key === "ArrowUp") this.#mark((this.active + count - 1 + (this.active < 0 ? 1 : 0)) % count);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && this.active >= 0) this.pick(this.active);
    else return false;
    event.preventDefault();
    return true;
  }
}
