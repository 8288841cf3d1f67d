package store_test

import (
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"didops/internal/audit"
	"didops/internal/proof"
	"didops/internal/testing/wide"
)

// history is a trail as it grew: what its store was, and what a witness noted, at
// each of several moments.
type history struct {
	keys   *audit.Keyring
	stores []string
	noted  []proof.Noted
}

// grow lets a trail grow by some entries at a time, past some kept nodes.
func grow(t *testing.T, random *mathrand.Rand) history {
	t.Helper()
	dir, where := t.TempDir(), place(t)
	h := history{keys: &audit.Keyring{File: filepath.Join(dir, "audit.key")}}
	s := at(t, where)
	l := audit.Log{Store: s.Audit(), Keys: h.keys}
	for n := range 12 {
		trail(t, s, events(random, "sent", 1+random.IntN(120))...)
		_, shown, err := l.Show(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		noted, err := proof.Noted{}.Accept(shown)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, fmt.Sprint(n, ".db"))
		if _, err := raw(t, where).ExecContext(t.Context(), `VACUUM INTO ?`, file); err != nil {
			t.Fatal(err)
		}
		h.stores, h.noted = append(h.stores, file), append(h.noted, noted)
	}
	return h
}

// events are so many, no two the same.
func events(random *mathrand.Rand, name string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(name, " ", random.Uint64())
	}
	return list
}

// deed makes of the store of a moment one that is not what a witness noted.
type deed struct {
	name    string
	queries []string
	events  []string // appended by the program then
	moment  int
}

// drawDeed draws what somebody does who has the store and its key, where the head of
// noted entries was noted at a moment.
func (h history) drawDeed(random *mathrand.Rand, moment int, noted int64) deed {
	k := 1 + random.Int64N(noted)
	last := len(h.stores) - 1
	more := func(name string) []string { return events(random, name, 1+random.IntN(int(2*noted))) }
	shift := func(by int64) []string {
		return []string{fmt.Sprintf(`UPDATE audit SET seq = -(seq + %d) WHERE seq >= %d`, by, k+max(0, -by)), `UPDATE audit SET seq = -seq WHERE seq < 0`}
	}
	all := []deed{
		{"rewritten", []string{fmt.Sprintf(`UPDATE audit SET entry = entry || ' ' WHERE seq = %d`, k)}, nil, last},
		{"an entry left out", append([]string{fmt.Sprintf(`DELETE FROM audit WHERE seq = %d`, k)}, shift(-1)...), nil, last},
		{"an entry put in", append(shift(1), fmt.Sprintf(`INSERT INTO audit (seq, entry, hash) VALUES (%d, '{"event":"another"}', 'x')`, k)), nil, last},
		{"two swapped", []string{
			fmt.Sprintf(`UPDATE audit SET seq = -seq WHERE seq IN (%d, %d)`, k, k%noted+1), fmt.Sprintf(`UPDATE audit SET seq = %d + seq WHERE seq < 0`, k+k%noted+1),
		}, nil, last},
		{"forked", []string{fmt.Sprintf(`DELETE FROM audit WHERE seq >= %d`, k)}, more("fork"), last},
		{"restored", nil, nil, random.IntN(moment)},
		{"restored, and gone on", nil, more("later"), random.IntN(moment)},
	}
	d := all[random.IntN(len(all))]
	switch {
	case d.name == "forked": // what is kept of what was cut off would be in the way
		d.queries = append(d.queries, fmt.Sprintf(`DELETE FROM audit_nodes WHERE (n + 1) * 256 >= %d`, k))
	case random.IntN(2) == 0:
		d.queries = append(d.queries, `DELETE FROM audit_nodes`)
	}
	return d
}

// TestAnyWitnessFindsAStore rewrites, forks and restores stores at random, and has
// one witness find each of them, though whoever did it signs with the key of the log,
// and keeps no head that was seen, or the last one.
//
//	DIDOPS_TEST_WIDE=1 go test ./internal/store -run TestAnyWitnessFindsAStore -v
func TestAnyWitnessFindsAStore(t *testing.T) { //nolint:tparallel // what they find is counted
	t.Parallel()
	random := mathrand.New(mathrand.NewPCG(16, 11))
	h := grow(t, random)
	for moment, file := range h.stores {
		l := audit.Log{Store: at(t, file).Audit(), Keys: h.keys}
		for _, noted := range h.noted[:moment+1] {
			_, shown, err := l.Show(t.Context(), noted.Head.Size)
			if err == nil {
				_, err = noted.Accept(shown)
			}
			if err != nil {
				t.Fatalf("the store of %d, from %d entries: got %v, want it accepted", moment, noted.Head.Size, err)
			}
		}
	}
	found := map[string]int{}
	for n := range wide.Pick(70, 10_000) {
		moment := 1 + random.IntN(len(h.noted)-1)
		noted := h.noted[moment]
		d := h.drawDeed(random, moment, noted.Head.Size)
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			l := audit.Log{Store: at(t, h.done(t, d)).Audit(), Keys: h.keys}
			if random.IntN(2) == 0 {
				l.Seen, l.Whole = h.seen(t, len(h.noted)-1), true
			}
			_, shown, err := l.Show(t.Context(), noted.Head.Size)
			if err == nil {
				_, err = noted.Accept(shown)
			}
			var node *proof.NodeError
			if !errors.Is(err, proof.ErrForked) && !errors.As(err, &node) {
				t.Fatalf("%+v, from %d entries: got %v, want it found", d, noted.Head.Size, err)
			}
			found[d.name]++
		})
	}
	t.Logf("found: %v", found)
	if len(found) != 7 {
		t.Error("want each kind of deed")
	}
}

// seen returns a file with the head of a moment.
func (h history) seen(t *testing.T, moment int) *proof.Witness {
	t.Helper()
	w := &proof.Witness{Path: filepath.Join(t.TempDir(), "seen")}
	if err := os.WriteFile(w.Path, []byte(h.noted[moment].Text()), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// done does a deed, and returns where the store is then.
func (h history) done(t *testing.T, d deed) string {
	t.Helper()
	text, err := os.ReadFile(h.stores[d.moment])
	if err != nil {
		t.Fatal(err)
	}
	where := filepath.Join(t.TempDir(), "orders.db")
	if err := os.WriteFile(where, text, 0o600); err != nil {
		t.Fatal(err)
	}
	db := raw(t, where)
	if len(d.queries) > 0 {
		d.queries = append(untriggered(where), d.queries...)
	}
	for _, query := range d.queries {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if len(d.events) > 0 {
		trail(t, at(t, where), d.events...)
	}
	return where
}
