package main

import "time"

// window is the number of notes of an author that may be unanswered: 1,024, or 128 if the notes are
// long or the server is slow for each note. 1,024 notes of 9 KB for 1,000 readers are 9 GB, which
// some servers would have to keep in memory.
func (o options) window() int {
	switch {
	case o.bytes > 1024, slow[o.peer]:
		return 128
	default:
		return 1024
	}
}

// slow has the kinds of load for which a server does something expensive with each note: a message
// of its own to each reader, or a sync of the disk.
var slow = map[string]bool{"chat-original": true, "python": true, "jetstream": true, "postgresql": true}

// burst is the number of notes that an author sends at once.
func (o options) burst() int { return o.window() / 4 }

// fanout has one author post as fast as the answers allow, and waits until every reader has every
// note.
func fanout(o options) (any, error) {
	room, err := join(o)
	if err != nil {
		return nil, err
	}
	warm, err := room.fill(0, o)
	if err != nil {
		return nil, err
	}
	meter := startMeter(o.server)
	end, err := room.fill(warm, o)
	if err != nil {
		return nil, err
	}
	return meter.rates((end - warm) * o.readers), nil
}

// fill posts the notes from number first on until the time is over, waits until every reader has
// them, and returns the number after the last one. Readers may lag behind by a window, too: the
// answers of some servers do not wait for their readers.
func (r *room) fill(first int, o options) (int, error) {
	end, err := r.author.postFor(first, o, r.have)
	if err != nil {
		return 0, err
	}
	return end, r.have(end)
}

// postFor posts the notes from number first on as fast as the answers allow, until the time is over
// and all are answered. It returns the number after the last one. Before each burst it calls have
// with the number of notes that must have arrived.
func (a *author) postFor(first int, o options, have func(end int) error) (int, error) {
	count := o.burst()
	next := first
	for deadline := time.Now().Add(o.time); time.Now().Before(deadline); next += count {
		if err := a.answered.wait(next + count - o.window()); err != nil {
			return 0, err
		}
		if err := have(next + count - o.window()); err != nil {
			return 0, err
		}
		if err := a.send(next, count); err != nil {
			return 0, err
		}
	}
	return next, a.answered.wait(next)
}
