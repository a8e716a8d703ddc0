package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A stream is the server's side of one call, read from the frames of HTTP/2, which costs a fraction
// of what a gRPC client does.
type stream struct {
	framer  *http2.Framer
	data    []byte // Of the last frame, not read yet.
	allowed int    // What the server may still send.
	ponged  bool
	buffer  []byte // For messages.
}

// flowWindow is what the server may send ahead.
const flowWindow = 1 << 30

var errEnded = errors.New("the server ended the call")

// openStream calls a method with one message, and half-closes the call if that is all.
func openStream(address, method string, message []byte, end bool) (*stream, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	framer := http2.NewFramer(conn, bufio.NewReaderSize(conn, bufferBytes))
	framer.SetReuseFrames()
	headers := &bytes.Buffer{}
	encoder := hpack.NewEncoder(headers)
	for _, field := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", address},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]})
	}
	body := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	_, err = io.WriteString(conn, http2.ClientPreface)
	for _, write := range []func() error{
		func() error {
			return framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: flowWindow})
		},
		func() error { return framer.WriteWindowUpdate(0, flowWindow) },
		func() error {
			return framer.WriteHeaders(http2.HeadersFrameParam{
				StreamID: 1, BlockFragment: headers.Bytes(), EndHeaders: true,
			})
		},
		func() error { return framer.WriteData(1, end, append(body, message...)) },
		func() error { return framer.WritePing(false, [8]byte{}) },
	} {
		if err == nil {
			err = write()
		}
	}
	return &stream{framer: framer, allowed: flowWindow}, err
}

// opened waits until the server has read the call, as far as HTTP/2 says: until it has answered the
// ping that follows the call.
func (s *stream) opened() error {
	for !s.ponged {
		if err := s.next(); err != nil {
			return err
		}
		if len(s.data) > 0 {
			return nil // Its answer says the same.
		}
	}
	return nil
}

// Read reads the bytes of messages, each with its head of 5 bytes.
func (s *stream) Read(buffer []byte) (int, error) {
	for len(s.data) == 0 {
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	n := copy(buffer, s.data)
	s.data = s.data[n:]
	return n, nil
}

// next reads a frame.
func (s *stream) next() error {
	frame, err := s.framer.ReadFrame()
	if err != nil {
		return err
	}
	switch frame := frame.(type) {
	case *http2.DataFrame:
		s.data = frame.Data()
		if s.allowed -= len(s.data); s.allowed < flowWindow/2 {
			s.allowed += flowWindow / 2
			if err := s.framer.WriteWindowUpdate(0, flowWindow/2); err != nil {
				return err
			}
			if err := s.framer.WriteWindowUpdate(1, flowWindow/2); err != nil {
				return err
			}
		}
		if frame.StreamEnded() {
			return errEnded
		}
	case *http2.HeadersFrame:
		if frame.StreamEnded() {
			return errEnded
		}
	case *http2.SettingsFrame:
		if !frame.IsAck() {
			return s.framer.WriteSettingsAck()
		}
	case *http2.PingFrame:
		if !frame.IsAck() {
			return s.framer.WritePing(true, frame.Data)
		}
		s.ponged = true
	case *http2.GoAwayFrame, *http2.RSTStreamFrame:
		return fmt.Errorf("%w: %v", errEnded, frame)
	}
	return nil
}

// message reads one message, which is valid until the next one is read.
func (s *stream) message() ([]byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(s, head[:]); err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint32(head[1:]))
	if size > len(s.buffer) {
		s.buffer = make([]byte, 2*size)
	}
	_, err := io.ReadFull(s, s.buffer[:size])
	return s.buffer[:size], err
}

// each reads messages, and counts the notes in each.
func (r *reader) each(in *stream, notes func(message []byte) (int, error)) {
	for {
		message, err := in.message()
		count := 0
		if err == nil {
			count, err = notes(message)
		}
		if err != nil {
			r.received.fail(err)
			return
		}
		r.add(count)
	}
}
