/**
 * One message as an element, made of parts, each of which is only made anew when what it shows has changed.
 * It takes data and gives DOM: no socket, no state. What is pressed is told by `data-…`.
 * @module
 */

import { el, morph } from "./dom.js";
import { icon } from "./icons.js";
import { components } from "./components.js";
import { attachments, embeds } from "./files.js";
import { inline } from "./markdown.js";
import { line, markdown } from "./render.js";
import { day, hour, stamp, whole } from "./times.js";

export const LOADING = 1 << 7, COMPONENTS_V2 = 1 << 15;
const SYSTEM = new Set([1, 2, 3, 4, 6, 7, 18]);
const GROUP_SECONDS = 420;

/**
 * @typedef {object} Look How a message stands among the others.
 * @property {import("./render.js").Names & { version: number }} names
 * @property {boolean} grouped Under another of the same author.
 * @property {boolean} divided The first of its day.
 * @property {boolean} unread The first one that is new.
 */

/** @param {any} message */
export const isSystem = (message) => SYSTEM.has(message.type);
/** @param {any} message */
const isReply = (message) => message.type === 19 || (message.type === 0 && message.referenced_message !== undefined && message.message_reference?.type !== 1);

/** Whether a message stands under the one before without a head of its own. @param {any} message @param {any} before */
export function isGrouped(message, before) {
  if (before === undefined || isSystem(message) || isSystem(before) || isReply(message) || message.interaction_metadata?.type === 2) return false;
  if (message.author.id !== before.author.id || message.type === 21 || Boolean(message.ephemeral) !== Boolean(before.ephemeral)) return false;
  const [one, other] = [Date.parse(before.timestamp), Date.parse(message.timestamp)];
  return other - one < GROUP_SECONDS * 1000;
}

/** @param {any} message @param {any} before */
export function isDivided(message, before) {
  return before === undefined || new Date(message.timestamp).toDateString() !== new Date(before.timestamp).toDateString();
}

/** The parts: the name of the class, what it depends on, and how it is made. */
/** @type {[string, (m: any, look: Look) => any, (m: any, look: Look) => any][]} */
const PARTS = [
  ["divider", (m, look) => [look.divided && day(m.timestamp), look.unread], divider],
  ["above", (m, look) => [isReply(m), m.referenced_message?.content, m.referenced_message?.author, m.command, Boolean(m.interaction_metadata), look.names.version], above],
  ["face", (m, look) => [look.grouped, m.author, m.shown, m.type], face],
  ["head", (m, look) => [look.grouped, m.shown, m.timestamp, m.author], head],
  ["content", (m, look) => [m.content, m.edited_timestamp, m.loading, m.type, m.message_snapshots, m.referenced_message, m.flags & COMPONENTS_V2, look.names.version], content],
  ["files", (m) => attached(m).map((/** @type {any} */ a) => [a.id, a.filename, a.size]), files],
  ["embeds", (m, look) => [m.embeds, look.names.version], (m, look) => embeds(m.embeds ?? [], look.names)],
  ["components", (m, look) => [m.components, look.names.version], (m, look) => components(m.components ?? [], { names: look.names, attachments: m.attachments ?? [] })],
  ["below-thread", (m) => m.thread, thread],
  ["reactions", (m) => [m.reactions, m.can?.react], reactions],
  ["notes", (m) => [m.ephemeral, m.type], notes],
];

/**
 * @param {any} message
 * @param {Look} look
 * @returns {HTMLElement}
 */
export function makeMessage(message, look) {
  const row = el("article", { class: "message", tabindex: "-1", data: { id: message.id } });
  const parts = new Map();
  for (const [name] of PARTS) parts.set(name, el("div", { class: `part-${name}`, dir: name === "content" ? "auto" : null }));
  const body = el("div", { class: "body" }, ["head", "content", "files", "embeds", "components", "below-thread", "reactions", "notes"].map((name) => parts.get(name)));
  row.append(parts.get("divider"), parts.get("above"), el("div", { class: "line" }, parts.get("face"), body));
  Object.assign(row, { parts, keys: new Map() });
  patchMessage(row, message, look);
  return row;
}

/**
 * Brings an element to what its message now is.
 * @param {any} row
 * @param {any} message
 * @param {Look} look
 */
