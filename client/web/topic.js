import { topicText } from "../render/topic.ts";
import { element, styledElements } from "./elements.js";

/** @import { Topic } from "../../room/topic.ts" */

const shown = element("topic", HTMLElement);

/**
 * Shows the topic of the room at the top of the page. What the person may have selected in it stays
 * while it is the same.
 *
 * @param {Topic | undefined} topic
 */
export function showTopic(topic) {
  const text = topic ? topicText(topic) : "";
  if (shown.textContent !== text) shown.replaceChildren(...styledElements(text));
}
