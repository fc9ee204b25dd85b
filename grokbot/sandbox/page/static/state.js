/**
 * What the page knows: the world as one person sees it, the open channel, what they have read.
 * Here: keeping it and looking things up. Not here: showing it.
 * @module
 */

const EMPTY = { me: null, people: [], bot: null, guilds: [], direct: [], limits: { content: 2000, file_bytes: 10 * 1024 * 1024 }, web: null, title: "" };

/** @typedef {"world" | "place" | "messages" | "typing" | "commands" | "panel" | "connection"} Topic */

export class State {
  constructor() {
    /** @type {any} */
    this.world = EMPTY;
    /** @type {string | null} The open channel. */
    this.open = null;
    /** @type {string} The guild whose channels are listed, or "direct". */
    this.place = "direct";
    this.connected = false;
    /** @type {Map<string, any>} Messages of the open channel. */
    this.messages = new Map();
    this.loaded = false;
    /** @type {string[]} */
    this.typing = [];
    /** @type {any[]} */
    this.commands = [];
    /** @type {Set<string>} Ephemeral messages that were dismissed. */
    this.dismissed = new Set();
    this.panel = { on: false, entries: new Map(), buckets: [], sums: null, forest: null, troubles: [] };
    /** @type {Map<string, Map<string, string>>} By person: the last message read, by channel. */
    this.read = new Map();
    /** @type {Map<string, Set<(change: any) => void>>} */
    this.listeners = new Map();
    this.version = 0;
    this.namesKey = "";
    /** @type {Map<string, any>} */
    this.channels = new Map();
    /** @type {Map<string, string>} */
    this.users = new Map();
    /** @type {Map<string, string>} */
    this.roles = new Map();
  }

  /** @param {Topic} topic @param {(change?: any) => void} listener */
  on(topic, listener) {
    const known = this.listeners.get(topic) ?? new Set();
    known.add(listener);
    this.listeners.set(topic, known);
  }

  /** @param {Topic} topic @param {any} [change] */
  tell(topic, change) {
    for (const listener of this.listeners.get(topic) ?? []) listener(change);
  }

  /** What the server said. @param {any} frame */
  hear(frame) {
    switch (frame.op) {
      case "world": return this.#worldIs(frame);
      case "messages": return this.#messagesAre(frame);
      case "typing":
        if (frame.channel !== this.open) return undefined;
        this.typing = frame.who;
        return this.tell("typing");
      case "commands":
        if (frame.channel !== this.open) return undefined;
        this.commands = frame.commands;
        return this.tell("commands");
      case "traffic":
        for (const entry of frame.entries) this.panel.entries.set(entry.n, entry);
        for (const n of this.panel.entries.keys()) {
          if (this.panel.entries.size <= 300) break;
          this.panel.entries.delete(n);
        }
        return this.tell("panel", "traffic");
      case "buckets": this.panel.buckets = frame.buckets; return this.tell("panel", "buckets");
      case "sums": this.panel.sums = frame; return this.tell("panel", "sums");
      case "forest": this.panel.forest = frame; return this.tell("panel", "forest");
      case "troubles": this.panel.troubles = frame.troubles; return this.tell("panel", "troubles");
      default: return undefined;
    }
  }

  /** @param {any} frame */
  #worldIs(frame) {
    const other = this.world.me?.id !== frame.me?.id;
    this.world = { ...EMPTY, ...frame };
    this.#index();
    if (other) this.#readAll();
    this.tell("world");
  }

  #index() {
    this.channels.clear();
    this.users.clear();
    this.roles.clear();
    const { world } = this;
    for (const person of world.people) this.users.set(person.id, person.shown);
    if (world.bot !== null) this.users.set(world.bot.id, world.bot.name);
    for (const guild of world.guilds) {
      for (const channel of guild.channels) this.channels.set(channel.id, { ...channel, guild: guild.id });
      for (const role of guild.roles) this.roles.set(role.id, role.name.replace(/^@/, ""));
    }
    for (const channel of world.direct) this.channels.set(channel.id, { ...channel, guild: null });
    const here = this.guild;
    for (const member of here?.members ?? []) this.users.set(member.id, member.nick || this.users.get(member.id) || member.name);
    const key = JSON.stringify([[...this.users], [...this.roles], [...this.channels].map(([id, c]) => [id, c.name])]);
    if (key !== this.namesKey) this.version += 1;
    this.namesKey = key;
  }

  /** Who looks for the first time has read what was there before. */
  #readAll() {
    const { me } = this.world;
    if (me === null || this.read.has(me.id)) return;
    this.read.set(me.id, new Map([...this.channels.values()].map((channel) => [channel.id, channel.last ?? "0"])));
  }

  /** @param {any} frame */
  #messagesAre(frame) {
    if (frame.channel !== this.open) return;
    if (frame.all) this.messages = new Map();
    for (const message of frame.messages) if (!this.dismissed.has(message.id)) this.messages.set(message.id, message);
    for (const id of frame.gone ?? []) this.messages.delete(id);
    this.loaded = true;
    this.tell("messages", frame);
  }

  /** @param {string} id */
  dismiss(id) {
    this.dismissed.add(id);
    this.messages.delete(id);
    this.tell("messages", { channel: this.open, all: false, messages: [], gone: [id] });
  }

  /** Another channel is looked at. @param {string | null} id */
  opened(id) {
    this.open = id;
    this.messages = new Map();
    this.loaded = false;
    this.typing = [];
    this.commands = [];
    this.panel.forest = null;
    if (id !== null) this.place = this.channels.get(id)?.guild ?? "direct";
    this.#index();
    this.tell("place");
  }

  /** The open channel has been read up to its end. */
  markRead() {
    const channel = this.channel;
    const mine = this.read.get(this.world.me?.id);
    if (channel === null || mine === undefined || mine.get(channel.id) === channel.last) return;
    mine.set(channel.id, channel.last ?? "0");
    this.tell("world");
  }

  /** The last message read in a channel; null: all is new. @param {string} id */
  readUpTo(id) {
    return this.read.get(this.world.me?.id)?.get(id) ?? null;
  }

  /** Whether a channel has something new. @param {any} channel */
  isUnread(channel) {
    const last = channel.last;
    if (!last || channel.id === this.open) return false;
    const read = this.readUpTo(channel.id);
    return read === null || newer(last, read);
  }

  get channel() {
    return this.open === null ? null : (this.channels.get(this.open) ?? null);
  }

  get guild() {
    const id = this.open !== null ? this.channels.get(this.open)?.guild : this.place;
    return this.world.guilds.find((/** @type {any} */ each) => each.id === (id ?? "")) ?? null;
  }

  /** Those who can be mentioned and chosen here: members, or in direct messages both sides. @returns {any[]} */
  get members() {
    if (this.guild !== null) return this.guild.members;
    const { bot, me } = this.world;
    return [me && { id: me.id, name: me.name, nick: null, bot: false }, bot && { id: bot.id, name: bot.name, nick: null, bot: true }].filter(Boolean);
  }

  /** How somebody is called here. @param {any} member */
  shown(member) {
    return member.nick || this.users.get(member.id) || member.name;
  }

  /** @returns {import("./render.js").Names & { version: number }} */
  get names() {
    return {
      user: (id) => this.users.get(id) ?? null,
      role: (id) => this.roles.get(id) ?? null,
      channel: (id) => this.channels.get(id) ?? null,
      me: this.world.me?.id ?? null,
      version: this.version,
    };
  }
}

/** Whether an id was given later than another. @param {string} one @param {string} other */
export function newer(one, other) {
  return one.length === other.length ? one > other : one.length > other.length;
}
