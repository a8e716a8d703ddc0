package main

import (
	"bytes"
	"fmt"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
)

// A checker checks that a reader's notes arrive in order, each once, with their texts unchanged.
type checker struct {
	place
	bytes int
	known *knownFrames
}

// frame checks a ServerFrame, and returns the number of its notes.
func (c *checker) frame(frame []byte) (int, error) {
	before := c.place
	if after, ok := c.known.find(before, frame); ok {
		c.place = after
	} else {
		count, err := fields(frame, 3, c.note)
		if err != nil {
			return 0, err
		}
		if count > 0 {
			c.known.add(knownFrame{before, c.place, bytes.Clone(frame)})
		}
	}
	return c.number - before.number, nil
}

// note checks a note.
func (c *checker) note(note []byte) error {
	found := false
	err := walk(note, func(field protowire.Number, value []byte, number uint64) error {
		switch field {
		case 2:
			found = isText(value, c.number, c.bytes)
		case 3:
			if c.seq != 0 && number != c.seq+1 {
				return fmt.Errorf("position %d follows %d", number, c.seq)
			}
			c.seq = number
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("note %d has another text", c.number)
	}
	c.number++
	return err
}

// knownFrames are frames that a reader has checked. A reader that receives the same bytes at the
// same place does not decode them again.
type knownFrames struct {
	mu     sync.Mutex
	frames [256]knownFrame // By the number of the first note.
}

type knownFrame struct {
	before, after place
	bytes         []byte
}

// A place is where a reader is: the number of its next note, and the position of its last one,
// which is 0 before the first.
type place struct {
	number int
	seq    uint64
}

// find returns where a reader is after a frame, if it is known.
func (k *knownFrames) find(before place, frame []byte) (place, bool) {
	k.mu.Lock()
	known := k.frames[slot(before)]
	k.mu.Unlock()
	isKnown := known.before == before && bytes.Equal(known.bytes, frame)
	return known.after, isKnown
}

// add adds a frame that has been checked, in place of an older one.
func (k *knownFrames) add(frame knownFrame) {
	k.mu.Lock()
	k.frames[slot(frame.before)] = frame
	k.mu.Unlock()
}

// slot spreads frames that begin at multiples of a power of two.
func slot(before place) int {
	return (before.number ^ before.number>>5 ^ before.number>>8) & 255
}
