package main

import (
	"bufio"
	"fmt"
	"strings"
)

// countLines counts notes that begin with a byte and take size bytes each. Anything else between
// them is a line of its own.
func (r *reader) countLines(in *bufio.Reader, start byte, size int, other func(line []byte) error) {
	for {
		if _, err := in.Peek(1); err != nil {
			r.received.fail(err)
			return
		}
		waiting, _ := in.Peek(in.Buffered())
		notes := 0
		for at := 0; at+size <= len(waiting) && waiting[at] == start; at += size {
			notes++
		}
		var err error
		switch {
		case notes > 0:
			_, err = in.Discard(notes * size)
			r.add(notes)
		case waiting[0] == start: // The rest of the note has not arrived.
			_, err = in.Peek(size)
		default:
			var line []byte
			if line, err = in.ReadSlice('\n'); err == nil {
				err = other(line)
			}
		}
		if err != nil {
			r.received.fail(err)
			return
		}
	}
}

// waitFor reads lines up to one that contains words, and passes on the others.
func waitFor(in *bufio.Reader, words string, other func(line []byte) error) error {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("before %q: %w", words, err)
		}
		if strings.Contains(string(line), words) {
			return nil
		}
		if err := other(line); err != nil {
			return err
		}
	}
}
