// Plain TCP fan-out: whatever one connection sends goes to all connections, after a first byte that
// says that it receives. It has no framing, no acknowledgements and no memory of what it sent, so it
// is the limit of the machine for the same bytes.
package main

import (
	"fmt"
	"log"
	"net"
	"sync"
)

// queue is the number of chunks that wait for a slow connection before it holds back the author.
const queue = 1024

type hub struct {
	mu    sync.RWMutex
	conns map[chan []byte]bool
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	h := &hub{conns: map[chan []byte]bool{}}
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		out := make(chan []byte, queue)
		out <- []byte{0}
		h.mu.Lock()
		h.conns[out] = true
		h.mu.Unlock()
		go write(conn, out)
		go h.read(conn, out)
	}
}

// write sends everything that waits in one system call.
func write(conn net.Conn, out <-chan []byte) {
	for chunk := range out {
		chunks := net.Buffers{chunk}
		for waiting := len(out); waiting > 0; waiting-- {
			chunks = append(chunks, <-out)
		}
		if _, err := chunks.WriteTo(conn); err != nil {
			break
		}
	}
	conn.Close()
	for range out { // Until the reader of this connection has closed it.
	}
}

func (h *hub) read(conn net.Conn, out chan []byte) {
	for {
		chunk := make([]byte, 64<<10)
		n, err := conn.Read(chunk)
		if n > 0 {
			h.mu.RLock()
			for other := range h.conns {
				other <- chunk[:n]
			}
			h.mu.RUnlock()
		}
		if err != nil {
			break
		}
	}
	h.mu.Lock()
	delete(h.conns, out)
	h.mu.Unlock()
	close(out)
}
