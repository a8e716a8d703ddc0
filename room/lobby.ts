/** The room of those who do not say which. */
export const LOBBY = "lobby";
