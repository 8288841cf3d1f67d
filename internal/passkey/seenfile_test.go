package passkey_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/passkey"
)

// alters changes bytes of the file of what was seen.
func (w *world) alters(at ...int) {
	w.t.Helper()
	text, err := os.ReadFile(w.seen)
	w.must(err)
	for _, i := range at {
		text[i] ^= 1
	}
	w.must(os.WriteFile(w.seen, text, 0o600))
}

// sees has the trail say something, and a service take note of it.
func (w *world) sees(s *passkey.Service, order string) {
	w.t.Helper()
	w.appends(audit.Entry{Event: "approved", Order: order, State: "executing", Decision: &audit.DecisionProof{}, At: w.now()})
	w.must(s.See(w.t.Context()))
}

// knows returns what a process that begins knows of orders.
func (w *world) knows(orders ...string) (known []bool, err error) {
	s := w.service()
	for _, id := range orders {
		d, err := doings(w, s, id)
		if err != nil {
			return nil, err
		}
		known = append(known, d.Known)
	}
	return known, nil
}

// filled returns the file without the space that is left in it, and where its notes
// begin.
func (w *world) filled() (text []byte, notes []int) {
	w.t.Helper()
	text, err := os.ReadFile(w.seen)
	w.must(err)
	text = append(bytes.TrimRight(text, "\n"), '\n')
	for i := 0; ; {
		n := bytes.Index(text[i:], []byte("didops seen "))
		if n < 0 {
			return text, notes
		}
		notes, i = append(notes, i+n), i+n+1
	}
}

// TestMarks holds that a file which has room is written in place, and what becomes of
// a store that does not come by its last mark.
func TestMarks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(w *world)
		code fault.Code // of a process that begins
		says string
	}{
		{"as it is", func(*world) {}, "", ""},
		{"the store is older", func(w *world) { w.raw(`DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)`) }, fault.Forbidden, "is not there any more"},
		{"the store is much older", func(w *world) { w.raw(`DELETE FROM audit WHERE seq > 2`) }, fault.Forbidden, "is not there any more"},
		{"the store was written anew", func(w *world) {
			w.raw(`UPDATE audit SET entry = replace(entry, 'o-2', 'o-3') WHERE seq = (SELECT max(seq) FROM audit)`)
		}, fault.Forbidden, "does not follow"},
		{"the last mark was cut off", func(w *world) {
			text, _ := w.filled()
			w.must(os.Truncate(w.seen, int64(len(text)-20)))
		}, "", ""},
		{"the last mark was half written", func(w *world) {
			text, _ := w.filled()
			clear(text[len(text)-60 : len(text)-20])
			w.must(os.WriteFile(w.seen, text, 0o600))
		}, "", ""},
		{"only its end was written", func(w *world) {
			text, notes := w.filled()
			last := notes[len(notes)-1]
			copy(text[last:], bytes.Repeat([]byte("\n"), 100))
			w.must(os.WriteFile(w.seen, text, 0o600))
		}, "", ""},
		{"two marks were altered", func(w *world) {
			_, notes := w.filled()
			w.alters(notes[1]+20, notes[2]+20)
		}, fault.Forbidden, "was altered"},
		{"an older mark was put behind", func(w *world) {
			text, notes := w.filled()
			older := append([]byte{}, text[notes[1]:notes[2]]...)
			w.must(os.WriteFile(w.seen, append(text, older...), 0o600))
		}, "", ""},
		{"a note of another kind was put behind", func(w *world) {
			text, _ := w.filled()
			note, err := w.key.Sign("didops order v1\n5 x\n")
			w.must(err)
			w.must(os.WriteFile(w.seen, append(text, strings.Repeat(note, 2)...), 0o600))
		}, fault.Forbidden, "was altered"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := onFile(t)
			w.enrol("Alice", device(t, false))
			before, err := os.Stat(w.seen)
			w.must(err)
			w.sees(w.Service, "o-1")
			w.sees(w.Service, "o-2")
			after, err := os.Stat(w.seen)
			w.must(err)
			if _, notes := w.filled(); len(notes) != 3 || !os.SameFile(before, after) || before.Size() != after.Size() {
				t.Fatalf("got %d notes, want a state and two marks in one file", len(notes))
			}
			tt.do(w)
			known, err := w.knows("o-1", "o-2")
			if fault.CodeOf(err) != tt.code || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v, want %q %s", err, tt.code, tt.says)
			}
			if err == nil && (!known[0] || !known[1]) {
				t.Errorf("got %v, want both known", known)
			}
			if err != nil {
				return
			}
			w.sees(w.service(), "o-3") // whoever comes next writes it as it should be
			w.raw(`DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)`)
			if known, err := w.knows("o-3"); fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("got %v %v, want it missed", known, err)
			}
		})
	}
}

// raw changes the store past the program.
func (w *world) raw(query string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", w.path)
	w.must(err)
	defer func() { _ = db.Close() }()
	for _, trigger := range []string{"audit_keeps", "audit_stays"} {
		_, err = db.ExecContext(w.t.Context(), "DROP TRIGGER IF EXISTS "+trigger)
		w.must(err)
	}
	_, err = db.ExecContext(w.t.Context(), query)
	w.must(err)
}

