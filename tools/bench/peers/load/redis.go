package main

import "fmt"

// redisStore adds notes to a Redis stream, pipelined.
type redisStore struct{}

func (redisStore) author(_ string, o options) (*author, error) {
	conn, in, err := dial(o.address)
	if err != nil {
		return nil, err
	}
	answered := newCounter()
	go func() {
		for {
			line, err := in.ReadSlice('\n')
			if err == nil && line[0] == '-' {
				err = fmt.Errorf("Redis: %s", line)
			}
			if err != nil {
				answered.fail(err)
				return
			}
			if line[0] == '$' { // The length of the id, which the next line has.
				answered.add(1)
			}
		}
	}()
	return &author{answered: answered, send: func(first, count int) error {
		out := []byte{}
		for i := range count {
			words := []string{"XADD", "bench", "*", "message", text(first+i, o.bytes)}
			out = fmt.Appendf(out, "*%d\r\n", len(words))
			for _, word := range words {
				out = fmt.Appendf(out, "$%d\r\n%s\r\n", len(word), word)
			}
		}
		_, err := conn.Write(out)
		return err
	}}, nil
}
