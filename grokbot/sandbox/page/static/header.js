/**
 * The line above the messages: where one is, who is there, the theme and the panel.
 * @module
 */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { inline } from "./markdown.js";
import { line } from "./render.js";
import { openMenu } from "./menus.js";
import { channelItems } from "./sidebar.js";
import { setTheme, theme, THEMES } from "./theme.js";
import { kindIcon } from "./welcome.js";

/** @type {Record<string, [string, string]>} */
const WORDS = { system: ["As the system has it", "screen"], dark: ["Dark", "moon"], light: ["Light", "sun"] };

export class Header {
  /**
   * @param {import("./state.js").State} state
   * @param {{ back: () => void, panel: () => void, userMenu: (id: string, where: HTMLElement) => void, call: (name: string, what: any) => Promise<any> }} acts
   */
  constructor(state, acts) {
    this.state = state;
    this.acts = acts;
    this.icon = el("span", { class: "header-icon" });
    this.name = el("h1", { dir: "auto" });
    this.topic = el("div", { class: "topic", dir: "auto" });
    this.status = el("span", { class: "bot-state", role: "status" });
    const button = (/** @type {string} */ label, /** @type {string} */ drawn, /** @type {any} */ props = {}) => el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...props }, icon(drawn));
    this.back = button("Channels", "menu");
    this.back.classList.add("only-narrow");
    this.back.addEventListener("click", () => acts.back());
    this.more = button("More", "more", { "aria-haspopup": "menu", "aria-expanded": "false" });
    this.more.addEventListener("click", () => state.channel && openMenu(channelItems(state.channel, acts), this.more, "Channel"));
    this.members = el("button", { type: "button", class: "icon-button members", "aria-haspopup": "menu", "aria-expanded": "false" }, icon("people"), el("span"));
    this.members.addEventListener("click", () => this.#members());
    this.theme = button("Theme", "moon", { "aria-haspopup": "menu", "aria-expanded": "false" });
    this.theme.addEventListener("click", () => openMenu(THEMES.map((each) => ({ label: WORDS[each][0], checked: theme() === each, run: () => setTheme(each) })), this.theme, "Theme"));
    this.panel = button("Behind the scenes", "panel", { "aria-pressed": "false", "aria-controls": "panel" });
    this.panel.addEventListener("click", () => acts.panel());
    this.element = el("header", { class: "header" }, this.back, this.icon, this.name, el("span", { class: "header-line" }), this.topic, el("span", { class: "space" }), this.status, this.more, this.members, this.theme, this.panel);
    this.drawn = "";
    for (const topic of /** @type {const} */ (["world", "place"])) state.on(topic, () => this.draw());
  }

  draw() {
    const { channel, world } = this.state;
    const parent = channel?.parent ? this.state.channels.get(channel.parent) : null;
    const state = world.bot === null ? "" : world.bot.state === "stopped" ? "stopped" : world.bot.state === "starting" ? "starting" : world.bot.connected ? "" : "away";
    const key = JSON.stringify([channel?.name, channel?.kind, channel?.topic, parent?.name, this.state.members.length, state, this.state.version, channel?.tags]);
    if (key === this.drawn) return;
    this.drawn = key;
    const name = channel === null ? world.title || "Sandbox" : channel.kind === "direct" ? channel.name || world.bot?.name || "the bot" : channel.name;
    this.icon.replaceChildren(...(channel === null ? [] : [icon(kindIcon(channel))]));
    this.name.replaceChildren(...(parent ? [el("span", { class: "header-parent", text: parent.name }), el("span", { class: "muted", text: " › " })] : []), name);
    this.topic.replaceChildren(line(inline((channel?.topic ?? "").replaceAll("\n", " ")), this.state.names));
    this.topic.title = channel?.topic ?? "";
    this.members.lastElementChild.textContent = String(this.state.members.length);
    this.members.setAttribute("aria-label", `${this.state.members.length} members`);
    this.members.title = "Members";
    this.more.hidden = channel === null;
    /** @type {Record<string, string>} */
    const words = { stopped: "The bot is stopped", starting: "The bot is starting…", away: "The bot is not connected" };
    this.status.textContent = words[state] ?? "";
    document.title = `${channel?.kind === "text" ? "#" : ""}${name} · grokbot sandbox`;
  }

  #members() {
    const members = this.state.members.map((member) => ({ label: this.state.shown(member), hint: member.bot ? "App" : member.moderator ? "Moderator" : member.name, run: () => this.acts.userMenu(member.id, this.members) }));
    openMenu([{ label: "Members", group: members }], this.members, "Members");
  }

  /** @param {boolean} on */
  panelIs(on) {
    this.panel.setAttribute("aria-pressed", String(on));
  }
}

