package order_test

import (
	"path/filepath"
	"strings"
	"testing"

	"didops/internal/identity"
	"didops/internal/order"
)

// TestMembersHearNothingOfTheMachine holds that on Discord, on cards and in
// the audit channel nobody reads the name of a user of the operating system,
// but that of the person where one is known.
func TestMembersHearNothingOfTheMachine(t *testing.T) {
	t.Parallel()
	for name, world := range map[string]func(testing.TB) *harness{
		"sqlite":   func(tb testing.TB) *harness { tb.Helper(); return onDisk(tb, filepath.Join(tb.TempDir(), "orders.db")) },
		"postgres": onPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			defer w.close()
			w.may(func(p *order.Policy) {
				p.Realms = map[string]order.RealmPolicy{identity.OS: {Approves: true}, identity.Discord: {Approves: true}}
				p.People = []identity.Person{{Name: "Carol C.", IDs: map[string]string{identity.OS: "svc-carol"}}}
			})
			e, bob := w.engine("a"), discord("bob")
			w.x.offer("9711", "9712", "9713", "9714")
			user, carol := shell("svc-root"), shell("svc-carol")
			pending := e.place(user, "purchase", "9711")
			rejected := e.place(user, "purchase", "9712")
			e.decide(user, rejected, false)
			known := e.place(carol, "purchase", "9713")
			cancelled := e.place(user, "purchase", "9714")
			if _, err := e.Cancel(t.Context(), cancelled.ID, user); err != nil {
				t.Fatal(err)
			}
			var said []string
			say := func(parts ...string) { said = append(said, parts...) }
			for _, id := range []string{pending.ID, rejected.ID, known.ID, cancelled.ID} {
				o, err := e.Order(t.Context(), id, bob, 0)
				if err != nil {
					t.Fatal(err)
				}
				say(o.RequestedBy.Name, o.Message, strings.Join(o.ApproveAt, " "))
				for _, d := range o.DecidedBy {
					say(d.Name)
				}
				c, err := e.Feed().Card(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				say(c.Order.RequestedBy.Name, c.Order.Message)
			}
			for _, id := range []string{rejected.ID, cancelled.ID} {
				for _, by := range []identity.Caller{bob, user} { // the latter is recorded in full
					_, err := e.Decide(t.Context(), order.DecideRequest{Order: id, Approve: true, By: by})
					if err == nil {
						t.Fatal("got a second decision")
					}
					if by.Principal.ID == bob.Principal.ID {
						say(err.Error())
					}
				}
			}
			if _, err := e.Cancel(t.Context(), pending.ID, bob); err == nil {
				t.Fatal("got somebody else's order cancelled")
			} else {
				say(err.Error())
			}
			list, err := e.Orders(t.Context(), bob, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range list {
				say(o.RequestedBy.Name)
			}
			news, _, err := e.Feed().News(t.Context(), 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range news {
				say(n.Text)
			}
			all := strings.Join(said, "\n")
			if strings.Contains(strings.ToLower(all), "svc-") {
				t.Errorf("got the name of a user in\n%s", all)
			}
			if !strings.Contains(all, "Carol C.") || !strings.Contains(all, "an operator") {
				t.Errorf("got\n%s\nwant the person who is known, and an operator", all)
			}
			if o, err := e.Order(t.Context(), pending.ID, user, 0); err != nil || o.RequestedBy.Name != "Svc-root" {
				t.Errorf("got %q, %v, want the user at a terminal", o.RequestedBy.Name, err)
			}
		})
	}
}
