package order_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// editAct is what somebody does at about the same time as others.
type editAct struct {
	Op      string
	Engine  int
	Delay   time.Duration
	Removes int
}

// TestEditsAtOnce lets people on three replicas edit, approve, reject and ask for
// the same at once. At no moment are two open orders about one number, a number
// is sent at most once, and what was replaced is never sent.
func TestEditsAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		acts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) editAct {
			return editAct{
				rapid.SampledFrom([]string{"edit", "edit", "approve", "reject", "place", "price"}).Draw(t, "op"), rapid.IntRange(0, 2).Draw(t, "engine"),
				time.Duration(rapid.IntRange(0, 3).Draw(t, "delay")) * time.Second, rapid.IntRange(0, 2).Draw(t, "removes"),
			}
		}), 2, 10).Draw(rt, "acts")
		var broken []string
		synctest.Test(t, func(t *testing.T) { broken = playEdits(t, acts) })
		if len(broken) > 0 {
			rt.Fatalf("%s\n%+v", strings.Join(broken, "\n"), acts)
		}
	})
}

func playEdits(t *testing.T, acts []editAct) (broken []string) {
	t.Helper()
	w := newHarness(t)
	defer w.close()
	w.t = t
	numbers := []string{"9711", "9712", "9713"}
	w.x.offer(numbers...)
	engines := []*testEngine{w.engine("a"), w.engine("b"), w.engine("c")}
	first := engines[0].place(http("team"), "purchase", numbers...)
	var mu sync.Mutex
	current := first.ID
	var all sync.WaitGroup
	for _, a := range acts {
		all.Go(func() {
			time.Sleep(a.Delay)
			mu.Lock()
			id := current
			mu.Unlock()
			d := engines[a.Engine]
			switch a.Op {
			case "edit":
				made, err := d.Edit(t.Context(), order.EditRequest{Order: id, Remove: []string{numbers[a.Removes]}, By: alice()})
				if err == nil {
					mu.Lock()
					current = made.ID
					mu.Unlock()
				}
			case "approve", "reject":
				_, _ = d.Decide(t.Context(), order.DecideRequest{Order: id, Approve: a.Op == "approve", By: shell("bob")})
			case "place":
				_, _ = d.Place(t.Context(), placement(http("team"), "purchase", "sip:new", numbers...))
			case "price":
				w.x.set(numbers[a.Removes], func(n *number) { n.monthly = "1.50" })
			}
		})
	}
	all.Wait()
	time.Sleep(time.Minute)
	for _, n := range numbers {
		if sent := len(w.x.sentOf(n)); sent > 1 {
			broken = append(broken, fmt.Sprintf("%s was sent %d times", n, sent))
		}
	}
	replaced, requested := map[string]bool{}, map[string]bool{}
	for _, e := range trail(w, w.store, "") {
		switch e.Event {
		case "replaced":
			if replaced[e.Order] {
				broken = append(broken, e.Order+" was replaced twice")
			}
			replaced[e.Order] = true
		case "requested":
			requested[e.Order] = true
		case "approved", "sent", "done":
			if replaced[e.Order] {
				broken = append(broken, e.Order+" was "+e.Event+" after it was replaced")
			}
		case "edited":
			if !requested[e.Order] {
				broken = append(broken, e.Order+" was edited before there was such an order")
			}
		}
	}
	sound(t, w.store)
	return broken
}

// TestWhoSetsAnAddressDoesNotApproveIt holds that where the requester's approval
// does not count, that of an approver who set an address in the order does not
// either, also after a further edit; who only left numbers out may approve.
func TestWhoSetsAnAddressDoesNotApproveIt(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		w.may(func(p *order.Policy) { discordApproves(p); p.RequesterMayApprove = false })
		d := w.engine("a")
		edit := func(o order.Order, q order.EditRequest) order.Order {
			q.Order = o.ID
			made, err := d.Edit(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			return made
		}
		decide := func(o order.Order, by identity.Caller) error {
			_, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: by})
			return err
		}
		o := edit(d.place(asks(discord("7")), "purchase", "9711", "9712"), order.EditRequest{Contact: "sip:other", By: discord("8")})
		wantFault(t, decide(o, discord("8")), fault.Forbidden, "who set an address in it")
		o = edit(o, order.EditRequest{Remove: []string{"9712"}, By: discord("9")})
		wantFault(t, decide(o, discord("8")), fault.Forbidden, "who set an address in it")
		wantFault(t, decide(o, discord("7")), fault.Forbidden, "its requester")
		if err := decide(o, discord("9")); err != nil {
			t.Errorf("got %v of who left a number out", err)
		}
		wantSends(t, w.x, "", 1)
	})
}
