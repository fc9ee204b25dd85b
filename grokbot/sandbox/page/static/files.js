/**
 * Attachments and embeds of a message, as elements; and files that somebody chose, as data.
 * @module
 */

import { add, el } from "./dom.js";
import { icon } from "./icons.js";
import { inline } from "./markdown.js";
import { anchor, line, markdown } from "./render.js";
import { size, stamp } from "./times.js";

const PICTURES = /^image\/(png|jpeg|gif|webp)\b/;
const TEXTS = /^(text\/|application\/(json|x-ndjson|toml|yaml|xml))/;
const PREVIEW_BYTES = 200_000;

/** @param {any[]} files @returns {DocumentFragment} */
export function attachments(files) {
  const whole = document.createDocumentFragment();
  const pictures = files.filter(isPicture);
  if (pictures.length > 0) {
    whole.append(el("div", { class: `gallery of-${Math.min(pictures.length, 4)}` }, pictures.map((file) => media(file))));
  }
  whole.append(...files.filter((file) => !isPicture(file)).map(fileCard));
  return whole;
}

/** @param {any} file */
const isPicture = (file) => PICTURES.test(file.content_type ?? "");

/** A picture that can be looked at large. @param {any} file @param {string} [description] */
export function media(file, description = "") {
  const said = description || file.description || file.filename;
  return el("button", { type: "button", class: "picture", data: { picture: file.url }, "aria-label": `Open ${said}` },
    el("img", { src: file.url, alt: said, loading: "lazy", decoding: "async", width: file.width, height: file.height }));
}

/** @param {any} file */
export function fileCard(file) {
  const text = TEXTS.test(file.content_type ?? "") && file.size <= PREVIEW_BYTES;
  return el("div", { class: "file" },
    el("div", { class: "file-card" },
      icon("file", "large"),
      el("div", { class: "file-words" },
        el("a", { href: file.url, download: file.filename, text: file.filename, dir: "auto" }),
        el("div", { class: "muted small", text: size(file.size) })),
      text ? el("button", { type: "button", class: "ghost", text: "Show", "aria-expanded": "false", data: { preview: file.url }, "aria-label": `Show ${file.filename}` }) : null,
      el("a", { class: "icon-button", href: file.url, download: file.filename, "aria-label": `Download ${file.filename}` }, icon("download"))),
    text ? el("pre", { class: "preview", hidden: true, tabindex: "0" }) : null);
}

/** Shows or hides what is in a text file. @param {HTMLElement} button */
export async function preview(button) {
  const shown = /** @type {HTMLElement} */ (button.closest(".file")?.querySelector(".preview"));
  const open = shown.hidden;
  if (open && shown.textContent === "") {
    try {
      const answer = await fetch(button.dataset.preview ?? "");
      shown.textContent = answer.ok ? await answer.text() : "The file is gone.";
    } catch {
      shown.textContent = "The file cannot be read now.";
    }
  }
  shown.hidden = !open;
  button.textContent = open ? "Hide" : "Show";
  button.setAttribute("aria-expanded", String(open));
}

/** @param {any[]} all @param {import("./render.js").Names} names @returns {DocumentFragment} */
export function embeds(all, names) {
  const whole = document.createDocumentFragment();
  for (const each of all) whole.append(embed(each, names));
  return whole;
}

/** @param {any} what @param {import("./render.js").Names} names */
function embed(what, names) {
  const rich = (/** @type {string} */ text) => line(inline(text), names);
  const made = el("div", { class: "embed" });
  if (typeof what.color === "number") made.style.setProperty("--accent", `#${(what.color & 0xffffff).toString(16).padStart(6, "0")}`);
  const text = el("div", { class: "embed-text" });
  if (what.provider?.name) text.append(el("div", { class: "embed-provider", text: what.provider.name }));
  if (what.author?.name) text.append(el("div", { class: "embed-author" }, what.author.url ? anchor(what.author.url, [what.author.name]) : what.author.name));
  if (what.title) text.append(el("div", { class: "embed-title" }, what.url ? anchor(what.url, [rich(what.title)]) : rich(what.title)));
  if (what.description) text.append(el("div", { class: "embed-description" }, markdown(what.description, names)));
  if (what.fields?.length > 0) {
    text.append(el("div", { class: "embed-fields" }, what.fields.map((/** @type {any} */ field) =>
      el("div", { class: field.inline ? "embed-field inline" : "embed-field" },
        el("div", { class: "embed-name" }, rich(String(field.name ?? ""))),
        el("div", {}, markdown(String(field.value ?? ""), names))))));
  }
  for (const shown of [what.image, what.thumbnail]) {
    if (shown?.url) text.append(/^files\//.test(shown.url) ? media({ url: shown.url, filename: "picture" }) : el("div", { class: "elsewhere" }, icon("image"), anchor(shown.url, ["Picture"])));
  }
  const foot = [what.footer?.text, what.timestamp ? stamp(what.timestamp) : null].filter(Boolean);
  if (foot.length > 0) text.append(el("div", { class: "embed-footer", text: foot.join(" • ") }));
  add(made, [text]);
  return made;
}

/**
 * A chosen file as the server takes it.
 * @param {File} file
 * @returns {Promise<{ name: string, type: string, data: string }>}
 */
export async function encoded(file) {
  const read = new FileReader();
  const done = new Promise((resolve, reject) => {
    read.onload = resolve;
    read.onerror = () => reject(new Error(`${file.name} cannot be read.`));
  });
  read.readAsDataURL(file);
  await done;
  const url = String(read.result);
  return { name: file.name, type: file.type || "application/octet-stream", data: url.slice(url.indexOf(",") + 1) };
}
