/**
 * Elements of the page. Everything that others have written becomes text of an element, never HTML.
 *
 * @module
 */

import { isForReader, renderRow } from "../render/row.ts";
import { style } from "../render/style.ts";
import { LOCAL_ZONE, localDate } from "../render/time.ts";
import { isTime } from "../../text/is_time.ts";
import { linkedTexts } from "./links.ts";
import { styledTexts } from "./styled_text.ts";

/** @import { LinkedText } from "./links.ts" */
/** @import { Row } from "../render/row.ts" */

/** The looks of a row: the page makes elements of the colors and weights of the terminal. */
export const VIEW = /** @type {const} */ ({
  time: "hm",
  style: style({ color: true, attributes: true }),
  zone: LOCAL_ZONE,
});

/**
 * Finds an element of the page.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new TypeError(`The page has no such "${id}"`);
}

/**
 * Makes an element with a text and classes.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} text
 * @param {readonly string[]} classes
 */
export function make(tag, text = "", classes = []) {
  const made = document.createElement(tag);
  made.textContent = text;
  made.classList.add(...classes);
  return made;
}

/**
 * Makes the elements of a row of text: one for each style, and one for each link.
 *
 * @param {string} row
 * @returns {(string | Node)[]}
 */
export function styledElements(row) {
  return styledTexts(row).flatMap(({ text, classes }) =>
    classes.length > 0 ? [make("span", text, classes)] : linkedTexts(text).map(linkElement)
  );
}

/**
 * @param {LinkedText} part
 * @returns {string | Node}
 */
function linkElement({ text, url }) {
  if (url === undefined) return text;
  const link = make("a", text);
  return Object.assign(link, { href: url, target: "_blank", rel: "noopener noreferrer nofollow" });
}

/**
 * Makes the element of a row of the transcript.
 *
 * @param {Row} row
 */
export function rowElement(row) {
  const made = make("li");
  for (const text of row.type === "line" ? [row.text] : renderRow(row, VIEW)) {
    const line = make("div");
    line.append(...styledElements(text));
    made.append(line);
  }
  if (row.type === "line") {
    made.classList.add("line");
    made.classList.toggle("dim", row.dim);
    made.classList.toggle("fresh", row.isFresh ?? false);
    if (row.day !== undefined) made.dataset.day = row.day;
  } else {
    const { seq, time } = row.note;
    made.classList.toggle("mention", isForReader(row));
    // A note that was found is out of its place.
    if (seq !== undefined && row.type === "note") made.dataset.seq = String(seq);
    if (isTime(time)) {
      made.dataset.day = localDate(time, LOCAL_ZONE);
      made.title = new Date(time).toLocaleString();
    }
  }
  return made;
}
