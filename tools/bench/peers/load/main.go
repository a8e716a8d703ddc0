// The load on the servers that the benchmark compares. Each command prints one line of JSON.
//
//	load fanout   one author and many readers: deliveries per second
//	load latency  notes by a fixed schedule: percentiles of the times to their deliveries
//	load posts    authors at a store: acknowledged posts per second
//	load idle     idle sessions, kept until the input ends
//	load start    runs the command after the flags: its time and its processor time
//
// The load is written to cost less than what it measures. Author and readers use connections of
// their own, and readers decode as little as they can: the notes of a run all have the same length,
// so most readers count bytes.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

// options are the flags of all commands. Each command uses some of them.
type options struct {
	peer, address  string
	readers, bytes int
	authors, rate  int
	time           time.Duration
	server         int
}

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("load: a command is missing"))
	}
	var o options
	flags := flag.NewFlagSet("load "+os.Args[1], flag.ExitOnError)
	flags.StringVar(&o.peer, "peer", "", "the kind of server")
	flags.StringVar(&o.address, "address", "", "its address")
	flags.IntVar(&o.readers, "readers", 1, "readers, or idle sessions")
	flags.IntVar(&o.bytes, "bytes", 64, "length of the texts, at least 12")
	flags.IntVar(&o.authors, "authors", 1, "authors of posts")
	flags.IntVar(&o.rate, "rate", 0, "notes per second; 0 posts each when the one before has arrived")
	flags.DurationVar(&o.time, "time", time.Second, "length of the run, and of the warm-up before it")
	flags.IntVar(&o.server, "server", 0, "process id of the server, to measure its processor time")
	flags.Parse(os.Args[2:])

	var result any
	var err error
	switch command := os.Args[1]; command {
	case "fanout":
		result, err = fanout(o)
	case "latency":
		result, err = latency(o)
	case "posts":
		result, err = posts(o)
	case "idle":
		err = idle(o)
	case "start":
		result, err = start(flags.Args())
	default:
		err = fmt.Errorf("load: there is no command %q", command)
	}
	if err != nil {
		fail(err)
	}
	if result != nil {
		report(result)
	}
}

func report(result any) {
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
