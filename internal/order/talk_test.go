package order_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
)

func say(d *testEngine, by identity.Caller, o order.Order, kind order.RemarkKind, text string) (order.Order, error) {
	return d.Say(d.w.t.Context(), order.SayRequest{Order: o.ID, Kind: kind, Text: text, By: by})
}

// happened returns what the trail calls what happened to an order.
func happened(w *harness, id string) []string {
	var list []string
	for _, e := range trail(w.t, w.store, id) {
		list = append(list, e.Event)
	}
	return list
}

// TestAskingBack lets an approver ask and the requester answer, over whatever
// front end, and holds what an order says of it.
func TestAskingBack(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d := w.engine("a")
		o := d.place(http("team"), "purchase", "9711")
		asked, err := say(d, alice(), o, order.RemarkAsked, "why Dubai\u202e and not Abu Dhabi?")
		if err != nil {
			t.Fatal(err)
		}
		if q, ok := asked.AskedBack(); !ok || q.Text != "why Dubai and not Abu Dhabi?" || q.Name != "Alice" || asked.WaitsFor != "requester" {
			t.Errorf("got %+v %v, want the question, cleaned", q, ok)
		}
		if !strings.HasPrefix(asked.Message, "Waiting for its requester, whom “Alice” asked: “why Dubai and not Abu Dhabi?”. Nothing has been bought yet.") {
			t.Errorf("got %q", asked.Message)
		}
		if last := asked.ApproveAt[len(asked.ApproveAt)-1]; !strings.Contains(last, "order_answer") {
			t.Errorf("got ways %q, want how it is answered", asked.ApproveAt)
		}
		time.Sleep(time.Minute)
		_, err = say(d, http("another"), o, order.RemarkAnswered, "because")
		wantFault(t, err, fault.NotFound)
		_, err = say(d, alice(), o, order.RemarkAnswered, "because")
		wantFault(t, err, fault.Forbidden, "somebody else")
		answered, err := say(d, http("team"), o, order.RemarkAnswered, "our carrier is there")
		if err != nil || answered.WaitsFor != "" || len(answered.Talk) != 2 || !strings.HasPrefix(answered.Message, "Waiting for a person to approve.") {
			t.Errorf("got %+v %v, want it to wait for who decides", answered, err)
		}
		_, err = say(d, http("team"), o, order.RemarkAnswered, "twice")
		wantFault(t, err, fault.Conflict, "nothing is asked")
		wantStates(t, d.approve(alice(), o), "done: done")
		_, err = say(d, alice(), o, order.RemarkMade, "late")
		wantFault(t, err, fault.Conflict)
		if got := happened(w, o.ID); !slices.Equal(got[:4], []string{"requested", "asked back", "answered back", "approved"}) {
			t.Errorf("got trail %v", got)
		}
		if got := d.see(alice(), o); len(got.Talk) != 2 {
			t.Errorf("got %v, want what was said to stay with the order", got.Talk)
		}
	})
}

// TestWhoMaySayWhat holds who may ask, answer and comment.
func TestWhoMaySayWhat(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.may(func(p *order.Policy) { discordApproves(p) })
		d := w.engine("a")
		o := d.place(discord("7"), "purchase", "9711")
		dialog := asking(shell("bob"))
		for _, tt := range []struct {
			name string
			by   identity.Caller
			kind order.RemarkKind
			want fault.Code
		}{
			{"an approver asks", alice(), order.RemarkAsked, ""},
			{"a requester asks", asks(discord("8")), order.RemarkAsked, fault.NotFound},
			{"the requester asks itself", discord("7"), order.RemarkAsked, fault.Forbidden},
			{"a model asks", dialog, order.RemarkAsked, fault.Forbidden},
			{"a model comments on another's", dialog, order.RemarkMade, fault.Forbidden},
			{"the requester comments", asks(discord("7")), order.RemarkMade, ""},
			{"another requester comments", asks(discord("8")), order.RemarkMade, fault.NotFound},
			{"an approver comments", shell("bob"), order.RemarkMade, ""},
			{"another approver answers", shell("bob"), order.RemarkAnswered, fault.Forbidden},
		} {
			_, err := say(d, tt.by, o, tt.kind, tt.name)
			if fault.CodeOf(err) != tt.want {
				t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
			}
		}
		_, err := say(d, alice(), o, order.RemarkMade, " \u200b\n ")
		wantFault(t, err, fault.Invalid)
		_, err = d.Say(t.Context(), order.SayRequest{Order: "o-none", Kind: order.RemarkMade, Text: "x", By: alice()})
		wantFault(t, err, fault.NotFound)
	})
}

