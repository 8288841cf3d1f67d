package attack_test

import (
	"strings"
	"testing"

	"didops/e2e/harness"
)

// TestAttackByWayBack tries to move traffic by what was once: to a host that may
// not be named over MCP, by an order of somebody else, and without a person; and
// looks for the password of the former route in all that is said.
func TestAttackByWayBack(t *testing.T) {
	t.Parallel()
	const password = "MARKED-FORMER-7tR"
	g := newTarget(t, harness.ClientsConfig())
	found := g.Shell(t, "did", "search", "--voice", "--sms", "--documents", "not_required", "--limit", "2", "--csv")
	var numbers []string
	for line := range strings.Lines(found.Out) {
		if digits, _, _ := strings.Cut(line, ","); strings.Trim(digits, "0123456789") == "" {
			numbers = append(numbers, "+"+digits)
		}
	}
	if len(numbers) != 2 {
		t.Fatalf("got %q: %s", numbers, found.Err)
	}
	// A person has routed both to a host that is not in the configuration, and one of them away again.
	person := func(args ...string) string {
		t.Helper()
		r := g.AtTerminal(t, harness.Typing("y"), append(args, "--json")...)
		if r.Code != 0 || r.Order == nil || r.Order.State != "done" {
			t.Fatalf("%v: got exit %d and %s%s", args, r.Code, r.Out, r.Err)
		}
		if strings.Contains(r.Out+r.Err, password) {
			t.Errorf("%v: the password is in %s%s", args, r.Out, r.Err)
		}
		return r.Order.ID
	}
	person("did", "purchase", numbers[0], numbers[1], "--contact", "sip:{number}@evil.example.net", "--smpp-contact", "smpp:l:"+password+":{number}@evil.example.net:2775")
	away := person("did", "update", numbers[0], "--contact", "template", "--smpp-contact", "template")
	writes := len(g.Writes())

	s := g.Serve(t)
	for _, face := range []struct {
		way string
		c   *harness.Client
	}{{"stdio", g.Assistant(t, true, harness.Approve)}, {"HTTP", harness.Connect(t, s.Address, "team-token", true, harness.Approve)}} {
		way, c := face.way, face.c
		a := c.Call("did_update", `{"restore":`+harness.Quote(away)+`}`)
		code, words := "forbidden", "over MCP"
		if way == "HTTP" {
			code, words = "not_found", "there is no order" // it is not its own
		}
		a.Refused(t, way, code, words)
		for what, args := range map[string]string{
			"an address beside it": `{"restore":` + harness.Quote(away) + `,"contact":"sip:1@evil.example.net"}`,
			"a host beside it":     `{"restore":` + harness.Quote(away) + `,"where_route":"evil.example.net"}`,
			"to a host by a host":  `{"where_route":"evil.example.net","contact":"sip:1@worse.example.net"}`,
			"a network":            `{"where_route":"0.0.0.0/0","contact":"template"}`,
			"any host":             `{"where_route":"*","contact":"template"}`,
			"no numbers":           `{"contact":"template"}`,
			"an empty list":        `{"numbers":[],"contact":"template"}`,
		} {
			if a := c.Call("did_update", args); !a.Result.IsError {
				t.Errorf("%s: %s: got %s", way, what, a.Raw)
			}
		}
		// All that go to the host may be asked for, and wait for a person.
		a = c.Call("did_update", `{"where_route":"EVIL.example.net.","contact":"template","smpp_contact":"template"}`)
		if o := a.Order(); way == "stdio" && o.State != "pending" {
			t.Errorf("%s: got %s, want an order that waits", way, a.Raw)
		}
		for _, said := range []string{a.Raw, c.Call("order_list", `{}`).Raw, c.Call("did_list", `{}`).Raw} {
			if strings.Contains(said, password) {
				t.Errorf("%s: the password is in %s", way, said)
			}
		}
	}
	if got := len(g.Writes()); got != writes {
		t.Errorf("got %d writes, want the %d that a person approved", got, writes)
	}
	// In the shell a person may restore it, and sees that the host is new.
	r := g.AtTerminal(t, harness.Typing("y"), "did", "update", "--restore", away)
	if r.Code != 0 || !strings.Contains(r.Err+r.Out, "NEW HOST") || strings.Contains(r.Out+r.Err, password) {
		t.Errorf("got exit %d and %s%s", r.Code, r.Out, r.Err)
	}
	ledger, err := g.Market.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if last := ledger[len(ledger)-1]; !strings.HasPrefix(last.SMPPContact, "smpp:l:"+password+":") || !strings.HasSuffix(last.Contact, "@evil.example.net") {
		t.Errorf("got %+v, want the routes of before", last)
	}
}
