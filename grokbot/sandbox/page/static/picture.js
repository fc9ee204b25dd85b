/**
 * Draws the messages that stand in the page's JSON, as the page does, at a moment that is always the same.
 * Not here: how a message looks (message.js).
 * @module
 */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { isDivided, isGrouped, makeMessage } from "./message.js";
import { State } from "./state.js";

/** @type {any} */
const data = JSON.parse(document.getElementById("data")?.textContent ?? "{}");
const now = Date.parse(data.now);

globalThis.Date = class extends Date {
  /** @param {...any} given */
  constructor(...given) {
    super(...(given.length === 0 ? [now] : /** @type {[any]} */ (given)));
  }

  static now() {
    return now;
  }
};

const state = new State();
state.hear(data.world);
state.opened(data.channel);
const { channel, names } = state;
const parent = channel?.parent ? state.channels.get(channel.parent) : null;
const head = el("header", { class: "header" },
  el("span", { class: "header-icon" }, icon(channel?.kind === "text" ? "hash" : channel?.kind === "forum" ? "forum" : channel?.kind === "direct" ? "at" : "thread")),
  el("h1", {}, parent ? el("span", { class: "header-parent", text: `${parent.name} › ` }) : null, channel?.name ?? ""));
const rows = data.messages.map((/** @type {any} */ message, /** @type {number} */ at) => {
  const before = data.messages[at - 1];
  return makeMessage(message, { names, divided: at > 0 && isDivided(message, before), unread: false, grouped: isGrouped(message, before) });
});
const drawn = el("main", { class: "drawn" }, head, el("div", { class: "rows" }, rows));
for (const picture of drawn.querySelectorAll("img")) {
  picture.setAttribute("loading", "eager");
  picture.setAttribute("decoding", "sync");
}
document.body.append(drawn);
