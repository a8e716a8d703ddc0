// Original file: chat.proto


export interface Person {
  'name'?: (string);
  'verified'?: (boolean);
  'sessions'?: (number);
}

export interface Person__Output {
  'name': (string);
  'verified': (boolean);
  'sessions': (number);
}
