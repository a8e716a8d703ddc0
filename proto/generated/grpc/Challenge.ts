// Original file: chat.proto


export interface Challenge {
  'nonce'?: (Buffer | Uint8Array | string);
  'server'?: (Buffer | Uint8Array | string);
  'password'?: (boolean);
}

export interface Challenge__Output {
  'nonce': (Buffer);
  'server': (Buffer);
  'password': (boolean);
}
