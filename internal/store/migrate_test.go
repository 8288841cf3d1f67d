package store_test

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/store"
)

// TestLinesOfVersion2CountByTheirOperation converts a store in which lines
// were kept by the verb of their operation. A day counts the same after it, of
// old orders, of those that are saved anew and of new ones.
func TestLinesOfVersion2CountByTheirOperation(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		bought := ended(pending("o-1", 0, "1", "2"), order.LineDone, order.LineFailed)
		given := ended(pending("o-2", 1, "3", "4"), order.LineDone, order.LineUnknown)
		given.Tool, given.Kind, given.Dialog = "did_unsubscribe", "unsubscribe", true
		moved := ended(pending("o-3", 2, "5"), order.LineDone)
		moved.Tool, moved.Kind = "did_update", "update"
		version2(t, path, bought, given, moved)

		s := at(t, path)
		fee := money.MustParse("2.50")
		want := []order.Reservation{
			{Operation: "did_purchase", Due: fee, Lines: 1},
			{Operation: "did_unsubscribe", Due: fee, Dialog: true, Lines: 2},
			{Operation: "did_update", Due: fee, Lines: 1},
		}
		day := func(what string) {
			t.Helper()
			read(t, s.Orders(), func(tx order.Tx) error {
				got, err := tx.Day(exchange, morning().Format(time.DateOnly))
				equal(t, what, got, want)
				return err
			})
		}
		if err := s.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		day("converted")
		given.Rev = 1
		equal(t, "an order", orderOf(t, s, "o-2"), given)
		change(t, s, "o-2", func(r *order.Record) { r.Lines[1].State = order.LineFailed })
		renewed := ended(pending("o-4", 3, "6"), order.LineDone)
		insert(t, s, renewed)
		want[0].Lines, want[1].Lines = 2, 1
		day("changed")
	})
}

// version2 makes a store as the version before operations were counted did.
func version2(t *testing.T, place string, list ...order.Record) {
	t.Helper()
	engine := "postgres"
	if !strings.HasPrefix(place, "postgres:") {
		engine = "sqlite"
		if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(place, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db := raw(t, place)
	if err := store.MigrateTo(t.Context(), db, engine, 2); err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		keep2(t, db, r)
	}
}

// keep2 keeps an order as version 2 did: its lines by their kind.
func keep2(t *testing.T, db *sql.DB, r order.Record) {
	t.Helper()
	r.Rev = 1
	body, err := json.Marshal(r) //nolint:musttag // kept under the names that it has in Go
	if err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO orders (id, rev, exchange, kind, state, requester, request_key, created_us, due_us, entry_seq, entry_hash, body)
		VALUES ($1, 1, $2, $3, $4, $5, $6, $7, 0, 0, '', $8)`,
		r.ID, r.Exchange, r.Kind, string(r.State()), r.Requester.String(), r.Key, r.Created.UnixMicro(), string(body))
	bit := map[bool]int{true: 1}
	for n, l := range r.Lines {
		exec(`INSERT INTO lines (order_id, n, exchange, number, state, holds, reserved, kind, day, due, dialog, look_us)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)`,
			r.ID, n, r.Exchange, r.Quote.Lines[n].Number, string(l.State), bit[r.Holds(n)], bit[r.Reserved(n)], r.Kind, r.Day,
			r.Quote.Lines[n].DueNow.String(), bit[r.Dialog])
	}
}
