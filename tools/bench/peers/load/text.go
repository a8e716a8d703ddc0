package main

import (
	"bytes"
	"fmt"
)

// digits is the length of a note's number, with which its text begins.
const digits = 12

var dots = bytes.Repeat([]byte("."), 16<<10)

// text returns the text of a note: its number, and dots.
func text(number, size int) string {
	return fmt.Sprintf("%0*d%s", digits, number, dots[:size-digits])
}

// isText returns whether the text of a note is unchanged.
func isText(value []byte, number, size int) bool {
	if len(value) != size || !bytes.Equal(value[digits:], dots[:size-digits]) {
		return false
	}
	for i := digits - 1; i >= 0; i-- {
		if value[i] != byte('0'+number%10) {
			return false
		}
		number /= 10
	}
	return true
}
