package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
)

// TestWhatWasSaid is on the page before it is decided: who was asked back, what
// was said, of what it was made and what it still takes by which rule.
func TestWhatWasSaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	id := d.place(t, "line_buy", buying)
	d.Change(id, func(o *order.Order) {
		o.Rule, o.SoFar = "“abroad”", "0 of 2 approvals; one of role:finance is missing"
		o.AskedOf, o.Replaces, o.Edit = "Bob", "sb-0999", "without +97150000003, by “Bob” (discord)"
		o.Message = "Waiting for its requester, whom “Bob” asked: “why <now>?”. Nothing has been done yet."
		o.WaitsFor, o.AskedBackAt = "requester", fixture.Moment()
		o.Talk = []order.RemarkView{
			{Realm: identity.OS, Name: "Alice", Kind: order.RemarkMade, Text: "seen", At: fixture.Moment()},
			{Realm: identity.Discord, Name: "Bob", Kind: order.RemarkAsked, Text: "why <now>?", At: fixture.Moment()},
		}
	})
	rule := []string{"“abroad”", "0 of 2 approvals; one of role:finance is missing"}
	talked := []string{
		"Comment", "“seen” by “Alice” (on this machine)", "Asked back", "“why &lt;now&gt;?” by “Bob” (Discord)", "Asked of", "“Bob”",
		"Made of", "sb-0999: without +97150000003, by “Bob” (discord)", "Waiting for its requester, whom “Bob” asked",
	}
	b.get("/orders/"+id).has(t, append(slices.Clone(talked), rule...)...)
	b.get("/approvals").has(t, "its requester, whom “Bob” asked “why &lt;now&gt;?”")
	d.Change(id, func(o *order.Order) { o.WaitsFor = "" })
	b.get("/approvals").has(t, "rule “abroad”: 0 of 2 approvals; one of role:finance is missing; asked of “Bob”")
	d.Change(id, fakeorders.To(order.Cancelled, order.LineWaiting, "Replaced by sb-1000, which “Bob” (discord) made of it. Nothing was done."), func(o *order.Order) {
		o.ReplacedBy = "sb-1000"
	})
	after := b.get("/orders/" + id)
	after.has(t, "Replaced by sb-1000, which “Bob” (discord) made of it.", "“seen” by “Alice”")
	if strings.Contains(after.text, `name="decision"`) {
		t.Error("got a form for what was replaced")
	}
}

// TestDrill has its only answer on the page, once, without a passkey.
func TestDrill(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	o, err := d.Drill(t.Context(), identity.Caller{
		Principal: identity.Principal{Realm: identity.OS, ID: "bob", Name: "bob", Role: identity.Approver}, Frontend: identity.FrontShell,
	}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	b.get("/approvals").has(t, ">A drill: who is there</a>", "whoever is there")
	page := b.get("/orders/" + o.ID)
	page.has(t, "<h1>Are you there?</h1>", `value="approve">I&#39;m here</button>`, "An answer counts until")
	for _, never := range []string{"Reject", "Reason", "with a passkey"} {
		if strings.Contains(page.text, never) {
			t.Errorf("got %s, want no %q", page.text, never)
		}
	}
	if got := b.post("/orders/"+o.ID+"/decide", "decision", "approve", "terms", page.terms(t)); got.status != http.StatusSeeOther {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

// TestStop takes back what a mandate decided, under the word that fits.
func TestStop(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Carol")
	id := d.place(t, "line_buy", buying)
	d.Change(id, fakeorders.To(order.Scheduled, order.LineWaiting, "By mandate uae-mobile, and scheduled."), func(o *order.Order) {
		o.DecidedBy = []order.Decided{{Realm: "mandate", Name: "mandate uae-mobile (m-1), approved by alice", Decision: "approved"}}
	})
	page := b.get("/orders/" + id)
	page.has(t, "<button>Stop it</button>", "By mandate uae-mobile")
	if strings.Contains(page.text, "Take it back") {
		t.Error("got two words for one button")
	}
	if got := b.post("/orders/" + id + "/cancel"); got.status != http.StatusSeeOther {
		t.Errorf("got %d %s", got.status, got.text)
	}
}
