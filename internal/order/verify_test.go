package order_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/lease"
	"didops/internal/order"
	"didops/internal/transaction"
)

// trailed returns a store with the trail of three orders.
func trailed(t *testing.T) *memory {
	t.Helper()
	var m *memory
	bubble(t, func(w *harness) {
		w.x.offer("9711", "9712", "9713")
		d := w.engine("a")
		d.approve(alice(), d.place(alice(), "purchase", "9711"))
		d.decide(alice(), d.place(alice(), "purchase", "9712"), false)
		d.place(alice(), "purchase", "9713")
		m = w.memory
	})
	if len(m.trail) != 7 {
		t.Fatalf("got %d entries, want 7", len(m.trail))
	}
	return m
}

// TestVerifyFindsWhatWasDoneToTheTrail alters what the chain by itself does not
// show: orders know their last entry.
func TestVerifyFindsWhatWasDoneToTheTrail(t *testing.T) {
	t.Parallel()
	reseal := func(k audit.Kept, change func(*audit.Entry)) audit.Kept {
		var e audit.Entry
		if err := json.Unmarshal([]byte(k.Text), &e); err != nil {
			t.Fatal(err)
		}
		change(&e)
		text, hash, err := e.Seal()
		if err != nil {
			t.Fatal(err)
		}
		return audit.Kept{Seq: e.Seq, Text: text, Hash: hash}
	}
	rechain := func(list []audit.Kept) []audit.Kept { // as the owner of the store could
		prev := ""
		for i := range list {
			list[i] = reseal(list[i], func(e *audit.Entry) { e.Seq, e.Prev = int64(i+1), prev })
			prev = list[i].Hash
		}
		return list
	}
	for _, tt := range []struct {
		name string
		do   func([]audit.Kept) []audit.Kept
		says string // "" = it is sound
		seq  int64
	}{
		{"nothing", func(l []audit.Kept) []audit.Kept { return l }, "", 0},
		{"the last altered with its hash", func(l []audit.Kept) []audit.Kept {
			l[6] = reseal(l[6], func(e *audit.Entry) { e.Result = "other" })
			return l
		}, "last entry 7", 7},
		{"the tail cut", func(l []audit.Kept) []audit.Kept { return l[:6] }, "last entry 7", 7},
		{"all cut", func([]audit.Kept) []audit.Kept { return nil }, "last entry", 0},
		{"written anew without one", func(l []audit.Kept) []audit.Kept { return rechain(append(l[:2:2], l[3:]...)) }, "last entry", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := trailed(t)
			m.trail = tt.do(append([]audit.Kept{}, m.trail...))
			a, err := order.Verify(t.Context(), m.Verification(), "")
			if err != nil {
				t.Fatal(err)
			}
			if (tt.says == "") != (a.Fault == "") || !strings.Contains(a.Fault, tt.says) || (tt.seq > 0 && a.Seq != tt.seq) {
				t.Errorf("got %q at %d, want %q at %d", a.Fault, a.Seq, tt.says, tt.seq)
			}
			if tt.says == "" && (a.Entries != 7 || a.Head != m.trail[6].Hash) {
				t.Errorf("got %+v", a)
			}
		})
	}
}

// TestVerifyFindsAnAlteredQuote alters what an order is about.
func TestVerifyFindsAnAlteredQuote(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(*order.Record){
		"its number": func(r *order.Record) { r.Quote.Lines[0].Number = "9799" },
		"its hash":   func(r *order.Record) { r.Hash = strings.Repeat("0", 64) },
	} {
		m := trailed(t)
		for id, k := range m.records {
			r := unpack(k.text)
			alter(&r)
			m.records[id] = &kept{serial: k.serial, text: pack(r), r: r}
		}
		if a, err := order.Verify(t.Context(), m.Verification(), ""); err != nil || !strings.Contains(a.Fault, "was altered since it was made") {
			t.Errorf("%s: got %+v %v, want it found", name, a, err)
		}
	}
}

