/**
 * Dialogs: modals of the bot, and the page's own questions. The browser's <dialog> keeps the focus inside.
 * @module
 */

import { el, freshId } from "./dom.js";
import { icon } from "./icons.js";
import { BOX, BOXES, CHANNEL, LABEL, MENTIONABLE, RADIOS, ROLE, ROW, SELECTS, STRING, TEXT, TEXT_INPUT, UPLOAD, USER } from "./components.js";
import { encoded } from "./files.js";
import { markdown } from "./render.js";
import { openList } from "./menus.js";

/**
 * Shows a dialog with a form and waits until it was sent off or given up.
 * @param {{ title: string, body: any[], submit?: string, danger?: boolean, cancel?: string, extra?: string, send: () => Promise<void> | void }} what
 *     What `send` throws is shown, and the form stays as it is.
 * @returns {Promise<boolean>} Whether it was sent.
 */
export function ask(what) {
  return new Promise((resolve) => {
    let sent = false;
    const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
    const title = el("h2", { id: freshId("title"), text: what.title, dir: "auto" });
    const send = el("button", { type: "submit", class: what.danger ? "component-button danger" : "component-button primary", text: what.submit ?? "Submit" });
    const close = el("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => dialog.close() } }, icon("close"));
    const form = el("form", { novalidate: true }, el("header", {}, title, close), el("div", { class: "dialog-body" }, what.body, trouble),
      el("footer", {}, el("button", { type: "button", class: "component-button secondary", text: what.cancel ?? "Cancel", on: { click: () => dialog.close() } }), send));
    const dialog = el("dialog", { class: `dialog ${what.extra ?? ""}`, "aria-labelledby": title.id }, form);
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    form.addEventListener("submit", async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (send.disabled) return;
      trouble.hidden = true;
      const invalid = form.querySelector(":invalid");
      if (invalid !== null) {
        trouble.textContent = `${invalid.dataset.called ?? "A field"}: ${invalid.validationMessage}`;
        trouble.hidden = false;
        return invalid.focus();
      }
      send.disabled = true;
      try {
        await what.send();
        sent = true;
        dialog.close();
      } catch (error) {
        trouble.textContent = /** @type {Error} */ (error).message;
        trouble.hidden = false;
      } finally {
        send.disabled = false;
      }
    });
    dialog.addEventListener("pointerdown", (/** @type {Event} */ event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus({ preventScroll: true });
      resolve(sent);
    });
    document.body.append(dialog);
    dialog.showModal();
    (form.querySelector("[autofocus], .dialog-body input, .dialog-body textarea, .dialog-body button") ?? send).focus();
  });
}

/**
 * One labelled field.
 * @param {{ label: string, value?: string, required?: boolean, long?: boolean, min?: number, max?: number, placeholder?: string, help?: string }} what
 * @returns {{ element: HTMLElement, input: any }}
 */
export function field(what) {
  const id = freshId("field");
  const input = el(what.long ? "textarea" : "input", {
    id, class: "field", required: what.required, maxlength: what.max, placeholder: what.placeholder, dir: "auto", autocomplete: "off",
    rows: what.long ? "5" : null, data: { called: what.label }, "aria-describedby": what.help ? `${id}-help` : null,
  });
  input.value = what.value ?? "";
  if (what.min) input.addEventListener("input", () => input.setCustomValidity(input.value !== "" && input.value.length < (what.min ?? 0) ? `at least ${what.min} characters.` : ""));
  const count = what.max && what.long ? el("span", { class: "muted small count", "aria-hidden": "true" }) : null;
  const tell = () => count && (count.textContent = `${input.value.length}/${what.max}`);
  input.addEventListener("input", tell);
  tell();
  const element = el("div", { class: "field-box" },
    el("label", { for: id }, what.label, what.required ? el("span", { class: "required", text: " *", "aria-hidden": "true" }) : null),
    what.help ? el("div", { class: "muted small", id: `${id}-help`, text: what.help }) : null, input, count);
  return { element, input };
}

/**
 * A choice of two or more, as a row of buttons.
 * @param {string} label
 * @param {[string, string][]} options Value and words.
 */
export function choice(label, options) {
  const name = freshId("choice");
  const inputs = options.map(([value], at) => el("input", { type: "radio", name, value, checked: at === 0 }));
  const element = el("fieldset", { class: "choices" }, el("legend", { text: label }), options.map(([, words], at) => el("label", {}, inputs[at], el("span", { text: words }))));
  return { element, value: () => inputs.find((each) => each.checked)?.value ?? options[0][0] };
}

/** A question with yes and no. @param {string} title @param {any[]} body @param {string} yes @param {() => Promise<void>} send */
export const confirm = (title, body, yes, send) => ask({ title, body, submit: yes, danger: true, send });

/**
 * A modal of the bot.
 * @param {any} modal Discord's object.
 * @param {import("./state.js").State} state
 * @param {(values: Record<string, any>) => Promise<void>} send
 */
export function showModal(modal, state, send) {
  /** @type {Map<string, () => any>} */
  const values = new Map();
  const body = (modal.components ?? []).flatMap((/** @type {any} */ part) => modalPart(part, state, values));
  return ask({
    title: modal.title ?? "",
    body,
    extra: "modal",
    send: async () => send(Object.fromEntries(await Promise.all([...values].map(async ([id, value]) => [id, await value()])))),
  });
}