// TestSeeAfterAPowerFailure holds that a file whose last mark was cut off is written
// on by whoever begins, also where that was the first one, and where much came since.
func TestSeeAfterAPowerFailure(t *testing.T) {
	t.Parallel()
	for _, marks := range []int{1, 2} {
		for _, later := range []int{0, 1, 2500} {
			t.Run(fmt.Sprintf("%d marks, %d entries later", marks, later), func(t *testing.T) {
				t.Parallel()
				w := onFile(t)
				w.enrol("Alice", device(t, false))
				for n := range marks {
					w.sees(w.Service, fmt.Sprintf("o-%d", n))
				}
				list := make([]audit.Entry, later)
				for i := range list {
					list[i] = audit.Entry{Event: "requested", Order: "o-9"}
				}
				w.appends(list...)
				text, _ := w.filled()
				copy(text[len(text)-40:], bytes.Repeat([]byte("\n"), 40))
				w.must(os.WriteFile(w.seen, text, 0o600))
				s := w.service()
				w.must(s.See(t.Context()))
				w.sees(s, "o-last")
				known, err := w.knows("o-0", "o-last")
				w.must(err)
				if !known[0] || !known[1] {
					t.Errorf("got %v, want both known", known)
				}
				w.raw(`DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)`)
				if known, err := w.knows("o-last"); fault.CodeOf(err) != fault.Forbidden {
					t.Errorf("got %v %v, want it missed", known, err)
				}
			})
		}
	}
}

// TestMarksOfSeveralProcesses holds that a file tells all that any process has seen,
// however they take turns, and past the room for marks.
func TestMarksOfSeveralProcesses(t *testing.T) {
	t.Parallel()
	w := onFile(t)
	w.enrol("Alice", device(t, false))
	const processes, orders = 3, 160
	var all sync.WaitGroup
	var ids []string
	for p := range processes {
		s := w.service()
		for n := range orders {
			ids = append(ids, fmt.Sprintf("o-%d-%d", p, n))
		}
		for half := range 2 { // of one process, at once
			all.Go(func() {
				for n := half; n < orders; n += 2 {
					w.sees(s, fmt.Sprintf("o-%d-%d", p, n))
				}
			})
		}
	}
	all.Wait()
	_, notes := w.filled()
	known, err := w.knows(ids...)
	w.must(err)
	for i, is := range known {
		if !is {
			t.Errorf("%s is not known", ids[i])
		}
	}
	if len(notes) == 0 || len(notes) > 340 {
		t.Errorf("got %d notes, want it begun anew where the room was full", len(notes))
	}
	w.raw(`DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)`)
	if _, err := w.knows("o-0-0"); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("got %v, want the last entry missed", err)
	}
}

// TestSettled holds that a reading which others overtook is done again, and one of a
// trail that ends too early is not.
func TestSettled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		by   func(w *world) *passkey.Service // who sees more meanwhile; nil: the trail was cut off
		runs int
		code fault.Code
	}{
		{"by another process", func(w *world) *passkey.Service { return w.service() }, 2, ""},
		{"by this process", func(w *world) *passkey.Service { return w.Service }, 2, ""},
		{"the trail was cut off", nil, 1, fault.Forbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := onFile(t)
			w.enrol("Alice", device(t, false))
			if tt.by == nil {
				w.sees(w.Service, "o-1")
				w.raw(`DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)`)
			}
			runs := 0
			err := w.Settled(func() error {
				return w.store.Passkeys().Read(t.Context(), func(tx passkey.StoreTx) error {
					_, err := tx.Since(0, 1) // from here on it has the trail as it is now
					w.must(err)
					if runs++; runs == 1 && tt.by != nil {
						w.sees(tt.by(w), "o-2")
					}
					_, err = w.Seen(tx, "o-2")
					return err
				})
			})
			if fault.CodeOf(err) != tt.code || runs != tt.runs {
				t.Errorf("got %d runs and %v, want %d and %q", runs, err, tt.runs, tt.code)
			}
		})
	}
}

// TestFilesOfTwoTrails holds that processes which were shown two trails that part find
// each other out, whoever has followed further, and that none calls kept what the file
// tells of the other trail.
func TestFilesOfTwoTrails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		mine, file int // entries of either trail
	}{{"mine is longer", 5, 1}, {"the file's is longer", 1, 5}, {"both are as long", 2, 2}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := onFile(t)
			w.enrol("Alice", device(t, false))
			me, other := w.service(), w.service()
			grow := func(name string, n int) {
				for range n {
					w.appends(audit.Entry{Event: "approved", Order: name, State: "executing", Decision: &audit.DecisionProof{}, At: w.now()})
				}
			}
			w.must(me.See(t.Context()))
			grow("o-mine", tt.mine)
			if d, err := doings(w, me, "o-mine"); err != nil || !d.Known { // followed, and not saved yet
				t.Fatalf("got %+v %v", d, err)
			}
			mine := w.stolen()
			w.raw(`DELETE FROM audit WHERE seq > 2`)
			grow("o-other", tt.file)
			w.must(other.See(t.Context()))
			w.puts(mine)
			if err := me.See(t.Context()); fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("got %v, want the other trail found", err)
			}
			if _, err := w.knows("o-mine"); fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("who begins: got %v, want the file to tell of the other trail still", err)
			}
		})
	}
}

// stolen returns the entries of the trail, and puts puts them back.
func (w *world) stolen() (list []audit.Kept) {
	w.t.Helper()
	w.must(w.store.Audit().Read(w.t.Context(), func(tx audit.Tx) error {
		list = nil
		return tx.Entries(func(k audit.Kept) error { list = append(list, k); return nil })
	}))
	return list
}

func (w *world) puts(list []audit.Kept) {
	w.t.Helper()
	w.raw(`DELETE FROM audit`)
	db, err := sql.Open("sqlite", w.path)
	w.must(err)
	defer func() { _ = db.Close() }()
	for _, k := range list {
		_, err = db.ExecContext(w.t.Context(), `INSERT INTO audit (seq, entry, hash) VALUES ($1, $2, $3)`, k.Seq, k.Text, k.Hash)
		w.must(err)
	}
}
