// Original file: chat.proto


export interface Goodbye {
  'code'?: (number);
  'reason'?: (string);
}

export interface Goodbye__Output {
  'code': (number);
  'reason': (string);
}
