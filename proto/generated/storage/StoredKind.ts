// Original file: batch.proto

export const StoredKind = {
  SAID: 0,
  ACTION: 1,
  WHISPER: 2,
} as const;

export type StoredKind =
  | 'SAID'
  | 0
  | 'ACTION'
  | 1
  | 'WHISPER'
  | 2

export type StoredKind__Output = typeof StoredKind[keyof typeof StoredKind]
