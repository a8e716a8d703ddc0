package main

import (
	"slices"
	"time"
)

// latency has one author post notes by a schedule that is fixed beforehand, and reports the times
// from when each was due to its deliveries, in milliseconds: a note that is posted late counts as
// late. With a rate of 0, each note is posted once the one before it has reached every reader, and
// is due then.
func latency(o options) (any, error) {
	room, err := join(o)
	if err != nil {
		return nil, err
	}
	var due []time.Time
	took := make([][]float64, o.readers)
	for i, reader := range room.readers {
		reader.arrived = func(first, end int) {
			now := time.Now()
			for note := first; note < end; note++ {
				took[i] = append(took[i], now.Sub(due[note]).Seconds()*1e3)
			}
		}
	}
	if o.rate > 0 {
		start := time.Now()
		for at := time.Duration(0); at < 2*o.time; at += time.Second / time.Duration(o.rate) {
			due = append(due, start.Add(at))
		}
	} else {
		due = make([]time.Time, maxTurns)
	}
	begin := time.Now()
	warm, end := 0, 0
	var meter meter
	for ; end < len(due) && time.Since(begin) < 2*o.time; end++ {
		if warm == 0 && time.Since(begin) >= o.time {
			warm, meter = end, startMeter(o.server)
		}
		if o.rate > 0 {
			time.Sleep(time.Until(due[end]))
		} else {
			if err := room.have(end); err != nil {
				return nil, err
			}
			due[end] = time.Now()
		}
		if err := room.author.send(end, 1); err != nil {
			return nil, err
		}
	}
	if err := room.have(end); err != nil {
		return nil, err
	}
	_, cores := meter.stop()
	all := []float64{}
	for _, times := range took {
		all = append(all, times[warm:end]...)
	}
	slices.Sort(all)
	at := func(share float64) float64 { return all[int(share*float64(len(all)-1))] }
	return map[string]any{
		"p50": at(0.5), "p99": at(0.99), "p999": at(0.999), "notes": end - warm, "cores": cores,
	}, nil
}

// maxTurns bounds the number of notes at a rate of 0.
const maxTurns = 1 << 20
