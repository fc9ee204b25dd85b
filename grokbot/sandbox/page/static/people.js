/**
 * Who one is: the corner below left, with the menu of the people.
 * @module
 */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { ask, choice, field } from "./dialogs.js";
import { openMenu } from "./menus.js";
import { avatar } from "./message.js";

/** @type {Record<string, string>} */
const ROLES = { member: "Member", moderator: "Moderator", owner: "Bot's owner" };

export class People {
  /**
   * @param {import("./state.js").State} state
   * @param {{ become: (name: string) => void, call: (name: string, what: any) => Promise<any> }} acts
   */
  constructor(state, acts) {
    this.state = state;
    this.acts = acts;
    this.button = el("button", { type: "button", class: "whoami", "aria-haspopup": "menu", "aria-expanded": "false", on: { click: () => this.#open() } });
    this.element = el("section", { class: "people", "aria-label": "You" }, this.button);
    this.drawn = "";
    state.on("world", () => this.draw());
  }

  draw() {
    const { me } = this.state.world;
    const key = JSON.stringify(me);
    if (me === null || key === this.drawn) return;
    this.drawn = key;
    this.button.replaceChildren(avatar(me, me.shown, "online"),
      el("span", { class: "menu-words" }, el("strong", { text: me.shown, dir: "auto" }), el("span", { class: "muted small", text: ROLES[me.role] ?? me.role })),
      el("span", { class: "muted small switch" }, "Switch", icon("chevron")));
    this.button.setAttribute("aria-label", `You are ${me.shown}, ${ROLES[me.role] ?? me.role}. Become somebody else`);
  }

  #open() {
    const { me, people } = this.state.world;
    openMenu([
      { label: "You are", group: people.map((/** @type {any} */ each) => ({ label: each.shown, hint: ROLES[each.role] ?? each.role, checked: each.id === me?.id, run: () => this.acts.become(each.name) })) },
      { group: [{ label: "Add a person", icon: "plus", run: () => void this.#add() }] },
    ], this.button, "Who you are");
  }

  async #add() {
    const name = field({ label: "Name", required: true, max: 32, placeholder: "carol" });
    const role = choice("May", [["", "write, as all members"], ["moderator", "moderate too"]]);
    await ask({ title: "Add a person", body: [name.element, role.element], submit: "Add", send: async () => {
      const wanted = name.input.value.trim();
      const { person } = await this.acts.call("add_person", { name: wanted, moderator: role.value() === "moderator" });
      this.acts.become(person ?? wanted);
    } });
  }
}
