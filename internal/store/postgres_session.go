package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// directly is the hint of whatever a pooler is in the way of.
const directly = "Connect to the server itself; or let the pooler keep a connection for each client (in PgBouncer pool_mode = session)."

// needed are the settings of a session without which a commit may be lost or a
// process that hangs keeps others from writing, as the server shows them.
func needed() []string {
	return []string{"synchronous_commit", "idle_in_transaction_session_timeout", "lock_timeout"}
}

// settle makes sure that a new connection has the settings that it asked for.
// A pooler in between may have dropped them; it gives out keys of its own to
// cancel queries by, and so the process at the other end is not the one that
// was named. One that gets no connection of the server lets us in all the same
// and answers nothing: that is waited for no longer than to be let in. A
// connection that can't be used is closed.
func (p *postgres) settle(ctx context.Context, conn *pgx.Conn) error {
	within, cancel := context.WithTimeout(ctx, p.config.ConnectTimeout)
	defer cancel()
	err := p.set(within, conn)
	if err == nil {
		return nil
	}
	if ctx.Err() == nil && (within.Err() != nil || queued(err)) {
		err = p.crowded(err)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(closing)
	return err
}

// queued reports whether a pooler gave up to wait for a connection of the
// server, as PgBouncer does after its query_wait_timeout.
func queued(err error) bool { return strings.Contains(err.Error(), "query_wait_timeout") }

// crowded is the fault of a pooler that has no connection left.
func (p *postgres) crowded(err error) error {
	return p.later("lets us in and answers nothing: a pooler in between has no connection to the server left for us",
		fmt.Sprintf("A didops needs %d connections, and uses up to %d: raise how many the pooler keeps (in PgBouncer default_pool_size, for all didops "+
			"of the user together), end what holds them, or connect to the server itself.", leastConnections, postgresReaders+2), err)
}

func (p *postgres) set(ctx context.Context, conn *pgx.Conn) error {
	lacks, pid, err := p.settings(ctx, conn)
	if err != nil {
		return err
	}
	if pid != conn.PgConn().PID() || lacks != "" {
		p.pooled.Store(true)
	}
	if lacks == "" {
		return nil
	}
	for _, name := range needed() {
		if _, err := conn.Exec(ctx, `SELECT set_config($1, $2, false)`, pgx.QueryExecModeSimpleProtocol, name, session()[name]); err != nil {
			return err
		}
	}
	if lacks, _, err = p.settings(ctx, conn); err == nil && lacks != "" {
		err = p.faulty("does not keep the settings of a connection ("+lacks+"), so what it says is kept may be lost", directly, nil)
	}
	return err
}

// settings reads the settings back, and returns the first that is not as it
// was asked for, and the process that serves the connection.
func (p *postgres) settings(ctx context.Context, conn *pgx.Conn) (lacks string, pid uint32, err error) {
	const query = `SELECT pg_backend_pid(), current_setting($1), current_setting($2), current_setting($3)`
	is := make([]string, len(needed()))
	err = conn.QueryRow(ctx, query, pgx.QueryExecModeSimpleProtocol, needed()[0], needed()[1], needed()[2]).Scan(&pid, &is[0], &is[1], &is[2])
	if err != nil {
		return "", 0, err
	}
	for i, name := range needed() {
		if is[i] != session()[name] {
			return fmt.Sprintf("%s = %s", name, is[i]), pid, nil
		}
	}
	return "", pid, nil
}

// reached connects, and refuses what is reached by a way that can't be relied
// on.
func (p *postgres) reached(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	if p.pooled.Load() {
		err = conn.Raw(func(driver any) error { return p.whole(ctx, driver.(talking).Conn.Conn()) })
	}
	return errors.Join(err, conn.Close())
}

// whole refuses a pooler that gives each transaction to a connection of its
// choice: locks, prepared statements and notifications would be anybody's. It
// is known by what one connection sets and another reads, or the first does
// not find again. The first is given, and the other is had for a moment only:
// each is one of a few that the pooler may have.
func (p *postgres) whole(ctx context.Context, first *pgx.Conn) error {
	second, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		return err
	}
	if err := p.settle(ctx, second); err != nil {
		return err
	}
	defer func() { _ = second.Close(context.WithoutCancel(ctx)) }()
	mark := rand.Text()
	if _, err := first.Exec(ctx, `SELECT set_config('didops.mark', $1, false)`, pgx.QueryExecModeSimpleProtocol, mark); err != nil {
		return err
	}
	for range 4 {
		for conn, want := range map[*pgx.Conn]bool{first: true, second: false} {
			var found string
			err := conn.QueryRow(ctx, `SELECT COALESCE(current_setting('didops.mark', true), '')`, pgx.QueryExecModeSimpleProtocol).Scan(&found)
			if err != nil {
				return err
			}
			if (found == mark) != want {
				return p.byTransaction(nil)
			}
		}
	}
	return nil
}

// byTransaction is the fault of a pooler that keeps no connection for us.
func (p *postgres) byTransaction(err error) error {
	return p.faulty("is reached through a pooler that hands out its connections by transaction or statement", directly, err)
}

// betweenUs is the fault of an error that a pooler causes; nil for another. A
// prepared statement that is not there, or there already, is one of another
// connection.
func (p *postgres) betweenUs(code string, err error) error {
	switch {
	case code == "26000", code == "42P05":
		return p.byTransaction(err)
	case strings.HasPrefix(code, "08") && strings.Contains(err.Error(), "startup parameter"):
		return p.faulty("is reached through a pooler that takes no settings of a connection", directly+
			" PgBouncer then also needs ignore_startup_parameters = "+strings.Join(slices.Sorted(maps.Keys(session())), ", ")+".", err)
	}
	return nil
}
