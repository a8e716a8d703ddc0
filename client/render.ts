import { noteLine } from "../room/note.ts";
import { visible } from "../room/visible.ts";
import type { ChatEvent } from "./chat.ts";

/** What happens in a chat as one line of text, safe for a terminal. */
export function renderEvent(event: ChatEvent): string {
  switch (event.type) {
    case "note":
      return noteLine(event.note);
    case "connected":
      return "-- connected --";
    case "disconnected": {
      const seconds = (event.retryMs / 1_000).toFixed(1);
      return `-- not connected: ${visible(event.reason)}; retrying in ${seconds} s --`;
    }
  }
}
