/**
 * The page's icons, drawn by strokes in a square of 24. Decoration: what they stand for is said by the label beside them.
 * @module
 */

/** @type {Record<string, string>} */
const STROKES = {
  hash: "M5 9h15 M4 15h15 M10 4 8 20 M16 4l-2 16",
  thread: "M5 4v9a4 4 0 0 0 4 4h10 M15 13l4 4-4 4 M5 8h9",
  forum: "M4 5h16v10H9l-5 4z M8 9h8 M8 12h5",
  chat: "M12 4c5 0 9 3 9 7s-4 7-9 7c-1 0-2 0-3-.4L4 20l1.2-4C3.8 14.6 3 13 3 11c0-4 4-7 9-7z",
  lock: "M6 11h12v9H6z M9 11V8a3 3 0 0 1 6 0v3",
  at: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0v1.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-4 7.5",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z M2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6 M16 4.5a3.5 3.5 0 0 1 0 6.5 M17.5 14c2.5.5 4 2.5 4 6",
  plus: "M12 5v14 M5 12h14",
  close: "M6 6l12 12 M18 6 6 18",
  chevron: "M8 10l4 4 4-4",
  back: "M19 12H5 M11 6l-6 6 6 6",
  reply: "M10 7 4 12l6 5 M4 12h9c4 0 7 2 7 6",
  react: "M20.5 12a8.5 8.5 0 1 1-8.5-8.5 M9 10v.5 M15 10v.5 M8.5 14.5c2 2.5 5 2.5 7 0 M20 2v6 M17 5h6",
  edit: "M4 20l1-5L16 4l4 4L9 19z M14 6l4 4",
  trash: "M5 7h14 M10 7V4h4v3 M7 7l1 13h8l1-13 M10.5 11v5 M13.5 11v5",
  pin: "M9 4h6 M10 4v6l-3 4h10l-3-4V4 M12 14v6",
  forward: "M14 7l6 5-6 5 M20 12h-9c-4 0-7 2-7 6",
  copy: "M9 9h11v11H9z M15 9V4H4v11h5",
  more: "M5 11.5v1 M12 11.5v1 M19 11.5v1",
  file: "M6 3h8l5 5v13H6z M14 3v5h5 M9 13h7 M9 17h5",
  image: "M4 5h16v14H4z M8.5 10h.01 M4 17l5-5 4 4 3-3 4 4",
  download: "M12 4v11 M7 11l5 5 5-5 M5 20h14",
  eye: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7z M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  spark: "M12 3c1 5 4 8 9 9-5 1-8 4-9 9-1-5-4-8-9-9 5-1 8-4 9-9z",
  gauge: "M4 18a9 9 0 1 1 16 0 M12 14l4-5",
  panel: "M4 5h16v14H4z M14 5v14 M16.5 9h1 M16.5 12h1",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M12 3v2 M12 19v2 M3 12h2 M19 12h2 M5.6 5.6 7 7 M17 17l1.4 1.4 M5.6 18.4 7 17 M17 7l1.4-1.4",
  moon: "M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10z",
  screen: "M3 5h18v11H3z M9 20h6 M12 16v4",
  send: "M4 5l16 7-16 7 2-7z M6 12h7",
  slash: "M4 4h16v16H4z M14 8l-4 8",
  menu: "M4 7h16 M4 12h16 M4 17h16",
  tree: "M6 4v16 M6 8h6a3 3 0 0 1 3 3v1 M6 20h.01 M15 12a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  traffic: "M7 4v15 M4 16l3 4 3-4 M17 20V5 M14 8l3-4 3 4",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M16 16l5 5",
  down: "M12 5v14 M6 13l6 6 6-6",
  check: "M5 12l5 5 9-10",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1 M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
};

/**
 * An icon; screen readers do not see it.
 * @param {string} name
 * @param {string} [extra] One more class.
 * @returns {SVGElement}
 */
export function icon(name, extra = "") {
  const space = "http://www.w3.org/2000/svg";
  const made = document.createElementNS(space, "svg");
  made.setAttribute("viewBox", "0 0 24 24");
  made.setAttribute("class", `icon ${extra}`);
  made.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", STROKES[name] ?? STROKES.more);
  made.append(path);
  return made;
}
