package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// ticks is the fraction of a second in which /proc counts processor time.
const ticks = 100

// A meter measures the time and the processor time of a run.
type meter struct {
	server       int
	start        time.Time
	serverBefore float64
	loadBefore   float64
}

// usage is the processor time of a run, as shares of a core.
type usage struct {
	Server float64 `json:"server"`
	Load   float64 `json:"load"`
}

// startMeter begins to measure this process, and the server with a process id, unless that is 0.
func startMeter(server int) meter {
	return meter{server, time.Now(), processSeconds(server), ownSeconds(syscall.RUSAGE_SELF)}
}

// rates reports how often something happened since the start: per second, and per second of the
// server's processor time, which depends less on what else the machine does.
func (m meter) rates(count int) map[string]any {
	seconds, cores := m.stop()
	rate := float64(count) / seconds
	result := map[string]any{"perSecond": rate, "cores": cores}
	if cores.Server > 0 {
		result["perCoreSecond"] = rate / cores.Server
	}
	return result
}

// stop returns the seconds since the start, and what was used of the cores.
func (m meter) stop() (float64, usage) {
	seconds := time.Since(m.start).Seconds()
	return seconds, usage{
		Server: (processSeconds(m.server) - m.serverBefore) / seconds,
		Load:   (ownSeconds(syscall.RUSAGE_SELF) - m.loadBefore) / seconds,
	}
}

// ownSeconds is the processor time of this process, or of its children that have ended.
func ownSeconds(who int) float64 {
	var use syscall.Rusage
	if err := syscall.Getrusage(who, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()).Seconds()
}

// processSeconds is the processor time of a process and of its children: PostgreSQL has one for
// each connection. It is 0 for a process that does not exist.
func processSeconds(pid int) float64 {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The name, which may contain anything, ends with the last parenthesis.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	seconds := 0.0
	for _, field := range fields[11:15] { // utime, stime, and those of children that have ended
		var count float64
		fmt.Sscan(field, &count)
		seconds += count / ticks
	}
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, child := range strings.Fields(string(children)) {
		var id int
		fmt.Sscan(child, &id)
		seconds += processSeconds(id)
	}
	return seconds
}
