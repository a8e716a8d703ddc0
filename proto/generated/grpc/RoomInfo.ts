// Original file: chat.proto


export interface RoomInfo {
  'name'?: (string);
  'members'?: (number);
  'topic'?: (string);
}

export interface RoomInfo__Output {
  'name': (string);
  'members': (number);
  'topic': (string);
}
