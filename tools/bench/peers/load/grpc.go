package main

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// raw passes on messages as bytes.
type raw struct{}

func (raw) Name() string                    { return "proto" }
func (raw) Marshal(v any) ([]byte, error)   { return *v.(*[]byte), nil }
func (raw) Unmarshal(b []byte, v any) error { *v.(*[]byte) = append([]byte(nil), b...); return nil }

// grpcPeer is grpc_fanout.
type grpcPeer struct{}

func (grpcPeer) read(address, _ string, size int, r *reader) error {
	in, err := openStream(address, "/bench.Fanout/Read", nil, true)
	if err != nil {
		return err
	}
	if _, err := in.message(); err != nil { // It reads from here on.
		return err
	}
	go r.count(in, messageHead+len(appendText(nil, 1, text(0, size))))
	return nil
}

// messageHead is the length of what gRPC puts before each message.
const messageHead = 5

func (grpcPeer) write(o options) (*author, error) {
	stream, err := callStream(o.address, "/bench.Fanout/Post")
	if err != nil {
		return nil, err
	}
	answered := newCounter()
	go func() {
		for {
			var ack []byte
			if err := stream.RecvMsg(&ack); err != nil {
				answered.fail(err)
				return
			}
			answered.add(1)
		}
	}()
	return &author{answered: answered, send: func(first, count int) error {
		for i := range count {
			note := appendText(nil, 1, text(first+i, o.bytes))
			if err := stream.SendMsg(&note); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

func dialGrpc(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{}), grpc.MaxCallRecvMsgSize(64<<20)))
}

// callStream opens a call that this load writes to.
func callStream(address, method string) (grpc.ClientStream, error) {
	conn, err := dialGrpc(address)
	if err != nil {
		return nil, err
	}
	return conn.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
}