// TestRemarksAreBounded fills an order with remarks: a question that is kept can
// still be answered.
func TestRemarksAreBounded(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d := w.engine("a")
		o := d.place(asks(discord("7")), "purchase", "9711")
		for n := range order.MaxRemarks - 2 {
			if _, err := say(d, alice(), o, order.RemarkMade, strings.Repeat("x", 500)+fmt.Sprint(n)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := say(d, alice(), o, order.RemarkAsked, "the last?"); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []order.RemarkKind{order.RemarkAsked, order.RemarkMade} {
			_, err := say(d, alice(), o, kind, "more")
			wantFault(t, err, fault.Conflict, "the most")
		}
		got, err := say(d, asks(discord("7")), o, order.RemarkAnswered, "yes")
		if err != nil || len(got.Talk) != order.MaxRemarks {
			t.Fatalf("got %d %v, want the answer in", len(got.Talk), err)
		}
		if n := len([]rune(got.Talk[0].Text)); n > order.MaxRemark {
			t.Errorf("got a remark of %d characters", n)
		}
	})
}

// TestEdit makes other orders of one that waits.
func TestEdit(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713")
		w.x.set("9713", func(n *number) { n.monthly = "9.00" })
		d := w.engine("a")
		old := d.place(http("team"), "purchase", "9711", "9712", "9713")
		time.Sleep(time.Minute)
		made, err := d.Edit(t.Context(), order.EditRequest{Order: old.ID, Remove: []string{"9712"}, Contact: "sip:other", MaxMonthlyFee: money.MustParse("5"), By: alice()})
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, made, "pending: waiting")
		if made.ID == old.ID || made.Replaces != old.ID || made.QuoteHash == old.QuoteHash || made.RequestedBy != old.RequestedBy || made.Lines[0].Number != "+9711" {
			t.Errorf("got %+v", made)
		}
		if want := "without +9712, without +9713, with calls to another address, by “Alice” (os)"; made.Edit != want {
			t.Errorf("got %q, want %q", made.Edit, want)
		}
		was := d.see(http("team"), old)
		if was.State != order.Cancelled || was.ReplacedBy != made.ID || !strings.HasPrefix(was.Message, "Replaced by "+made.ID+", which “Alice” (os) made of it. Nothing was bought.") {
			t.Errorf("got %+v", was)
		}
		_, err = d.Decide(t.Context(), order.DecideRequest{Order: old.ID, Approve: true, By: shell("bob")})
		wantFault(t, err, fault.Conflict, "replaced", made.ID)
		wantSends(t, w.x, "", 0)
		wantStates(t, d.approve(alice(), made), "done: done")
		wantSends(t, w.x, "", 1)
		if got := w.x.get("9711").contact; got != "sip:other" {
			t.Errorf("got calls to %s", got)
		}
		if got := happened(w, old.ID); !slices.Equal(got, []string{"requested", "replaced", "decision refused"}) {
			t.Errorf("got trail %v", got)
		}
		if got := happened(w, made.ID); !slices.Equal(got[:3], []string{"requested", "edited", "approved"}) {
			t.Errorf("got trail %v", got)
		}
	})
}

