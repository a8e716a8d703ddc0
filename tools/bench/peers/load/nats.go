package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
)

// natsPeer is a core nats-server. Its author asks for a sign of life after each burst, as a flush of
// its clients does, since the server answers no notes. It does not receive its own notes.
type natsPeer struct{}

func natsJoin(address, commands string) (net.Conn, *bufio.Reader, error) {
	conn, in, err := dial(address)
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintf(conn, "CONNECT {\"verbose\":false,\"echo\":false}\r\n%sPING\r\n", commands)
	return conn, in, waitFor(in, "PONG", func([]byte) error { return nil }) // The first is INFO.
}

func (natsPeer) read(address, _ string, size int, r *reader) error {
	conn, in, err := natsJoin(address, "SUB bench 1\r\n")
	if err != nil {
		return err
	}
	length := len(fmt.Sprintf("MSG bench 1 %d\r\n\r\n", size)) + size
	go r.countLines(in, 'M', length, func(line []byte) error { return natsOther(conn, line) })
	return nil
}

func (natsPeer) write(o options) (*author, error) {
	conn, in, err := natsJoin(o.address, "")
	if err != nil {
		return nil, err
	}
	answered := newCounter()
	sent := make(chan int, o.window())
	go func() {
		for {
			line, err := in.ReadSlice('\n')
			if err == nil && bytes.HasPrefix(line, []byte("PONG")) {
				answered.add(<-sent)
			} else if err == nil {
				err = natsOther(conn, line)
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
			out = fmt.Appendf(out, "PUB bench %d\r\n%s\r\n", o.bytes, text(first+i, o.bytes))
		}
		sent <- count
		_, err := conn.Write(append(out, "PING\r\n"...))
		return err
	}}, nil
}

// natsOther answers what is not a note.
func natsOther(conn net.Conn, line []byte) error {
	if bytes.HasPrefix(line, []byte("-ERR")) {
		return fmt.Errorf("nats-server: %s", bytes.TrimSpace(line))
	}
	if bytes.HasPrefix(line, []byte("PING")) {
		_, err := fmt.Fprint(conn, "PONG\r\n")
		return err
	}
	return nil
}
