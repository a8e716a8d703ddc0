// Original file: chat.proto

export const Kind = {
  SAID: 0,
  ACTION: 1,
  WHISPER: 2,
} as const;

export type Kind =
  | 'SAID'
  | 0
  | 'ACTION'
  | 1
  | 'WHISPER'
  | 2

export type Kind__Output = typeof Kind[keyof typeof Kind]
