// A player of calls on grpc-go: see players.ts.
//
// Usage: player HOST:PORT [CA_FILE]
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// A command of the test.
type command struct {
	ID        int
	Path      string
	Metadata  [][2]string
	Binary    map[string][]byte
	TimeoutNs int64 `json:",string"`
	Gzip      bool
	Send      []byte
	End       bool
	Cancel    bool
}

// An event for the test.
type event struct {
	ID      int     `json:"id"`
	Message *[]byte `json:"message,omitempty"`
	Code    *uint32 `json:"code,omitempty"`
	Details string  `json:"details,omitempty"`
}

// The messages are bytes, which the test makes and reads.
type rawCodec struct{}

func (rawCodec) Marshal(v any) ([]byte, error)      { return *v.(*[]byte), nil }
func (rawCodec) Unmarshal(data []byte, v any) error { *v.(*[]byte) = append([]byte{}, data...); return nil }
func (rawCodec) Name() string                       { return "proto" }

var printing sync.Mutex

func report(e event) {
	line, _ := json.Marshal(e)
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(string(line))
}

func reportEnd(id int, err error) {
	s := status.Convert(err)
	code := uint32(s.Code())
	report(event{ID: id, Code: &code, Details: s.Message()})
}

// A call that is going on.
type call struct {
	stream grpc.ClientStream
	cancel context.CancelFunc
}

func open(conn *grpc.ClientConn, c command) *call {
	ctx, cancel := context.WithCancel(context.Background())
	if c.TimeoutNs != 0 {
		ctx, _ = context.WithTimeout(ctx, time.Duration(c.TimeoutNs))
	}
	for _, field := range c.Metadata {
		ctx = metadata.AppendToOutgoingContext(ctx, field[0], field[1])
	}
	for name, value := range c.Binary {
		ctx = metadata.AppendToOutgoingContext(ctx, name, string(value))
	}
	options := []grpc.CallOption{grpc.ForceCodec(rawCodec{})}
	if c.Gzip {
		options = append(options, grpc.UseCompressor(gzip.Name))
	}
	kind := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
	stream, err := conn.NewStream(ctx, kind, c.Path, options...)
	if err != nil {
		cancel()
		reportEnd(c.ID, err)
		return nil
	}
	go func() {
		defer cancel()
		for {
			var message []byte
			err := stream.RecvMsg(&message)
			if err == io.EOF {
				err = nil
			} else if err == nil {
				report(event{ID: c.ID, Message: &message})
				continue
			}
			reportEnd(c.ID, err)
			return
		}
	}()
	return &call{stream, cancel}
}

func main() {
	security := insecure.NewCredentials()
	if len(os.Args) > 2 {
		var err error
		if security, err = credentials.NewClientTLSFromFile(os.Args[2], ""); err != nil {
			panic(err)
		}
	}
	conn, err := grpc.NewClient("passthrough:///"+os.Args[1], grpc.WithTransportCredentials(security))
	if err != nil {
		panic(err)
	}
	calls := map[int]*call{}
	for commands := json.NewDecoder(os.Stdin); ; {
		var c command
		if err := commands.Decode(&c); err == io.EOF {
			return
		} else if err != nil {
			panic(err)
		}
		if strings.HasPrefix(c.Path, "/") {
			calls[c.ID] = open(conn, c)
		}
		playing := calls[c.ID]
		if playing == nil { // It has failed already.
			continue
		}
		if c.Send != nil {
			playing.stream.SendMsg(&c.Send) // RecvMsg reports an error.
		}
		if c.End {
			playing.stream.CloseSend()
		}
		if c.Cancel {
			playing.cancel()
		}
	}
}
