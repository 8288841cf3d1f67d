package order_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"didops/internal/approval"
	"didops/internal/identity"
	"didops/internal/order"
)

// needs are those of a rule that reminds after 2 and 5 minutes, and goes to the
// heads after 8.
func needs() approval.Needs {
	return approval.Needs{
		Count: 1, RequesterCounts: true, Remind: []time.Duration{2 * time.Minute, 5 * time.Minute},
		Eligible: []approval.Group{{Of: []approval.Who{{Role: "finance"}}, After: 8 * time.Minute, Later: []approval.Who{{Person: "Bob"}}}},
		Escalate: []approval.Escalation{{After: 8 * time.Minute, To: []approval.Who{{Person: "Bob"}}}},
	}
}

// told returns what was told of an order, and how long after its request.
func nudgesOf(w *harness, o order.Order) []string {
	var list []string
	for _, e := range trail(w, w.store, o.ID) {
		if e.Event == "reminded" || e.Event == "escalated" {
			list = append(list, fmt.Sprintf("%s %s: %s", e.Event, e.At.Sub(o.CreatedAt).Round(time.Second), e.Result))
		}
	}
	return list
}

// needing asks for a number under a rule.
func (d *testEngine) needing(n approval.Needs, number string) order.Order {
	d.w.Helper()
	o := d.place(http("team"), "purchase", number)
	if err := d.Need(d.w.t.Context(), o.ID, n); err != nil {
		d.w.Fatal(err)
	}
	return o
}

// TestReminders tells who is asked at the right time, once, whoever runs.
func TestReminders(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		w.may(func(p *order.Policy) {
			p.People = slices.Clone(p.People)
			p.People[0].Roles = []string{"finance"}
		})
		for _, name := range []string{"b", "c"} {
			w.engine(name).Start()
		}
		d := w.engine("a")
		o := d.needing(needs(), "9711")
		time.Sleep(10 * time.Minute)
		want := []string{"reminded 2m0s: Alice", "reminded 5m0s: Alice", "escalated 8m0s: to Bob"}
		if got := nudgesOf(w, o); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if who, err := d.Turn(t.Context(), o.ID, w.now()); err != nil || who != "Alice, Bob" {
			t.Errorf("got %q asked (%v), want those who count by now", who, err)
		}
		d.decide(alice(), o, false)
		time.Sleep(time.Hour)
		if got := nudgesOf(w, o); !slices.Equal(got, want) {
			t.Errorf("got %q after the decision, want %q", got, want)
		}
	})
}

// TestWhoIsAwayIsNotReminded names the delegate in the place of who is away, and
// nobody who has approved.
func TestWhoIsAwayIsNotReminded(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		now := w.now()
		w.may(func(p *order.Policy) {
			p.Needed = 2
			p.People = []identity.Person{
				{Name: "Alice", IDs: map[string]string{"os": "alice"}, Roles: []string{"finance"}, Away: []identity.Period{{From: now, Until: now.Add(4 * time.Minute)}}, Delegate: "Bob"},
				{Name: "Bob", IDs: map[string]string{"os": "bob"}},
				{Name: "Carol", IDs: map[string]string{"os": "carol"}, Roles: []string{"finance"}},
			}
		})
		d := w.engine("a")
		d.Start()
		o := d.needing(needs(), "9711")
		d.approve(shell("carol"), o)
		time.Sleep(6 * time.Minute)
		want := []string{"reminded 2m0s: Bob", "reminded 5m0s: Alice"}
		if got := nudgesOf(w, o); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestAskedBackNobodyIsReminded holds reminders back while the requester is
// asked, and tells what came due with the answer.
func TestAskedBackNobodyIsReminded(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d := w.engine("a")
		d.Start()
		o := d.needing(needs(), "9711")
		time.Sleep(time.Minute)
		if _, err := say(d, alice(), o, order.RemarkAsked, "why?"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8*time.Minute + 30*time.Second)
		if got, want := nudgesOf(w, o), []string{"escalated 8m0s: to Bob"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if _, err := say(d, http("team"), o, order.RemarkAnswered, "so"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if got := nudgesOf(w, o); len(got) != 2 || !strings.HasPrefix(got[1], "reminded 9m3") {
			t.Errorf("got %q, want one reminder, with the answer", got)
		}
	})
}

// nudgeStep is one thing that happens in a plan.
type nudgeStep struct {
	Pause time.Duration
	Op    string
	Who   int
}

// TestNudgesOnce runs plans in which replicas come, go, crash and fail to write,
// while people ask back, answer, edit and decide. Of each order every reminder
// and escalation is told at most once, in order, not before it is due and none
// after its end; where somebody ran all the time, none is missed.
func TestNudgesOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		plan := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) nudgeStep {
			return nudgeStep{
				time.Duration(rapid.IntRange(0, 150).Draw(t, "seconds")) * time.Second,
				rapid.SampledFrom([]string{"start", "start", "crash", "fail", "kept", "ask", "answer", "edit", "approve", "reject", "nothing"}).Draw(t, "op"),
				rapid.IntRange(0, 2).Draw(t, "who"),
			}
		}), 1, 14).Draw(rt, "plan")
		var broken []string
		synctest.Test(t, func(t *testing.T) { broken = playNudges(t, plan) })
		if len(broken) > 0 {
			rt.Fatalf("%s\n%+v", strings.Join(broken, "\n"), plan)
		}
	})
}

