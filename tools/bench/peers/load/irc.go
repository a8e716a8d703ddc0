package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
)

// ircPeer is an IRC server. Its author asks for a sign of life after each burst, since the server
// answers no notes.
type ircPeer struct{}

const ircAuthor = "author"

func ircJoin(address, name string) (net.Conn, *bufio.Reader, error) {
	conn, in, err := dial(address)
	if err != nil {
		return nil, nil, err
	}
	other := func(line []byte) error { return ircOther(conn, line) }
	fmt.Fprintf(conn, "NICK %s\r\nUSER bench 0 * :bench\r\n", name)
	if err := waitFor(in, " 001 ", other); err != nil {
		return nil, nil, err
	}
	fmt.Fprint(conn, "JOIN #bench\r\n")
	return conn, in, waitFor(in, " 366 ", other)
}

func (ircPeer) read(address, name string, _ int, r *reader) error {
	conn, in, err := ircJoin(address, name)
	if err != nil {
		return err
	}
	other := func(line []byte) error { return ircOther(conn, line) }
	go func() {
		length, err := firstMessage(in, other)
		if err != nil {
			r.received.fail(err)
			return
		}
		r.countLines(in, ':', length, other)
	}()
	return nil
}

// firstMessage waits for the first note, and returns its length with everything around it, which
// contains the name of the author's host. It leaves the note unread.
func firstMessage(in *bufio.Reader, other func(line []byte) error) (int, error) {
	for {
		start, err := in.Peek(1)
		if err != nil {
			return 0, err
		}
		line := start
		for size := in.Buffered(); !bytes.ContainsRune(line, '\n'); size++ {
			if line, err = in.Peek(size); err != nil {
				return 0, err
			}
		}
		line = line[:bytes.IndexByte(line, '\n')+1]
		if bytes.HasPrefix(line, []byte(":"+ircAuthor+"!")) && bytes.Contains(line, []byte(" PRIVMSG ")) {
			return len(line), nil
		}
		if err := other(line); err != nil {
			return 0, err
		}
		if _, err := in.Discard(len(line)); err != nil {
			return 0, err
		}
	}
}

func (ircPeer) write(o options) (*author, error) {
	conn, in, err := ircJoin(o.address, ircAuthor)
	if err != nil {
		return nil, err
	}
	answered := newCounter()
	sent := make(chan int, o.window())
	go func() {
		for {
			line, err := in.ReadSlice('\n')
			if err == nil && bytes.Contains(line, []byte(" PONG ")) {
				answered.add(<-sent)
			} else if err == nil {
				err = ircOther(conn, line)
			}
			if err != nil {
				answered.fail(err)
				return
			}
		}
	}()
	return &author{answered: answered, send: func(first, count int) error {
		out := []byte{}
		for i := range count {
			out = fmt.Appendf(out, "PRIVMSG #bench :%s\r\n", text(first+i, o.bytes))
		}
		sent <- count
		_, err := conn.Write(append(out, "PING bench\r\n"...))
		return err
	}}, nil
}

// ircOther answers what is not a note.
func ircOther(conn net.Conn, line []byte) error {
	if token, ok := bytes.CutPrefix(line, []byte("PING ")); ok {
		_, err := fmt.Fprintf(conn, "PONG %s", token)
		return err
	}
	if bytes.HasPrefix(line, []byte("ERROR ")) {
		return fmt.Errorf("IRC server: %s", bytes.TrimSpace(line))
	}
	return nil
}
