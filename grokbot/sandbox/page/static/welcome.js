/**
 * What stands at the beginning of a channel.
 * @module
 */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";

/** The icon of a kind of channel. @param {any} channel */
export function kindIcon(channel) {
  return { text: "hash", forum: "forum", thread: "thread", private_thread: "lock", direct: "at" }[/** @type {string} */ (channel.kind)] ?? "hash";
}

/**
 * Things to begin with where nobody has said anything yet; a press puts them into the box.
 * @param {import("./state.js").State} state
 * @param {string[]} texts
 */
function suggestions(state, texts) {
  if (state.messages.size > 0 || state.channel?.can?.send === false) return null;
  return el("div", { class: "suggestions" }, texts.map((text) => el("button", { type: "button", class: "component-button secondary", text, data: { say: text } })));
}

/**
 * @param {import("./state.js").State} state
 * @returns {Node[]}
 */
export function welcome(state) {
  const { channel, world } = state;
  if (channel === null) return [];
  if (channel.count > state.messages.size && state.messages.size >= 200) {
    return [el("p", { class: "muted", text: "Older messages are not shown here." })];
  }
  const bot = world.bot?.name ?? "the bot";
  if (channel.kind === "direct") {
    return [
      avatar({ id: world.bot?.id ?? "0", bot: true }, bot, "huge"),
      el("h2", { text: channel.name || bot, dir: "auto" }),
      el("p", { text: `This is the beginning of your direct messages with ${bot}. No mention is needed here: just write.` }),
      suggestions(state, ["Why is the sky blue?", "/help"]),
    ].filter((each) => each !== null);
  }
  const round = el("span", { class: "round" }, icon(kindIcon(channel)));
  if (channel.kind === "text") {
    return [round, el("h2", { text: `Welcome to #${channel.name}!`, dir: "auto" }), el("p", { text: `This is the start of the #${channel.name} channel. Mention @${bot} and ask something, or type / for its commands.` }),
      suggestions(state, [`@${bot} Why is the sky blue?`, "/help"])].filter((each) => each !== null);
  }
  return [round, el("h2", { text: channel.name, dir: "auto" }), el("p", { text: channel.kind === "private_thread" ? "A private thread: only who was added sees it." : "Here the thread begins." })];
}
