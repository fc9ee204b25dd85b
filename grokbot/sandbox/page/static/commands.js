/**
 * Slash commands: which there are, and the form of the one that was chosen, with a field for each option.
 * Not here: the box for text (composer.js).
 * @module
 */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";
import { encoded } from "./files.js";
import { choicesOf } from "./dialogs.js";
import { CHANNEL as PICK_CHANNEL, MENTIONABLE as PICK_ANY, ROLE as PICK_ROLE, USER as PICK_USER } from "./components.js";

const STRING = 3, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTIONABLE = 9, NUMBER = 10, ATTACHMENT = 11;
/** @type {Record<number, number>} */
const PICKS = { [USER]: PICK_USER, [CHANNEL]: PICK_CHANNEL, [ROLE]: PICK_ROLE, [MENTIONABLE]: PICK_ANY };
const WAIT = 250;

/** @typedef {{ line: string, description: string, options: any[] }} Slash A command that can be called, subcommands included. */

/**
 * All that can be called.
 * @param {any[]} commands
 * @returns {Slash[]}
 */
export function slashes(commands) {
  /** @type {Slash[]} */
  const all = [];
  const walk = (/** @type {any} */ what, /** @type {string} */ line) => {
    const inner = (what.options ?? []).filter((/** @type {any} */ o) => o.type <= 2);
    if (inner.length === 0) all.push({ line, description: what.description ?? "", options: what.options ?? [] });
    for (const each of inner) walk(each, `${line} ${each.name}`);
  };
  for (const each of commands) if ((each.type ?? 1) === 1) walk(each, each.name);
  return all.sort((one, other) => one.line.localeCompare(other.line));
}

/** Those that fit what was typed: whose words begin so first. @param {Slash[]} all @param {string} words */
export function fitting(all, words) {
  const typed = words.toLowerCase().trim();
  const rank = (/** @type {Slash} */ s) => (s.line.startsWith(typed) ? 0 : s.line.split(" ").some((w) => w.startsWith(typed)) ? 1 : s.line.includes(typed) ? 2 : s.description.toLowerCase().includes(typed) ? 3 : 9);
  return all.map((each) => ({ each, rank: rank(each) })).filter(({ rank }) => rank < 9).sort((a, b) => a.rank - b.rank).map(({ each }) => each);
}

/** One option's field. @typedef {{ option: any, element: HTMLElement, input: any, value: any, file: File | null }} Field */

export class CommandForm {
  /**
   * @param {Slash} slash
   * @param {{ state: import("./state.js").State, completion: import("./completion.js").Completion, call: (name: string, what: any) => Promise<any>, send: () => void, leave: () => void }} around
   */
  constructor(slash, around) {
    this.slash = slash;
    this.around = around;
    /** @type {Field[]} */
    this.fields = [];
    this.free = el("input", {
      class: "option-free", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-label": `More options of /${slash.line}; Enter sends it`, autocomplete: "off", spellcheck: "false",
      on: { focus: () => this.#offerMore(), input: () => this.#offerMore(), blur: () => this.around.completion.hide() },
    });
    this.row = el("div", { class: "command-fields" });
    this.element = el("div", { class: "command-form", role: "group", "aria-label": `/${slash.line}` },
      el("span", { class: "command-name", text: `/${slash.line}` }), this.row, this.free);
    this.timer = 0;
    this.asked = 0;
    this.element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#key(event));
    for (const option of slash.options) if (option.required) this.#add(option);
    this.#count();
  }

  focus() {
    const first = this.fields.find((field) => this.#valueOf(field) === undefined) ?? null;
    (first?.input ?? this.free).focus();
  }

  /** @param {any} option @returns {Field} */
  #add(option) {
    const kind = option.type;
    const input = kind === ATTACHMENT
      ? el("input", { type: "file", class: "visually-hidden", "aria-label": option.name })
      : el("input", {
        class: "option-input", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-label": `${option.name}: ${option.description}`,
        "aria-required": option.required ? "true" : null, autocomplete: "off", spellcheck: "false", size: "6", inputmode: kind === INTEGER || kind === NUMBER ? "decimal" : null,
        maxlength: kind === STRING ? (option.max_length ?? 6000) : null,
      });
    const shown = kind === ATTACHMENT ? el("span", { class: "option-file", text: "Choose a file" }) : null;
    const element = el("label", { class: "option-chip" }, el("span", { class: "option-name", text: option.name }), el("span", { class: "option-value" }, input, shown));
    /** @type {Field} */
    const field = { option, element, input, value: null, file: null };
    input.addEventListener("focus", () => this.#offer(field));
    input.addEventListener("blur", () => this.around.completion.hide());
    input.addEventListener("input", () => {
      field.value = null;
      element.classList.remove("wrong");
      input.size = Math.max(6, Math.min(60, input.value.length + 1));
      this.#offer(field);
    });
    input.addEventListener("change", () => {
      if (kind !== ATTACHMENT) return;
      field.file = input.files?.[0] ?? null;
      if (shown) shown.textContent = field.file?.name ?? "Choose a file";
    });
    this.fields.push(field);
    this.row.append(element);
    this.#count();
    return field;
  }

  get #missing() {
    return this.slash.options.filter((option) => !this.fields.some((field) => field.option === option));
  }

  #count() {
    const left = this.#missing.length;
    this.free.placeholder = left === 0 ? "" : `+${left} optional`;
  }

