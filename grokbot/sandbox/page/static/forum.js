/**
 * A forum: its posts, newest first, and a new one.
 * @module
 */

import { el, keyed } from "./dom.js";
import { icon } from "./icons.js";
import { ask, field } from "./dialogs.js";
import { written } from "./mentions.js";
import { newer } from "./state.js";
import { ago } from "./times.js";

const DISCORD_EPOCH = 1_420_070_400_000n;

/** When an id was made, in seconds since 1970. @param {string} id */
const made = (id) => Number((BigInt(id) >> 22n) + DISCORD_EPOCH) / 1000;

export class Forum {
  /**
   * @param {import("./state.js").State} state
   * @param {{ openChannel: (id: string) => void, call: (name: string, what: any) => Promise<any> }} acts
   */
  constructor(state, acts) {
    this.state = state;
    this.acts = acts;
    this.list = el("div", { class: "posts" });
    this.none = el("p", { class: "muted", text: "There are no posts yet. Write the first one." });
    this.element = el("div", { class: "forum", hidden: true },
      el("div", { class: "forum-head" }, el("span", { class: "muted", text: "Each post has a thread of its own." }), el("button", { type: "button", class: "component-button primary", text: "New post", on: { click: () => void this.#post() } })),
      this.list, this.none);
    for (const topic of /** @type {const} */ (["world", "place"])) state.on(topic, () => this.draw());
  }

  draw() {
    const { channel } = this.state;
    this.element.hidden = channel?.kind !== "forum";
    if (channel?.kind !== "forum") return;
    const posts = [...this.state.channels.values()].filter((each) => each.parent === channel.id).sort((one, other) => (newer(one.last ?? one.id, other.last ?? other.id) ? -1 : 1));
    this.none.hidden = posts.length > 0;
    keyed(this.list, posts, ({ id }) => id, (post) => this.#row(post), (row, post) => this.#rowIs(row, post));
  }

  /** @param {any} post */
  #row(post) {
    const row = el("button", { type: "button", class: "post", on: { click: () => this.acts.openChannel(post.id) } }, el("strong", { dir: "auto" }), el("span", { class: "post-line muted small" }));
    this.#rowIs(row, post);
    return row;
  }

  /** @param {any} row @param {any} post */
  #rowIs(row, post) {
    row.classList.toggle("unread", this.state.isUnread(post));
    row.firstElementChild.textContent = post.name;
    const count = Math.max(0, post.count);
    const line = row.lastElementChild;
    const seconds = made(post.last ?? post.id);
    line.replaceChildren(icon("forum"), count === 1 ? "1 message" : `${count} messages`, " · ", el("time", { data: { ago: seconds }, text: ago(seconds) }), post.archived ? " · archived" : "");
  }

  async #post() {
    const { channel } = this.state;
    if (channel === null) return;
    const title = field({ label: "Title", required: true, max: 100 });
    const text = field({ label: "Message", required: true, long: true, max: this.state.world.limits.content, value: `@${this.state.world.bot?.name ?? ""} ` });
    await ask({ title: "New post", body: [title.element, text.element], submit: "Post", extra: "wide", send: async () => {
      const answer = await this.acts.call("post", { channel: channel.id, title: title.input.value.trim(), content: written(text.input.value, this.state).trim() });
      if (answer.channel) this.acts.openChannel(answer.channel.id ?? answer.channel);
    } });
  }
}
