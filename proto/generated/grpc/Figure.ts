// Original file: chat.proto


export interface Figure {
  'name'?: (string);
  'value'?: (number | string);
}

export interface Figure__Output {
  'name': (string);
  'value': (number);
}
