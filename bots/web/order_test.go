package web_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/authenticator"
	"didops/internal/testing/fakeorders"
)

// decisions are who decided what.
func (d *desk) decided() []string {
	var list []string
	for _, r := range d.Decisions() {
		list = append(list, map[bool]string{true: "yes", false: "no"}[r.Approve]+" of "+r.By.Principal.String()+" through "+r.By.Frontend.String())
	}
	return list
}

// TestDecide approves and rejects what was shown, without a script.
func TestDecide(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	alice := d.signedIn(t, "Alice")
	bought, dropped := d.place(t, "line_buy", buying), d.place(t, "line_drop", dropping)
	list := alice.get("/approvals")
	list.has(t, `<a href="/desk/orders/`+bought+`">Buy of 2 numbers`, "Asked by", "claude-team", "15 minutes left", "Waits for", "1 approval")
	page := alice.get("/orders/" + bought)
	page.has(t, "<h1>Buy 2 numbers for ", "+97150000001", "+97150000002", "“&lt;b&gt;the office&lt;/b&gt;”", `value="approve">Buy for `, "Reject: nothing is done", "Each month")
	if strings.Contains(page.text, "<b>the office") || strings.Contains(page.text, "To approve it") {
		t.Errorf("got %s", page.text)
	}
	if got := alice.post("/orders/"+bought+"/decide", "decision", "approve", "terms", page.terms(t), "reason", "for Dubai"); got.status != http.StatusSeeOther || got.lead != "/orders/"+bought {
		t.Fatalf("got %d %s", got.status, got.text)
	}
	after := alice.get("/orders/" + bought)
	after.has(t, "Done: all of it.", "approved by “Alice” (on the web page)")
	if strings.Contains(after.text, `value="approve"`) {
		t.Error("got a form for what is decided")
	}
	alice.get("/orders/"+dropped).has(t, "To approve, type the last four digits of +97150000001", "danger")
	if got := alice.post("/orders/"+dropped+"/decide", "decision", "reject", "reason", "not <now>"); got.status != http.StatusSeeOther {
		t.Fatalf("got %d %s", got.status, got.text)
	}
	alice.get("/orders/"+dropped).has(t, "Rejected by Alice", "“not &lt;now&gt;”")
	if want := []string{"yes of web:Alice through web", "no of web:Alice through web"}; !slices.Equal(d.decided(), want) {
		t.Errorf("got %v, want %v", d.decided(), want)
	}
	alice.get("/history").has(t, `<a href="/desk/orders/`+bought+`">`, "rejected")
	alice.get("/history?state=done").has(t, bought, `aria-current="page">done</a>`)
	alice.get("/log").has(t, bought, "requested")
}