/** @param {any} part @param {import("./state.js").State} state @param {Map<string, () => any>} values @returns {any[]} */
function modalPart(part, state, values) {
  if (part.type === ROW) return (part.components ?? []).flatMap((/** @type {any} */ each) => modalPart(each, state, values));
  if (part.type === TEXT) return [el("div", { class: "text-display" }, markdown(part.content ?? "", state.names))];
  const inner = part.type === LABEL ? part.component : part;
  const label = part.label ?? inner.label ?? "";
  if (inner.type === TEXT_INPUT) {
    const made = field({ label, help: part.description, value: inner.value, required: inner.required !== false, long: inner.style === 2, min: inner.min_length, max: inner.max_length ?? 4000, placeholder: inner.placeholder });
    values.set(inner.custom_id, () => made.input.value);
    return [made.element];
  }
  if (SELECTS.includes(inner.type)) {
    /** @type {string[]} */
    let now = inner.type === STRING ? (inner.options ?? []).filter((/** @type {any} */ o) => o.default).map((/** @type {any} */ o) => o.value) : (inner.default_values ?? []).map((/** @type {any} */ v) => String(v.id));
    const choices = choicesOf(inner, state);
    const words = el("span", { class: "placeholder" });
    const button = el("button", { type: "button", class: "component-select", "aria-haspopup": "listbox", "aria-expanded": "false" }, words, icon("chevron"));
    const tell = () => {
      const names = choices.filter(({ value }) => now.includes(value)).map((each) => each.label);
      words.textContent = names.join(", ") || inner.placeholder || "Make a selection";
      words.className = names.length > 0 ? "chosen" : "placeholder";
      button.setAttribute("aria-label", `${label}: ${words.textContent}`);
    };
    button.addEventListener("click", async () => {
      now = (await openList(button, { label, choices, chosen: now, least: inner.min_values ?? 1, most: inner.max_values ?? 1 })) ?? now;
      tell();
    });
    tell();
    values.set(inner.custom_id, () => now);
    return [el("div", { class: "field-box" }, el("div", { class: "label", text: label }), part.description ? el("div", { class: "muted small", text: part.description }) : null, button)];
  }
  if (inner.type === RADIOS || inner.type === BOXES) return [boxes(inner, label, part.description, values)];
  if (inner.type === BOX) {
    const box = el("input", { type: "checkbox", checked: Boolean(inner.default) });
    values.set(inner.custom_id, () => box.checked);
    return [el("div", { class: "choices" }, el("label", {}, box, words({ label, description: part.description })))];
  }
  if (inner.type === UPLOAD) {
    const id = freshId("files");
    const chooser = el("input", { id, type: "file", class: "field", multiple: (inner.max_values ?? 1) > 1, "aria-describedby": part.description ? `${id}-help` : null });
    values.set(inner.custom_id, () => Promise.all([...(chooser.files ?? [])].map(encoded)));
    return [el("div", { class: "field-box" }, el("label", { for: id, text: label }), part.description ? el("div", { class: "muted small", id: `${id}-help`, text: part.description }) : null, chooser)];
  }
  return [];
}

/** A choice's words, with what is said of it below. @param {any} option */
const words = (option) => el("span", {}, el("span", { text: option.label }), option.description ? el("span", { class: "muted small about", text: option.description }) : null);

/**
 * Choices below each other, of which one or several are made.
 * @param {any} inner
 * @param {string} label
 * @param {string | undefined} description
 * @param {Map<string, () => any>} values
 */
function boxes(inner, label, description, values) {
  const one = inner.type === RADIOS;
  const name = freshId("choice");
  const inputs = (inner.options ?? []).map((/** @type {any} */ option) => el("input", { type: one ? "radio" : "checkbox", name, value: option.value, checked: Boolean(option.default) }));
  const chosen = () => inputs.filter((/** @type {any} */ each) => each.checked).map((/** @type {any} */ each) => each.value);
  values.set(inner.custom_id, () => (one ? chosen()[0] ?? "" : chosen()));
  return el("fieldset", { class: "choices" }, el("legend", { text: label }), description ? el("div", { class: "muted small", text: description }) : null,
    (inner.options ?? []).map((/** @type {any} */ option, /** @type {number} */ at) => el("label", {}, inputs[at], words(option))));
}

/**
 * What can be chosen in a select.
 * @param {any} part
 * @param {import("./state.js").State} state
 * @returns {import("./menus.js").Choice[]}
 */
export function choicesOf(part, state) {
  const people = () => state.members.map((member) => ({ value: member.id, label: state.shown(member), hint: member.name }));
  const roles = () => (state.guild?.roles ?? []).map((/** @type {any} */ role) => ({ value: role.id, label: `@${role.name.replace(/^@/, "")}` }));
  switch (part.type) {
    case STRING: return (part.options ?? []).map((/** @type {any} */ o) => ({ value: o.value, label: o.label, hint: o.description, emoji: o.emoji?.name }));
    case USER: return people();
    case ROLE: return roles();
    case MENTIONABLE: return [...people(), ...roles()];
    case CHANNEL: {
      const kinds = part.channel_types;
      /** @type {Record<string, number>} */
      const numbers = { text: 0, forum: 15, thread: 11, private_thread: 12, direct: 1 };
      return (state.guild?.channels ?? [])
        .filter((/** @type {any} */ c) => !kinds?.length || kinds.includes(numbers[c.kind]))
        .map((/** @type {any} */ c) => ({ value: c.id, label: `#${c.name}` }));
    }
    default: return [];
  }
}