// TestEditNeverWidens refuses what an edit may not do.
func TestEditNeverWidens(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712")
		w.may(func(p *order.Policy) { discordApproves(p) })
		d := w.engine("a")
		o := d.place(asks(discord("7")), "purchase", "9711", "9712")
		edit := func(by identity.Caller, change func(*order.EditRequest)) error {
			q := order.EditRequest{Order: o.ID, By: by}
			change(&q)
			_, err := d.Edit(t.Context(), q)
			return err
		}
		remove := func(list ...string) func(*order.EditRequest) {
			return func(q *order.EditRequest) { q.Remove = list }
		}
		wantFault(t, edit(asks(discord("7")), remove("9711")), fault.Forbidden)
		wantFault(t, edit(asking(alice()), remove("9711")), fault.Forbidden)
		wantFault(t, edit(alice(), remove("9719")), fault.Invalid, "is not about")
		wantFault(t, edit(alice(), remove("9711", "9712")), fault.Invalid, "nothing of order")
		wantFault(t, edit(alice(), remove()), fault.Invalid, "nothing of order")
		wantFault(t, edit(alice(), func(q *order.EditRequest) { q.Contact = "sip:new" }), fault.Invalid, "would change")
		wantFault(t, edit(alice(), func(q *order.EditRequest) { q.MaxMonthlyFee = money.MustParse("1") }), fault.Invalid)
		w.x.set("9712", func(n *number) { n.monthly = "2.01" })
		wantFault(t, edit(alice(), remove("9711")), fault.Conflict, "not as it was asked for")
		w.x.set("9712", func(n *number) { n.owner = "another" })
		wantFault(t, edit(alice(), remove("9711")), fault.Conflict)
		if got := d.see(alice(), o); got.State != order.Pending {
			t.Errorf("got %s, want the order as it was", got.State)
		}
		w.may(func(p *order.Policy) { p.Needed = 2 })
		if err := edit(alice(), remove("9712")); err != nil {
			t.Fatal(err)
		}
		made := d.see(alice(), order.Order{ID: d.see(alice(), o).ReplacedBy})
		if made.Needed != 2 {
			t.Errorf("got %d approvals needed, want those of the rules at present", made.Needed)
		}
		w.may(func(p *order.Policy) { p.Needed = 1 })
		if got := d.see(alice(), made); got.Needed != 2 {
			t.Errorf("got %d approvals needed, want what it was asked under", got.Needed)
		}
	})
}

// TestReassign hands an order to people and roles that there are.
func TestReassign(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		from := w.now()
		w.may(func(p *order.Policy) {
			p.People = slices.Clone(p.People)
			p.People[0].Roles = []string{"finance"}
			p.People[1].Away, p.People[1].Delegate = []identity.Period{{From: from, Until: from.Add(time.Hour)}}, "Alice"
		})
		d := w.engine("a")
		o := d.place(http("team"), "purchase", "9711")
		hand := func(to string) (order.Order, error) {
			return d.Reassign(t.Context(), order.ReassignRequest{Order: o.ID, To: to, By: shell("carol")})
		}
		_, err := hand("Nobody")
		wantFault(t, err, fault.Invalid)
		_, err = d.Reassign(t.Context(), order.ReassignRequest{Order: o.ID, To: "Bob", By: asks(shell("carol"))})
		wantFault(t, err, fault.Forbidden)
		for _, tt := range []struct{ to, kept, asked string }{{"ROLE:finance", "role:finance", "Alice"}, {"bob", "Bob", "Alice"}} {
			got, err := hand(tt.to)
			if err != nil || got.AskedOf != tt.kept {
				t.Errorf("%s: got %q %v, want %q", tt.to, got.AskedOf, err, tt.kept)
			}
			if who, err := d.Turn(t.Context(), o.ID, w.now()); err != nil || who != tt.asked {
				t.Errorf("%s: got %q asked (%v), want %q", tt.to, who, err, tt.asked)
			}
		}
		if who, _ := d.Turn(t.Context(), o.ID, from.Add(2*time.Hour)); who != "Bob" {
			t.Errorf("got %q asked, want Bob, who is back", who)
		}
		_, err = hand("Bob")
		wantFault(t, err, fault.Conflict, "already")
		wantStates(t, d.approve(shell("carol"), o), "done: done") // whoever may decide still may
	})
}
