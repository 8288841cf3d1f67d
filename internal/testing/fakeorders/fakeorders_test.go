package fakeorders_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
)

func newService(switches ...func(*fakeorders.Switches)) *fakeorders.Service {
	s := fakeorders.New(fakeorders.Config{Handlers: fixture.Handlers(fixture.Options{}), Now: time.Now})
	for _, change := range switches {
		s.Switch(change)
	}
	return s
}

func in(name string, role identity.Role) identity.Caller {
	return identity.Caller{Principal: fixture.Principal(name, role), Frontend: identity.FrontShell}
}

func place(t *testing.T, s *fakeorders.Service, operation string, by identity.Caller) order.Placed {
	t.Helper()
	p, err := s.Place(t.Context(), order.PlaceRequest{Operation: operation, Args: []byte(`{"numbers":["+971501234567"]}`), By: by})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestQuestionAndDecisionAgree holds that whoever is asked may answer, and
// whoever is not, may not.
func TestQuestionAndDecisionAgree(t *testing.T) {
	t.Parallel()
	elicits := in("carol", identity.Requester)
	elicits.Frontend, elicits.Principal.Elicits = identity.FrontMCP, true
	mute := elicits
	mute.Principal.Elicits = false
	alice := in("alice", identity.Approver)
	for _, tt := range []struct {
		name   string
		by     identity.Caller
		change func(*fakeorders.Switches)
		counts bool
	}{
		{"an approver", in("bob", identity.Approver), nil, true},
		{"a requester", in("bob", identity.Requester), nil, false},
		{"a dialog that counts", elicits, nil, true},
		{"a dialog that does not", mute, nil, false},
		{"the requester", alice, nil, true},
		{"the requester where another is needed", alice, func(w *fakeorders.Switches) { w.Others = true }, false},
		{"where approvals are refused", alice, func(w *fakeorders.Switches) { w.Refuses.Approval = fault.New(fault.Forbidden, "closed") }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newService()
			if tt.change != nil {
				s.Switch(tt.change)
			}
			o := place(t, s, "line_buy", alice).Order
			asked, askErr := s.Ask(t.Context(), o.ID, tt.by)
			_, err := s.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: tt.by})
			if (asked.Question != nil) != tt.counts || (askErr == nil) != tt.counts || (err == nil) != tt.counts {
				t.Errorf("got a question %t (%v) and the decision %v, want counts = %t", asked.Question != nil, askErr, err, tt.counts)
			}
			if len(s.Refusals()) == 0 != tt.counts || s.Executions() == 1 != tt.counts {
				t.Errorf("got %d refusals and %d executions, want counts = %t", len(s.Refusals()), s.Executions(), tt.counts)
			}
		})
	}
}

// TestTypedIsCompared holds that an approval without what has to be typed
// decides nothing.
func TestTypedIsCompared(t *testing.T) {
	t.Parallel()
	s, bob := newService(), in("bob", identity.Approver)
	id := place(t, s, "line_drop", bob).Order.ID
	for _, tt := range []struct {
		typed string
		want  fault.Code
	}{{"", fault.Invalid}, {"4568", fault.Invalid}, {" 4567 ", ""}, {"4567", fault.Conflict}} {
		_, err := s.Decide(t.Context(), order.DecideRequest{Order: id, Approve: true, Typed: tt.typed, By: bob})
		if f, _ := fault.As(err); fault.CodeOf(err) != tt.want || tt.want == fault.Invalid && (f.Field != "last4" || f.Hint == "") {
			t.Errorf("%q: got %v, want %q", tt.typed, err, tt.want)
		}
	}
	if got := s.Decisions(); len(got) != 1 {
		t.Errorf("got %d decisions, want 1", len(got))
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, bob := newService(), in("bob", identity.Approver)
		id := place(t, s, "line_buy", bob).Order.ID
		handle, err := s.IssuePrompt(t.Context(), id, order.PromptCall{By: bob}, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(fakeorders.Life)
		_, asked := s.Ask(t.Context(), id, bob)
		_, redeemed := s.RedeemPrompt(t.Context(), handle, order.PromptCall{By: bob})
		for what, err := range map[string]error{"ask": asked, "redeem": redeemed} {
			if fault.CodeOf(err) != fault.Expired {
				t.Errorf("%s: got %v, want expired", what, err)
			}
		}
		if o, err := s.Order(t.Context(), id, bob, time.Minute); err != nil || o.State != order.Expired {
			t.Errorf("got %s, %v, want the order expired", o.State, err)
		}
	})
}

