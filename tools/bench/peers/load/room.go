package main

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// An author posts notes, and learns which of them the server has answered.
type author struct {
	answered *counter
	// send posts the notes from number first on, without waiting for answers.
	send func(first, count int) error
}

// A reader receives notes.
type reader struct {
	received *counter
	have     int
	// arrived is called, if it is set, when the notes from first up to end have arrived.
	arrived func(first, end int)
}

// add counts notes that have just arrived.
func (r *reader) add(notes int) {
	if notes == 0 {
		return
	}
	r.have += notes
	if r.arrived != nil {
		r.arrived(r.have-notes, r.have)
	}
	r.received.add(notes)
}

// A room has one author, and readers who get everything that is posted in it.
type room struct {
	author  *author
	readers []*reader
}

// have waits until every reader has all notes up to end.
func (r *room) have(end int) error {
	for _, reader := range r.readers {
		if err := reader.received.wait(end); err != nil {
			return err
		}
	}
	return nil
}

// A peer is a kind of server.
type peer interface {
	// read joins as a reader of notes with so many bytes of text. It returns once the server has
	// confirmed that; then it calls r.add() for all that arrives, and r.received.fail() at the end.
	read(address, name string, bytes int, r *reader) error
	// write joins as an author.
	write(o options) (*author, error)
}

var peers = map[string]peer{
	"chat":          &chatPeer{},
	"chat-one":      &chatPeer{onePost: true},
	"chat-rooms":    &chatPeer{roomSize: 100},
	"chat-original": originalPeer{},
	"python":        pythonPeer{},
	"grpc":          grpcPeer{},
	"nats":          natsPeer{},
	"irc":           ircPeer{},
	"tcp":           tcpPeer{},
}

// join joins with all readers, and then with the author.
func join(o options) (*room, error) {
	readers, err := joinReaders(o)
	if err != nil {
		return nil, err
	}
	author, err := peers[o.peer].write(o)
	if err != nil {
		return nil, fmt.Errorf("load: author: %w", err)
	}
	return &room{author, readers}, nil
}

func joinReaders(o options) ([]*reader, error) {
	peer, ok := peers[o.peer]
	if !ok {
		return nil, fmt.Errorf("load: there is no peer %q", o.peer)
	}
	readers := make([]*reader, o.readers)
	for first := 0; first < o.readers; first += joinsAtOnce {
		end := min(first+joinsAtOnce, o.readers)
		joined := make(chan error)
		for i := first; i < end; i++ {
			readers[i] = &reader{received: newCounter()}
			go func() {
				err := peer.read(o.address, fmt.Sprintf("reader%d", i), o.bytes, readers[i])
				if err != nil {
					err = fmt.Errorf("load: reader %d: %w", i, err)
				}
				joined <- err
			}()
		}
		var failed error
		for range end - first {
			if err := <-joined; err != nil {
				failed = err
			}
		}
		if failed != nil {
			return nil, failed
		}
	}
	return readers, nil
}

// joinsAtOnce is the number of readers that join at the same time.
const joinsAtOnce = 50

// idle joins, reports that it has, and keeps the sessions until its input ends.
func idle(o options) error {
	if _, err := joinReaders(o); err != nil {
		return err
	}
	report(map[string]any{"sessions": o.readers})
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// A counter counts what has arrived, for one who waits for it.
type counter struct {
	mu    sync.Mutex
	cond  *sync.Cond
	count int
	err   error
}

func newCounter() *counter {
	c := &counter{}
	c.cond = sync.NewCond(&c.mu)
	return c
}

func (c *counter) add(n int) {
	c.mu.Lock()
	c.count += n
	c.cond.Broadcast()
	c.mu.Unlock()
}

// fail ends all waits with an error.
func (c *counter) fail(err error) {
	c.mu.Lock()
	c.err = err
	c.cond.Broadcast()
	c.mu.Unlock()
}

// wait waits until goal have arrived.
func (c *counter) wait(goal int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.count < goal && c.err == nil {
		c.cond.Wait()
	}
	if c.count < goal {
		return c.err
	}
	return nil
}
