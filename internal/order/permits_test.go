package order_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// permits returns what a caller may do to an order, in words.
func permits(d *testEngine, by identity.Caller, o order.Order) string {
	d.w.t.Helper()
	p, err := d.Permits(d.w.t.Context(), o.ID, by)
	if err != nil {
		return string(fault.CodeOf(err))
	}
	var list []string
	for _, is := range []struct {
		may  bool
		word string
	}{{p.Ask, "ask"}, {p.Answer, "answer"}, {p.Comment, "comment"}, {p.Remove, "remove"}, {p.Cap, "cap"}, {p.Reroute, "reroute"}, {p.Edits(), "edit"}} {
		if is.may {
			list = append(list, is.word)
		}
	}
	return strings.Join(append(list, p.To...), " ")
}

// TestPermits holds what somebody is told they may do to an order against what
// they are let do.
func TestPermits(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711", "9712", "9713", "9714")
		w.may(func(p *order.Policy) {
			discordApproves(p)
			p.People = []identity.Person{{Name: "Alice", IDs: map[string]string{identity.OS: "alice"}, Roles: []string{"finance"}}, {Name: "Bob", IDs: map[string]string{identity.OS: "bob"}}}
		})
		d := w.engine("a")
		several, one := d.place(asks(discord("7")), "purchase", "9711", "9712"), d.place(asks(discord("7")), "purchase", "9713")
		own := d.place(alice(), "purchase", "9714")
		requester, other, dialog := asks(discord("7")), asks(discord("8")), asking(shell("bob"))
		const all = "ask comment remove cap reroute edit Alice Bob role:finance"
		check := func(what string, by identity.Caller, o order.Order, want string) {
			t.Helper()
			if got := permits(d, by, o); got != want {
				t.Errorf("%s: got %q, want %q", what, got, want)
			}
			for kind, word := range map[order.RemarkKind]string{order.RemarkAsked: "ask", order.RemarkAnswered: "answer", order.RemarkMade: "comment"} {
				if slices.Contains(strings.Fields(want), word) {
					continue // what may be said is said below
				}
				if _, err := say(d, by, o, kind, "x"); err == nil {
					t.Errorf("%s: could %s", what, word)
				}
			}
		}
		check("an approver", alice(), several, all)
		check("an approver of one number", alice(), one, "ask comment reroute edit Alice Bob role:finance")
		check("an approver who asked for it", alice(), own, "comment reroute edit Alice Bob role:finance")
		check("the requester", requester, several, "comment")
		check("another requester", other, several, "not_found")
		check("a model", dialog, several, "")
		if _, err := say(d, alice(), several, order.RemarkAsked, "why?"); err != nil {
			t.Fatal(err)
		}
		check("the requester who was asked", requester, several, "answer comment")
		check("an approver once it is asked", alice(), several, all)
		if _, err := say(d, requester, several, order.RemarkAnswered, "because"); err != nil {
			t.Fatal(err)
		}
		check("the requester who has answered", requester, several, "comment")
		if _, err := d.Reassign(t.Context(), order.ReassignRequest{Order: several.ID, To: "bob", By: alice()}); err != nil {
			t.Fatal(err)
		}
		check("once it is handed over", alice(), several, "ask comment remove cap reroute edit Alice role:finance")
		for range order.MaxRemarks - 3 {
			if _, err := say(d, requester, several, order.RemarkMade, "x"); err != nil {
				t.Fatal(err)
			}
		}
		check("full of remarks", alice(), several, "remove cap reroute edit Alice role:finance")
		d.decide(alice(), one, false)
		check("decided", alice(), one, "")
		time.Sleep(2 * time.Hour)
		check("out of time", alice(), several, "")
		drill, err := d.Drill(t.Context(), alice(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if got := permits(d, alice(), drill); got != "" {
			t.Errorf("got %q of a drill", got)
		}
	})
}
