/**
 * The left side: servers, channels with their threads, direct messages.
 * Not here: who one is (people.js), what opens (app.js).
 * @module
 */

import { el, keyed, rove } from "./dom.js";
import { icon } from "./icons.js";
import { ask, choice, field } from "./dialogs.js";
import { openMenu } from "./menus.js";
import { avatar } from "./message.js";
import { newer } from "./state.js";
import { kindIcon } from "./welcome.js";

/** The letters of a server. @param {string} name */
const initials = (name) => name.split(/\s+/).filter(Boolean).map((word) => [...word][0]).join("").slice(0, 3);

/** @typedef {{ key: string, kind: "fold" | "channel", channel?: any, fold?: { parent: string, count: number, open: boolean } }} Line */

export class Sidebar {
  /**
   * @param {import("./state.js").State} state
   * @param {{ openChannel: (id: string) => void, openPlace: (place: string) => void, direct: () => void, call: (name: string, what: any) => Promise<any> }} acts
   */
  constructor(state, acts) {
    this.state = state;
    this.acts = acts;
    /** @type {Set<string>} Channels whose archived threads are shown. */
    this.unfolded = new Set();
    this.rail = el("nav", { class: "rail", "aria-label": "Servers" });
    this.title = el("h2", { dir: "auto" });
    this.addButton = el("button", { type: "button", class: "icon-button", "aria-label": "Add a channel", title: "Add a channel", on: { click: () => void this.#addChannel() } }, icon("plus"));
    this.list = el("div", { class: "channels" });
    this.element = el("nav", { class: "sidebar", "aria-label": "Channels" }, el("header", { class: "sidebar-head" }, this.title, this.addButton), this.list);
    rove(this.list, ".channel, .fold");
    for (const topic of /** @type {const} */ (["world", "place"])) state.on(topic, () => this.draw());
  }

  draw() {
    const { world, place } = this.state;
    const guilds = [{ id: "direct", name: "Direct messages" }, ...world.guilds];
    keyed(this.rail, guilds, ({ id, name }) => `${id}${name}`, (guild) => this.#guild(guild), (made, guild) => this.#guildIs(made, guild));
    for (const guild of guilds) this.#guildIs(/** @type {any} */ (this.rail).keyed.get(`${guild.id}${guild.name}`), guild);
    const guild = world.guilds.find((/** @type {any} */ each) => each.id === place);
    this.title.textContent = guild?.name ?? "Direct messages";
    this.addButton.hidden = guild === undefined;
    keyed(this.list, guild === undefined ? this.#directs() : this.#lines(guild), ({ key }) => key, (line) => this.#line(line), (made, line) => this.#lineIs(made, line));
    this.list.querySelector(".channel[aria-current=page]")?.setAttribute("tabindex", "0");
  }

  /** @param {any} guild */
  #guild(guild) {
    const direct = guild.id === "direct";
    return el("button", { type: "button", class: direct ? "guild home" : "guild", "aria-label": guild.name, title: guild.name, on: { click: () => this.acts.openPlace(guild.id) } },
      direct ? icon("chat") : initials(guild.name), el("span", { class: "pill" }));
  }

  /** @param {any} made @param {any} guild */
  #guildIs(made, guild) {
    const here = this.state.place === guild.id;
    const channels = guild.id === "direct" ? this.state.world.direct : guild.channels;
    const unread = channels.some((/** @type {any} */ channel) => !channel.archived && this.state.isUnread(channel));
    made.setAttribute("aria-current", here ? "true" : "false");
    made.classList.toggle("unread", unread);
    made.setAttribute("aria-label", unread ? `${guild.name}, unread` : guild.name);
  }

  /** @returns {Line[]} */
  #directs() {
    const { direct } = this.state.world;
    const lines = direct.map((/** @type {any} */ channel) => ({ key: `c${channel.id}`, kind: "channel", channel }));
    return lines.length > 0 ? lines : [{ key: "none", kind: "channel", channel: { id: "", kind: "direct", name: "" } }];
  }

  /** @param {any} guild @returns {Line[]} */
  #lines(guild) {
    /** @type {Line[]} */
    const lines = [];
    const threads = Map.groupBy(guild.channels.filter((/** @type {any} */ c) => c.parent), (/** @type {any} */ c) => c.parent);
    for (const channel of guild.channels) {
      if (channel.parent) continue;
      lines.push({ key: `c${channel.id}`, kind: "channel", channel });
      const under = (threads.get(channel.id) ?? []).sort((one, other) => (newer(one.last ?? one.id, other.last ?? other.id) ? -1 : 1));
      const archived = under.filter((each) => each.archived);
      for (const thread of under) if (!thread.archived) lines.push({ key: `c${thread.id}`, kind: "channel", channel: thread });
      const open = this.unfolded.has(channel.id);
      if (archived.length > 0) lines.push({ key: `f${channel.id}`, kind: "fold", fold: { parent: channel.id, count: archived.length, open } });
      for (const thread of archived) if (open || thread.id === this.state.open) lines.push({ key: `c${thread.id}`, kind: "channel", channel: thread });
    }
    return lines;
  }

  /** @param {Line} line */
  #line(line) {
    const made = line.kind === "fold"
      ? el("button", { type: "button", class: "fold", tabindex: "-1", on: { click: () => this.#fold(/** @type {any} */ (made).line.fold.parent) } }, icon("chevron"), el("span"))
      : el("button", { type: "button", class: "channel", tabindex: "-1", on: { click: () => this.#opened(/** @type {any} */ (made).line.channel), contextmenu: (/** @type {MouseEvent} */ event) => this.#menu(event, /** @type {any} */ (made).line.channel) } },
        el("span", { class: "channel-icon" }), el("span", { class: "channel-name", dir: "auto" }), el("span", { class: "badge", hidden: true }));
    this.#lineIs(made, line);
    return made;
  }

  /** @param {any} made @param {Line} line */
  #lineIs(made, line) {
    made.line = line;
    if (line.fold) {
      made.setAttribute("aria-expanded", String(line.fold.open));
      made.lastElementChild.textContent = line.fold.count === 1 ? "1 archived" : `${line.fold.count} archived`;
      return;
    }
    const { channel } = line;
    const { bot } = this.state.world;
    const here = channel.id === this.state.open;
    const unread = this.state.isUnread(channel);
    made.className = ["channel", channel.parent && "thread", unread && "unread", channel.archived && "archived", channel.kind === "direct" && "direct"].filter(Boolean).join(" ");
    if (here) made.setAttribute("aria-current", "page");
    else made.removeAttribute("aria-current");
    made.tabIndex = here ? 0 : -1;
    const name = channel.kind === "direct" ? channel.name || bot?.name || "the bot" : channel.name;
    const [drawn, words] = made.children;
    if (words.textContent !== name) words.textContent = name;
    made.setAttribute("aria-label", `${name}${unread ? ", unread" : ""}${channel.archived ? ", archived" : ""}`);
    if (drawn.dataset.kind !== channel.kind) {
      drawn.dataset.kind = channel.kind;
      drawn.replaceChildren(channel.kind === "direct" ? avatar({ id: bot?.id ?? "0", bot: true }, name, "small") : icon(kindIcon(channel)));
    }
  }

  /** @param {any} channel */
  #opened(channel) {
    if (channel.id === "") this.acts.direct();
    else this.acts.openChannel(channel.id);
  }

  /** @param {string} parent */
  #fold(parent) {
    if (!this.unfolded.delete(parent)) this.unfolded.add(parent);
    this.draw();
  }

  /** @param {MouseEvent} event @param {any} channel */
  #menu(event, channel) {
    event.preventDefault();
    if (channel.id === "") return;
    openMenu(channelItems(channel, this.acts), event.clientX ? { x: event.clientX, y: event.clientY } : /** @type {HTMLElement} */ (event.currentTarget), channel.name);
  }

  async #addChannel() {
    const name = field({ label: "Channel name", required: true, max: 100, placeholder: "new-channel" });
    const kind = choice("Kind", [["text", "Text: messages one after the other"], ["forum", "Forum: posts, each with its own thread"]]);
    await ask({ title: "Create a channel", body: [kind.element, name.element], submit: "Create", send: async () => {
      const answer = await this.acts.call("add_channel", { guild: this.state.place, name: name.input.value.trim(), kind: kind.value() });
      if (answer.channel) this.acts.openChannel(answer.channel.id ?? answer.channel);
    } });
  }
}

/**
 * What can be done with a channel.
 * @param {any} channel
 * @param {{ call: (name: string, what: any) => Promise<any> }} acts
 * @returns {import("./menus.js").Item[]}
 */
export function channelItems(channel, acts) {
  const items = [];
  const isThread = channel.kind === "thread" || channel.kind === "private_thread";
  if (isThread && channel.can?.manage !== false) {
    items.push({ label: "Rename thread", icon: "edit", run: () => {
      const name = field({ label: "Name", required: true, max: 100, value: channel.name });
      void ask({ title: "Rename thread", body: [name.element], submit: "Save", send: () => acts.call("rename", { channel: channel.id, name: name.input.value.trim() }) });
    } });
    items.push({ label: channel.archived ? "Unarchive thread" : "Archive thread", icon: "file", run: () => void acts.call("archive", { channel: channel.id, on: !channel.archived }).catch(() => undefined) });
  }
  items.push({ label: "Copy channel ID", icon: "copy", run: () => void navigator.clipboard?.writeText(channel.id).catch(() => undefined) });
  return items;
}
