package main

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// postgresStore inserts each note in a transaction of its own, or a burst in one. Either way an
// author waits for the answer before it goes on.
type postgresStore struct{ isBatched bool }

func (s postgresStore) author(_ string, o options) (*author, error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, "postgres://postgres@"+o.address+"/postgres?sslmode=disable")
	if err != nil {
		return nil, err
	}
	const create = "CREATE TABLE IF NOT EXISTS notes (seq bigserial PRIMARY KEY, message text NOT NULL)"
	// Two connections that create it at the same time may collide, and it is there afterwards.
	if _, err := conn.Exec(ctx, create); err != nil && !strings.Contains(err.Error(), "23505") {
		return nil, err
	}
	batch := 1
	if s.isBatched {
		batch = o.burst()
	}
	answered := newCounter()
	return &author{answered: answered, send: func(first, count int) error {
		for next := first; next < first+count; next += batch {
			messages := make([]string, batch)
			for i := range messages {
				messages[i] = text(next+i, o.bytes)
			}
			const insert = "INSERT INTO notes (message) SELECT unnest($1::text[])"
			if _, err := conn.Exec(ctx, insert, messages); err != nil {
				return err
			}
			answered.add(batch)
		}
		return nil
	}}, nil
}
