package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// jetStreamStore is a stream of NATS JetStream. Each note is published for itself, or a burst as an
// atomic batch, which is answered once.
type jetStreamStore struct{ isBatched bool }

const subject = "bench"

func (s jetStreamStore) author(name string, o options) (*author, error) {
	conn, err := nats.Connect("nats://" + o.address)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	config := jetstream.StreamConfig{Name: "BENCH", Subjects: []string{subject}, AllowAtomicPublish: true}
	if _, err := js.CreateOrUpdateStream(context.Background(), config); err != nil {
		return nil, err
	}
	answered := newCounter()
	notes := 1 // Of an answer.
	if s.isBatched {
		notes = o.burst()
	}
	inbox := nats.NewInbox()
	if _, err := conn.Subscribe(inbox, func(answer *nats.Msg) {
		if bytes.Contains(answer.Data, []byte(`"error"`)) || !bytes.Contains(answer.Data, []byte(`"seq"`)) {
			answered.fail(fmt.Errorf("JetStream: %s", answer.Data))
		}
		answered.add(notes)
	}); err != nil {
		return nil, err
	}
	return &author{answered: answered, send: func(first, count int) error {
		for i := range count {
			note := nats.NewMsg(subject)
			note.Data = []byte(text(first+i, o.bytes))
			if !s.isBatched || i == count-1 {
				note.Reply = inbox
			}
			if s.isBatched {
				note.Header.Set("Nats-Batch-Id", fmt.Sprintf("%s-%d", name, first))
				note.Header.Set("Nats-Batch-Sequence", strconv.Itoa(i+1))
			}
			if s.isBatched && i == count-1 {
				note.Header.Set("Nats-Batch-Commit", "1")
			}
			if err := conn.PublishMsg(note); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}
