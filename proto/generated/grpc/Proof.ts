// Original file: chat.proto


export interface Proof {
  'signature'?: (Buffer | Uint8Array | string);
  'password'?: (string);
}

export interface Proof__Output {
  'signature': (Buffer);
  'password': (string);
}
