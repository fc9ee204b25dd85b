/**
 * The tree of a message's Markdown as elements. Knows no socket: names come from the `names` that are given.
 * @module
 */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { isJumbo, parse } from "./markdown.js";
import { moment, shown } from "./times.js";

/**
 * Who is who, for those who render.
 * @typedef {object} Names
 * @property {(id: string) => string | null} user The name that is shown.
 * @property {(id: string) => string | null} role
 * @property {(id: string) => { name: string, kind: string } | null} channel
 * @property {string | null} me The id of the person who looks.
 */

/**
 * A message's text.
 * @param {string} text
 * @param {Names} names
 * @returns {DocumentFragment}
 */
export function markdown(text, names) {
  const whole = document.createDocumentFragment();
  const blocks = parse(text);
  if (isJumbo(text)) {
    whole.append(el("div", { class: "md-text jumbo", text }));
    return whole;
  }
  blocks.forEach((block, at) => whole.append(blocked(block, names, at < blocks.length - 1)));
  return whole;
}

/**
 * One line without blocks, for quotes of replies and topics.
 * @param {import("./markdown.js").Piece[]} pieces
 * @param {Names} names
 */
export function line(pieces, names) {
  const whole = document.createDocumentFragment();
  whole.append(...pieces.map((each) => piece(each, names)));
  return whole;
}

/**
 * @param {import("./markdown.js").Block} block
 * @param {Names} names
 * @param {boolean} goesOn Whether something follows.
 * @returns {HTMLElement}
 */
function blocked(block, names, goesOn) {
  const inside = (block.inside ?? []).map((each) => piece(each, names));
  switch (block.kind) {
    case "heading": return el("h3", { class: `md-h${block.level}` }, inside);
    case "small": return el("div", { class: "md-small" }, inside);
    case "quote": {
      const blocks = block.blocks ?? [];
      const made = blocks.map((each, at) => blocked(each, names, at < blocks.length - 1));
      return el("blockquote", {}, ...made);
    }
    case "code": return el("pre", {}, el("code", { data: block.language ? { language: block.language } : {}, text: block.text }));
    case "list": return list(block, names);
    default: {
      const last = inside[inside.length - 1];
      // A blank line before the next block is only seen where something follows it.
      const blank = goesOn && last?.nodeType === Node.TEXT_NODE && /** @type {Text} */ (last).data.endsWith("\n");
      return el("div", { class: "md-text" }, inside, blank && last.textContent !== "\n" ? "\n" : null);
    }
  }
}

/** @param {import("./markdown.js").Block} block @param {Names} names @returns {HTMLElement} */
function list(block, names) {
  const items = (block.items ?? []).map(({ inside, lists }) =>
    el("li", {}, inside.map((each) => piece(each, names)), lists.map((each) => list(each, names))),
  );
  const start = block.ordered && block.start !== 1 ? block.start : null;
  return el(block.ordered ? "ol" : "ul", { start }, items);
}

/**
 * @param {import("./markdown.js").Piece} what
 * @param {Names} names
 * @returns {Node}
 */
function piece(what, names) {
  if (typeof what === "string") return document.createTextNode(what);
  const inside = (what.inside ?? []).map((each) => piece(each, names));
  switch (what.kind) {
    case "em": return el("em", {}, inside);
    case "strong": return el("strong", {}, inside);
    case "u": return el("u", {}, inside);
    case "s": return el("s", {}, inside);
    case "spoiler": return spoiler(inside);
    case "code": return el("code", { text: what.text });
    case "link": return anchor(/** @type {string} */ (what.href), inside);
    case "url": return place(/** @type {string} */ (what.href), names) ?? anchor(/** @type {string} */ (what.href), [what.text ?? ""]);
    case "user": return user(what.id ?? "", names);
    case "role": return el("span", { class: "mention", text: `@${names.role(what.id ?? "") ?? "unknown-role"}` });
    case "channel": return channel(what.id ?? "", names);
    case "command": return el("span", { class: "mention", data: { command: what.text }, text: `/${what.text}` });
    case "everyone": return el("span", { class: "mention me", text: what.text });
    case "emoji": return el("span", { class: "custom-emoji", text: `:${what.text}:` });
    default: return time(what);
  }
}

/** @param {string} href @param {any[]} inside */
export function anchor(href, inside) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", title: href }, inside);
}

/** @param {string} id @param {Names} names */
function user(id, names) {
  const name = names.user(id);
  return el("span", { class: id === names.me ? "mention me" : "mention", data: { user: id }, text: `@${name ?? "unknown-user"}` });
}

const PLACE = /^https:\/\/(?:\w{2,6}\.)?discord(?:app)?\.com\/channels\/(?:@me|\d{1,20})\/(\d{1,20})(?:\/(\d{1,20}))?\/?$/;

/** A link to a channel or a message, as a button that leads there; null where it leads elsewhere. @param {string} href @param {Names} names */
function place(href, names) {
  const found = PLACE.exec(href);
  const to = found === null ? null : names.channel(found[1]);
  if (found === null || to === null) return null;
  const made = channel(found[1], names);
  if (found[2]) {
    made.dataset.message = found[2];
    made.append(" › ", icon("chat"));
    made.setAttribute("aria-label", `A message in ${to.name}`);
  }
  return made;
}

/** @param {string} id @param {Names} names */
function channel(id, names) {
  const found = names.channel(id);
  if (found === null) return el("span", { class: "mention", text: "# unknown" });
  const drawn = found.kind === "text" ? "hash" : found.kind === "forum" ? "forum" : "thread";
  return el("button", { class: "mention", type: "button", data: { channel: id } }, icon(drawn), found.name);
}

/** @param {any[]} inside */
function spoiler(inside) {
  const hidden = el("span", { class: "spoiler-text", inert: true }, inside);
  return el("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler, press to show", data: { spoiler: "" } }, hidden);
}

/** Shows what a spoiler hides. @param {HTMLElement} hidden */
export function reveal(hidden) {
  hidden.classList.add("shown");
  for (const name of ["role", "tabindex", "aria-label", "data-spoiler"]) hidden.removeAttribute(name);
  hidden.firstElementChild?.removeAttribute("inert");
}

/** @param {import("./markdown.js").Mark} what */
function time(what) {
  const seconds = Number(what.text);
  if (!shown(seconds)) return document.createTextNode("Invalid Date");
  const ticking = what.style === "R" ? { ago: seconds } : {};
  const when = new Date(seconds * 1000);
  return el("time", {
    datetime: when.getFullYear() > 0 && when.getFullYear() < 10_000 ? when.toISOString() : null,
    title: moment(seconds, "F"),
    data: ticking,
    text: moment(seconds, what.style ?? "f"),
  });
}
