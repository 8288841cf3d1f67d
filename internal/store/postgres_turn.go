package store

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// beginWrite begins a transaction each statement of which sees what was committed
	// before, whatever the database is set to.
	beginWrite = `BEGIN ISOLATION LEVEL READ COMMITTED`
	// beginRead begins one that sees one state.
	beginRead = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`

	// waitTurn has a transaction wait until no other writes. What it returns was the
	// time before it waited.
	waitTurn = `SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint, pg_advisory_xact_lock($1)`
)

// talk is what a transaction has to say to the server as it begins, and as it is
// committed. Either is one way there and back.
type talk struct {
	asks  []question // to be answered as it begins
	last  []change   // before the commit
	clock func() time.Time

	// What it is told as it begins.
	learnt  learnt
	answers []answer
}

// question is a query, and answer what it found.
type (
	question struct {
		query string
		args  []any
	}
	answer struct {
		question
		rows [][]any
	}
)

// learnt is what a transaction that writes learns as it begins.
type learnt struct {
	mark          string
	before, after time.Time // between which it was told that
	asked, us     int64     // the time there before it waited for its turn, and after
	version       int64
	key           string
	last          entry
}

// talkKey is the key of the talk of a transaction in the context that it begins with:
// [database/sql] hands on nothing else.
type talkKey struct{}

func (k *talk) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, talkKey{}, k)
}

// talkative opens connections whose transactions say at once what they have to say.
// Each of those that write waits for its turn to be the only one.
type talkative struct {
	driver.Connector
	writes bool
}

// Connect implements [driver.Connector].
func (t talkative) Connect(ctx context.Context) (driver.Conn, error) {
	to, err := t.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c, ok := to.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("the driver's %T is not what is expected of it", to)
	}
	return talking{c, t.writes}, nil
}

// talking is such a connection.
type talking struct {
	*stdlib.Conn
	writes bool
}

// BeginTx implements [driver.ConnBeginTx].
func (c talking) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	k, _ := ctx.Value(talkKey{}).(*talk)
	switch {
	case !c.writes && (k == nil || len(k.asks) == 0):
		return c.Conn.BeginTx(ctx, options)
	case k == nil:
		k = &talk{clock: func() time.Time { return time.Time{} }} // whose clock is not asked for
	}
	t, err := c.begin(ctx, k, k.asks)
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok && len(k.asks) > 0 && (strings.HasPrefix(answer.Code, "42") || answer.Code == "0A000") {
		t, err = c.begin(ctx, k, nil) // the tables are others: what that means is told by who looks at their version
	}
	if err != nil {
		return nil, err
	}
	return talked{ctx, t, k}, nil
}

// begin begins a transaction, in which the questions are asked, on one way to the
// server and back. After an error there is none.
func (c talking) begin(ctx context.Context, k *talk, asks []question) (pgx.Tx, error) {
	k.learnt, k.answers = learnt{mark: rand.Text(), before: k.clock()}, nil
	conn := c.Conn.Conn()
	b := &pgx.Batch{}
	if c.writes {
		b.BeginTx(pgx.TxOptions{BeginQuery: beginWrite})
		b.Queue(waitTurn, int64(turnLock))
		b.Queue(beginQuery, k.learnt.mark)
	} else {
		b.BeginTx(pgx.TxOptions{BeginQuery: beginRead})
	}
	for _, q := range asks {
		b.Queue(q.query, q.args...)
	}
	results := conn.SendBatch(ctx, b)
	err := k.hear(results, c.writes, asks)
	if closed := results.Close(); err == nil {
		err = closed
	}
	k.learnt.after = k.clock()
	if err == nil {
		return results.Tx(), nil
	}
	if !conn.IsClosed() && conn.PgConn().TxStatus() != 'I' { // it has begun, and got no turn, or no answer
		_ = results.Tx().Rollback(context.WithoutCancel(ctx))
	}
	return nil, err
}

// hear takes the answers to what a transaction begins with.
func (k *talk) hear(results pgx.BatchResults, writes bool, asks []question) error {
	if _, err := results.Exec(); err != nil {
		return err
	}
	if writes {
		l := &k.learnt
		if err := results.QueryRow().Scan(&l.asked, nil); err != nil {
			return err
		}
		if err := results.QueryRow().Scan(&l.version, &l.us, &l.key, &l.last.seq, &l.last.hash); err != nil {
			return err
		}
	}
	for _, q := range asks {
		rows, err := results.Query()
		if err != nil {
			return err
		}
		a := answer{question: q}
		for rows.Next() {
			row, err := rows.Values()
			if err != nil {
				return err
			}
			a.rows = append(a.rows, row)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		k.answers = append(k.answers, a)
	}
	return nil
}

// talked is a [driver.Tx] that has begun so.
type talked struct {
	ctx context.Context //nolint:containedctx // [driver.Tx] is given none
	t   pgx.Tx
	k   *talk
}

// Rollback implements [driver.Tx].
func (t talked) Rollback() error { return t.t.Rollback(t.ctx) }

// lastError is the refusal of a statement that was sent together with the commit, of
// which nothing counts then.
type lastError struct {
	change
	cause error
}

func (e *lastError) Error() string { return e.cause.Error() }
func (e *lastError) Unwrap() error { return e.cause }

// Commit implements [driver.Tx]. What is left to be said goes with it.
func (t talked) Commit() error {
	if len(t.k.last) == 0 {
		return t.t.Commit(t.ctx)
	}
	conn := t.t.Conn()
	b := &pgx.Batch{}
	for _, s := range t.k.last {
		b.Queue(s.query, s.args...)
	}
	b.Queue("COMMIT")
	results := conn.SendBatch(t.ctx, b)
	err := t.hear(results)
	if closed := results.Close(); err == nil {
		err = closed
	}
	if err == nil || conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return err
	}
	if _, refused := errors.AsType[*lastError](err); !refused {
		_ = conn.Close(t.ctx) // as after any other commit that fails
		return err
	}
	_ = t.t.Rollback(context.WithoutCancel(t.ctx))
	return err
}

// hear takes the answers to the last statements, and to the commit.
func (t talked) hear(results pgx.BatchResults) error {
	for _, s := range t.k.last {
		_, err := results.Exec()
		if answer, ok := errors.AsType[*pgconn.PgError](err); ok && answer.SeverityUnlocalized == "ERROR" {
			return &lastError{s, err}
		}
		if err != nil {
			return err
		}
	}
	tag, err := results.Exec()
	if err == nil && tag.String() == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback
	}
	return err
}
