package main

import (
	"bufio"
	"io"
	"net"
)

// bufferBytes is what a reader reads at once.
const bufferBytes = 256 << 10

// dial connects, and reads in large pieces.
func dial(address string) (net.Conn, *bufio.Reader, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, nil, err
	}
	return conn, bufio.NewReaderSize(conn, bufferBytes), nil
}

// tcpPeer is tcp_fanout. It sends to everybody what anybody sends, its author included, who takes
// that for the answer.
type tcpPeer struct{}

func (tcpPeer) read(address, _ string, size int, r *reader) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	// A byte confirms that the connection is one of those that receive.
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		return err
	}
	go r.count(conn, size)
	return nil
}

func (tcpPeer) write(o options) (*author, error) {
	conn, err := net.Dial("tcp", o.address)
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		return nil, err
	}
	own := &reader{received: newCounter()}
	go own.count(conn, o.bytes)
	return &author{answered: own.received, send: func(first, count int) error {
		out := make([]byte, 0, count*o.bytes)
		for i := range count {
			out = append(out, text(first+i, o.bytes)...)
		}
		_, err := conn.Write(out)
		return err
	}}, nil
}

// count counts notes of which each takes size bytes, and nothing else comes.
func (r *reader) count(in io.Reader, size int) {
	buffer, rest := make([]byte, bufferBytes), 0
	for {
		n, err := in.Read(buffer)
		rest += n
		r.add(rest / size)
		rest %= size
		if err != nil {
			r.received.fail(err)
			return
		}
	}
}
