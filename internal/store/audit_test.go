package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/store"
)

// trail adds entries to the trail.
func trail(tb testing.TB, s *store.Store, events ...string) {
	tb.Helper()
	err := s.Audit().Write(tb.Context(), func(tx audit.Tx) error {
		for _, e := range events {
			if _, _, err := tx.Append(audit.Entry{At: morning(), Event: e, Exchange: exchange}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func TestAuditTrailIsAChain(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		zone := time.FixedZone("east", 3600)
		write(t, s.Audit(), func(tx audit.Tx) error {
			for i, e := range []audit.Entry{
				{At: morning().In(zone).Add(1500 * time.Nanosecond), Event: "asked", Order: "o-1", Actor: &audit.Actor{Realm: "os", ID: "alice"}},
				{At: morning(), Event: "approved", Seq: 77, Prev: "forged"},
			} {
				seq, hash, err := tx.Append(e)
				if err != nil {
					return err
				}
				if seq != int64(i+1) || len(hash) != 64 {
					t.Errorf("append: got %d %q, want %d and a hash", seq, hash, i+1)
				}
			}
			return nil
		})
		trail(t, s, "sent")
		var kept []audit.Kept
		read(t, s.Audit(), func(tx audit.Tx) error {
			return tx.Entries(func(k audit.Kept) error {
				kept = append(kept, k)
				return nil
			})
		})
		if len(kept) != 3 {
			t.Fatalf("got %d entries, want 3", len(kept))
		}
		prev := ""
		for i, k := range kept {
			var e audit.Entry
			if err := json.Unmarshal([]byte(k.Text), &e); err != nil {
				t.Fatal(err)
			}
			if k.Seq != int64(i+1) || e.Seq != k.Seq || e.Prev != prev || k.Hash != audit.Hash(k.Text) {
				t.Errorf("got %+v, want entry %d after %q", k, i+1, prev)
			}
			prev = k.Hash
		}
		if want := `"at":"2026-11-25T09:00:00.000001Z"`; !strings.Contains(kept[0].Text, want) {
			t.Errorf("got %s, want %s in it", kept[0].Text, want)
		}
		if head, err := s.Audit().Head(t.Context()); head != 3 || err != nil {
			t.Errorf("head: got %d, %v, want 3", head, err)
		}
		stop := errors.New("stop")
		n := 0
		err := s.Audit().Read(t.Context(), func(tx audit.Tx) error {
			return tx.Entries(func(audit.Kept) error {
				n++
				return stop
			})
		})
		if !errors.Is(err, stop) || n != 1 {
			t.Errorf("got %v after %d entries, want %v after 1", err, n, stop)
		}
	})
}

func TestAuditTrailOnlyGrows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s := at(t, path)
		trail(t, s, "asked", "approved", "sent")
		db := raw(t, path)
		for _, statement := range []string{
			`UPDATE audit SET entry = '{}' WHERE seq = 2`,
			`UPDATE audit SET seq = 9 WHERE seq = 3`,
			`DELETE FROM audit WHERE seq = 3`,
			`DELETE FROM audit`,
			`INSERT INTO audit (seq, entry, hash) VALUES (5, 'gap', '')`,
			`INSERT INTO audit (seq, entry, hash) VALUES (0, 'before', '')`,
			`INSERT OR REPLACE INTO audit (seq, entry, hash) VALUES (2, 'other', '')`,
			`INSERT OR IGNORE INTO audit (seq, entry, hash) VALUES (3, 'other', '')`,
			`INSERT INTO audit (seq, entry, hash) VALUES (3, 'other', '') ON CONFLICT (seq) DO UPDATE SET entry = 'other'`,
		} {
			if _, err := db.ExecContext(t.Context(), statement); err == nil {
				t.Errorf("%s: got no error, want it refused", statement)
			}
		}
		var got string
		read(t, s.Audit(), func(tx audit.Tx) error {
			return tx.Entries(func(k audit.Kept) error {
				var e audit.Entry
				got += fmt.Sprintln(k.Seq, json.Unmarshal([]byte(k.Text), &e), e.Event)
				return nil
			})
		})
		if want := "1 <nil> asked\n2 <nil> approved\n3 <nil> sent\n"; got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	})
}
