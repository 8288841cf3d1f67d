package attack_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"didops/e2e/harness"
)

// placer asks for a purchase, or for numbers to be given up, through one of
// the faces: the outcome, and the name of the face.
type placer func(t *testing.T, tool string, lots ...harness.Lot) harness.Output

// faces are the ways to ask for something as the same user.
func (g *target) faces(t *testing.T) map[string]placer {
	t.Helper()
	return map[string]placer{
		"shell": func(t *testing.T, tool string, lots ...harness.Lot) harness.Output {
			t.Helper()
			args := append(strings.Split(tool, "_"), "--json")
			for _, l := range lots {
				args = append(args, l.Number)
			}
			return g.Shell(t, args...).Output
		},
		"mcp": func(t *testing.T, tool string, lots ...harness.Lot) harness.Output {
			t.Helper()
			c := g.Assistant(t, true, nil)
			defer c.HangUp()
			return c.Call(tool, `{`+harness.NumbersArg(lots...)+`}`).Result.Data
		},
	}
}

// bound is a limit and what is asked for at its edge.
type bound struct {
	setting string
	tool    string
	ask     []harness.Lot
	owned   []harness.Lot           // bought before
	bought  []harness.Lot           // bought under the limit, by a person
	given   []harness.Lot           // given up under it, by a person
	at      *big.Rat                // an amount that is just enough; nil: see enough
	enough  func(short bool) string // the value as it is written
}

// TestAttackLimits asks for what is exactly within each limit, and for the
// least above it, in the shell and over MCP.
func TestAttackLimits(t *testing.T) {
	t.Parallel()
	// The lots are the same in every market of these tests.
	lots := newTarget(t, "").Lots(t, 8, "--sort", "setup_fee", "--country", "US")
	paid := newTarget(t, "").Lots(t, 100)
	for len(paid) > 1 && harness.Amount(paid[0].Setup).Sign() == 0 {
		paid = paid[1:]
	}
	foreign := newTarget(t, "").Lots(t, 1, "--country", "DE")
	count := func(n int) func(bool) string {
		return func(short bool) string {
			if short {
				return fmt.Sprint(n - 1)
			}
			return fmt.Sprint(n)
		}
	}
	bounds := []bound{
		{setting: "max_monthly_fee", tool: "did_purchase", ask: lots[:1], at: harness.Amount(lots[0].Monthly)},
		{setting: "max_setup_fee", tool: "did_purchase", ask: paid[:1], at: harness.Amount(paid[0].Setup)},
		{setting: "max_order_total", tool: "did_purchase", ask: lots[:3], at: harness.Due(lots[:3]...)},
		{setting: "max_day_total", tool: "did_purchase", ask: lots[2:4], bought: lots[:2], at: harness.Due(lots[:4]...)},
		{setting: "max_numbers_per_order", tool: "did_purchase", ask: lots[:3], enough: count(3)},
		{setting: "max_numbers_per_order", tool: "did_unsubscribe", owned: lots[:3], ask: lots[:3], enough: count(3)},
		{setting: "max_unsubscribes_per_day", tool: "did_unsubscribe", owned: lots[:4], given: lots[:2], ask: lots[2:4], enough: count(4)},
		{setting: "countries", tool: "did_purchase", ask: foreign, enough: func(short bool) string {
			if short {
				return `["US"]`
			}
			return `["US", "DE"]`
		}},
	}
	for _, b := range bounds {
		t.Run(b.setting+" "+b.tool, func(t *testing.T) {
			t.Parallel()
			b.try(t)
		})
	}
}

// settings is the limit, which lets pass what is asked for unless it is short.
func (b bound) settings(short bool) string {
	value := ""
	if b.at != nil {
		value = harness.Quote(harness.FormatAmount(b.at, short))
	} else {
		value = b.enough(short)
	}
	loose := "max_order_total = \"\"\nmax_day_total = \"\"\n"
	return "[limits]\n" + strings.ReplaceAll(loose, b.setting+" = \"\"\n", "") + b.setting + " = " + value + "\n"
}

