package order_test

import (
	"database/sql"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
)

// TestVerifyFindsAnAlteredOrder alters orders in the store, as somebody who may
// write there can, and wants each change found.
func TestVerifyFindsAnAlteredOrder(t *testing.T) {
	t.Parallel()
	body := func(change func(*order.Record)) func(*testing.T, *sql.DB, string) {
		return func(t *testing.T, db *sql.DB, id string) { //nolint:thelper // the change itself
			var text string
			if err := db.QueryRowContext(t.Context(), `SELECT body FROM orders WHERE id = $1`, id).Scan(&text); err != nil {
				t.Fatal(err)
			}
			var r order.Record
			if err := json.Unmarshal([]byte(text), &r); err != nil { //nolint:musttag // as the store keeps it
				t.Fatal(err)
			}
			change(&r)
			b, err := json.Marshal(r) //nolint:musttag // as the store keeps it
			if err != nil {
				t.Fatal(err)
			}
			statement(t, db, `UPDATE orders SET body = $2 WHERE id = $1`, id, string(b))
		}
	}
	query := func(text string) func(*testing.T, *sql.DB, string) {
		return func(t *testing.T, db *sql.DB, id string) { t.Helper(); statement(t, db, text, id) }
	}
	for _, tt := range []struct {
		name string
		do   func(*testing.T, *sql.DB, string)
		says string // "" = it is sound
	}{
		{"nothing", body(func(*order.Record) {}), ""},
		{"its id", body(func(r *order.Record) { r.ID += "x" }), "its id was altered"},
		{"its state", body(func(r *order.Record) { r.Phase = order.PhaseRejected }), "it is rejected, and was partial"},
		{"a line", body(func(r *order.Record) {
			r.Lines[0].State, r.Lines[1].State = r.Lines[1].State, r.Lines[0].State
		}), "the line of +9711 is failed, and was done"},
		{"its approver", body(func(r *order.Record) { r.Decisions[0].By.ID = "mallory" }), "os:mallory"},
		{"an approval more", body(func(r *order.Record) { r.Decisions = append(r.Decisions, r.Decisions[0]) }), "was altered|is not what"},
		{"a decision turned round", body(func(r *order.Record) { r.Decisions[0].Approve = false }), "rejected by os:alice"},
		{"who asked", body(func(r *order.Record) { r.Requester.ID = "mallory" }), "asked for by os:mallory"},
		{"the name of who asked", body(func(r *order.Record) { r.Requester.Name = "Mallory" }), `os:alice ("Mallory"`},
		{"why it was asked for", body(func(r *order.Record) { r.Reason = "another" }), `saying "another"`},
		{"the name of its approver", body(func(r *order.Record) { r.Decisions[0].By.Name = "Mallory" }), `approved by os:alice ("Mallory"`},
		{"the program of its approver", body(func(r *order.Record) { r.Decisions[0].By.Client = "another" }), `through "another"`},
		{"when it was approved", body(func(r *order.Record) { r.Decisions[0].At = r.Decisions[0].At.Add(-time.Hour) }), "approved by os:alice"},
		{"why it was approved", body(func(r *order.Record) { r.Decisions[0].Reason = "another" }), `saying "another"`},
		{"when it was decided", body(func(r *order.Record) { r.Decided = r.Decided.Add(-time.Hour) }), "it was decided at"},
		{"when it ended", body(func(r *order.Record) { r.Finished = r.Finished.Add(-time.Hour) }), "what is shown of it"},
		{"until when it counted", body(func(r *order.Record) { r.Expires = r.Expires.Add(time.Hour) }), "what is shown of it"},
		{"the rules that it was asked under", body(func(r *order.Record) { r.Asked.Needed = 0 }), "what is shown of it"},
		{"what the exchange said", body(func(r *order.Record) { r.Lines[1].Words = "another" }), "what is shown of it"},
		{"what became of a line", body(func(r *order.Record) { r.Lines[1].Message = "another" }), "what is shown of it"},
		{"how often it was kept", body(func(r *order.Record) { r.Rev++ }), "its rev was altered"},
		{"the same beside it", query(`UPDATE orders SET rev = rev + 1 WHERE id = $1`), "its rev was altered"},
		{"its day", body(func(r *order.Record) { r.Day = "1999-12-31" }), "counts on 1999-12-31"},
		{"its kind", body(func(r *order.Record) { r.Kind = "update" }), "is not what the trail says"},
		{"how often it was sent", body(func(r *order.Record) { r.Lines[0].Tries = 0 }), "sent 0 times"},
		{"its last entry", body(func(r *order.Record) { r.Entry-- }), "is not"},
		{"its quote", body(func(r *order.Record) { r.Quote.Lines[0].Number = "9799" }), "quote"},
		{"the state it is found by", query(`UPDATE orders SET state = 'failed' WHERE id = $1`), "its state was altered"},
		{"when it is due", query(`UPDATE orders SET due_us = 9000000000000000 WHERE id = $1`), "its due_us was altered"},
		{"what counts on its day", query(`UPDATE lines SET reserved = 0 WHERE order_id = $1`), "lines, reserved"},
		{"what it cost", query(`UPDATE lines SET due = '0.00' WHERE order_id = $1`), "lines, due"},
		{"its lines", query(`DELETE FROM lines WHERE order_id = $1`), "lines, number"},
		{"all of it", func(t *testing.T, db *sql.DB, id string) { //nolint:thelper // the change itself
			statement(t, db, `DELETE FROM lines WHERE order_id = $1`, id)
			statement(t, db, `DELETE FROM orders WHERE id = $1`, id)
		}, "not in the store any more"},
		{"one that nobody asked for", func(t *testing.T, db *sql.DB, id string) { //nolint:thelper // the change itself
			statement(t, db, `INSERT INTO orders SELECT 'o-zzzzzz', rev, exchange, kind, state, requester, request_key, created_us, due_us, entry_seq, entry_hash, body, send_us, nudge_us
				FROM orders WHERE id = $1`, id)
		}, "o-zzzzzz is not in the trail"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for engine, path := range map[string]string{"sqlite": sqlitePath(t), "postgres": pgtest.Database(t)} {
				id, verify := twoLines(t, engine, path)
				db := rawStore(t, engine, path)
				tt.do(t, db, id)
				got := verify()
				if (tt.says == "") != (got == "") || !containsAny(got, tt.says) {
					t.Errorf("%s: got %q, want %q", engine, got, tt.says)
				}
			}
		})
	}
}

