/**
 * Menus and lists that open beside something, and close again: with the arrow keys, Escape, and the focus back where it was.
 * Not here: what stands in them.
 * @module
 */

import { el, rove } from "./dom.js";
import { icon } from "./icons.js";

/**
 * @typedef {object} Item
 * @property {string} [label]
 * @property {string} [icon]
 * @property {string} [hint]
 * @property {boolean} [danger]
 * @property {boolean} [checked] Makes it one of several of which one holds.
 * @property {() => void} [run]
 * @property {Item[]} [group] Items under the label.
 */

/** @type {{ close: (back?: boolean) => void } | null} */
let current = null;

/** Whether something is open. */
export const isOpen = () => current !== null;

/** Closes what is open. @param {boolean} [back] Whether the focus goes back. */
export const closeMenu = (back = true) => current?.close(back);

/**
 * Opens a box beside an element or at a point.
 * @param {HTMLElement} box
 * @param {HTMLElement | { x: number, y: number }} where
 * @param {() => void} [closed]
 */
function open(box, where, closed) {
  current?.close(false);
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const anchor = where instanceof HTMLElement ? where : null;
  const layer = (anchor ?? before)?.closest("dialog") ?? document.getElementById("layers") ?? document.body;
  layer.append(box);
  place(box, where);
  anchor?.setAttribute("aria-expanded", "true");
  const outside = (/** @type {Event} */ event) => {
    if (!box.contains(/** @type {Node} */ (event.target)) && !anchor?.contains(/** @type {Node} */ (event.target))) close(false);
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      close(true);
    }
  };
  const left = () => close(false);
  const close = (back = true) => {
    if (current?.close !== close) return;
    current = null;
    removeEventListener("pointerdown", outside, true);
    removeEventListener("resize", left);
    box.remove();
    anchor?.setAttribute("aria-expanded", "false");
    if (back) before?.focus({ preventScroll: true });
    closed?.();
  };
  box.addEventListener("keydown", keys);
  addEventListener("pointerdown", outside, true);
  addEventListener("resize", left);
  current = { close };
  return close;
}

/** @param {HTMLElement} box @param {HTMLElement | { x: number, y: number }} where */
function place(box, where) {
  const { offsetWidth: width, offsetHeight: height } = box;
  let [x, y] = [0, 0];
  if (where instanceof HTMLElement) {
    const rect = where.getBoundingClientRect();
    x = rect.left;
    y = rect.bottom + 4 + height > innerHeight && rect.top > height ? rect.top - height - 4 : rect.bottom + 4;
    if (box.classList.contains("list")) box.style.minWidth = `${rect.width}px`;
  } else {
    x = where.x;
    y = where.y + height > innerHeight ? where.y - height : where.y;
  }
  box.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  box.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
}

/**
 * A menu of things to do.
 * @param {Item[]} items
 * @param {HTMLElement | { x: number, y: number }} where
 * @param {string} label
 */
export function openMenu(items, where, label) {
  const draw = (/** @type {Item} */ item) => {
    if (item.group) {
      if (item.group.length === 0) return null;
      return el("div", { role: "group", "aria-label": item.label, class: "menu-group" },
        item.label ? el("div", { class: "menu-label", "aria-hidden": "true", text: item.label }) : null, item.group.map(draw));
    }
    return el("button", {
      type: "button",
      role: item.checked === undefined ? "menuitem" : "menuitemradio",
      "aria-checked": item.checked === undefined ? null : String(item.checked),
      class: item.danger ? "menu-item danger" : "menu-item",
      tabindex: "-1",
      on: { click: () => { close(true); item.run?.(); } },
    }, el("span", { class: "menu-words" }, el("span", { text: item.label, dir: "auto" }), item.hint ? el("span", { class: "muted small", text: item.hint }) : null), item.checked ? icon("check") : item.icon ? icon(item.icon) : null);
  };
  const box = el("div", { class: "menu", role: "menu", "aria-label": label }, items.map(draw));
  const close = open(box, where);
  rove(box, "[role^=menuitem]");
  (box.querySelector("[aria-checked=true]") ?? box.querySelector("[role^=menuitem]"))?.focus({ preventScroll: true });
}

/**
 * @typedef {object} Choice
 * @property {string} value
 * @property {string} label
 * @property {string} [hint]
 * @property {string} [emoji]
 */

