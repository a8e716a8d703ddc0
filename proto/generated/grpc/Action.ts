// Original file: chat.proto

export const Action = {
  LIST: 0,
  KICK: 1,
  MUTE: 2,
  UNMUTE: 3,
  BAN: 4,
  UNBAN: 5,
  RELEASE: 6,
  STATS: 7,
  NAMES: 8,
  REMOVE: 9,
  OWN: 10,
  DROP: 11,
  TOPIC: 12,
  LOCK: 13,
  UNLOCK: 14,
} as const;

export type Action =
  | 'LIST'
  | 0
  | 'KICK'
  | 1
  | 'MUTE'
  | 2
  | 'UNMUTE'
  | 3
  | 'BAN'
  | 4
  | 'UNBAN'
  | 5
  | 'RELEASE'
  | 6
  | 'STATS'
  | 7
  | 'NAMES'
  | 8
  | 'REMOVE'
  | 9
  | 'OWN'
  | 10
  | 'DROP'
  | 11
  | 'TOPIC'
  | 12
  | 'LOCK'
  | 13
  | 'UNLOCK'
  | 14

export type Action__Output = typeof Action[keyof typeof Action]