func containsAny(text, list string) bool {
	for s := range strings.SplitSeq(list, "|") {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// twoLines makes a store of one order with a line that was done and one that
// failed, and returns what checks it.
func twoLines(t *testing.T, engine, path string) (id string, verify func() string) {
	t.Helper()
	open := func(now clock) *store.Store {
		c := store.Config{Path: path, Now: now}
		if engine == "postgres" {
			c = store.Config{URL: path, Now: now}
		}
		s, err := store.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	w := harnessOn(t, nil, func(w *harness) stores { return open(w.now) })
	defer w.close()
	w.x.offer("9711", "9712")
	w.x.will("9712", fate{answer: refuse})
	d := w.engine("a")
	o := d.place(alice(), "purchase", "9711", "9712")
	wantStates(t, d.approve(alice(), o), "partial: done failed")
	return o.ID, func() string {
		report, err := order.Verify(t.Context(), open(w.now).Verification(), "")
		if err != nil {
			return err.Error()
		}
		return report.Fault
	}
}

// rawStore opens the database of a store without the store.
func rawStore(t *testing.T, engine, path string) *sql.DB {
	t.Helper()
	driver, source := "sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=busy_timeout(10000)"
	if engine == "postgres" {
		driver, source = "pgx", path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func statement(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
}
