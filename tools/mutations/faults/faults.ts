import type { FaultyFile } from "./fault.ts";
import { CLIENT_REQUESTS } from "./client_requests.ts";
import { CLIENT_SESSIONS } from "./client_sessions.ts";
import { NAMES } from "./names.ts";
import { OPEN_ROOMS } from "./open_rooms.ts";
import { PEOPLE } from "./people.ts";
import { PRESENCE } from "./presence.ts";
import { READING } from "./reading.ts";
import { RECONNECTING } from "./reconnecting.ts";
import { ROOM_LIST } from "./room_list.ts";
import { ROOMS } from "./rooms.ts";
import { RULES } from "./rules.ts";
import { SEARCHES } from "./searches.ts";
import { SERVER_ACCESS } from "./server_access.ts";
import { SERVER_SESSIONS } from "./server_sessions.ts";
import { STREAMS } from "./streams.ts";
import { TALK } from "./talk.ts";
import { TRANSCRIPT } from "./transcript.ts";

/**
 * The faults to plant, each of which changes what a user or a peer can see. Every decision in
 * the files that they name has one, unless nobody could notice a fault in it.
 */
export const FAULTS: readonly FaultyFile[] = [
  ...ROOMS,
  ...READING,
  ...ROOM_LIST,
  ...PEOPLE,
  ...NAMES,
  ...RULES,
  ...SEARCHES,
  ...SERVER_SESSIONS,
  ...SERVER_ACCESS,
  ...CLIENT_SESSIONS,
  ...CLIENT_REQUESTS,
  ...RECONNECTING,
  ...OPEN_ROOMS,
  ...PRESENCE,
  ...TRANSCRIPT,
  ...TALK,
  ...STREAMS,
];