// TestVerifyAgainstAHeadNotedElsewhere finds a trail that was written anew as
// a whole, with the orders that it belongs to.
func TestVerifyAgainstAHeadNotedElsewhere(t *testing.T) {
	t.Parallel()
	m, other := trailed(t), trailed(t)
	for _, head := range []string{m.trail[6].Hash, m.trail[2].Hash, " " + strings.ToUpper(m.trail[6].Hash)} { // an older one is as good
		if a, err := order.Verify(t.Context(), m.Verification(), head); err != nil || a.Fault != "" {
			t.Errorf("got %+v %v", a, err)
		}
	}
	for _, head := range []string{other.trail[6].Hash, strings.Repeat("0", 64)} {
		if a, err := order.Verify(t.Context(), m.Verification(), head); err != nil || !strings.Contains(a.Fault, "noted elsewhere") {
			t.Errorf("got %+v %v, want the head not found", a, err)
		}
	}
	if a, err := order.Verify(t.Context(), noStore{}.Verification(), "abc"); err != nil || a.Fault == "" {
		t.Errorf("no store: got %+v %v, want a fault", a, err)
	}
	if a, err := order.Verify(t.Context(), noStore{}.Verification(), ""); err != nil || a.Fault != "" {
		t.Errorf("no store: got %+v %v, want none", a, err)
	}
}

// noStore is a store that was not made yet.
type noStore struct{}

func (noStore) Orders() order.Store                              { return none[order.Tx]{} }
func (noStore) Audit() audit.Store                               { return noTrail{} }
func (noStore) Cards() order.CardStore                           { return none[order.CardTx]{} }
func (noStore) Prompts() order.PromptStore                       { return none[order.PromptTx]{} }
func (noStore) Tasks() order.TaskStore                           { return none[order.TaskTx]{} }
func (noStore) Leases() lease.Store                              { return noLeases{} }
func (noStore) Nudges() order.NudgeStore                         { return none[order.NudgeTx]{} }
func (noStore) Verification() transaction.Reader[order.VerifyTx] { return none[order.VerifyTx]{} }

type none[T any] struct{}

func (none[T]) Read(context.Context, func(T) error) error  { return order.ErrNone }
func (none[T]) Write(context.Context, func(T) error) error { return errCommit }

type noTrail struct{ none[audit.Tx] }

func (noTrail) Head(context.Context) (int64, error) { return 0, nil }

func TestWithoutAStoreThereAreNoOrders(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		d := w.engineOn("a", noStore{})
		d.Start()
		if list, err := d.Orders(t.Context(), alice(), "", 10); err != nil || list == nil || len(list) > 0 {
			t.Errorf("got %v %v, want an empty list", list, err)
		}
		_, err := d.Order(t.Context(), "o-1", alice(), 0)
		if err == nil {
			t.Error("got an order")
		}
	})
}

func TestTheTrailHoldsNoRouting(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: refuse})
		d := w.engine("a")
		p := placement(alice(), "purchase", "smpp:login:SECRET@host", "9711")
		o, err := d.Place(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		d.approve(alice(), o)
		_, _ = d.Place(t.Context(), placement(shell("bob"), "purchase", "smpp:login:SECRET@host", "9711", ""))
		_, _ = d.Decide(t.Context(), order.DecideRequest{Order: o.ID, By: alice()})
		var out bytes.Buffer
		if err := audit.Export(t.Context(), w.store.Audit(), &out); err != nil || out.Len() == 0 {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "SECRET") {
			t.Errorf("got %s", out.String())
		}
		if i := w.memory; strings.Contains(same2(i), "SECRET") && !strings.Contains(o.QuoteHash, "SECRET") {
			t.Log("the store holds routing in full, as it must")
		} else {
			t.Error("the store lacks the routing that would be sent")
		}
	})
}

func same2(m *memory) string {
	var b strings.Builder
	for _, k := range m.records {
		b.Write(k.text)
	}
	return b.String()
}

// noLeases is a store of leases of which there are none.
type noLeases struct{}

func (noLeases) Acquire(context.Context, string, string, time.Duration) (bool, error) {
	return false, order.ErrNone
}

func (noLeases) Release(context.Context, string, string) error { return nil }