// TestDigits are typed for what can't be undone, and asked for again.
func TestDigits(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	id := d.place(t, "line_drop", dropping)
	terms := b.get("/orders/" + id).terms(t)
	for _, typed := range []string{"", "0002", "1"} {
		got := b.post("/orders/"+id+"/decide", "decision", "approve", "terms", terms, "typed", typed, "reason", "not needed")
		if got.status != http.StatusUnprocessableEntity {
			t.Fatalf("%q: got %d %s", typed, got.status, got.text)
		}
		got.has(t, `role="alert"`, "That is not the last four digits", `aria-invalid="true" aria-describedby="problem" autofocus`, `value="not needed"`)
	}
	if len(d.decided()) > 0 {
		t.Fatalf("got %v, want nothing decided", d.decided())
	}
	if got := b.post("/orders/"+id+"/decide", "decision", "approve", "terms", terms, "typed", " 0001 "); got.status != http.StatusSeeOther {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

// TestEnterDecidesNothing holds that the button that Enter in a field of the form
// presses, the first of it, is one that is disabled: browsers send nothing then.
func TestEnterDecidesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	signed := d.place(t, "line_buy", buying)
	d.Change(signed, func(o *order.Order) { o.Strength = identity.Passkey })
	for _, id := range []string{d.place(t, "line_buy", buying), d.place(t, "line_drop", dropping), signed} {
		_, form, ok := strings.Cut(b.get("/orders/"+id).text, `<form class="decide"`)
		if !ok {
			t.Fatalf("%s: got no form", id)
		}
		_, first, _ := strings.Cut(form, "<button")
		first, _, _ = strings.Cut(first, ">")
		if !slices.Contains(strings.Fields(first), "disabled") || strings.Contains(first, "name=") {
			t.Errorf("%s: got %q as the first button, want one that is disabled", id, first)
		}
	}
}

// TestTwoWindows tells whoever comes second who decided, and when.
func TestTwoWindows(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	alice, bob := d.signedIn(t, "Alice"), d.signedIn(t, "Bob")
	id := d.place(t, "line_buy", buying)
	first, second := alice.get("/orders/"+id).terms(t), bob.get("/orders/"+id).terms(t)
	if first != second {
		t.Error("the terms are not the same for both")
	}
	d.after(time.Minute)
	alice.post("/orders/"+id+"/decide", "decision", "approve", "terms", first)
	for _, decision := range []string{"approve", "reject"} {
		got := bob.post("/orders/"+id+"/decide", "decision", decision, "terms", second)
		if got.status != http.StatusConflict {
			t.Fatalf("%s: got %d %s", decision, got.status, got.text)
		}
		got.has(t, `role="alert"`, "is decided: approved by Alice at 14:18:05", "Done: all of it.")
	}
	if d.Executions() != 1 || len(d.decided()) != 1 {
		t.Errorf("got %d executions and %v", d.Executions(), d.decided())
	}
}

// TestTermsThatWereNotShown are not approved.
func TestTermsThatWereNotShown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	id := d.place(t, "line_buy", buying)
	terms := b.get("/orders/" + id).terms(t)
	for name, change := range map[string]func(*order.Order){
		"dearer":          func(o *order.Order) { o.QuoteHash = "another" },
		"another notice":  func(o *order.Order) { o.Notes = append(slices.Clone(o.Notes), "NEW HOST") },
		"longer":          func(o *order.Order) { o.ExpiresAt = o.ExpiresAt.Add(time.Hour) },
		"more are needed": func(o *order.Order) { o.Needed = 2 },
	} {
		d.Change(id, change)
		got := b.post("/orders/"+id+"/decide", "decision", "approve", "terms", terms)
		if got.status != http.StatusConflict || len(d.decided()) > 0 {
			t.Fatalf("%s: got %d %v %s", name, got.status, d.decided(), got.text)
		}
		got.has(t, "not what the page showed any more")
		if got := b.script("/orders/"+id+"/challenge", "decision", "approve", "terms", terms); got.status != http.StatusConflict || !strings.Contains(got.text, `"anew":true`) {
			t.Errorf("%s: got %d %s, want nothing to sign", name, got.status, got.text)
		}
		terms = got.terms(t)
	}
	for _, wrong := range []string{"", "x", strings.Repeat("0", 64)} {
		if got := b.post("/orders/"+id+"/decide", "decision", "approve", "terms", wrong); got.status != http.StatusConflict {
			t.Errorf("%q: got %d", wrong, got.status)
		}
	}
	if got := b.post("/orders/"+id+"/decide", "decision", "later", "terms", terms); got.status != http.StatusUnprocessableEntity {
		t.Errorf("got %d of neither yes nor no", got.status)
	}
	d.after(3 * time.Hour)
	got := b.post("/orders/"+id+"/decide", "decision", "approve", "terms", terms)
	if got.status != http.StatusConflict || len(d.decided()) > 0 {
		t.Errorf("got %d %v of an order out of time", got.status, d.decided())
	}
	got.has(t, "expired at")
}

// TestPasskeyOrders are decided with an assertion, for which the page has the
// script.
func TestPasskeyOrders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	id := d.place(t, "line_buy", buying)
	d.Change(id, func(o *order.Order) { o.Strength = identity.Passkey })
	page := b.get("/orders/" + id)
	page.has(t, "data-assert", "with a passkey</button>", `data-passkey="decide"`, "app.js", "needs JavaScript")
	if strings.Contains(page.text, `value="approve">`) {
		t.Errorf("got %s, want no approval without a passkey", page.text)
	}
	c := b.script("/orders/"+id+"/challenge", "decision", "approve", "terms", page.terms(t))
	if c.status != http.StatusOK || !strings.Contains(c.text, `"ceremony":"`) || !strings.Contains(c.text, `"publicKey":{"challenge":"`) {
		t.Fatalf("got %d %s", c.status, c.text)
	}
	if got := b.post("/orders/"+id+"/decide", "decision", "approve", "terms", page.terms(t), "ceremony", "x", "answer", "{"); got.status != http.StatusUnprocessableEntity || len(d.decided()) > 0 {
		t.Errorf("got %d %s of what is no assertion", got.status, got.text)
	}
	d.passkeys.void("Bob")
	d.passkeys.give("Carol", "k")
	bob := d.signedIn(t, "Bob")
	bob.get("/orders/"+id).has(t, "with a passkey</button>")
}

