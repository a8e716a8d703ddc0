// Fan-out in grpc-go as a first version of a chat would have it: a channel for each subscriber, and
// one Send for each note. A note is a StringValue, so that no code has to be generated.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// queue is the number of notes that wait for a slow subscriber before it holds back the author.
const queue = 1024

type hub struct {
	mu      sync.RWMutex
	readers map[chan *wrapperspb.StringValue]bool
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	h := &hub{readers: map[chan *wrapperspb.StringValue]bool{}}
	s := grpc.NewServer()
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: "bench.Fanout",
		Streams: []grpc.StreamDesc{
			{StreamName: "Post", Handler: h.post, ServerStreams: true, ClientStreams: true},
			{StreamName: "Read", Handler: h.read, ServerStreams: true},
		},
	}, nil)
	log.Fatal(s.Serve(listener))
}

// post passes on the notes that arrive, and answers each.
func (h *hub) post(_ any, stream grpc.ServerStream) error {
	for {
		note := &wrapperspb.StringValue{}
		if err := stream.RecvMsg(note); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		h.mu.RLock()
		for reader := range h.readers {
			reader <- note
		}
		h.mu.RUnlock()
		if err := stream.SendMsg(&emptypb.Empty{}); err != nil {
			return err
		}
	}
}

// read sends the notes that are posted from now on, after an empty one that says so.
func (h *hub) read(_ any, stream grpc.ServerStream) error {
	if err := stream.RecvMsg(&emptypb.Empty{}); err != nil {
		return err
	}
	notes := make(chan *wrapperspb.StringValue, queue)
	h.mu.Lock()
	h.readers[notes] = true
	h.mu.Unlock()
	defer func() {
		go func() { // Lets an author that waits for this reader go on.
			for range notes {
			}
		}()
		h.mu.Lock()
		delete(h.readers, notes)
		h.mu.Unlock()
		close(notes)
	}()
	if err := stream.SendMsg(&wrapperspb.StringValue{}); err != nil {
		return err
	}
	for {
		select {
		case note := <-notes:
			if err := stream.SendMsg(note); err != nil {
				return err
			}
		case <-stream.Context().Done():
			return nil
		}
	}
}
