// Original file: chat.proto


export interface Empty {
}

export interface Empty__Output {
}
