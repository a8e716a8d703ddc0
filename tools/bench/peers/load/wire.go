package main

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// fields calls a function for each field of a ServerFrame with a number, and returns their number.
func fields(frame []byte, wanted protowire.Number, each func(value []byte) error) (int, error) {
	count := 0
	err := walk(frame, func(field protowire.Number, value []byte, _ uint64) error {
		switch field {
		case wanted:
			count++
			return each(value)
		case 2, 5, 8:
			return fmt.Errorf("notes are lost, a post was refused, or the session ended: %q", value)
		}
		return nil
	})
	return count, err
}

// walk calls a function for each field of a message.
func walk(message []byte, each func(field protowire.Number, value []byte, number uint64) error) error {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		var value []byte
		var number uint64
		switch kind {
		case protowire.BytesType:
			value, n = protowire.ConsumeBytes(message)
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(message)
		default:
			n = protowire.ConsumeFieldValue(field, kind, message)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		if err := each(field, value, number); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

func appendText(message []byte, field protowire.Number, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(message, field, protowire.BytesType), text)
}