export function patchMessage(row, message, look) {
  row.message = message;
  row.className = [
    "message",
    look.grouped && "grouped",
    isSystem(message) && "system",
    message.ephemeral && "ephemeral",
    message.mentions_me && !message.ephemeral && "mentioned",
    row.classList.contains("flash") && "flash",
  ].filter(Boolean).join(" ");
  for (const [name, depends, build] of PARTS) {
    const key = JSON.stringify(depends(message, look) ?? null);
    if (row.keys.get(name) === key) continue;
    row.keys.set(name, key);
    const part = row.parts.get(name);
    const focused = part.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.custom : undefined;
    const made = document.createDocumentFragment();
    const built = build(message, look);
    if (built) made.append(...(Array.isArray(built) ? built.filter(Boolean) : [built]));
    morph(part, made);
    if (focused !== undefined && !part.contains(document.activeElement)) {
      part.querySelector(`[data-custom="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
  }
  row.setAttribute("aria-label", `${message.shown ?? message.author.username}, ${hour(message.timestamp)}`);
}

/** @param {any} m @param {Look} look */
function divider(m, look) {
  if (!look.divided && !look.unread) return null;
  const words = look.divided ? el("span", { class: "divider-day", text: day(m.timestamp) }) : null;
  return el("div", { class: look.unread ? "divider unread" : "divider" }, words, look.unread ? el("span", { class: "divider-new", text: "New" }) : null);
}

/** @param {any} m @param {Look} look */
function above(m, look) {
  if (isReply(m)) {
    const to = m.referenced_message;
    if (to === null || to === undefined) return el("div", { class: "above" }, el("i", { text: "Original message was deleted" }));
    const name = to.shown ?? look.names.user(to.author.id) ?? to.author.global_name ?? to.author.username;
    const text = to.content ? line(inline(oneLine(to.content)), look.names) : el("i", { text: to.attachments?.length > 0 ? "Click to see attachment" : "Click to see message" });
    return el("div", { class: "above" },
      avatar(to.author, name, "tiny"),
      el("span", { class: "above-name", data: { user: to.author.id }, text: m.mentions?.some((/** @type {any} */ u) => u.id === to.author.id) ? `@${name}` : name, dir: "auto" }),
      el("button", { type: "button", class: "above-text", data: { jump: to.id } }, text));
  }
  const used = m.interaction_metadata;
  if (!used || used.type !== 2) return null;
  const name = look.names.user(used.user.id) ?? used.user.global_name ?? used.user.username;
  return el("div", { class: "above" },
    avatar(used.user, name, "tiny"),
    el("span", { class: "above-name", data: { user: used.user.id }, text: name, dir: "auto" }),
    el("span", {}, "used ", m.command ? el("span", { class: "used", text: m.command }) : "a command"));
}

/** The beginning of a text without what only whole lines mean. @param {string} text */
const oneLine = (text) => text.slice(0, 300).replace(/^(?:#{1,3}|-#|>{1,3}|[-*]) +/gm, "").replace(/```\w*/g, "").replace(/\s+/g, " ");

/** A round picture with the first letter of a name. @param {any} author @param {string} name @param {string} [extra] */
export function avatar(author, name, extra = "") {
  const tone = [...String(author.username ?? author.name ?? author.id)].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) % 9973, 7) % 8;
  const letter = author.bot ? icon("spark") : ([...name.trim()][0] ?? "?").toUpperCase();
  return el("span", { class: `avatar ${author.bot ? "bot" : `tone-${tone}`} ${extra}`, "aria-hidden": "true" }, letter);
}

/** @param {any} m @param {Look} look */
function face(m, look) {
  if (isSystem(m)) return el("span", { class: "system-icon" }, icon({ 4: "edit", 6: "pin", 18: "thread", 1: "forward" }[m.type] ?? "more"));
  if (look.grouped) return el("time", { class: "gutter", datetime: m.timestamp, text: hour(m.timestamp), title: whole(m.timestamp) });
  const made = avatar(m.author, m.shown ?? m.author.username);
  made.dataset.user = m.author.id;
  return made;
}

/** @param {any} m @param {Look} look */
function head(m, look) {
  if (look.grouped || isSystem(m)) return null;
  return [
    el("button", { type: "button", class: "author", data: { user: m.author.id }, dir: "auto", text: m.shown ?? m.author.username }),
    m.author.bot ? el("span", { class: "tag", text: "APP" }) : null,
    el("time", { class: "stamp", datetime: m.timestamp, text: stamp(m.timestamp), title: whole(m.timestamp) }),
  ];
}

/** @param {any} m @param {Look} look */
function content(m, look) {
  if (isSystem(m)) return system(m);
  if (m.loading) return el("div", { class: "thinking" }, el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), `${m.shown ?? m.author.username} is thinking…`);
  const snapshot = m.message_snapshots?.[0]?.message;
  if (snapshot) return forwarded(snapshot, look);
  const starter = m.type === 21 ? m.referenced_message : null;
  const text = starter ? starter.content : m.content;
  const made = markdown(text ?? "", look.names);
  if (m.edited_timestamp && text) {
    const mark = el("span", { class: "edited", text: "(edited)", title: whole(m.edited_timestamp) });
    const last = made.lastElementChild;
    if (last !== null && last.matches(".md-text, .md-small")) last.append(" ", mark);
    else made.append(el("div", { class: "md-text" }, mark));
  }
  return made;
}

