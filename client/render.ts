import { noteLine } from "../room/note.ts";
import { visible } from "../room/visible.ts";
import type { ChatEvent } from "./chat.ts";

/** What happens in a chat as lines of text, safe for a terminal. */
export function renderEvent(event: ChatEvent): string[] {
  switch (event.type) {
    case "notes":
      return event.notes.map(noteLine);
    case "connected":
      return [`-- connected to ${visible(event.room)}${others(event.members)} --`];
    case "members":
      return [`-- here now: ${event.members.map(visible).join(", ")} --`];
    case "joined":
      return [`-- ${visible(event.name)} joined --`];
    case "left":
      return [
        `-- ${visible(event.name)} left${
          event.reason === "left" ? "" : `: ${visible(event.reason)}`
        } --`,
      ];
    case "lost":
      return [`-- ${event.count} notes lost: the server no longer has them --`];
    case "disconnected": {
      const seconds = (event.retryMs / 1_000).toFixed(1);
      return [`-- not connected: ${visible(event.reason)}; retrying in ${seconds} s --`];
    }
  }
}

function others(members: readonly string[] | undefined): string {
  return members ? `: ${members.map(visible).join(", ")}` : "";
}