// TestHandlesAreUsedOnce holds what an answer is bound to.
func TestHandlesAreUsedOnce(t *testing.T) {
	t.Parallel()
	s, bob := newService(), in("bob", identity.Approver)
	id := place(t, s, "line_buy", bob).Order.ID
	call := order.PromptCall{Operation: "line_buy", Args: []byte(`{}`), By: bob}
	handle, err := s.IssuePrompt(t.Context(), id, call, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	other := call
	other.Args = []byte(`{"reason":"x"}`)
	if _, err := s.RedeemPrompt(t.Context(), handle, other); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("other arguments: got %v, want invalid", err)
	}
	if used, _ := s.PromptUsed(t.Context(), handle); used {
		t.Error("got the handle used, want it not")
	}
	if got, err := s.RedeemPrompt(t.Context(), handle, call); err != nil || got != id {
		t.Errorf("got %s, %v, want %s", got, err, id)
	}
	if _, err := s.RedeemPrompt(t.Context(), handle, call); !errors.Is(err, order.ErrAnswered) {
		t.Errorf("got %v, want that it was used", err)
	}
}

// TestSlowExecution holds that a decision waits no longer than its context,
// and that the execution goes on.
func TestSlowExecution(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, bob := newService(func(w *fakeorders.Switches) { w.SendTakes = time.Hour }), in("bob", identity.Approver)
		id := place(t, s, "line_buy", bob).Order.ID
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		o, err := s.Decide(ctx, order.DecideRequest{Order: id, Approve: true, By: bob})
		if err != nil || o.State != order.Executing {
			t.Errorf("got %s, %v, want it being carried out", o.State, err)
		}
		if o, err = s.Order(t.Context(), id, bob, 2*time.Hour); err != nil || o.State != order.Completed {
			t.Errorf("got %s, %v, want it done", o.State, err)
		}
	})
}

// TestFeedFollows holds that a card is behind as long as its order has changed
// since, and that everything is news once.
func TestFeedFollows(t *testing.T) {
	t.Parallel()
	s, bob := newService(), in("bob", identity.Approver)
	id := place(t, s, "line_buy", bob).Order.ID
	behind := func(want int) []order.Card {
		t.Helper()
		list, err := s.Behind(t.Context(), 0, 10)
		if err != nil || len(list) != want {
			t.Fatalf("got %d cards, %v, want %d", len(list), err, want)
		}
		return list
	}
	card := behind(1)[0]
	if card.Question == nil || card.Order.ID != id {
		t.Errorf("got %+v, want the question about %s", card, id)
	}
	card.Place, card.Message = "700", "1"
	if err := s.Keep(t.Context(), card); err != nil {
		t.Fatal(err)
	}
	behind(0)
	s.Change(id, fakeorders.To(order.Failed, order.LineFailed, "Failed."))
	if card = behind(1)[0]; card.Question != nil || card.Message != "1" || card.Order.Lines[0].State != order.LineFailed {
		t.Errorf("got %+v, want the card of what failed", card)
	}
	news, head, err := s.News(t.Context(), 1, 10)
	if err != nil || len(news) != 1 || head != 2 || news[0].Event != "failed" {
		t.Errorf("got %+v up to %d, %v, want the failure", news, head, err)
	}
}

// TestConcurrentUse decides one order many times at once, while it is looked
// at and changed: it is carried out once.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s, bob := newService(), in("bob", identity.Approver)
	id := place(t, s, "line_buy", bob).Order.ID
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			_, _ = s.Decide(t.Context(), order.DecideRequest{Order: id, Approve: true, By: in(fmt.Sprint("approver", n), identity.Approver)})
			_, _ = s.Behind(t.Context(), 0, 10)
			s.Switch(func(w *fakeorders.Switches) { w.Needed = n })
			s.Changed(t.Context(), 0)
			_ = s.All()
		})
	}
	all.Wait()
	if len(s.Decisions()) != 1 || s.Executions() != 1 {
		t.Errorf("got %d decisions and %d executions, want one", len(s.Decisions()), s.Executions())
	}
}