/**
 * A list to choose from.
 * @param {HTMLElement} anchor
 * @param {{ label: string, choices: Choice[], chosen: string[], least?: number, most?: number }} what
 * @returns {Promise<string[] | null>} What is chosen; null: nothing was changed.
 */
export function openList(anchor, what) {
  const { label, choices, least = 1, most = 1 } = what;
  const chosen = new Set(what.chosen);
  const many = most > 1;
  return new Promise((resolve) => {
    /** @type {string[] | null} */
    let result = null;
    const options = choices.map((choice) => el("div", {
      role: "option", class: "option", tabindex: "-1", "aria-selected": String(chosen.has(choice.value)), data: { value: choice.value },
      on: { click: () => pick(choice.value) },
    },
    choice.emoji ? el("span", { class: "option-emoji", text: choice.emoji }) : null,
    el("span", { class: "menu-words" }, el("span", { text: choice.label, dir: "auto" }), choice.hint ? el("span", { class: "muted small", text: choice.hint }) : null),
    el("span", { class: "option-check" }, icon("check"))));
    const list = el("div", { role: "listbox", "aria-label": label, "aria-multiselectable": many ? "true" : null, class: "options" }, options);
    const filter = choices.length > 10 ? el("input", { class: "filter", placeholder: "Search", "aria-label": `Search ${label}`, on: { input: () => sift() } }) : null;
    const box = el("div", { class: "list" }, filter, list);
    const close = open(box, anchor, () => {
      if (many) {
        const now = [...chosen];
        const changed = now.length !== what.chosen.length || now.some((value) => !what.chosen.includes(value));
        if (changed && now.length >= least) result = now;
      }
      resolve(result);
    });
    const pick = (/** @type {string} */ value) => {
      if (!many) {
        result = least === 0 && chosen.has(value) ? [] : [value];
        return close(true);
      }
      if (chosen.has(value)) chosen.delete(value);
      else if (chosen.size < most) chosen.add(value);
      for (const option of options) option.setAttribute("aria-selected", String(chosen.has(option.dataset.value)));
    };
    const sift = () => {
      const words = filter.value.toLowerCase();
      choices.forEach((choice, at) => (options[at].hidden = !choice.label.toLowerCase().includes(words)));
    };
    rove(list, "[role=option]:not([hidden])");
    box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const focused = /** @type {HTMLElement} */ (document.activeElement);
      if (focused === filter && event.key === "ArrowDown") list.querySelector("[role=option]:not([hidden])")?.focus();
      if (focused === filter && event.key === "Enter") list.querySelector("[role=option]:not([hidden])")?.click();
      if (focused.getAttribute("role") !== "option") return;
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        pick(focused.dataset.value ?? "");
      } else if (event.key.length === 1) {
        const found = options.find((/** @type {HTMLElement} */ o) => !o.hidden && o.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()));
        found?.focus();
      }
    });
    (filter ?? list.querySelector("[aria-selected=true]") ?? list.firstElementChild)?.focus({ preventScroll: true });
  });
}

const EMOJI = "👍 👎 ❤️ 😂 😮 😢 🎉 🔥 👀 ✅ ❌ 🙏 💯 🤔 😎 😍 🥳 😅 🙃 😴 🤖 🚀 ⭐ ✨ 👏 🙌 💡 📌 🔁 ⏹️ ▶️ 🌿 🔗 🧠 🐛 ☕ 🍕 🌍 🌈 ⚡".split(" ");
export const QUICK = EMOJI.slice(0, 4);

/**
 * A small table of emoji.
 * @param {HTMLElement | { x: number, y: number }} where
 * @param {(emoji: string) => void} take
 */
export function openEmoji(where, take) {
  const chosen = (/** @type {string} */ emoji) => { close(true); take(emoji); };
  const grid = el("div", { class: "emoji-grid" }, EMOJI.map((emoji, at) =>
    el("button", { type: "button", class: "emoji", text: emoji, tabindex: at === 0 ? "0" : "-1", on: { click: () => chosen(emoji) } })));
  const own = el("input", { class: "filter", maxlength: "20", placeholder: "Any other emoji", "aria-label": "Any other emoji" });
  own.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && own.value.trim() !== "") chosen(own.value.trim());
    if (event.key === "ArrowDown") grid.firstElementChild?.focus();
  });
  const box = el("div", { class: "menu emoji-box", role: "dialog", "aria-label": "Emoji" }, own, grid);
  const close = open(box, where);
  rove(grid, ".emoji", { columns: 8 });
  grid.firstElementChild.focus({ preventScroll: true });
}