// TestSignedOrNothing holds that a button that says "with a passkey" is no plain
// click where the script does not run, also where a click would do.
func TestSignedOrNothing(t *testing.T) {
	t.Parallel()
	device, err := authenticator.New("https://didops.example.net", "didops.example.net", false)
	if err != nil {
		t.Fatal(err)
	}
	for operation, args := range map[string]string{"line_buy": buying, "line_drop": dropping} {
		d := newDesk(t)
		b := d.signedIn(t, "Alice")
		id := d.place(t, operation, args)
		page := b.get("/orders/" + id)
		page.has(t, `value="sign" data-assert>`, "with a passkey</button>")
		if strings.Contains(page.text, `value="approve" data-assert`) {
			t.Errorf("got %s, want a value of its own", page.text)
		}
		for _, signed := range []string{"", "{"} {
			got := b.post("/orders/"+id+"/decide", "decision", "sign", "terms", page.terms(t), "typed", "0001", "answer", signed)
			if got.status != http.StatusUnprocessableEntity || len(d.decided()) > 0 {
				t.Fatalf("%s: got %d %v of %q", operation, got.status, d.decided(), signed)
			}
			got.has(t, "so nothing was decided")
			if strings.Contains(got.text, "aria-invalid") {
				t.Errorf("%s: got a fault of the digits", operation)
			}
		}
		c := b.script("/orders/"+id+"/challenge", "decision", "sign", "terms", page.terms(t))
		var asked struct {
			Ceremony string          `json:"ceremony"`
			Options  json.RawMessage `json:"publicKey"`
		}
		if err := json.Unmarshal([]byte(c.text), &asked); err != nil {
			t.Fatalf("%s: got %d %s", operation, c.status, c.text)
		}
		signed, err := device.Get(asked.Options)
		if err != nil {
			t.Fatal(err)
		}
		got := b.post("/orders/"+id+"/decide", "decision", "sign", "terms", page.terms(t), "typed", "0001", "ceremony", asked.Ceremony, "answer", string(signed))
		if list := d.Decisions(); got.status != http.StatusSeeOther || len(list) != 1 || list[0].Assertion == nil {
			t.Fatalf("%s: got %d %+v %s", operation, got.status, list, got.text)
		}
	}
}

// TestWhoMayWhat holds what each role sees and does.
func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.place(t, "line_buy", buying)
	for _, who := range []string{"Carol", "Dave"} {
		b := d.signedIn(t, who)
		page := b.get("/orders/" + id)
		if page.status != http.StatusOK || strings.Contains(page.text, "decision") {
			t.Errorf("%s: got %d %s, want no form", who, page.status, page.text)
		}
		for _, decision := range []string{"approve", "reject"} {
			if got := b.post("/orders/"+id+"/decide", "decision", decision); got.status != http.StatusForbidden {
				t.Errorf("%s: got %d %s", who, got.status, got.text)
			}
		}
		if got := b.get("/log"); got.status != http.StatusForbidden {
			t.Errorf("%s: got %d, want the log for approvers", who, got.status)
		}
	}
	if got := d.browser(t).post("/orders/"+id+"/decide", "decision", "reject"); got.status != http.StatusForbidden {
		t.Errorf("nobody: got %d %s", got.status, got.text)
	}
	d.passkeys.give("Eve", "eve")
	if got := d.browser(t).post("/signin/passkey", "ceremony", "begun", "answer", "eve"); got.status != http.StatusForbidden {
		t.Errorf("without a role: got %d", got.status)
	}
	if len(d.decided()) > 0 {
		t.Errorf("got %v", d.decided())
	}
	b := d.signedIn(t, "Alice")
	for path, want := range map[string]int{
		"/orders/sb-9999": http.StatusNotFound, "/orders/": http.StatusNotFound, "/nothing": http.StatusNotFound, "/history?state=x": http.StatusNotFound,
		"/log?to=0": http.StatusNotFound, "/log?to=x": http.StatusNotFound, "/log?to=1": http.StatusOK, "": http.StatusSeeOther, "/": http.StatusSeeOther,
	} {
		if got := b.get(path); got.status != want {
			t.Errorf("%s: got %d, want %d", path, got.status, want)
		}
	}
}

// TestApprovalThatDoesNotCount is said, and a no is open all the same.
func TestApprovalThatDoesNotCount(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Alice")
	id := d.place(t, "line_buy", buying)
	d.Switch(func(w *fakeorders.Switches) { w.Refuses.Approval = errForbidden })
	page := b.get("/orders/" + id)
	page.has(t, "The passkey&#39;s signature does not hold.", "Reject: nothing is done")
	if strings.Contains(page.text, `value="approve"`) {
		t.Error("got a button that decides nothing")
	}
	if got := b.post("/orders/"+id+"/decide", "decision", "approve"); got.status != http.StatusForbidden {
		t.Errorf("got %d %s", got.status, got.text)
	}
	if got := b.post("/orders/"+id+"/decide", "decision", "reject"); got.status != http.StatusSeeOther {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

// TestTakeBack takes back what is scheduled, once.
func TestTakeBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.signedIn(t, "Carol")
	id := d.place(t, "line_buy", buying)
	d.Change(id, fakeorders.To(order.Scheduled, order.LineWaiting, "Approved, and sent later."))
	b.get("/orders/"+id).has(t, "Take it back")
	if got := b.post("/orders/" + id + "/cancel"); got.status != http.StatusSeeOther {
		t.Errorf("got %d %s", got.status, got.text)
	}
	got := b.post("/orders/" + id + "/cancel")
	if got.status != http.StatusConflict {
		t.Errorf("got %d %s of one that was taken back", got.status, got.text)
	}
	got.has(t, "Taken back by “Carol”")
}