func (b bound) try(t *testing.T) {
	t.Helper()
	g := newTarget(t, "")
	for _, l := range b.owned {
		g.Buy(t, l)
	}
	g.Configure(t, b.settings(false))
	writes := len(b.owned) + len(b.bought) + len(b.given)
	if len(b.bought) > 0 {
		g.Buy(t, b.bought...)
	}
	if len(b.given) > 0 {
		number := b.given[0].Number
		digits := harness.Typing(fmt.Sprintf("%s x%d", number[len(number)-4:], len(b.given)))
		if r := g.AtTerminal(t, digits, "did", "unsubscribe", number, b.given[1].Number); r.Code != 0 {
			t.Fatalf("got exit %d: %s%s", r.Code, r.Out, r.Err)
		}
	}
	for face, place := range g.faces(t) {
		g.Configure(t, b.settings(true))
		if got := place(t, b.tool, b.ask...); got.Error.Code != "forbidden" || got.Error.Field != "limits."+b.setting || !strings.Contains(got.Error.Hint, b.setting) {
			t.Errorf("%s, above: got %+v, want forbidden by %s", face, got, b.setting)
		}
		g.Configure(t, b.settings(false))
		got := place(t, b.tool, b.ask...)
		if got.Order == nil || got.Order.State != "pending" {
			t.Errorf("%s, at the edge: got %+v, want an order that waits", face, got)
			continue
		}
		// What was within the limit when it was asked for must be so when it is
		// approved, too.
		g.Configure(t, b.settings(true))
		if r := g.AtTerminal(t, harness.Typing("y"), "order", "approve", got.Order.ID, "--json"); b.tool == "did_purchase" && (r.Error.Field != "limits."+b.setting || r.Code != 1) {
			t.Errorf("%s, approved under a lower limit: got exit %d and %s, want it refused by %s", face, r.Code, r.Out, b.setting)
		}
		if r := g.Shell(t, "order", "cancel", got.Order.ID); r.Code != 3 {
			t.Errorf("cancel: got exit %d: %s", r.Code, r.Err)
		}
	}
	g.Unharmed(t, "at the end", writes)
}

// TestAttackByFlood asks for more than may be open at once.
func TestAttackByFlood(t *testing.T) {
	t.Parallel()
	const most = 3
	g := newTarget(t, fmt.Sprintf("[limits]\nmax_open_orders = %d\n", most)+harness.ClientsConfig())
	lots := g.Lots(t, 2*most+2)
	s := g.Serve(t)
	// All at once, by the clients of one principal: what is over the limit is refused,
	// whoever comes first.
	answers := make(chan harness.Answer)
	for i := range 2 * most {
		c := harness.Connect(t, s.Address, "team-token", i%2 == 0, nil)
		go func() { answers <- c.Call("did_purchase", `{`+harness.NumbersArg(lots[i])+`}`) }()
	}
	open := 0
	for range 2 * most {
		a := <-answers
		if a.Order().State == "pending" {
			open++
			continue
		}
		a.Refused(t, "one too many", "forbidden", "limits.max_open_orders")
	}
	if open != most {
		t.Errorf("got %d orders open, want %d", open, most)
	}
	// It is the requester's own affair.
	guest := harness.Connect(t, s.Address, "guest-token", true, nil)
	if a := guest.Call("did_purchase", `{`+harness.NumbersArg(lots[2*most])+`}`); a.Order().State != "pending" {
		t.Errorf("another client: got %s, want an order", a.Raw)
	}
	g.Order(t, "did", "purchase", lots[2*most+1].Number)
	g.Unharmed(t, "at the end", 0)
}

// hostileContacts are addresses for calls by which one thing might be read
// and another be done. That each is refused everywhere is shown in tools/did;
// here none may come through the program.
func hostileContacts() map[string]string {
	return map[string]string{
		"CRLF":                  "sip:971@sip.example.net:5060\r\nunsubscribe: 60",
		"LF in the user":        "sip:971\n@sip.example.net:5060",
		"two hosts":             "sip:971@sip.example.net:5060@evil.example:5060",
		"two hosts, turned":     "sip:971@evil.example@sip.example.net:5060",
		"an encoded at":         "sip:971%40sip.example.net@evil.example:5060",
		"an encoded host":       "sip:971@sip.example%2enet:5060",
		"an encoded line break": "sip:971%0d%0a@sip.example.net:5060",
		"a look-alike":          "sip:971@sip.ex\u0430mple.net:5060",
		"a full-width dot":      "sip:971@sip.example\uff0enet:5060",
		"an IDN":                "sip:971@sip.exämple.net:5060",
		"user and password":     "sip:user:contact-password@sip.example.net:5060",
		"a zone":                "sip:971@[fe80::1%25eth0]:5060",
		"a bare IPv6":           "sip:971@2001:db8::1:5060",
		"octal":                 "sip:971@010.0.0.1:5060",
		"spaces":                "sip:971 @sip.example.net :5060",
		"the number as host":    "sip:971@{number}:5060",
		"the number as port":    "sip:971@sip.example.net:{number}",
		"the number, endless":   "sip:" + strings.Repeat("{number}", 60) + "@sip.example.net:5060",
		"another field":         "sip:{other}@sip.example.net:5060",
		"a parameter of ours":   "sip:971@sip.example.net:5060&unsubscribe=60",
		"a parameter":           "sip:971@sip.example.net:5060;maddr=evil.example",
		"a header":              "sip:971@sip.example.net:5060?Route=%3csip:evil.example%3e",
		"smpp":                  "smpp:login:contact-password:971@sip.example.net:2776",
		"two templates":         "template,template",
		"an escape sequence":    "sip:971\x1b[2J@sip.example.net:5060",
	}
}

