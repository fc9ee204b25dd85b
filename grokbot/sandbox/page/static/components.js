/**
 * Buttons, selects and Components V2 of a message, as elements. What is pressed is told by `data-custom`.
 * Not here: what a press does (presses.js), forms of modals (dialogs.js).
 * @module
 */

import { el } from "./dom.js";
import { anchor, markdown } from "./render.js";
import { icon } from "./icons.js";
import { fileCard, media } from "./files.js";

export const ROW = 1, BUTTON = 2, STRING = 3, TEXT_INPUT = 4, USER = 5, ROLE = 6, MENTIONABLE = 7, CHANNEL = 8;
export const SECTION = 9, TEXT = 10, THUMBNAIL = 11, GALLERY = 12, FILE = 13, SEPARATOR = 14, CONTAINER = 17, LABEL = 18;
export const UPLOAD = 19, RADIOS = 21, BOXES = 22, BOX = 23;
export const SELECTS = [STRING, USER, ROLE, MENTIONABLE, CHANNEL];

const STYLES = ["", "primary", "secondary", "success", "danger", "link"];
/** @type {Record<number, string>} */
const ASKED = { 3: "Make a selection", 5: "Select a user", 6: "Select a role", 7: "Select a user or role", 8: "Select a channel" };

/**
 * @typedef {object} Around What a component needs of the message around it.
 * @property {import("./render.js").Names} names
 * @property {any[]} attachments
 */

/**
 * All components of a message.
 * @param {any[]} parts
 * @param {Around} around
 * @returns {DocumentFragment}
 */
export function components(parts, around) {
  const whole = document.createDocumentFragment();
  for (const part of parts) {
    const made = component(part, around);
    if (made !== null) whole.append(made);
  }
  return whole;
}

/**
 * Every component in a tree, outer ones first.
 * @param {any[]} parts
 * @returns {any[]}
 */
export function walk(parts) {
  return parts.flatMap((part) => [
    part,
    ...walk(part.components ?? []),
    ...walk([part.accessory, part.component].filter((each) => each !== null && typeof each === "object")),
  ]);
}

/** @param {any} part @param {Around} around @returns {Node | null} */
function component(part, around) {
  const inner = () => (part.components ?? []).map((/** @type {any} */ each) => component(each, around));
  switch (part.type) {
    case ROW: return el("div", { class: "row" }, inner());
    case BUTTON: return button(part);
    case STRING:
    case USER:
    case ROLE:
    case MENTIONABLE:
    case CHANNEL: return select(part, around);
    case SECTION: {
      const accessory = part.accessory ? component(part.accessory, around) : null;
      return el("div", { class: "section" }, el("div", { class: "section-text" }, inner()), accessory);
    }
    case TEXT: return el("div", { class: "text-display" }, markdown(String(part.content ?? ""), around.names));
    case THUMBNAIL: return el("div", { class: "thumbnail" }, picture(part, around));
    case GALLERY: return gallery(part.items ?? [], around);
    case FILE: {
      const file = found(part.file?.url, around);
      return file === null ? null : fileCard(file);
    }
    case SEPARATOR: {
      const size = part.spacing === 2 ? "large" : "small";
      return el("div", { class: `separator ${size} ${part.divider === false ? "blank" : ""}`, role: "presentation" });
    }
    case CONTAINER: return container(part, inner());
    default: return null;
  }
}

/** @param {any} part @param {any[]} inner */
function container(part, inner) {
  const made = el("div", { class: part.spoiler ? "container veiled" : "container" }, inner);
  if (typeof part.accent_color === "number") made.style.setProperty("--accent", colour(part.accent_color));
  return made;
}

/** A number as a colour of CSS. @param {number} value */
export const colour = (value) => `#${(value & 0xffffff).toString(16).padStart(6, "0")}`;

/** @param {any} part */
function button(part) {
  const emoji = part.emoji?.name ? el("span", { class: "button-emoji", "aria-hidden": part.label ? "true" : null, text: part.emoji.id ? `:${part.emoji.name}:` : part.emoji.name }) : null;
  const words = [emoji, part.label ? el("span", { text: part.label }) : null];
  const style = STYLES[part.style] || "secondary";
  if (style === "link" && part.url) {
    const made = anchor(part.url, [words, icon("link")]);
    made.className = "component-button link";
    return made;
  }
  return el("button", {
    type: "button",
    class: `component-button ${style}`,
    disabled: Boolean(part.disabled),
    data: { custom: part.custom_id ?? "", style: part.style },
  }, words);
}

/** What is chosen in a select, by the names of what is chosen. @param {any} part @param {import("./render.js").Names} names @returns {string[]} */
export function chosen(part, names) {
  if (part.type === STRING) return (part.options ?? []).filter((/** @type {any} */ o) => o.default).map((/** @type {any} */ o) => o.label);
  return (part.default_values ?? []).map(({ id, type }) => {
    if (type === "channel") return `#${names.channel(id)?.name ?? "unknown"}`;
    return `@${(type === "role" ? names.role(id) : names.user(id)) ?? "unknown"}`;
  });
}

/** @param {any} part @param {Around} around */
function select(part, around) {
  const now = chosen(part, around.names);
  const asked = part.placeholder || ASKED[part.type];
  const emoji = part.type === STRING ? (part.options ?? []).find((/** @type {any} */ o) => o.default)?.emoji?.name : null;
  return el("button", {
    type: "button",
    class: "component-select",
    disabled: Boolean(part.disabled),
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    "aria-label": now.length > 0 ? `${asked}: ${now.join(", ")}` : asked,
    data: { custom: part.custom_id ?? "" },
  },
  el("span", { class: now.length > 0 ? "chosen" : "placeholder" }, emoji ? `${emoji} ` : null, now.length > 0 ? now.join(", ") : asked),
  icon("chevron"));
}

/** The attachment that an address means. @param {string | undefined} url @param {Around} around */
function found(url, around) {
  const name = String(url ?? "").replace(/^attachment:\/\//, "");
  return around.attachments.find((each) => each.filename === name || each.url === url) ?? null;
}

/** @param {any} part @param {Around} around */
function picture(part, around) {
  const file = found(part.media?.url, around);
  if (file !== null) return media(file, part.description);
  const url = String(part.media?.url ?? "");
  return el("div", { class: "elsewhere" }, icon("image"), /^https?:/.test(url) ? anchor(url, [part.description || "Picture"]) : "Picture");
}

/** @param {any[]} items @param {Around} around */
function gallery(items, around) {
  return el("div", { class: `gallery of-${Math.min(items.length, 4)}` }, items.map((item) => picture(item, around)));
}