func playNudges(t *testing.T, plan []nudgeStep) (broken []string) {
	t.Helper()
	w := newHarness(t)
	defer w.close()
	w.t = t
	w.x.offer("9711", "9712")
	d := w.engine("people")
	first := d.place(asks(discord("7")), "purchase", "9711", "9712")
	if err := d.Need(t.Context(), first.ID, needs()); err != nil {
		t.Fatal(err)
	}
	steady := w.engine("steady")
	if plan[0].Who > 0 {
		steady.Start()
	}
	current, procs := first, map[int]*process{}
	for _, s := range plan {
		time.Sleep(s.Pause)
		switch s.Op {
		case "start":
			procs[s.Who] = newProcess(w.memory)
			w.engineOn(fmt.Sprint("replica", s.Who), procs[s.Who]).Start()
		case "crash", "fail", "kept":
			if p := procs[s.Who]; p != nil {
				p.fail(failure{fails: true, kept: s.Op == "kept", crash: s.Op == "crash"})
			}
		case "ask":
			_, _ = say(d, alice(), current, order.RemarkAsked, "why?")
		case "answer":
			_, _ = say(d, asks(discord("7")), current, order.RemarkAnswered, "so")
		case "edit":
			if made, err := d.Edit(t.Context(), order.EditRequest{Order: current.ID, Remove: []string{"9712"}, By: alice()}); err == nil {
				current = made
			}
		case "approve", "reject":
			_, _ = d.Decide(t.Context(), order.DecideRequest{Order: current.ID, Approve: s.Op == "approve", By: alice()})
		}
	}
	time.Sleep(20 * time.Minute)
	for _, o := range []order.Order{first, current} {
		broken = append(broken, nudgesBroken(w, o, plan[0].Who > 0)...)
	}
	if current.ID != first.ID {
		for _, e := range trail(w, w.store, first.ID) {
			if e.Event == "sent" {
				broken = append(broken, "the old order was sent")
			}
		}
	}
	if n := len(w.x.sentOf("9711")); n > 1 {
		broken = append(broken, fmt.Sprintf("%d sends of one number", n))
	}
	sound(t, w.store)
	return broken
}

// nudgesBroken returns which laws the trail of an order breaks.
func nudgesBroken(w *harness, o order.Order, steady bool) (broken []string) {
	bad := func(format string, args ...any) { broken = append(broken, o.ID+": "+fmt.Sprintf(format, args...)) }
	reminders, escalations, ended, asked := 0, 0, false, false
	spoke := false
	var end time.Time
	for _, e := range trail(w, w.store, o.ID) {
		age := e.At.Sub(o.CreatedAt)
		switch e.Event {
		case "asked back":
			asked, spoke = true, true
		case "answered back":
			asked = false
		case "reminded":
			reminders++
			if ended || asked || reminders > 2 || age < []time.Duration{2 * time.Minute, 5 * time.Minute}[min(reminders, 2)-1] {
				bad("reminder %d after %s (ended %v, asked back %v)", reminders, age, ended, asked)
			}
		case "escalated":
			escalations++
			if ended || escalations > 1 || age < 8*time.Minute {
				bad("escalation %d after %s (ended %v)", escalations, age, ended)
			}
		}
		if e.State != "pending" && e.State != "" && !ended {
			ended, end = true, e.At
		}
	}
	if !ended && steady {
		bad("it did not come to an end")
	}
	if d := end.Sub(o.CreatedAt); ended && steady && !spoke && o.Replaces == "" {
		want := 0
		for _, due := range []time.Duration{2 * time.Minute, 5 * time.Minute} {
			if d > due+nudgeSlack {
				want++
			}
		}
		if reminders < want || d > 8*time.Minute+nudgeSlack && escalations == 0 {
			bad("%d reminders and %d escalations in %s, with somebody there all the time", reminders, escalations, d)
		}
	}
	return broken
}

// nudgeSlack is how late something may be told after a replica that held the
// lease has crashed.
const nudgeSlack = 70 * time.Second
