package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
)

// ignoring has a PgBouncer drop what connections ask for.
const ignoring = "ignore_startup_parameters=idle_in_transaction_session_timeout,lock_timeout,synchronous_commit,tcp_keepalives_count,tcp_keepalives_idle,tcp_keepalives_interval"

// TestThroughAPoolerOfSessions holds that commits are durable behind a pooler
// that drops what a connection asks for, that who waits is told, and that
// doctor says what is in between.
func TestThroughAPoolerOfSessions(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	through := pgtest.Pooler(t, place, "pool_mode=session", ignoring)
	s := at(t, through)
	trail(t, s, "first", "second")
	checkTrail(t, s)
	var is []string
	seen := raw(t, place) // the sessions of the server itself show their settings to themselves only
	alter(t, place, `CREATE TABLE seen (setting text)`)
	alter(t, place, `CREATE FUNCTION sees() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO seen VALUES (current_setting('synchronous_commit')), (current_setting('lock_timeout')), (current_setting('idle_in_transaction_session_timeout'));
		RETURN NULL; END $$`)
	alter(t, place, `CREATE TRIGGER sees AFTER INSERT ON audit FOR EACH STATEMENT EXECUTE FUNCTION sees()`)
	trail(t, s, "third")
	rows, err := seen.QueryContext(t.Context(), `SELECT setting FROM seen`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var setting string
		if err := rows.Scan(&setting); err != nil {
			t.Fatal(err)
		}
		is = append(is, setting)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	equal(t, "settings of a write", is, []string{"on", "10s", "5s"})

	report, err := s.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pooled := false
	for _, d := range report.Doubts {
		pooled = pooled || strings.Contains(d.Finding, "pooler")
	}
	if !pooled {
		t.Errorf("got %+v, want a doubt about the pooler", report.Doubts)
	}
	ctx, cancel := context.WithCancel(t.Context())
	heard, ended := make(chan struct{}), make(chan error)
	go func() { ended <- s.Audit().(audit.Listener).Listen(ctx, func(audit.News) { heard <- struct{}{} }) }()
	<-heard
	trail(t, at(t, place), "fourth")
	<-heard
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of who listens", err)
	}
}

// TestThroughAPoolerOfTransactions holds that a pooler which keeps no
// connection for a client is refused with the reason, at the first use and in
// doctor, and so is one that takes no settings.
func TestThroughAPoolerOfTransactions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		settings []string
		words    string
	}{
		{"by transaction", []string{"pool_mode=transaction", ignoring}, "by transaction"},
		{"by turns", []string{"pool_mode=transaction", ignoring, "server_round_robin=1", "min_pool_size=4"}, "by transaction"},
		{"by statement", []string{"pool_mode=statement", ignoring}, "statement"},
		{"no settings", []string{"pool_mode=session"}, "takes no settings"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			place := pgtest.Database(t)
			trail(t, at(t, place), "first")
			s := at(t, pgtest.Pooler(t, place, tt.settings...))
			_, checked := s.Check(t.Context())
			written := s.Orders().Write(t.Context(), func(order.Tx) error { return nil })
			_, read := s.Audit().Head(t.Context())
			listened := s.Audit().(audit.Listener).Listen(t.Context(), func(audit.News) {})
			for what, err := range map[string]error{"check": checked, "write": written, "read": read, "listen": listened} {
				f, ok := fault.As(err)
				if !ok || f.Code != fault.Unavailable || !strings.Contains(f.Message, tt.words) || !strings.Contains(f.Hint, "server itself") {
					t.Errorf("%s: got %v, want that it is %q", what, err, tt.words)
				}
			}
		})
	}
}

// TestWithoutAPoolerThereIsNoDoubt holds that a server itself is no pooler.
func TestWithoutAPoolerThereIsNoDoubt(t *testing.T) {
	t.Parallel()
	report, err := at(t, pgtest.Database(t)).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Doubts {
		if strings.Contains(d.Finding, "pooler") {
			t.Errorf("got %+v", d)
		}
	}
}

// TestThroughACrowdedPooler holds that with as many connections as a command
// uses at a time everything is done through a pooler, and that with fewer each
// use ends soon and says what is missing.
func TestThroughACrowdedPooler(t *testing.T) {
	t.Parallel()
	const soon = "&connect_timeout=1"
	ordering := func(t *testing.T, s *store.Store) map[string]error {
		t.Helper()
		_, checked := s.Check(t.Context())
		written := s.Orders().Write(t.Context(), func(order.Tx) error { return nil })
		_, read := s.Audit().Head(t.Context())
		return map[string]error{"check": checked, "write": written, "read": read}
	}
	crowded := func(t *testing.T, what string, err error) {
		t.Helper()
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Unavailable || !strings.Contains(f.Message, "a pooler") || !strings.Contains(f.Hint, "needs 3 connections") {
			t.Errorf("%s: got %v, want that a pooler has no connection left, and how many are needed", what, err)
		}
	}
	t.Run("one connection", func(t *testing.T) {
		t.Parallel()
		place := pgtest.Database(t)
		trail(t, at(t, place), "first")
		for what, err := range ordering(t, at(t, pgtest.Pooler(t, place, "pool_mode=session", ignoring, "default_pool_size=1")+soon)) {
			crowded(t, what, err)
		}
	})
	t.Run("two connections", func(t *testing.T) {
		t.Parallel()
		s := at(t, pgtest.Pooler(t, pgtest.Database(t), "pool_mode=session", ignoring, "default_pool_size=2")+soon)
		trail(t, s, "first") // the tables are made on the way
		checkTrail(t, s)
		crowded(t, "listen", s.Audit().(audit.Listener).Listen(t.Context(), func(audit.News) {}))
		crowded(t, "another didops", at(t, pgtest.Pooler(t, pgtest.Database(t), "pool_mode=session", ignoring, "max_db_connections=1")+soon).Prepare(t.Context()))
	})
	t.Run("all in use", func(t *testing.T) {
		t.Parallel()
		place := pgtest.Database(t)
		trail(t, at(t, place), "first")
		through := pgtest.Pooler(t, place, "pool_mode=session", ignoring, "default_pool_size=2", "query_wait_timeout=1")
		holder := raw(t, through)
		for range 2 {
			c, err := holder.Conn(t.Context())
			if err == nil {
				err = c.PingContext(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for what, err := range ordering(t, at(t, through+"&connect_timeout=20")) {
			crowded(t, what, err)
		}
	})
}
