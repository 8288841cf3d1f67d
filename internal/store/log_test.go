package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/proof"
	"didops/internal/store"
)

// logOf is the log over a store, with a key of its own and a witness elsewhere.
func logOf(t *testing.T, s *store.Store) (audit.Log, proof.Witness) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "audit.key")
	return audit.Log{Store: s.Audit(), Keys: &audit.Keyring{File: file}, Seen: &proof.Witness{Path: audit.SeenHead(file)}}, proof.Witness{Path: filepath.Join(dir, "elsewhere")}
}

// witnessed has a witness note the head of a log.
func witnessed(t *testing.T, l audit.Log, w proof.Witness) (proof.Head, error) {
	t.Helper()
	_, now, err := w.Update(func(before proof.Noted) (proof.Shown, error) {
		_, shown, err := l.Show(t.Context(), before.Head.Size)
		return shown, err
	})
	return now.Head, err
}

// TestHeadsOfAStore holds that heads go on as the trail does, and that a store which
// was rewritten, cut off or given other nodes is found by who signs and by
// any witness.
func TestHeadsOfAStore(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		for name, do := range map[string][]string{
			"rewritten":     {`UPDATE audit SET entry = REPLACE(entry, 'first', 'other') WHERE seq = 1`, `DELETE FROM audit_nodes`},
			"cut off":       {`DELETE FROM audit WHERE seq > 2`},
			"gone on":       {`DELETE FROM audit WHERE seq > 2`, `INSERT INTO audit (seq, entry, hash) VALUES (3, '{}', 'x'), (4, '{}', 'y')`},
			"other nodes":   {`UPDATE audit_nodes SET hash = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' WHERE n = 1`},
			"illegible":     {`UPDATE audit_nodes SET hash = 'x' WHERE n = 1`},
			"an entry gone": {`DELETE FROM audit WHERE seq = 590`},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				where := place(t)
				s := at(t, where)
				l, w := logOf(t, s)
				if head, err := witnessed(t, l, w); !errors.Is(err, audit.ErrNoKey) {
					t.Fatalf("no trail: got %v %v, want %v", head, err, audit.ErrNoKey)
				}
				trail(t, s, "first", "second")
				for range 6 {
					trail(t, s, strings.Split(strings.Repeat("sent ", 98), " ")...)
					if head, err := witnessed(t, l, w); err != nil || head.Size == 0 {
						t.Fatalf("got %v %v, want it to go on", head, err)
					}
				}
				for _, query := range append(untriggered(where), do...) {
					if _, err := raw(t, where).ExecContext(t.Context(), query); err != nil {
						t.Fatal(err)
					}
				}
				if head, err := l.Head(t.Context()); err == nil || name != "an entry gone" && !errors.Is(err, proof.ErrForked) {
					t.Errorf("whoever signs: got %v %v, want it found", head, err)
				}
				l.Seen = nil // who has the key need not look
				var node *proof.NodeError
				if head, err := witnessed(t, l, w); err == nil || name != "an entry gone" && !errors.Is(err, proof.ErrForked) && !errors.As(err, &node) {
					t.Errorf("a witness: got %v %v, want it found", head, err)
				}
			})
		}
	})
}

