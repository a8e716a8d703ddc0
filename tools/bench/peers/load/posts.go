package main

import "fmt"

// A store keeps notes on disk before it answers.
type store interface {
	// author connects as an author.
	author(name string, o options) (*author, error)
}

var stores = map[string]store{
	"chat":               chatStore{},
	"chat-one":           chatStore{onePost: true},
	"jetstream":          jetStreamStore{},
	"jetstream-batched":  jetStreamStore{isBatched: true},
	"redis":              redisStore{},
	"postgresql":         postgresStore{},
	"postgresql-batched": postgresStore{isBatched: true},
}

// posts has several authors store notes at the same time, as fast as the answers allow.
func posts(o options) (any, error) {
	store, ok := stores[o.peer]
	if !ok {
		return nil, fmt.Errorf("load: there is no store %q", o.peer)
	}
	authors := make([]*author, o.authors)
	for i := range authors {
		author, err := store.author(fmt.Sprintf("author%d", i), o)
		if err != nil {
			return nil, err
		}
		authors[i] = author
	}
	next := make([]int, o.authors)                    // The number of each author's next note.
	if _, err := post(authors, next, o); err != nil { // Warms up.
		return nil, err
	}
	meter := startMeter(o.server)
	count, err := post(authors, next, o)
	if err != nil {
		return nil, err
	}
	return meter.rates(count), nil
}

// post has the authors post until the time is over and all is answered. It advances the number of
// each author's next note, and returns how many were posted.
func post(authors []*author, next []int, o options) (int, error) {
	counts, failed := make(chan int), make(chan error)
	for i, author := range authors {
		go func() {
			end, err := author.postFor(next[i], o, func(int) error { return nil })
			if err != nil {
				failed <- err
				return
			}
			count := end - next[i]
			next[i] = end
			counts <- count
		}()
	}
	sum := 0
	for range authors {
		select {
		case count := <-counts:
			sum += count
		case err := <-failed:
			return 0, err
		}
	}
	return sum, nil
}

// chatStore is a session of this chat that posts a burst in one frame, or each note in a frame of
// its own.
type chatStore struct{ onePost bool }

func (s chatStore) author(name string, o options) (*author, error) {
	posts := o.burst()
	if s.onePost {
		posts = 1
	}
	return chatAuthor(o.address, name, posts, o.bytes)
}
