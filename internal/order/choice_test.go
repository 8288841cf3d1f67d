package order_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// choosing asks for the numbers that are routed so, whichever they are.
func choosing(by identity.Caller, where, contact string) order.PlaceRequest {
	args, err := json.Marshal(dealIn{Where: where, Contact: contact})
	if err != nil {
		panic(err)
	}
	return order.PlaceRequest{Operation: "did_update", Args: args, By: by}
}

// TestAChoiceIsTheNumbersThatItComesTo holds which requests are the same where
// one chooses its numbers.
func TestAChoiceIsTheNumbersThatItComesTo(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.own("9711", "9712", "9713")
		w.x.set("9713", func(n *number) { n.contact = "sip:elsewhere" })
		d := w.engine("a")
		o, err := d.Place(t.Context(), choosing(alice(), "sip:old", "sip:new"))
		if err != nil || len(o.Lines) != 2 || o.Lines[0].Number != "+9711" || o.Lines[1].Number != "+9712" {
			t.Fatalf("got %+v, %v, want the two that are routed so", o.Lines, err)
		}
		for name, p := range map[string]order.PlaceRequest{
			"the choice again":  choosing(alice(), "sip:old", "sip:new"),
			"the numbers named": placement(alice(), "update", "sip:new", "9712", "9711"),
		} {
			if again, err := d.Place(t.Context(), p); err != nil || again.ID != o.ID {
				t.Errorf("%s: got %s, %v, want %s", name, again.ID, err, o.ID)
			}
		}
		for name, p := range map[string]order.PlaceRequest{
			"another requester": choosing(shell("bob"), "sip:old", "sip:new"),
			"other terms":       choosing(alice(), "sip:old", "sip:other"),
		} {
			_, err := d.Place(t.Context(), p)
			t.Log(name)
			wantFault(t, err, fault.Conflict, o.ID, "numbers")
		}
		w.x.set("9713", func(n *number) { n.contact = "sip:old" })
		_, err = d.Place(t.Context(), choosing(alice(), "sip:old", "sip:new"))
		wantFault(t, err, fault.Conflict, o.ID, "numbers") // one more: not what is asked about
	})
}

// TestAChoiceThatWasCarriedOut holds that a choice which is empty because it was
// carried out is answered by its order, and that numbers which are meant anew
// are asked about.
func TestAChoiceThatWasCarriedOut(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.own("9711", "9712")
		d := w.engine("a")
		first, err := d.Place(t.Context(), choosing(alice(), "sip:old", "sip:new"))
		if err != nil {
			t.Fatal(err)
		}
		w.x.will("9712", fate{answer: refuse})
		wantStates(t, d.approve(alice(), first), "partial: done failed")
		rest, err := d.Place(t.Context(), choosing(alice(), "sip:old", "sip:new"))
		if err != nil || rest.ID == first.ID || len(rest.Lines) != 1 || rest.Lines[0].Number != "+9712" {
			t.Fatalf("got %s of %+v, %v, want another order for what is left", rest.ID, rest.Lines, err)
		}
		wantStates(t, d.approve(alice(), rest), "done: done")
		for range 2 {
			again, err := d.Place(t.Context(), choosing(alice(), "sip:old", "sip:new"))
			if err != nil || again.ID != rest.ID {
				t.Errorf("got %s, %v, want the order that left nothing", again.ID, err)
			}
		}
		_, err = d.Place(t.Context(), choosing(alice(), "sip:old", "sip:other"))
		wantFault(t, err, fault.NotFound, "nothing is routed so", "")
		_, err = d.Place(t.Context(), choosing(shell("bob"), "sip:old", "sip:new"))
		wantFault(t, err, fault.NotFound, "nothing is routed so", "")
		w.x.set("9711", func(n *number) { n.contact = "sip:old" })
		if back, err := d.Place(t.Context(), choosing(alice(), "sip:old", "sip:new")); err != nil || back.ID == rest.ID || back.ID == first.ID {
			t.Errorf("got %s, %v, want an order for what is routed so again", back.ID, err)
		}
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		w.x.set("9711", func(n *number) { n.contact = "sip:third" })
		_, err = d.Place(t.Context(), choosing(alice(), "sip:old", "sip:new"))
		wantFault(t, err, fault.NotFound, "nothing is routed so", "")
	})
}

// TestAChoiceWithinItsLimit holds that the numbers of a choice are counted.
func TestAChoiceWithinItsLimit(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.may(func(p *order.Policy) { p.MaxNumbersPerOrder = 1 })
		w.x.own("9711", "9712")
		_, err := w.engine("a").Place(t.Context(), choosing(alice(), "sip:old", "sip:new"))
		wantFault(t, err, fault.Forbidden, "at most 1", "limits.max_numbers_per_order")
	})
}

// TestCarried holds what an operation is told of an order that it goes on from,
// and who.
func TestCarried(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.own("9711", "9712")
		d := w.engine("a")
		o := d.place(http("claude"), "update", "9711", "9712")
		c, err := d.Carried(t.Context(), o.ID, http("claude"))
		if err != nil || len(c.Done) != 0 || c.Open != 2 || c.Operation != "did_update" {
			t.Errorf("pending: got %+v, %v", c, err)
		}
		w.x.will("9712", fate{answer: refuse})
		wantStates(t, d.approve(alice(), o), "partial: done failed")
		c, err = d.Carried(t.Context(), " "+o.ID+" ", http("claude"))
		if err != nil || c.ID != o.ID || len(c.Done) != 1 || c.Done[0].Number != "9711" || c.Open != 0 {
			t.Errorf("partly done: got %+v, %v", c, err)
		}
		_, err = d.Carried(t.Context(), o.ID, http("other"))
		wantFault(t, err, fault.NotFound, o.ID, "")
		member, looks := asks(discord("9")), asks(discord("9"))
		looks.Principal.Role = identity.Reader
		if c, err := d.Carried(t.Context(), o.ID, member); err != nil || len(c.Done) != 1 { // a card offers the way back to all who may ask
			t.Errorf("another who reaches its card: got %+v, %v", c, err)
		}
		if _, err := d.Order(t.Context(), o.ID, member, 0); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("the same, looking at it: got %v", err)
		}
		_, err = d.Carried(t.Context(), o.ID, looks)
		wantFault(t, err, fault.NotFound, o.ID, "")
		waits := d.place(alice(), "update", "9712")
		_, err = d.Carried(t.Context(), waits.ID, member)
		wantFault(t, err, fault.NotFound, waits.ID, "")
		if _, err := d.Cancel(t.Context(), waits.ID, alice()); err != nil {
			t.Fatal(err)
		}
		_, err = d.Carried(t.Context(), "o-none", alice())
		wantFault(t, err, fault.NotFound, "o-none", "")
		gone := d.place(alice(), "update", "9712")
		if _, err := d.Cancel(t.Context(), gone.ID, alice()); err != nil {
			t.Fatal(err)
		}
		if c, err := d.Carried(t.Context(), gone.ID, alice()); err != nil || len(c.Done)+c.Open != 0 {
			t.Errorf("cancelled: got %+v, %v", c, err)
		}
	})
}
