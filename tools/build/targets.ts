/** The target machines: Deno's name for each → the name of the file. */
export const TARGETS: ReadonlyMap<string, string> = new Map([
  ["x86_64-unknown-linux-gnu", "chat-linux-x64"],
  ["aarch64-unknown-linux-gnu", "chat-linux-arm64"],
  ["x86_64-apple-darwin", "chat-macos-x64"],
  ["aarch64-apple-darwin", "chat-macos-arm64"],
  ["x86_64-pc-windows-msvc", "chat-windows-x64.exe"],
]);
