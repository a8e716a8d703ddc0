/** The room of a session that names none. */
export const LOBBY = "lobby";
