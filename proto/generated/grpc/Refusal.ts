// Original file: chat.proto


export interface Refusal {
  'id'?: (string);
  'code'?: (number);
  'reason'?: (string);
  'retry_ms'?: (number);
}

export interface Refusal__Output {
  'id': (string);
  'code': (number);
  'reason': (string);
  'retry_ms': (number);
}
