package order_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"didops/internal/audit"
	"didops/internal/order"
)

// trailed returns a store with the trail of three orders.
func trailed(t *testing.T) *memory {
	t.Helper()
	var m *memory
	bubble(t, func(w *world) {
		w.x.offer("9711", "9712", "9713")
		d := w.desk("a")
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
		{"altered", func(l []audit.Kept) []audit.Kept {
			l[2].Text = strings.Replace(l[2].Text, "sent", "seen", 1)
			return l
		}, "altered", 3},
		{"altered with its hash", func(l []audit.Kept) []audit.Kept {
			l[2] = reseal(l[2], func(e *audit.Entry) { e.Result = "other" })
			return l
		}, "does not follow", 4},
		{"the last altered with its hash", func(l []audit.Kept) []audit.Kept {
			l[6] = reseal(l[6], func(e *audit.Entry) { e.Result = "other" })
			return l
		}, "last entry 7", 7},
		{"unreadable", func(l []audit.Kept) []audit.Kept { l[1].Text = "{"; return l }, "can't be read", 2},
		{"the first removed", func(l []audit.Kept) []audit.Kept { return l[1:] }, "missing", 2},
		{"one removed", func(l []audit.Kept) []audit.Kept { return append(l[:3:3], l[4:]...) }, "missing", 5},
		{"one twice", func(l []audit.Kept) []audit.Kept { return append(l[:4:4], l[3:]...) }, "missing", 4},
		{"two swapped", func(l []audit.Kept) []audit.Kept { l[3], l[4] = l[4], l[3]; return l }, "missing", 5},
		{"two swapped and counted anew", func(l []audit.Kept) []audit.Kept {
			l[3], l[4] = l[4], l[3]
			l[3].Seq, l[4].Seq = 4, 5
			return l
		}, "stands where", 4},
		{"the tail cut", func(l []audit.Kept) []audit.Kept { return l[:6] }, "last entry 7", 7},
		{"all cut", func([]audit.Kept) []audit.Kept { return nil }, "last entry", 0},
		{"written anew without one", func(l []audit.Kept) []audit.Kept { return rechain(append(l[:2:2], l[3:]...)) }, "last entry", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := trailed(t)
			m.trail = tt.do(append([]audit.Kept{}, m.trail...))
			a, err := order.Verify(t.Context(), m, "")
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

// TestVerifyAgainstAHeadNotedElsewhere finds a trail that was written anew as
// a whole, with the orders that it belongs to.
func TestVerifyAgainstAHeadNotedElsewhere(t *testing.T) {
	t.Parallel()
	m, other := trailed(t), trailed(t)
	for _, head := range []string{m.trail[6].Hash, m.trail[2].Hash, " " + strings.ToUpper(m.trail[6].Hash)} { // an older one is as good
		if a, err := order.Verify(t.Context(), m, head); err != nil || a.Fault != "" {
			t.Errorf("got %+v %v", a, err)
		}
	}
	for _, head := range []string{other.trail[6].Hash, strings.Repeat("0", 64)} {
		if a, err := order.Verify(t.Context(), m, head); err != nil || !strings.Contains(a.Fault, "noted elsewhere") {
			t.Errorf("got %+v %v, want the head not found", a, err)
		}
	}
	if a, err := order.Verify(t.Context(), noStore{}, "abc"); err != nil || a.Fault == "" {
		t.Errorf("no store: got %+v %v, want a fault", a, err)
	}
	if a, err := order.Verify(t.Context(), noStore{}, ""); err != nil || a.Fault != "" {
		t.Errorf("no store: got %+v %v, want none", a, err)
	}
}

// noStore is a store that was not made yet.
type noStore struct{}

func (noStore) Read(context.Context, func(order.Tx) error) error  { return order.ErrNone }
func (noStore) Write(context.Context, func(order.Tx) error) error { return errCommit }
func (noStore) Head(context.Context) (int64, error)               { return 0, nil }

func TestWithoutAStoreThereAreNoOrders(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *world) {
		t := w.t
		d := w.deskOn("a", noStore{})
		d.Start()
		if list, err := d.Orders(t.Context(), alice(), "", 10); err != nil || list == nil || len(list) > 0 {
			t.Errorf("got %v %v, want an empty list", list, err)
		}
		_, err := d.Order(t.Context(), "o-1", alice(), 0)
		if err == nil {
			t.Error("got an order")
		}
		var out bytes.Buffer
		if err := order.Export(t.Context(), noStore{}, &out); err != nil || out.Len() > 0 {
			t.Errorf("got %q %v", out.String(), err)
		}
	})
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestExport(t *testing.T) {
	t.Parallel()
	m := trailed(t)
	var out bytes.Buffer
	if err := order.Export(t.Context(), m, &out); err != nil {
		t.Fatal(err)
	}
	n, prev := 0, ""
	for lines := bufio.NewScanner(&out); lines.Scan(); n++ {
		var e struct {
			audit.Entry
			Hash string `json:"hash"`
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		if e.Seq != int64(n+1) || e.Prev != prev || e.Hash != m.trail[n].Hash {
			t.Errorf("got %+v", e)
		}
		// Whoever has the export can check it without the program.
		text := strings.TrimSuffix(lines.Text(), `,"hash":"`+e.Hash+`"}`) + "}"
		if audit.Hash(text) != e.Hash {
			t.Errorf("the hash of %s is not %s", text, e.Hash)
		}
		prev = e.Hash
	}
	if n != len(m.trail) {
		t.Errorf("got %d lines, want %d", n, len(m.trail))
	}
	if err := order.Export(t.Context(), m, brokenPipe{}); err == nil {
		t.Error("got no error from a pipe that is broken")
	}
}

func TestTheTrailHoldsNoRouting(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *world) {
		t := w.t
		w.x.offer("9711")
		w.x.will("9711", fate{answer: refuse})
		d := w.desk("a")
		p := placement(alice(), "purchase", "smpp:login:SECRET@host", "9711")
		o, err := d.Place(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		d.approve(alice(), o)
		_, _ = d.Place(t.Context(), placement(shell("bob"), "purchase", "smpp:login:SECRET@host", "9711", ""))
		_, _ = d.Decide(t.Context(), order.DecideRequest{Order: o.ID, By: alice()})
		var out bytes.Buffer
		if err := order.Export(t.Context(), w.store, &out); err != nil || out.Len() == 0 {
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
