package replicas_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/audit"
	"didops/internal/testing/fakediscord"
)

// nudging reminds who is on the desk, and then goes to the head.
const nudging = `
[[people]]
name = "Bob"
discord = "1500000000000000002"
roles = ["desk"]
[[people]]
name = "Heidi"
discord = "1500000000000000009"
roles = ["heads"]
[[approval.rules]]
name = "watched"
approvers = ["role:desk"]
remind_after = ["1s"]
escalate_after = "10s"
escalate_to = ["role:heads"]
`

// The people of nudging, as Discord has them.
const bobHere, heidiHere = "1500000000000000002", "1500000000000000009"

// TestNudgesOfReplicas has replicas remind and escalate. The one that reminded is
// killed before an order goes to the next person, and another sees to that; of an
// order that is asked for afterwards two see to it. Each is told once, and calls
// whom it is for.
func TestNudgesOfReplicas(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	for name, store := range replicaStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, store(t), 1, true, nudging)
			first := f.replicas[0]
			lots := f.Lots(t, 2)
			orphan := f.asks(t, lots[0])
			f.nudged(t, orphan, reminder, bobHere)
			f.kill(first) // and it can't give back what it holds
			second := &replica{}
			f.replicas = append(f.replicas, second)
			f.start(t, second)
			f.nudged(t, orphan, escalation, heidiHere)
			f.start(t, first)
			shared := f.asks(t, lots[1])
			f.nudged(t, shared, reminder, bobHere)
			f.nudged(t, shared, escalation, heidiHere)
			for _, id := range []string{orphan, shared} {
				f.nudgedOnce(t, id)
			}
			for _, r := range f.replicas {
				f.stop(t, r)
			}
		})
	}
}

// The words by which people are told.
const reminder, escalation = "still waits for a decision", "it goes to you"

// asks has a client ask for a number, which waits.
func (f *fleet) asks(t *testing.T, lot harness.Lot) string {
	t.Helper()
	c := harness.Connect(t, strings.TrimPrefix(f.front.URL, "http://"), "mute-token", true, nil)
	defer c.HangUp()
	a := c.Call("did_purchase", `{`+harness.NumbersArg(lot)+`}`)
	if a.Order().State != "pending" {
		t.Fatalf("got %s, want an order that waits", a.Raw)
	}
	return a.Order().ID
}

// nudged waits until somebody is told of an order, and wants that one called.
func (f *fleet) nudged(t *testing.T, id, words, whom string) {
	t.Helper()
	var m *fakediscord.Message
	for deadline := time.Now().Add(harness.Patience); m == nil; { // what a replica held that was killed, it holds for a minute
		attempt(t, func(tb testing.TB) {
			tb.Helper()
			m = f.MessageWhere(tb, fleetChannel, func(m *fakediscord.Message) bool {
				return strings.Contains(m.Text(), id) && strings.Contains(m.Text(), words)
			})
		})
		if m == nil && time.Now().After(deadline) {
			t.Fatalf("nobody was told %q of %s", words, id)
		}
	}
	if !slices.Contains(m.Called, whom) || words == escalation && len(m.Called) > 1 { // who comes later is reminded as well
		t.Errorf("got %v called by %s, want %s", m.Called, m.Text(), whom)
	}
}

// nudgedOnce holds that of an order one message of each kind was posted, and that
// the trail tells of one of each.
func (f *fleet) nudgedOnce(t *testing.T, id string) {
	t.Helper()
	got := map[string]int{}
	for _, m := range f.Messages(fleetChannel) {
		for _, words := range []string{reminder, escalation} {
			if strings.Contains(m.Text(), id) && strings.Contains(m.Text(), words) {
				got[words]++
			}
		}
	}
	for line := range strings.Lines(f.Shell(t, "audit", "export").Out) {
		var e audit.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if e.Order == id && (e.Event == "reminded" || e.Event == "escalated") {
			got[e.Event]++
		}
	}
	if want := map[string]int{reminder: 1, escalation: 1, "reminded": 1, "escalated": 1}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", id, got, want)
	}
}
