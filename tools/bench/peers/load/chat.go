package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"

	"google.golang.org/protobuf/encoding/protowire"
)

const (
	sessionMethod = "/grpc.ChatServer/Session"
	streamMethod  = "/grpc.ChatServer/ChatStream"
	noteMethod    = "/grpc.ChatServer/SendNote"
)

// run makes the ids of this run's posts differ from those of others: a server keeps a post once.
var run = rand.Text()

// chatPeer is a session of this chat. It posts a burst in one frame, or each note in a frame of its
// own. What its readers receive is checked: the positions, and every byte of the texts.
type chatPeer struct {
	onePost  bool
	roomSize int64 // Members of a room; 0 for one room, the lobby.
	joined   atomic.Int64
	known    knownFrames
}

func (p *chatPeer) read(address, name string, bytes int, r *reader) error {
	room := ""
	if number := p.joined.Add(1); p.roomSize > 0 {
		room = fmt.Sprintf("room%d", number/p.roomSize)
	}
	in, err := openStream(address, sessionMethod, joinFrame(name, room), false)
	if err != nil {
		return err
	}
	if _, err := in.message(); err != nil { // The welcome.
		return err
	}
	check := &checker{bytes: bytes, known: &p.known}
	go r.each(in, check.frame)
	return nil
}

func (p *chatPeer) write(o options) (*author, error) {
	posts := o.burst()
	if p.onePost {
		posts = 1
	}
	return chatAuthor(o.address, "author", posts, o.bytes)
}

// chatAuthor joins, and posts so many notes in a frame.
func chatAuthor(address, name string, posts, bytes int) (*author, error) {
	stream, err := callStream(address, sessionMethod)
	if err != nil {
		return nil, err
	}
	join := joinFrame(name, "")
	if err := stream.SendMsg(&join); err != nil {
		return nil, err
	}
	var welcome []byte
	if err := stream.RecvMsg(&welcome); err != nil {
		return nil, err
	}
	answered := newCounter()
	go func() {
		for {
			var frame []byte
			err := stream.RecvMsg(&frame)
			acks := 0
			if err == nil {
				acks, err = fields(frame, 4, func([]byte) error { return nil })
			}
			if err != nil {
				answered.fail(err)
				return
			}
			answered.add(acks)
		}
	}()
	return &author{answered: answered, send: func(first, count int) error {
		for end := first + count; first < end; first += posts {
			frame := []byte{}
			for number := first; number < min(first+posts, end); number++ {
				post := appendText(nil, 1, fmt.Sprintf("%s-%s-%d", run, name, number))
				post = appendText(post, 2, text(number, bytes))
				frame = appendText(frame, 2, string(post))
			}
			if err := stream.SendMsg(&frame); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

// joinFrame encodes a ClientFrame that asks to join, for new notes only.
func joinFrame(name, room string) []byte {
	join := appendText(nil, 1, name)
	join = appendText(join, 2, room)
	join = appendText(join, 3, fmt.Sprintf("%-16s", name))
	join = protowire.AppendTag(join, 5, protowire.VarintType)
	join = protowire.AppendVarint(join, 0)
	return appendText(nil, 1, string(join))
}

// originalPeer is the contract that this chat shares with the small Python chat. A new reader gets
// all notes, so it joins a server that has none.
type originalPeer struct{}

func (originalPeer) read(address, _ string, bytes int, r *reader) error {
	in, err := openOriginal(address)
	if err != nil {
		return err
	}
	check := &checker{bytes: bytes}
	go r.each(in, func(note []byte) (int, error) { return 1, check.note(note) })
	return nil
}

func openOriginal(address string) (*stream, error) {
	in, err := openStream(address, streamMethod, nil, true)
	if err != nil {
		return nil, err
	}
	return in, in.opened()
}

// write posts over a session, which the Python chat does not have, so that SendNote is not part of
// the measurement.
func (originalPeer) write(o options) (*author, error) {
	return chatAuthor(o.address, "author", o.burst(), o.bytes)
}

// pythonPeer is the small Python chat. Its threads keep no order, so texts are not checked.
type pythonPeer struct{}

func (pythonPeer) read(address, _ string, _ int, r *reader) error {
	in, err := openOriginal(address)
	if err != nil {
		return err
	}
	go r.each(in, func([]byte) (int, error) { return 1, nil })
	return nil
}

func (pythonPeer) write(o options) (*author, error) {
	conn, err := dialGrpc(o.address)
	if err != nil {
		return nil, err
	}
	answered := newCounter()
	return &author{answered: answered, send: func(first, count int) error {
		for number := first; number < first+count; number++ {
			note := appendText(appendText(nil, 1, "author"), 2, text(number, o.bytes))
			go func() {
				var empty []byte
				if err := conn.Invoke(context.Background(), noteMethod, &note, &empty); err != nil {
					answered.fail(err)
				}
				answered.add(1)
			}()
		}
		return nil
	}}, nil
}