  #offerMore() {
    const { slash, free } = this;
    const typed = free.value.toLowerCase().trim();
    const pick = (/** @type {any} */ option) => {
      free.value = "";
      this.#add(option).input.focus();
    };
    const left = this.#missing;
    const named = left.filter(({ name }) => name.includes(typed));
    const offers = (named.length > 0 ? named : left).map((option) => ({ label: option.name, hint: option.description, pick: () => pick(option) }));
    const told = typed === "" || named.length > 0 ? slash.description : left.length > 0 ? "has no such option. Choose one of these:" : "has no more options.";
    this.around.completion.show(free, { title: [el("strong", { text: `/${slash.line}` }), ` ${told}`], offers, active: typed === "" || named.length === 0 ? -1 : 0 });
  }

  /** @param {Field} field */
  #offer(field) {
    const { option, input } = field;
    const title = [el("strong", { text: option.name }), ` ${option.description}`];
    clearTimeout(this.timer);
    if (option.type === ATTACHMENT) return this.around.completion.show(input, { title, offers: [] });
    if (option.autocomplete) {
      this.around.completion.show(input, { title: [...title, " — loading options…"], offers: [] });
      this.timer = setTimeout(() => this.#ask(field, title), WAIT);
      return undefined;
    }
    const typed = input.value.toLowerCase().replace(/^[@#]/, "");
    const choices = this.#choices(option).filter((each) => field.value !== null || each.label.toLowerCase().replace(/^[@#]/, "").includes(typed) || each.hint?.includes(typed));
    // A list opens with nothing marked where free text is as good.
    this.around.completion.show(input, { title, offers: choices.slice(0, 25).map((each) => ({ ...each, pick: () => this.#take(field, each) })), active: choices.length > 0 ? 0 : -1 });
    return undefined;
  }

  /** @param {any} option @returns {{ label: string, hint?: string, value: any, picture?: Node }[]} */
  #choices(option) {
    const { state } = this.around;
    if (option.choices?.length > 0) return option.choices.map((/** @type {any} */ c) => ({ label: String(c.name), value: c.value }));
    if (option.type === BOOLEAN) return [{ label: "True", value: true }, { label: "False", value: false }];
    const pick = PICKS[option.type];
    if (pick === undefined) return [];
    const members = new Map(state.members.map((member) => [member.id, member]));
    return choicesOf({ type: pick, channel_types: option.channel_types }, state).map((each) => ({
      ...each, picture: members.has(each.value) ? avatar(members.get(each.value), each.label, "tiny") : undefined,
    }));
  }

  /** @param {Field} field @param {any[]} title */
  async #ask(field, title) {
    const asked = ++this.asked;
    const { completion, state } = this.around;
    const options = { ...this.#soFar(), [field.option.name]: field.input.value };
    try {
      const { choices } = await this.around.call("autocomplete", { channel: state.open, command: this.slash.line, focused: field.option.name, options });
      if (asked !== this.asked || document.activeElement !== field.input) return;
      const offers = choices.map((/** @type {any} */ c) => ({ label: c.name, pick: () => this.#take(field, { label: c.name, value: c.value }) }));
      completion.show(field.input, { title: offers.length > 0 ? title : [...title, " — no options match your search."], offers, active: field.input.value === "" ? -1 : 0 });
    } catch {
      if (asked === this.asked) completion.show(field.input, { title: [...title, " — loading options failed."], offers: [] });
    }
  }

  #soFar() {
    /** @type {Record<string, any>} */
    const all = {};
    for (const field of this.fields) {
      const value = this.#valueOf(field);
      if (value !== undefined && field.option.type !== ATTACHMENT) all[field.option.name] = value;
    }
    return all;
  }

  /** @param {Field} field @param {{ label: string, value: any }} choice */
  #take(field, choice) {
    field.value = choice.value;
    field.input.value = choice.label;
    field.input.size = Math.max(6, Math.min(60, choice.label.length + 1));
    field.element.classList.remove("wrong");
    this.around.completion.hide();
    const next = this.fields.find((each) => each !== field && each.option.required && this.#valueOf(each) === undefined);
    (next?.input ?? this.free).focus();
  }

  /** What a field says; undefined: nothing; null: nothing that can be sent. @param {Field} field */
  #valueOf(field) {
    const { option, input } = field;
    if (option.type === ATTACHMENT) return field.file ?? undefined;
    if (field.value !== null) return field.value;
    const text = input.value.trim();
    if (text === "") return undefined;
    if (option.type === INTEGER || option.type === NUMBER) {
      const number = Number(text);
      return Number.isFinite(number) && (option.type === NUMBER || Number.isInteger(number)) ? number : null;
    }
    const choices = this.#choices(option);
    if (option.type === STRING && choices.length === 0) return input.value;
    const exact = choices.find((each) => [each.label, each.hint, `@${each.hint}`].some((name) => name?.toLowerCase() === text.toLowerCase()));
    return exact === undefined ? null : exact.value;
  }

  /**
   * The options as they are sent; null where something is missing or wrong, which is then shown.
   * @returns {Promise<Record<string, any> | null>}
   */
  async values() {
    /** @type {Record<string, any>} */
    const all = {};
    for (const field of this.fields) {
      const value = this.#valueOf(field);
      if (value === null || (value === undefined && field.option.required)) {
        field.element.classList.add("wrong");
        field.input.focus();
        return null;
      }
      if (value !== undefined) all[field.option.name] = value instanceof File ? await encoded(value) : value;
    }
    return all;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { completion } = this.around;
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (completion.isOpen && completion.offers.length > 0) completion.hide();
      else this.around.leave();
      return;
    }
    const field = this.fields.find(({ input }) => input === target);
    // What has been chosen need not be chosen again.
    const settled = field !== undefined && field.value !== null && event.key === "Enter";
    if (!settled && completion.key(event)) return;
    const empty = target === this.free ? this.free.value === "" : field?.input.value === "";
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (target !== this.free || empty) this.around.send();
    } else if (event.key === "Backspace" && empty) {
      event.preventDefault();
      this.#back(field);
    }
  }

  /** Backspace in an empty field: the one before, or back to text. @param {Field | undefined} field */
  #back(field) {
    const at = field === undefined ? this.fields.length : this.fields.indexOf(field);
    if (field !== undefined && !field.option.required) this.#remove(field);
    if (at === 0) this.around.leave();
    else this.fields[at - 1].input.focus();
  }

  /** @param {Field} field */
  #remove(field) {
    this.fields.splice(this.fields.indexOf(field), 1);
    field.element.remove();
    this.#count();
  }
}

/** A picture for the list of commands. @param {any} bot */
export const botPicture = (bot) => (bot ? avatar({ id: bot.id, bot: true }, bot.name, "small") : icon("slash"));
