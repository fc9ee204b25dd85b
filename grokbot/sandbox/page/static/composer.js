/**
 * The box one writes in: text, files, replies, and a slash command in its place. What is typed is never lost: it is kept
 * for each channel, and taken away only once it was sent.
 * @module
 */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";
import { Completion } from "./completion.js";
import { botPicture, CommandForm, fitting, slashes } from "./commands.js";
import { encoded } from "./files.js";
import { openEmoji } from "./menus.js";
import { written } from "./mentions.js";
import { size } from "./times.js";
import { kindIcon } from "./welcome.js";

const TOLD_TYPING = 8000;
const WORD_BEFORE = /(^|\s)([@#])([^\s@#]{0,32})$/;

/** @type {WeakMap<File, string>} */
const pictures = new WeakMap();

/** The address of a chosen picture, one for each. @param {File} file */
function pictured(file) {
  const known = pictures.get(file) ?? URL.createObjectURL(file);
  pictures.set(file, known);
  return known;
}

/** Keeps a draft in this tab, also when the page is loaded anew. @param {string} key @param {string} text */
function keep(key, text) {
  try {
    if (text === "") sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // Then it is kept for as long as the page is open.
  }
}

/** @param {string} key */
function kept(key) {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** @typedef {{ text: string, files: File[], reply: any, ping: boolean }} Draft */

export class Composer {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./connection.js").Connection} connection
   * @param {{ modal: (answer: any) => void, editLast: () => boolean, sent: () => void }} acts
   */
  constructor(state, connection, acts) {
    this.state = state;
    this.connection = connection;
    this.acts = acts;
    /** @type {Map<string, Draft>} */
    this.drafts = new Map();
    this.completion = new Completion();
    /** @type {CommandForm | null} */
    this.form = null;
    this.toldTyping = 0;
    this.sending = false;

    this.text = el("textarea", { class: "composer-text", rows: "1", "aria-label": "Message", "aria-autocomplete": "list", "aria-haspopup": "listbox", dir: "auto", autocomplete: "off" });
    this.count = el("span", { class: "composer-count", hidden: true });
    this.chooser = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-hidden": "true" });
    this.attach = el("button", { type: "button", class: "icon-button", "aria-label": "Add files", on: { click: () => this.chooser.click() } }, icon("plus"));
    this.emoji = el("button", { type: "button", class: "icon-button", "aria-label": "Insert an emoji", "aria-haspopup": "dialog", "aria-expanded": "false" }, icon("react"));
    this.go = el("button", { type: "button", class: "icon-button send", "aria-label": "Send", on: { click: () => this.send() } }, icon("send"));
    this.place = el("div", { class: "composer-place" }, this.text);
    this.replyBar = el("div", { class: "reply-bar", hidden: true });
    this.fileBar = el("div", { class: "file-bar", hidden: true });
    this.trouble = el("div", { class: "composer-trouble", role: "alert", hidden: true });
    this.box = el("div", { class: "composer-box" }, this.fileBar, el("div", { class: "composer-line" }, this.attach, this.chooser, this.place, this.count, this.emoji, this.go));
    this.closed = el("div", { class: "composer-closed", hidden: true });
    this.element = el("div", { class: "composer" }, this.completion.element, this.trouble, this.replyBar, this.box, this.closed);

    this.text.addEventListener("input", () => this.#typed());
    this.text.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#pressed(event));
    this.text.addEventListener("click", () => this.#offer());
    this.text.addEventListener("blur", () => this.completion.hide());
    this.text.addEventListener("paste", (/** @type {ClipboardEvent} */ event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) {
        event.preventDefault();
        this.addFiles(files);
      }
    });
    this.chooser.addEventListener("change", () => {
      this.addFiles([...(this.chooser.files ?? [])]);
      this.chooser.value = "";
    });
    this.emoji.addEventListener("click", () => openEmoji(this.emoji, (emoji) => this.insert(emoji)));
    state.on("place", () => this.#moved());
    state.on("world", () => this.#allowed());
    state.on("commands", () => this.text === document.activeElement && this.#offer());
  }

  get #key() {
    return `draft ${this.state.world.me?.id} ${this.state.open}`;
  }

  /** @returns {Draft} */
  get draft() {
    const key = this.#key;
    const known = this.drafts.get(key) ?? { text: kept(key), files: [], reply: null, ping: true };
    this.drafts.set(key, known);
    return known;
  }

  #moved() {
    this.leaveForm(false);
    this.#warn("");
    this.completion.hide();
    this.text.value = this.draft.text;
    this.#size();
    this.#drawReply();
    this.#drawFiles();
    this.#allowed();
  }

  #allowed() {
    const { channel, world } = this.state;
    const closed = channel === null || channel.kind === "forum" || channel.can?.send === false;
    this.box.hidden = closed;
    this.closed.hidden = !closed || channel === null || channel.kind === "forum";
    this.closed.textContent = channel?.locked ? "This thread is locked." : "You do not have permission to send messages in this channel.";
    if (channel === null) return;
    const to = channel.kind === "direct" ? `@${channel.name || world.bot?.name}` : channel.kind === "text" ? `#${channel.name}` : channel.name;
    this.text.placeholder = `Message ${to}`;
    this.text.setAttribute("aria-label", `Message ${to}`);
  }

  #typed() {
    this.draft.text = this.text.value;
    keep(this.#key, this.text.value);
    this.#size();
    this.#warn("");
    this.#offer();
    const now = Date.now();
    if (this.text.value !== "" && !this.text.value.startsWith("/") && now - this.toldTyping > TOLD_TYPING && this.connection.connected) {
      this.toldTyping = now;
      this.connection.call("typing", { channel: this.state.open }).catch(() => undefined);
    }
  }

  #size() {
    const { value } = this.text;
    this.text.rows = Math.min(12, value.split("\n", 13).length);
    const left = this.state.world.limits.content - [...value].length;
    this.count.hidden = left > 200;
    this.count.textContent = String(left);
    this.count.classList.toggle("over", left < 0);
    this.box.classList.toggle("filled", value.trim() !== "" || this.draft.files.length > 0);
  }

  /** Offers commands, people or channels for what stands before the cursor. */
  #offer() {
    const { value, selectionStart } = this.text;
    const before = value.slice(0, selectionStart);
    if (before.startsWith("/") && !before.includes("\n")) return this.#offerCommands(before.slice(1));
    const found = WORD_BEFORE.exec(before);
    if (found === null) return this.completion.hide();
    const [, , sign, words] = found;
    const put = (/** @type {string} */ name) => {
      const start = selectionStart - words.length - 1;
      this.text.setRangeText(`${sign}${name} `, start, selectionStart, "end");
      this.#typed();
      this.completion.hide();
    };
    const offers = sign === "@" ? this.#people(words, put) : this.#places(words, put);
    if (offers.length === 0) return this.completion.hide();
    return this.completion.show(this.text, { title: sign === "@" ? "Members" : "Channels", offers });
  }

  /** @param {string} words @param {(name: string) => void} put */
  #people(words, put) {
    const typed = words.toLowerCase();
    const members = this.state.members
      .map((member) => ({ member, shown: this.state.shown(member) }))
      .filter(({ member, shown }) => `${shown} ${member.name}`.toLowerCase().includes(typed))
      .sort((one, other) => Number(other.member.bot) - Number(one.member.bot));
    const roles = (this.state.guild?.roles ?? []).filter((/** @type {any} */ role) => !/^@?everyone$/.test(role.name) && role.name.toLowerCase().includes(typed));
    return [
      ...members.slice(0, 10).map(({ member, shown }) => ({ label: shown, aside: member.name, picture: avatar(member, shown, "tiny"), pick: () => put(member.name) })),
      ...roles.slice(0, 5).map((/** @type {any} */ role) => ({ label: `@${role.name}`, aside: "Role", pick: () => put(role.name) })),
    ];
  }

  /** @param {string} words @param {(name: string) => void} put */
  #places(words, put) {
    const typed = words.toLowerCase();
    return (this.state.guild?.channels ?? [])
      .filter((/** @type {any} */ channel) => channel.name.toLowerCase().includes(typed))
      .slice(0, 12)
      .map((/** @type {any} */ channel) => ({ label: channel.name, picture: icon(kindIcon(channel)), pick: () => put(channel.name) }));
  }

  /** @param {string} words */
  #offerCommands(words) {
    const { bot } = this.state.world;
    const all = slashes(this.state.commands);
    const whole = words.endsWith(" ") ? all.find((each) => `${each.line} ` === words.toLowerCase()) : undefined;
    if (whole !== undefined) return this.choose(whole);
    const fits = fitting(all, words);
    if (fits.length === 0) return words === "" ? this.completion.show(this.text, { title: this.state.commands.length > 0 ? "No commands here" : "No commands yet: the bot has not told of any.", offers: [] }) : this.completion.hide();
    return this.completion.show(this.text, {
      title: words === "" ? bot?.name : `Commands matching /${words}`,
      offers: fits.map((slash) => ({
        label: `/${slash.line}`, hint: slash.description, aside: slash.options.map((option) => (option.required ? option.name : `${option.name}?`)).join(" ").slice(0, 40),
        picture: botPicture(bot), pick: () => this.choose(slash),
      })),
    });
  }

  /** A command takes the place of the text. @param {import("./commands.js").Slash} slash */
  choose(slash) {
    this.completion.hide();
    this.draft.text = this.text.value = "";
    keep(this.#key, "");
    this.#size();
    this.form = new CommandForm(slash, {
      state: this.state,
      completion: this.completion,
      call: (name, what) => this.connection.call(name, what),
      send: () => this.send(),
      leave: () => this.leaveForm(),
    });
    this.place.replaceChildren(this.form.element);
    this.box.classList.add("filled");
    this.form.focus();
  }

  /** Chooses a command by its words. @param {string} line */
  chooseByName(line) {
    const slash = slashes(this.state.commands).find((each) => each.line === line);
    if (slash) this.choose(slash);
  }

  /** @param {boolean} [focus] */
  leaveForm(focus = true) {
    if (this.form === null) return;
    this.form = null;
    this.completion.hide();
    this.place.replaceChildren(this.text);
    this.#warn("");
    this.#size();
    if (focus) this.text.focus();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing) return;
    if (this.completion.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "ArrowUp" && this.text.value === "") {
      if (this.acts.editLast()) event.preventDefault();
    } else if (event.key === "Escape") {
      if (this.completion.isOpen) this.completion.hide();
      else if (this.draft.reply !== null) this.replyTo(null);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    this.#warn("");
    try {
      if (this.form === null) await this.#say();
      else await this.#slash(this.form);
    } catch (error) {
      this.#warn(/** @type {Error} */ (error).message);
    } finally {
      this.sending = false;
    }
  }

  async #say() {
    const { draft } = this;
    const channel = this.state.open;
    const content = written(draft.text, this.state).trim();
    if (content === "" && draft.files.length === 0) return;
    if ([...content].length > this.state.world.limits.content) {
      this.#warn(`The message is too long: at most ${this.state.world.limits.content} characters.`);
      return;
    }
    const kept = { text: draft.text, files: draft.files, reply: draft.reply };
    const files = await Promise.all(draft.files.map(encoded));
    Object.assign(draft, { text: "", files: [], reply: null });
    this.#redraw();
    try {
      await this.connection.call("say", { channel, content, ...(kept.reply ? { reply_to: kept.reply.id, ping: draft.ping } : {}), ...(files.length > 0 ? { files } : {}) });
      this.toldTyping = 0;
      this.acts.sent();
    } catch (error) {
      // What was typed meanwhile stands behind what was not sent.
      Object.assign(draft, { text: kept.text + (draft.text ? `\n${draft.text}` : ""), files: [...kept.files, ...draft.files], reply: kept.reply });
      this.#redraw();
      throw error;
    }
  }

  /** @param {CommandForm} form */
  async #slash(form) {
    const options = await form.values();
    if (options === null) return;
    const asked = this.connection.call("slash", { channel: this.state.open, command: form.slash.line, options });
    this.box.classList.add("busy");
    try {
      const answer = await asked;
      if (this.form === form) this.leaveForm();
      this.acts.sent();
      this.acts.modal(answer);
    } finally {
      this.box.classList.remove("busy");
    }
  }

  #redraw() {
    const { draft } = this;
    this.text.value = draft.text;
    keep(this.#key, draft.text);
    this.#size();
    this.#drawFiles();
    this.#drawReply();
    this.completion.hide();
  }

  /** @param {string} sentence */
  #warn(sentence) {
    this.trouble.textContent = sentence;
    this.trouble.hidden = sentence === "";
  }

  /** @param {string} text */
  insert(text) {
    this.leaveForm(false);
    this.text.focus();
    this.text.setRangeText(text, this.text.selectionStart, this.text.selectionEnd, "end");
    this.#typed();
  }

  /** @param {File[]} files */
  addFiles(files) {
    const most = this.state.world.limits.file_bytes;
    const fits = files.filter((file) => file.size <= most);
    if (fits.length < files.length) this.#warn(`A file may have at most ${size(most)}.`);
    this.draft.files.push(...fits);
    if (this.draft.files.length > 10) {
      this.draft.files.length = 10;
      this.#warn("At most 10 files go with one message.");
    }
    this.#drawFiles();
    this.#size();
    this.text.focus();
  }

  #drawFiles() {
    const { files } = this.draft;
    this.fileBar.hidden = files.length === 0;
    this.fileBar.replaceChildren(...files.map((file, at) => {
      const picture = /^image\/(png|jpeg|gif|webp)/.test(file.type) ? el("img", { src: pictured(file), alt: "" }) : icon("file", "large");
      return el("div", { class: "file-chip" }, picture, el("span", { class: "file-chip-name", text: file.name, dir: "auto" }),
        el("button", { type: "button", class: "icon-button danger", "aria-label": `Remove ${file.name}`, on: { click: () => { this.draft.files.splice(at, 1); this.#drawFiles(); this.#size(); this.text.focus(); } } }, icon("trash")));
    }));
  }

  /** @param {any} message */
  replyTo(message) {
    this.leaveForm(false);
    this.draft.reply = message;
    this.draft.ping = true;
    this.#drawReply();
    this.text.focus();
  }

  #drawReply() {
    const { reply, ping } = this.draft;
    this.replyBar.hidden = reply === null;
    if (reply === null) return this.replyBar.replaceChildren();
    const toggle = el("button", { type: "button", class: "ping", "aria-pressed": String(ping), text: ping ? "@ On" : "@ Off", "aria-label": "Mention the author", on: { click: () => { this.draft.ping = !this.draft.ping; this.#drawReply(); } } });
    return this.replyBar.replaceChildren(
      el("span", {}, "Replying to ", el("strong", { text: reply.shown, dir: "auto" })), el("span", { class: "space" }), reply.mine ? null ?? "" : toggle,
      el("button", { type: "button", class: "icon-button", "aria-label": "Do not reply", on: { click: () => { this.replyTo(null); } } }, icon("close")));
  }
}
