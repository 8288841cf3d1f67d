package passkey_test

import (
	"context"
	"os"
	"testing"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/passkey"
)

// appends adds entries to the trail.
func (w *world) appends(list ...audit.Entry) {
	w.t.Helper()
	err := w.store.Passkeys().Write(context.Background(), func(tx passkey.StoreTx) error {
		for _, e := range list {
			if _, _, err := tx.Append(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// doings are what a service knows of an order.
func doings(w *world, s *passkey.Service, id string) (passkey.Doings, error) {
	var d passkey.Doings
	err := w.store.Passkeys().Read(context.Background(), func(tx passkey.StoreTx) error {
		var err error
		d, err = s.Seen(tx, id)
		return err
	})
	return d, err
}

func TestLedgerFollowsOrders(t *testing.T) {
	t.Parallel()
	approved := audit.Entry{Event: "approved", State: "scheduled", Decision: &audit.DecisionProof{}}
	line := func(event, state, line string) audit.Entry {
		return audit.Entry{Event: event, State: state, Number: "+1", Line: line}
	}
	for _, tt := range []struct {
		name string
		list []audit.Entry
		want passkey.Doings // Last is left out
	}{
		{"a click", []audit.Entry{{Event: "approved", State: "executing"}, line("sent", "executing", "sending")}, passkey.Doings{}},
		{"approved", []audit.Entry{approved}, passkey.Doings{Known: true}},
		{"sent", []audit.Entry{approved, line("sent", "executing", "sending")}, passkey.Doings{
			Known: true, Lines: map[string]passkey.LineDoing{"+1": {Sent: 1, State: "sending"}},
		}},
		{"turned away", []audit.Entry{approved, line("sent", "executing", "sending"), line("turned away", "scheduled", "waiting")}, passkey.Doings{
			Known: true, Lines: map[string]passkey.LineDoing{"+1": {Sent: 1, State: "waiting"}},
		}},
		{"done", []audit.Entry{approved, line("sent", "executing", "sending"), line("done", "done", "done")}, passkey.Doings{Known: true, Ended: "done"}},
		{"taken back while one is sent", []audit.Entry{approved, line("sent", "executing", "sending"), {Event: "taken back", State: "executing"}}, passkey.Doings{
			Known: true, Ended: "taken back", Lines: map[string]passkey.LineDoing{"+1": {Sent: 1, State: "sending"}},
		}},
		{"rejected by the second", []audit.Entry{{Event: "approved", State: "pending", Decision: &audit.DecisionProof{}}, {Event: "rejected", State: "rejected"}}, passkey.Doings{
			Known: true, Ended: "rejected",
		}},
		{"an end is for good", []audit.Entry{approved, {Event: "taken back", State: "cancelled"}, approved}, passkey.Doings{Known: true, Ended: "taken back"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := onFile(t)
			for _, e := range tt.list {
				e.Order, e.At = "o-1", w.now()
				w.appends(e)
			}
			for _, s := range []*passkey.Service{w.Service, w.service()} { // one that followed, and one that reads the file
				got, err := doings(w, s, "o-1")
				if err != nil || got.Known != tt.want.Known || got.Ended != tt.want.Ended || len(got.Lines) != len(tt.want.Lines) || got.Lines["+1"] != tt.want.Lines["+1"] {
					t.Errorf("got %+v %v, want %+v", got, err, tt.want)
				}
				if err := w.See(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestLedgerFile holds what becomes of the file of a ledger.
func TestLedgerFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(w *world)
		code fault.Code // of whoever reads it; "" = it goes on
	}{
		{"as it is", func(*world) {}, ""},
		{"removed", func(w *world) { w.must(os.Remove(w.seen)) }, ""},
		{"altered", func(w *world) { w.alters(100) }, fault.Forbidden},
		{"cut off", func(w *world) { w.must(os.Truncate(w.seen, 10)) }, fault.Forbidden},
		{"that of another log", func(w *world) {
			other := onFile(w.t)
			other.enrol("Alice", device(w.t, false))
			text, err := os.ReadFile(other.seen)
			w.must(err)
			w.must(os.WriteFile(w.seen, text, 0o600))
		}, fault.Forbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := onFile(t)
			w.enrol("Alice", device(t, false))
			if info, err := os.Stat(w.seen); err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("got %v %v, want a file for its owner alone", info, err)
			}
			tt.do(w)
			if _, err := doings(w, w.service(), "o-1"); fault.CodeOf(err) != tt.code {
				t.Errorf("got %v, want %q", err, tt.code)
			}
		})
	}
}

// TestListWhereItCantBeTold holds that a passkey is void for what is wrong with it
// alone: what was seen of the trail can't be read for a moment, and it counts
// again afterwards.
func TestListWhereItCantBeTold(t *testing.T) {
	t.Parallel()
	w := onFile(t)
	w.enrol("Alice", device(t, false))
	whole, err := os.ReadFile(w.seen)
	w.must(err)
	for _, tt := range []struct {
		name string
		do   func()
		code fault.Code
	}{
		{"not to be read", func() { w.must(os.Remove(w.seen)); w.must(os.Mkdir(w.seen, 0o700)) }, fault.Unavailable},
		{"altered", func() { w.must(os.Remove(w.seen)); w.must(os.WriteFile(w.seen, whole[1:], 0o600)) }, fault.Forbidden},
		{"as it was", func() { w.must(os.WriteFile(w.seen, whole, 0o600)) }, ""},
	} {
		tt.do()
		list, err := w.service().List(t.Context(), "Alice")
		if fault.CodeOf(err) != tt.code || err == nil && (len(list) != 1 || list[0].Void != "") {
			t.Errorf("%s: got %+v %v, want %q", tt.name, list, err, tt.code)
		}
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestLedgersOfSeveralProcesses holds that a file never goes back, whoever writes
// it, and that who started before goes on from it.
func TestLedgersOfSeveralProcesses(t *testing.T) {
	t.Parallel()
	w := onFile(t)
	old := w.service()
	w.must(old.See(t.Context()))
	for range 5 {
		w.enrol("Alice", device(t, false))
	}
	w.must(old.See(t.Context()))
	before, err := os.ReadFile(w.seen)
	w.must(err)
	w.must(w.See(t.Context()))
	after, err := os.ReadFile(w.seen)
	w.must(err)
	if string(before) != string(after) {
		t.Error("who has seen no more wrote the file again")
	}
}

// TestLedgerOfALongTrail holds that a trail of many batches is followed to its end.
func TestLedgerOfALongTrail(t *testing.T) {
	t.Parallel()
	w := onFile(t)
	list := make([]audit.Entry, 1203)
	for i := range list {
		list[i] = audit.Entry{Event: "requested", Order: "o-0"}
	}
	list[1202] = audit.Entry{Event: "approved", Order: "o-1", State: "executing", Decision: &audit.DecisionProof{}}
	w.appends(list...)
	if got, err := doings(w, w.service(), "o-1"); err != nil || !got.Known {
		t.Errorf("got %+v %v", got, err)
	}
}
