// Original file: chat.proto


export interface RosterChange {
  'name'?: (string);
  'joined'?: (boolean);
  'reason'?: (string);
  'was'?: (string);
  'verified'?: (boolean);
  'sessions'?: (number);
}

export interface RosterChange__Output {
  'name': (string);
  'joined': (boolean);
  'reason': (string);
  'was': (string);
  'verified': (boolean);
  'sessions': (number);
}
