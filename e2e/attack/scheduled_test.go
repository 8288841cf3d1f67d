package attack_test

import (
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
)

// TestAttackByTheClock tries to have a number given up later without an
// approval, at another time than was approved, or to take back what others had
// approved without a right to.
func TestAttackByTheClock(t *testing.T) {
	t.Parallel()
	g := newTarget(t, harness.ClientsConfig())
	lots := g.Lots(t, 2)
	g.Buy(t, lots[0])
	g.Buy(t, lots[1])
	s := g.Serve(t)
	client := func(token string) *harness.Client {
		return harness.Connect(t, s.Address, token, true, harness.Approve)
	}
	team, guest, auditor := client("team-token"), client("guest-token"), client("auditor-token")
	later := `{` + harness.NumbersArg(lots[0]) + `,"when":"before_renewal"`
	for _, claim := range []string{`"send_at":"2026-01-01T00:00:00Z"`, `"lead":"0s"`, `"state":"scheduled"`, `"billed_to":"2026-01-01"`, `"approved":true`, `"when":"now"`} {
		if a := team.Call("did_unsubscribe", later+`,`+claim+`}`); a.Order().State != "" {
			t.Errorf("%s: got %s, want it refused", claim, a.Raw)
		}
	}
	for _, when := range []string{"later", "BEFORE", "2027-01-01", "in 1s", "null"} {
		if a := team.Call("did_unsubscribe", `{`+harness.NumbersArg(lots[0])+`,"when":`+harness.Quote(when)+`}`); a.Order().State != "" {
			t.Errorf("when %q: got %s, want it refused", when, a.Raw)
		}
	}
	// What is empty is not given: the same as now, which waits for a person too.
	if o := team.Call("did_unsubscribe", `{`+harness.NumbersArg(lots[1])+`,"when":""}`).Order(); o.State != "pending" {
		t.Errorf("when empty: got %+v, want an order that waits", o)
	}
	asked := team.Call("did_unsubscribe", later+`}`).Order()
	if asked.State != "pending" {
		t.Fatalf("got %+v, want an order that waits, whatever the dialog says", asked)
	}
	id := `{"id":` + harness.Quote(asked.ID) + `}`
	g.Forward(10 * time.Minute)
	number := lots[0].Number
	if r := g.AtTerminal(t, harness.Typing("y"), "order", "approve", asked.ID); r.Code == 0 || g.State(t, asked.ID) != "pending" {
		t.Errorf("without the digits: got exit %d and %s", r.Code, g.State(t, asked.ID))
	}
	if r := g.AtTerminal(t, harness.Typing(number[len(number)-4:]), "order", "approve", asked.ID); r.Code != 8 || g.State(t, asked.ID) != "scheduled" {
		t.Fatalf("got exit %d and %s: %s", r.Code, g.State(t, asked.ID), r.Err)
	}
	guest.Call("order_cancel", id).Refused(t, "another client", "not_found", "")
	if a := auditor.Call("order_cancel", id); g.State(t, asked.ID) != "scheduled" {
		t.Errorf("a reader: got %s", a.Raw)
	}
	for _, tool := range []string{"did_unsubscribe", "did_update"} {
		args := `{` + harness.NumbersArg(lots[0]) + map[string]string{"did_update": `,"contact":"sip:x@sip.example.net:5060"`}[tool] + `}`
		guest.Call(tool, args).Refused(t, tool+" behind it", "conflict", asked.ID)
	}
	g.Unharmed(t, "while it is scheduled", 2)
	if a := team.Call("order_cancel", id); a.Order().State != "cancelled" {
		t.Errorf("got %s, want the requester's own taken back", a.Raw)
	}
	team.Call("order_cancel", id).Refused(t, "once more", "conflict", "taken back")
	if r := g.AtTerminal(t, harness.Typing(number[len(number)-4:]), "order", "approve", asked.ID); r.Code == 0 || !strings.Contains(r.Err+r.Out, "taken back") {
		t.Errorf("approved again: got exit %d: %s%s", r.Code, r.Out, r.Err)
	}
	g.Unharmed(t, "at the end", 2)
}
