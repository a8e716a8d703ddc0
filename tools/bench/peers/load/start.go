package main

import (
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// start runs a command to its end, and reports the time that passed, and the processor time of the
// command and of its children, in milliseconds.
func start(command []string) (any, error) {
	if len(command) == 0 {
		return nil, fmt.Errorf("load: the command to start is missing")
	}
	before, begin := ownSeconds(syscall.RUSAGE_CHILDREN), time.Now()
	output, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("load: %q: %w: %s", command, err, output)
	}
	return map[string]any{
		"ms":    time.Since(begin).Seconds() * 1e3,
		"cpuMs": (ownSeconds(syscall.RUSAGE_CHILDREN) - before) * 1e3,
	}, nil
}
