/**
 * What happens when something of a message is pressed: its buttons, its menu, its reactions; and editing in place.
 * Not here: how it looks (message.js), what the page opens (app.js).
 * @module
 */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { SELECTS, walk } from "./components.js";
import { choicesOf, confirm, field, ask } from "./dialogs.js";
import { preview } from "./files.js";
import { openEmoji, openList, openMenu, QUICK } from "./menus.js";
import { isSystem } from "./message.js";
import { typed, written } from "./mentions.js";
import { reveal } from "./render.js";

/**
 * @typedef {object} Acts What the page can do.
 * @property {(id: string, message?: string) => void} openChannel
 * @property {(answer: any) => void} modal
 * @property {(text: string) => void} toast
 * @property {import("./composer.js").Composer} composer
 * @property {import("./messages.js").Messages} messages
 */

export class Presses {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./connection.js").Connection} connection
   * @param {Acts} acts
   */
  constructor(state, connection, acts) {
    this.state = state;
    this.connection = connection;
    this.acts = acts;
    this.toolbar = el("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" });
    /** @type {any} */
    this.row = null;
    const { rows, scroller } = acts.messages;
    rows.addEventListener("click", (/** @type {MouseEvent} */ event) => this.#clicked(event));
    acts.messages.intro.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const { say } = /** @type {HTMLElement} */ (event.target).dataset;
      if (say !== undefined) acts.composer.insert(say);
    });
    rows.addEventListener("contextmenu", (/** @type {MouseEvent} */ event) => this.#menu(event));
    rows.addEventListener("mouseover", (/** @type {MouseEvent} */ event) => this.#over(event.target));
    rows.addEventListener("focusin", (/** @type {FocusEvent} */ event) => this.#over(event.target));
    rows.addEventListener("mouseleave", () => this.toolbar.contains(document.activeElement) || this.#over(null));
    scroller.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#key(event));
    state.on("place", () => this.#over(null));
  }

  /** @param {string} name @param {any} what */
  async call(name, what) {
    try {
      return await this.connection.call(name, what);
    } catch (error) {
      this.acts.toast(/** @type {Error} */ (error).message);
      return null;
    }
  }

  /** @param {any} target */
  #over(target) {
    const row = target?.closest?.(".message") ?? null;
    if (row === this.row) return;
    this.row = row;
    if (row === null || isSystem(row.message) || row.querySelector(".editor")) return this.toolbar.remove();
    const { message } = row;
    const can = message.can ?? {};
    const tool = (/** @type {string} */ label, /** @type {string} */ drawn, /** @type {(button: HTMLElement) => void} */ run) => {
      const button = el("button", { type: "button", class: "icon-button", "aria-label": label, title: label }, icon(drawn));
      button.addEventListener("click", (/** @type {Event} */ event) => { event.stopPropagation(); run(button); });
      return button;
    };
    const quick = can.react && !message.ephemeral ? QUICK.slice(0, 3).map((emoji) => el("button", { type: "button", class: "icon-button", text: emoji, "aria-label": `React with ${emoji}`, on: { click: (/** @type {Event} */ e) => { e.stopPropagation(); this.#react(message, emoji); } } })) : [];
    this.toolbar.replaceChildren(
      ...quick,
      ...(can.react && !message.ephemeral ? [tool("Add a reaction", "react", (button) => openEmoji(button, (emoji) => this.#react(message, emoji)))] : []),
      ...(can.edit ? [tool("Edit", "edit", () => this.edit(message))] : []),
      ...(can.reply ? [tool("Reply", "reply", () => this.acts.composer.replyTo(message))] : []),
      tool("More", "more", (button) => openMenu(this.#items(message), button, "Message")),
    );
    row.append(this.toolbar);
  }

  /** @param {any} message @param {string} emoji */
  #react(message, emoji) {
    const mine = (message.reactions ?? []).some((/** @type {any} */ each) => each.me && (each.emoji.id ? `${each.emoji.name}:${each.emoji.id}` : each.emoji.name) === emoji);
    void this.call(mine ? "unreact" : "react", { message: message.id, emoji });
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {any} */ (target.closest(".message"));
    const hit = /** @type {HTMLElement | null} */ (target.closest("[data-custom], [data-spoiler], [data-channel], [data-user], [data-jump], [data-dismiss], [data-picture], [data-preview], [data-emoji], [data-command]"));
    if (row === null || hit === null || !row.contains(hit)) return;
    const { custom, channel, user, jump, dismiss, picture, emoji, command } = hit.dataset;
    if (hit.dataset.spoiler !== undefined) reveal(hit);
    else if (custom !== undefined) void this.#press(row.message, custom, hit);
    else if (channel) this.acts.openChannel(channel, hit.dataset.message);
    else if (user) this.userMenu(user, hit);
    else if (jump) this.acts.messages.show(jump) || this.acts.toast("That message is not here.");
    else if (dismiss) this.state.dismiss(dismiss);
    else if (picture) this.#look(hit);
    else if (hit.dataset.preview) void preview(hit);
    else if (emoji) this.#react(row.message, emoji);
    else if (command) this.acts.composer.chooseByName(command);
  }

  /** @param {any} message @param {string} custom @param {HTMLElement} button */
  async #press(message, custom, button) {
    const part = walk(message.components).find((each) => each.custom_id === custom);
    if (part === undefined || button.classList.contains("waiting")) return;
    /** @type {{ message: string, custom_id: string, values?: string[] }} */
    const what = { message: message.id, custom_id: custom };
    if (SELECTS.includes(part.type)) {
      const choices = choicesOf(part, this.state);
      const now = part.options?.filter((/** @type {any} */ o) => o.default).map((/** @type {any} */ o) => o.value) ?? (part.default_values ?? []).map((/** @type {any} */ v) => v.id);
      const chosen = await openList(button, { label: part.placeholder || "Options", choices, chosen: now, least: part.min_values ?? 1, most: part.max_values ?? 1 });
      if (chosen === null) return;
      what.values = chosen;
    }
    const row = this.acts.messages.byId.get(message.id);
    const place = row?.parts.get("notes");
    row?.querySelector(".failed")?.remove();
    const now = () => row?.querySelector(`[data-custom="${CSS.escape(custom)}"]`) ?? button;
    now().classList.add("waiting");
    try {
      const answer = await this.connection.call("press", what);
      this.acts.modal(answer);
    } catch (error) {
      const failed = el("div", { class: "failed", role: "alert", text: /** @type {Error} */ (error).message });
      place?.before(failed);
      setTimeout(() => failed.remove(), 15_000);
    } finally {
      now().classList.remove("waiting");
      button.classList.remove("waiting");
    }
  }

  /** @param {HTMLElement} button */
  #look(button) {
    const image = button.querySelector("img");
    const dialog = el("dialog", { class: "lightbox", "aria-label": image?.alt ?? "Picture" },
      el("img", { src: button.dataset.picture, alt: image?.alt ?? "" }),
      el("a", { href: button.dataset.picture, target: "_blank", rel: "noopener noreferrer", text: "Open in a tab" }));
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); button.focus({ preventScroll: true }); });
    document.body.append(dialog);
    dialog.showModal();
  }

  /** @param {MouseEvent} event */
  #menu(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {any} */ (target.closest(".message"));
    if (row === null || target.closest("a, input, textarea") || String(getSelection()) !== "") return;
    event.preventDefault();
    const user = target.closest("[data-user]");
    const where = event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : row;
    if (user instanceof HTMLElement && user.dataset.user) this.userMenu(user.dataset.user, where);
    else openMenu(this.#items(row.message), where, "Message");
  }

  /** @param {any} message @returns {import("./menus.js").Item[]} */
  #items(message) {
    const can = message.can ?? {};
    const { channel } = this.state;
    const items = [];
    const id = message.id;
    if (can.react && !message.ephemeral) items.push({ label: "Add a reaction", icon: "react", run: () => openEmoji(this.acts.messages.byId.get(id) ?? this.acts.messages.scroller, (emoji) => this.#react(message, emoji)) });
    if (can.edit) items.push({ label: "Edit message", icon: "edit", run: () => this.edit(message) });
    if (can.reply) items.push({ label: "Reply", icon: "reply", run: () => this.acts.composer.replyTo(message) });
    if (!message.ephemeral && !isSystem(message)) {
      items.push({ label: "Forward", icon: "forward", run: () => void this.#forward(message) });
      if (channel?.kind === "text" && channel.can?.threads && !message.thread) items.push({ label: "Create a thread", icon: "thread", run: () => void this.#thread(message) });
      if (can.pin) items.push({ label: message.pinned ? "Unpin message" : "Pin message", icon: "pin", run: () => void this.call(message.pinned ? "unpin" : "pin", { message: id }) });
    }
    const apps = this.#commandsOf(3).map((name) => ({ label: name, icon: "spark", run: () => void this.#command(name, { message: id }) }));
    /** @type {import("./menus.js").Item[]} */
    const copies = [
      ...(message.content ? [{ label: "Copy text", icon: "copy", run: () => void this.copy(message.content) }] : []),
      { label: "Copy message ID", icon: "copy", run: () => void this.copy(id) },
    ];
    const remove = message.ephemeral
      ? [{ label: "Dismiss message", icon: "close", run: () => this.state.dismiss(id) }]
      : can.delete ? [{ label: "Delete message", icon: "trash", danger: true, run: () => void this.#delete(message) }] : [];
    return [{ group: items }, { label: "Apps", group: isSystem(message) || message.ephemeral ? [] : apps }, { group: copies }, { group: remove }].filter(({ group }) => group.length > 0);
  }

  /** @param {number} kind 2: of users; 3: of messages. @returns {string[]} */
  #commandsOf(kind) {
    return this.state.commands.filter((each) => each.type === kind).map((each) => each.name);
  }

  /** @param {string} name @param {any} target */
  async #command(name, target) {
    const answer = await this.call("menu", { command: name, channel: this.state.open, ...target });
    if (answer !== null) this.acts.modal(answer);
  }

  /**
   * What can be done with somebody.
   * @param {string} id
   * @param {HTMLElement | { x: number, y: number }} where
   */
  userMenu(id, where) {
    const member = this.state.members.find((each) => each.id === id);
    const name = member ? this.state.shown(member) : this.state.names.user(id);
    const apps = this.#commandsOf(2).map((command) => ({ label: command, icon: "spark", run: () => void this.#command(command, { user: id }) }));
    const items = [];
    if (member) items.push({ label: "Mention", icon: "at", run: () => this.acts.composer.insert(`@${member.name} `) });
    if (id === this.state.world.bot?.id) items.push({ label: "Message", icon: "send", run: () => void this.direct() });
    openMenu([
      { label: name ?? "Unknown", group: items },
      { label: "Apps", group: apps },
      { group: [{ label: "Copy user ID", icon: "copy", run: () => void this.copy(id) }] },
    ].filter(({ group }) => group.length > 0), where, name ?? "User");
  }

  async direct() {
    const answer = await this.call("direct", {});
    if (answer?.channel) this.acts.openChannel(answer.channel.id ?? answer.channel);
  }

  /** @param {string} text */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.acts.toast("Copied.");
    } catch {
      this.acts.toast("The browser does not let us copy.");
    }
  }

  /** @param {any} message */
  async #delete(message) {
    const shown = el("blockquote", { class: "quoted", text: message.content.slice(0, 300) || "(no text)", dir: "auto" });
    await confirm("Delete message", [el("p", { text: "Are you sure you want to delete this message?" }), shown], "Delete", async () => {
      await this.connection.call("delete", { message: message.id });
    });
  }

  /** @param {any} message */
  async #thread(message) {
    const name = field({ label: "Thread name", required: true, max: 100, value: message.content.replace(/<[^>]*>/g, "").trim().slice(0, 40) || "New thread" });
    await ask({ title: "Create a thread", body: [name.element], submit: "Create", send: async () => {
      const answer = await this.connection.call("thread", { message: message.id, name: name.input.value.trim() });
      if (answer.channel) this.acts.openChannel(answer.channel.id ?? answer.channel);
    } });
  }

  /** @param {any} message */
  async #forward(message) {
    const channels = [...this.state.channels.values()].filter((each) => each.kind !== "forum" && each.can?.send !== false && !each.archived);
    const select = el("select", { class: "field", "aria-label": "Where to" }, channels.map((each) => el("option", { value: each.id, text: each.kind === "direct" ? `@${each.name || this.state.world.bot?.name}` : `#${each.name}` })));
    await ask({ title: "Forward to", body: [select, el("blockquote", { class: "quoted", text: message.content.slice(0, 200), dir: "auto" })], submit: "Forward", send: async () => {
      await this.connection.call("forward", { message: message.id, channel: select.value });
    } });
  }

  /** Turns a message into a box in which it can be changed. @param {any} message @returns {boolean} */
  edit(message) {
    const row = this.acts.messages.byId.get(message.id);
    if (row === undefined || row.querySelector(".editor")) return false;
    this.toolbar.remove();
    this.row = null;
    const content = row.parts.get("content");
    const box = el("textarea", { class: "composer-text", rows: "1", "aria-label": "Edit the message", dir: "auto" });
    box.value = typed(message.content, this.state);
    const fit = () => (box.rows = Math.min(12, box.value.split("\n", 13).length));
    const trouble = el("div", { class: "failed", role: "alert", hidden: true });
    const cancel = el("button", { type: "button", class: "link-button", text: "cancel", on: { click: () => close() } });
    const save = el("button", { type: "button", class: "link-button", text: "save", on: { click: () => void done() } });
    const editor = el("div", { class: "editor" }, el("div", { class: "composer-box" }, box), trouble, el("div", { class: "small editor-help" }, "escape to ", cancel, " • enter to ", save));
    const close = () => {
      editor.remove();
      content.hidden = false;
      this.acts.composer.text.focus();
    };
    const done = async () => {
      const text = written(box.value, this.state).trim();
      if (text === "") return void this.#delete(message);
      if (text === message.content) return close();
      try {
        await this.connection.call("edit", { message: message.id, content: text });
        close();
      } catch (error) {
        trouble.textContent = /** @type {Error} */ (error).message;
        trouble.hidden = false;
      }
      return undefined;
    };
    box.addEventListener("input", fit);
    box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); void done(); }
    });
    content.hidden = true;
    content.after(editor);
    fit();
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
    editor.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = /** @type {any} */ (event.target);
    const { messages } = this.acts;
    if (target.matches("[data-spoiler]") && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      return reveal(target);
    }
    if (target !== messages.scroller && !target.classList.contains("message")) return;
    const at = messages.order.indexOf(target);
    const last = messages.order.length - 1;
    const to = event.key === "ArrowUp" ? (at < 0 ? last : at - 1) : event.key === "ArrowDown" ? (at < 0 ? last : at + 1) : event.key === "End" ? last : event.key === "Home" ? 0 : -1;
    if (["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) {
      event.preventDefault();
      const row = messages.order[Math.max(0, Math.min(last, to))];
      row?.focus();
      row?.scrollIntoView({ block: "nearest" });
    } else if (at >= 0 && (event.key === "Enter" || event.key === "ContextMenu")) {
      event.preventDefault();
      openMenu(this.#items(target.message), target, "Message");
    }
  }
}
