package order_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// TestDrill asks who is there, and holds that nothing can come of it but that.
func TestDrill(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.may(func(p *order.Policy) { discordApproves(p); p.MaxOpenOrders = 1 })
		d := w.engine("a")
		d.Start()
		_, err := d.Drill(t.Context(), asks(discord("7")), time.Hour)
		wantFault(t, err, fault.Forbidden)
		o, err := d.Drill(t.Context(), shell("carol"), time.Hour)
		if err != nil || o.State != order.Pending || o.Kind != order.KindDrill || len(o.Lines) != 0 || o.Costs {
			t.Fatalf("got %+v %v", o, err)
		}
		again, err := d.Drill(t.Context(), alice(), time.Minute)
		if err != nil || again.ID != o.ID {
			t.Errorf("got %s %v, want the one that still asks", again.ID, err)
		}
		d.place(shell("carol"), "purchase", "9711") // though one order may be open
		asked, err := d.Ask(t.Context(), o.ID, alice())
		if err != nil || asked.Question.Text != "Are you there?" || asked.Question.Outcome != "I'm here" {
			t.Fatalf("got %+v %v", asked, err)
		}
		for _, way := range asked.Order.ApproveAt {
			if strings.Contains(way, "approve it") || strings.Contains(way, "reject") {
				t.Errorf("got %q, want how to answer", way)
			}
		}
		time.Sleep(90 * time.Second)
		d.approve(alice(), o)
		time.Sleep(time.Minute)
		d.approve(discord("9"), o)
		wantStates(t, d.see(alice(), o), "pending:")
		for _, by := range []identity.Caller{discord("1"), asks(discord("8")), asking(shell("bob"))} { // Alice again, no approver, a dialog
			if _, err := d.Decide(t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: by}); err == nil {
				t.Errorf("%s: got an answer that counts", by.Principal)
			}
		}
		_, err = d.Decide(t.Context(), order.DecideRequest{Order: o.ID, By: shell("bob")})
		wantFault(t, err, fault.Conflict, "nothing to say no to")
		_, err = d.Edit(t.Context(), order.EditRequest{Order: o.ID, Remove: []string{"9711"}, By: alice()})
		wantFault(t, err, fault.Invalid)
		_, err = d.Place(t.Context(), order.PlaceRequest{Operation: order.DrillOperation, Args: []byte(`{}`), By: alice()})
		wantFault(t, err, fault.NotFound)
		report, err := d.DrillReport(t.Context(), alice())
		if err != nil {
			t.Fatal(err)
		}
		want := []order.Answered{{Name: "Alice", Realm: "os", After: 90}, {Name: "D9", Realm: "discord", After: 150}}
		if diff := cmp.Diff(want, report.Answered); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
		if !slices.Equal(report.Silent, []string{"Bob"}) || len(report.Nobody) != 0 || report.Known != 2 {
			t.Errorf("got %+v", report)
		}
		time.Sleep(time.Hour)
		if got := d.see(alice(), o); got.State != order.Expired || !strings.Contains(got.Message, "2 people answered") {
			t.Errorf("got %s: %s", got.State, got.Message)
		}
		wantSends(t, w.x, "", 0)
		if got := happened(w, o.ID); !slices.Equal(got[:3], []string{"requested", "drill answered", "drill answered"}) {
			t.Errorf("got trail %v", got)
		}
	})
}

// TestDrillReportKnowsThePage names who may decide on the page: people with a
// name, and nobody else.
func TestDrillReportKnowsThePage(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.may(func(p *order.Policy) {
			p.Realms[identity.Web] = order.RealmPolicy{Approves: true, Approvers: []string{"Bob"}, Page: "https://didops.example.net"}
			p.People = []identity.Person{{Name: "Bob", IDs: map[string]string{identity.Web: "Bob"}}}
		})
		report, err := w.engine("a").DrillReport(t.Context(), alice())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range report.CanAct {
			if slices.Contains(a.Realms, identity.Web) != (a.Name == "Bob") {
				t.Errorf("got %+v, want Bob alone on the page", report.CanAct)
			}
		}
		if !slices.ContainsFunc(report.CanAct, func(a order.Actor) bool { return a.Name == "Bob" }) {
			t.Errorf("got %+v, want Bob", report.CanAct)
		}
	})
}

// TestDrillReportKnowsEmptyHours finds the hours in which all are away, and
// those in which nobody ever decided.
func TestDrillReportKnowsEmptyHours(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		now := w.now().UTC()
		monday := now.Truncate(24 * time.Hour)
		for monday.Weekday() != time.Monday {
			monday = monday.AddDate(0, 0, 1)
		}
		w.may(func(p *order.Policy) {
			only(p, "alice")
			p.People = []identity.Person{{Name: "Alice", IDs: map[string]string{"os": "alice"}, Away: []identity.Period{{From: monday, Until: monday.AddDate(0, 0, 2)}}}}
		})
		d := w.engine("a")
		report, err := d.DrillReport(t.Context(), alice())
		if err != nil {
			t.Fatal(err)
		}
		if want := []order.Uncovered{{Hours: "Mon 00:00 to Wed 00:00", Why: "everybody who counts is away"}}; !cmp.Equal(want, report.Nobody) {
			t.Errorf("got %+v, want %+v", report.Nobody, want)
		}
		w.may(func(p *order.Policy) { p.People[0].Away = nil })
		for n := range 24 {
			number := string(rune('a'+n)) + "1"
			w.x.offer(number)
			d.decide(alice(), d.place(alice(), "purchase", number), false)
		}
		report, err = d.DrillReport(t.Context(), alice())
		if err != nil || report.Known != 24 || len(report.Nobody) == 0 {
			t.Fatalf("got %+v %v", report, err)
		}
		for _, n := range report.Nobody {
			if strings.HasPrefix(n.Hours, now.Format("Mon 15:00")) || !strings.Contains(n.Why, "nobody has decided") {
				t.Errorf("got %+v", n)
			}
		}
	})
}
