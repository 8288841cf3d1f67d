package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"didops/internal/fault"
)

const (
	takeTurn = `SELECT pg_advisory_xact_lock($1)`

	// beginQuery leaves a mark by which the transaction is known once it is
	// committed. It sees what was committed before the turn came, for every
	// statement sees the latest state.
	beginQuery = `INSERT INTO commits (mark, at_us) VALUES ($1, (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint)
	RETURNING (SELECT COALESCE(MAX(version_id), 0) FROM ` + versions + `), at_us, (` + selectKey + `),
	COALESCE((SELECT seq FROM audit ORDER BY seq DESC LIMIT 1), 0), COALESCE((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '')`

	markQuery = `SELECT EXISTS (SELECT 1 FROM commits WHERE mark = $1)`

	// forgetMarks drops those that nobody asks for any more. It is left out of most
	// transactions: whoever has the turn keeps everybody else from writing.
	forgetMarks = `DELETE FROM commits WHERE at_us < $1`
	keepMarks   = time.Hour
	forgetEvery = time.Minute

	// askWithin is how long a commit without an answer is asked for. The server
	// ends the transaction of a process that it hears nothing of before that.
	askWithin = 20 * time.Second
	askEvery  = 500 * time.Millisecond
)

// begin implements engine. The transaction is the only one that writes (see
// [talkative]); its mark is returned. The clock is compared on the way.
func (p *postgres) begin(_ context.Context, t *tx) (string, error) {
	l := t.talk.learnt
	if l.version != version {
		return "", tooNew(p.place, l.version)
	}
	if l.key != *p.key.Load() { // the database was made anew since it was opened
		return "", p.vanished(errReplaced)
	}
	t.joins, t.last, t.kept = true, &l.last, map[string]int64{}
	var err error
	if t.key, err = keyIn(l.key); err != nil {
		return "", err
	}
	return l.mark, p.apart(l.before, l.after, moment(l.asked), moment(l.us))
}

// apart returns the fault of a clock that is too far from that of the
// database, which was read twice between two moments.
func (p *postgres) apart(before, after, first, last time.Time) error {
	ahead := before.Sub(first)
	behind := last.Sub(after)
	if ahead <= p.skew && behind <= p.skew {
		return nil
	}
	text := ahead.Round(time.Second).String() + " ahead of"
	if behind > ahead {
		text = behind.Round(time.Second).String() + " behind"
	}
	return fault.New(fault.Unavailable, "the clock of this machine is %s that of the server of the orders (%s), so nothing is written", text, p.place).
		WithHint("Set both clocks (NTP): deadlines of orders are times, and every process must mean the same by them.")
}

// commit implements engine. A commit whose answer did not come is asked for,
// until it is known whether it counts.
func (p *postgres) commit(ctx context.Context, open *pools, t *tx, mark string) error {
	t.talk.last = t.late
	if now := t.talk.learnt.us; now-p.forgot.Load() >= forgetEvery.Microseconds() {
		p.forgot.Store(now)
		t.talk.last = append(t.talk.last, change{what: "forget old marks", query: forgetMarks, args: []any{now - keepMarks.Microseconds()}})
	}
	err := t.sql.Commit()
	if err == nil {
		return nil
	}
	if last, ok := errors.AsType[*lastError](err); ok {
		return t.refused(last.change, last.cause)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.askWithin)
	defer cancel()
	if rolledBack(err) {
		return p.failure(ctx, "commit", err)
	}
	p.log.Warn().Err(err).Msg("the answer to a commit was lost; asking whether it counts")
	for {
		counts, asked := p.counts(ctx, open.reader, mark)
		if asked == nil && counts {
			return nil
		} else if asked == nil {
			return p.failure(ctx, "commit", err)
		}
		select {
		case <-time.After(min(askEvery, p.askWithin)):
		case <-ctx.Done():
			return fault.New(fault.UnknownOutcome, "whether it was kept is not known: %s gave no answer", p.place).
				WithHint("Look at the order before anything is done again.").WithCause(fmt.Errorf("commit: %w", errors.Join(err, asked)))
		}
	}
}

// rolledBack reports whether an error of a commit is an answer of the server,
// by which nothing of the transaction counts. The end of a session is none.
func rolledBack(err error) bool {
	var e *pgconn.PgError
	return errors.Is(err, pgx.ErrTxCommitRollback) || errors.As(err, &e) && e.SeverityUnlocalized == "ERROR"
}

// counts reports whether the transaction with that mark was committed. The
// number of a transaction would not tell: a server that crashed gives the same
// to another. It waits for its turn first, which comes when the transaction
// has ended either way.
func (p *postgres) counts(ctx context.Context, db *sql.DB, mark string) (is bool, err error) {
	t, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return false, err
	}
	defer func() { _ = t.Rollback() }()
	if _, err := t.ExecContext(ctx, takeTurn, int64(turnLock)); err != nil {
		return false, err
	}
	err = t.QueryRowContext(ctx, markQuery, mark).Scan(&is)
	return is, err
}