func hostileSMPP() map[string]string {
	return map[string]string{
		"a field more":    "smpp:login:contact-password:more:971@smpp.example.net:2776",
		"a field less":    "smpp:login:contact-password@smpp.example.net:2776",
		"an at within":    "smpp:login:contact-password@x:971@smpp.example.net:2776",
		"an encoded at":   "smpp:login:contact-password%40evil.example:971@smpp.example.net:2776",
		"CRLF":            "smpp:login:contact-password\r\n:971@smpp.example.net:2776",
		"a space":         "smpp:login:contact-password :971@smpp.example.net:2776",
		"two hosts":       "smpp:login:contact-password:971@evil.example:2776@smpp.example.net:2776",
		"smpps":           "smpps:login:contact-password:971@smpp.example.net:2776",
		"a URL":           "smpp://login:contact-password@smpp.example.net:2776",
		"a look-alike":    "smpp:login:contact-password:971@smpp.ex\u0430mple.net:2776",
		"the number thus": "smpp:login:contact-password:971@{number}:2776",
	}
}

// TestAttackByContacts sends calls and messages where they must not go.
func TestAttackByContacts(t *testing.T) {
	t.Parallel()
	g := newTarget(t, "")
	lots := g.Lots(t, 3)
	g.Buy(t, lots[0])
	reads := len(g.Market.Requests())
	c := g.Assistant(t, false, harness.Approve)
	calls := map[string]string{"did_purchase": harness.NumbersArg(lots[1]), "did_update": harness.NumbersArg(lots[0])}
	for tool, args := range calls {
		over := func(param, value string) harness.Answer {
			return c.Call(tool, `{`+args+`,"`+param+`":`+harness.Quote(value)+`}`)
		}
		inShell := func(param, value string) harness.Result {
			number := lots[1].Number
			if tool == "did_update" {
				number = lots[0].Number
			}
			return g.AtTerminal(t, harness.Typing("y"), append(strings.Split(tool, "_"), number, "--json", "--"+param, value)...)
		}
		for name, contact := range hostileContacts() {
			a := over("contact", contact)
			a.Refused(t, tool+" over MCP with "+name, "invalid", "the form is sip:user@host")
			r := inShell("contact", contact)
			if r.Code != 2 || r.Error.Field != "contact" {
				t.Errorf("%s in the shell with %s: got exit %d and %s, want 2", tool, name, r.Code, r.Out)
			}
			if said := a.Raw + r.Out + r.Err; strings.Contains(said, "contact-password") || strings.Contains(said, "evil") {
				t.Errorf("%s with %s: got it repeated: %s", tool, name, said)
			}
		}
		for name, contact := range hostileSMPP() {
			a, r := over("smpp_contact", contact), inShell("smpp-contact", contact)
			a.Refused(t, tool+" over MCP with "+name, "forbidden", "holds a password")
			if r.Code != 2 || r.Error.Field != "smpp_contact" {
				t.Errorf("%s in the shell with %s: got exit %d and %s, want 2", tool, name, r.Code, r.Out)
			}
			if said := a.Raw + r.Out + r.Err; strings.Contains(said, "contact-password") {
				t.Errorf("%s with %s: got the password repeated: %s", tool, name, said)
			}
		}
		// Well-formed, and still not to be taken from a model.
		over("smpp_contact", "smpp:login:contact-password:{number}@smpp.example.net:2776").Refused(t, tool+" with a password", "forbidden", "smpp_contact")
		for _, host := range []string{"evil.example", "sip.example.net.evil.example", "evil-sip.example.net", "xn--sip-xample-z2a.net", "127.0.0.1", "[::1]", "localhost"} {
			over("contact", "sip:971@"+host+":5060").Refused(t, tool+" to "+host, "forbidden", "[routing] hosts")
		}
	}
	if got := len(g.Market.Requests()); got != reads || len(c.Asked) > 0 {
		t.Errorf("got %d requests to the exchange and the questions %q, want none", got-reads, c.Asked)
	}

	// A person may name another host in the shell, and is told that it is new.
	r := g.AtTerminal(t, harness.Typing("n"), "did", "purchase", lots[1].Number, "--contact", "sip:{number}{number}@evil.example:5060")
	digits := lots[1].Digits()
	for _, want := range []string{"NEW HOST evil.example", "sip:" + digits + digits + "@evil.example:5060 (NEW HOST)"} {
		if r.Code != 8 || !strings.Contains(strings.Join(strings.Fields(r.Err), " "), want) {
			t.Errorf("got exit %d and %s, want %q on the card", r.Code, r.Err, want)
		}
	}
	g.Unharmed(t, "at the end", 1)
}