// TestForgedNodesAreNotSigned holds that no head is signed over a node of the tree that
// is not that of the entries, whenever it was put there, and that what was removed is
// made anew.
func TestForgedNodesAreNotSigned(t *testing.T) {
	t.Parallel()
	const another = `'47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='`
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		for name, tt := range map[string]struct {
			do   string
			good bool
		}{
			"before the head that was signed": {`UPDATE audit_nodes SET hash = ` + another + ` WHERE n = 0`, false},
			"on its edge":                     {`UPDATE audit_nodes SET hash = ` + another + ` WHERE n = 1`, false},
			"since":                           {`UPDATE audit_nodes SET hash = ` + another + ` WHERE n = 2`, false},
			"swapped since":                   {`UPDATE audit_nodes SET hash = (SELECT hash FROM audit_nodes WHERE n = 1) WHERE n = 3`, false},
			"all gone":                        {`DELETE FROM audit_nodes`, true},
			"none":                            {`DELETE FROM audit_nodes WHERE n = 99`, true},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				where := place(t)
				s := at(t, where)
				l, _ := logOf(t, s)
				trail(t, s, slices.Repeat([]string{"sent"}, 600)...)
				if _, err := l.Head(t.Context()); err != nil {
					t.Fatal(err)
				}
				trail(t, s, slices.Repeat([]string{"sent"}, 600)...)
				if _, err := raw(t, where).ExecContext(t.Context(), tt.do); err != nil {
					t.Fatal(err)
				}
				head, err := l.Head(t.Context())
				if (err == nil) != tt.good || err != nil && (fault.CodeOf(err) != fault.Conflict || head.Note != "") {
					t.Fatalf("got %v %v, want it signed: %t", head, err, tt.good)
				}
				if tt.good && head.Root != grown(t, s).Root() {
					t.Errorf("got %v, want the root of the entries", head.Root)
				}
				if got := nodes(t, s); tt.good && len(got) != 4 {
					t.Errorf("got %d nodes kept, want 4", len(got))
				}
			})
		}
	})
}

// untriggered are what somebody does first who alters a trail.
func untriggered(where string) []string {
	if strings.HasPrefix(where, "postgres:") {
		return []string{`DROP TRIGGER audit_appends ON audit`, `DROP TRIGGER audit_stays ON audit`}
	}
	return []string{`DROP TRIGGER audit_appends`, `DROP TRIGGER audit_keeps`, `DROP TRIGGER audit_stays`}
}

// TestRotate holds that an entry says which key follows, that witnesses follow
// it, and that it goes on where it was interrupted.
func TestRotate(t *testing.T) {
	t.Parallel()
	s := at(t, place(t))
	l, w := logOf(t, s)
	trail(t, s, "first")
	if _, err := witnessed(t, l, w); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(w.Path)
	file := filepath.Join(dir, "audit.key")
	old, err := l.Keys.Peek()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.PrepareKey(old, file, 1); err != nil { // and then the process ended
		t.Fatal(err)
	}
	next, err := l.Keys.Rotate(t.Context(), s.Audit(), morning(), nil, exchange)
	if err != nil {
		t.Fatal(err)
	}
	again, err := proof.ReadSigner(file)
	if err != nil || again.Verifier() != next.Verifier() || len(again.Changes()) != 1 {
		t.Fatalf("got %v %v, want the new key in its place", again, err)
	}
	if _, err := os.Stat(file + ".next"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want nothing beside it", err)
	}
	var said string
	read(t, s.Audit(), func(tx audit.Tx) error {
		k, err := tx.Entry(2)
		said = k.Text
		return err
	})
	if !strings.Contains(said, next.Verifier()) || !strings.Contains(said, `"event":"key changed"`) {
		t.Errorf("got %s, want the key in it", said)
	}
	if got := again.Keys(); got[0].Last != 1 || got[0].Verifier != old.Verifier() {
		t.Errorf("got %v, want the old one to end at entry 1", got)
	}
	if head, err := witnessed(t, l, w); err != nil || head.Size != 2 {
		t.Errorf("got %v %v, want the witness to follow", head, err)
	}
	if head, err := l.Head(t.Context()); err != nil || head.Size != 2 {
		t.Errorf("got %v %v, want it signed", head, err)
	}
}

func TestUnsignedHeads(t *testing.T) {
	t.Parallel()
	s := at(t, place(t))
	trail(t, s, "first")
	l := audit.Log{Store: s.Audit()}
	if head, err := l.Head(t.Context()); err != nil || head.Size != 1 || head.Note != "" {
		t.Errorf("got %+v %v, want a head without a signature", head, err)
	}
	if _, _, err := l.Show(t.Context(), 0); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("got %v, want %s", err, fault.Conflict)
	}
}