/** @param {any} snapshot @param {Look} look */
function forwarded(snapshot, look) {
  const around = { names: look.names, attachments: snapshot.attachments ?? [] };
  return el("div", { class: "forwarded" },
    el("div", { class: "forwarded-head" }, icon("forward"), "Forwarded"),
    markdown(snapshot.content ?? "", look.names),
    attachments(snapshot.attachments ?? []), embeds(snapshot.embeds ?? [], look.names), components(snapshot.components ?? [], around),
    el("div", { class: "muted small", text: stamp(snapshot.timestamp) }));
}

/** @param {any} m */
function system(m) {
  const who = el("button", { type: "button", class: "author", data: { user: m.author.id }, text: m.shown ?? m.author.username, dir: "auto" });
  const strong = (/** @type {string} */ text) => el("strong", { text, dir: "auto" });
  const when = el("time", { class: "stamp", datetime: m.timestamp, text: stamp(m.timestamp), title: whole(m.timestamp) });
  const thread = m.message_reference?.channel_id;
  switch (m.type) {
    case 1: return el("div", {}, who, " added ", strong(m.mentions?.[0]?.global_name ?? m.mentions?.[0]?.username ?? "someone"), " to the thread. ", when);
    case 2: return el("div", {}, who, " removed ", strong(m.mentions?.[0]?.global_name ?? "someone"), " from the thread. ", when);
    case 4: return el("div", {}, who, " changed the channel name: ", strong(m.content), " ", when);
    case 6: return el("div", {}, who, " pinned ", m.message_reference?.message_id ? el("button", { type: "button", class: "link-button", text: "a message", data: { jump: m.message_reference.message_id } }) : "a message", " to this channel. ", when);
    case 18: return el("div", {}, who, " started a thread: ", el("button", { type: "button", class: "link-button strong", text: m.content, data: { channel: thread ?? "" } }), " ", when);
    default: return el("div", {}, who, " ", m.content, " ", when);
  }
}

/** @param {any} m */
function attached(m) {
  return (m.type === 21 ? m.referenced_message?.attachments : m.attachments) ?? [];
}

/** @param {any} m */
function files(m) {
  // Of Components V2 every file is shown where a component says so.
  return m.flags & COMPONENTS_V2 ? null : attachments(attached(m));
}

/** @param {any} m */
function thread(m) {
  if (!m.thread) return null;
  const count = m.thread.message_count ?? 0;
  const words = count === 1 ? "1 Message" : `${count} Messages`;
  return el("button", { type: "button", class: "thread-card", data: { channel: m.thread.id } },
    el("span", { class: "thread-name" }, el("strong", { text: m.thread.name, dir: "auto" }), el("span", { class: "link", text: `${words} ›` })),
    el("span", { class: "muted small", text: m.thread.thread_metadata?.archived ? "This thread is archived" : "Open the thread" }));
}

/** @param {any} m */
function reactions(m) {
  if (!m.reactions?.length) return null;
  return m.reactions.map((/** @type {any} */ each) => {
    const name = each.emoji.id ? `:${each.emoji.name}:` : each.emoji.name;
    const who = each.who?.length ? each.who.join(", ") : null;
    return el("button", {
      type: "button", class: each.me ? "reaction mine" : "reaction", "aria-pressed": String(Boolean(each.me)), disabled: m.can?.react === false && !each.me,
      title: who, "aria-label": `${name}, ${each.count}${who ? `: ${who}` : ""}`, data: { emoji: each.emoji.id ? `${each.emoji.name}:${each.emoji.id}` : each.emoji.name },
    }, el("span", { text: name }), el("span", { class: "reaction-count", text: each.count }));
  });
}

/** @param {any} m */
function notes(m) {
  if (!m.ephemeral) return null;
  return el("div", { class: "only-you" }, icon("eye"), "Only you can see this • ", el("button", { type: "button", class: "link-button", text: "Dismiss message", data: { dismiss: m.id } }));
}
