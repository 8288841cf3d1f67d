package attack_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"didops/e2e/harness"
)

// These tests attack the whole program: what an assistant, a requester, a
// seller or a wrong configuration could try in order to have something
// bought, moved or given up that no person has approved. What counts in the
// end is what reached the exchange.
//
// At a terminal, what was typed before the question is tried by
// TestApproveAtTheTerminal, and an assistant's shell by
// TestNoApprovalInAnAssistantsShell.

// ways connects a client of each era with "didops mcp" and with "didops
// serve", in this process.
func (g *target) ways(t *testing.T, token string, person func(string) string) map[string]*harness.Client {
	t.Helper()
	s := g.Serve(t)
	return map[string]*harness.Client{
		"handshake over stdio": g.Assistant(t, false, person),
		"stateless over stdio": g.Assistant(t, true, person),
		"handshake over HTTP":  harness.Connect(t, s.Address, token, false, person),
		"stateless over HTTP":  harness.Connect(t, s.Address, token, true, person),
	}
}

// TestAttackByArguments claims the approval in the arguments.
func TestAttackByArguments(t *testing.T) {
	t.Parallel()
	g := newTarget(t, harness.LoopbackConfig+"\n[market]\nmirror = \"off\"\n[inventory]\nevery = \"0s\"\n") // nothing is read unasked
	lots := g.Lots(t, 2)
	g.Buy(t, lots[1])
	id := g.Order(t, "did", "unsubscribe", lots[1].Number)
	before := len(g.Market.Requests())

	claims := map[string]string{
		"confirm": `true`, "approved": `true`, "approved_by": `"alice"`, "approve": `true`, "force": `true`, "yes": `true`,
		"handle": `"x"`, "order_id": harness.Quote(id), "state": `"done"`, "decided_by": `[{"surface":"os","name":"alice","decision":"approved"}]`,
		"requestState": `"x"`, "principal": `"os:alice"`, "last4": harness.Quote(lots[1].Number[len(lots[1].Number)-4:]), "Numbers": `["+971500000000"]`,
		"quote_hash": `"0"`, "elicitation": `"on"`, "_approved": `true`, "role": `"approver"`,
	}
	calls := map[string]string{
		"did_purchase":    harness.NumbersArg(lots[0]),
		"did_update":      harness.NumbersArg(lots[1]) + `,"contact":"template"`,
		"did_unsubscribe": harness.NumbersArg(lots[1]),
		"order_get":       `"id":` + harness.Quote(id),
		"order_cancel":    `"id":` + harness.Quote(id),
	}
	for way, c := range g.ways(t, "", harness.Approve) {
		for _, tool := range slices.Sorted(maps.Keys(calls)) {
			for claim, value := range claims {
				what := way + ": " + tool + " with " + claim
				c.Call(tool, `{`+calls[tool]+`,"`+claim+`":`+value+`}`).Refused(t, what, "invalid", "there is no parameter")
			}
			c.Call(tool, `{`+calls[tool]+`,`+calls[tool]+`}`).Refused(t, way+": "+tool+" with a name twice", "invalid", "each name once")
		}
		if len(c.Asked) > 0 {
			t.Errorf("%s: got the questions %q, want none", way, c.Asked)
		}
	}
	for _, flag := range []string{"--yes", "-y", "--confirm", "--approve", "--approved-by=alice", "--force", "--state=done"} {
		for _, command := range [][]string{{"did", "purchase", lots[0].Number}, {"did", "unsubscribe", lots[1].Number}, {"order", "approve", id}} {
			if r := g.AtTerminal(t, harness.Typing("y"), append(command, flag)...); r.Code != 2 {
				t.Errorf("%v %s: got exit %d, want 2: %s%s", command, flag, r.Code, r.Out, r.Err)
			}
		}
	}
	if got := len(g.Market.Requests()); got != before {
		t.Errorf("got %d requests to the exchange, want none", got-before)
	}
	if got := g.State(t, id); got != "pending" {
		t.Errorf("got %s, want pending", got)
	}
	g.Unharmed(t, "at the end", 1)
}

// decisionNames are the operations by which people decide, and what looks
// like them.
func decisionNames() []string {
	return []string{
		"order_approve", "order_reject", "Order_Approve", "ORDER_APPROVE", "order-approve", "order_approve ", " order_approve",
		"order_approve\x00", "order_approve\n", "\u043erder_approve", "order_\u0430pprove", "\uff4frder_approve", "order_approve\u200b", "order_approve\u0301",
		"order\u2010approve", "order.approve", "order/approve", "order approve", "did_order_approve", "order_decide", "tools/order_approve",
		"approve", "order_approve\u202e", "order__approve", "",
	}
}

// TestAttackByDeciding calls what only people may.
func TestAttackByDeciding(t *testing.T) {
	t.Parallel()
	g := newTarget(t, harness.LoopbackConfig)
	lots := g.Lots(t, 1)
	id := g.Order(t, "did", "purchase", lots[0].Number)
	args := `{"id":` + harness.Quote(id) + `}`
	for way, c := range g.ways(t, "", harness.Approve) {
		for _, name := range decisionNames() {
			c.Call(name, args).Unknown(t, fmt.Sprintf("%s: %q", way, name))
		}
		for _, games := range []string{
			`"name":"did_list","name":"order_approve","arguments":` + args,
			`"name":"order_approve","arguments":{},"arguments":` + args,
			`"name":"did_list","Name":"order_approve","arguments":` + args,
			`"name":["order_approve"],"arguments":` + args,
			`"name":"order_approve","arguments":` + args + `,"task":{"ttl":60000}`,
		} {
			c.Request("tools/call", games).Unknown(t, way+": "+games)
		}
		for _, method := range []string{"order/approve", "order_approve", "elicitation/create", "elicitation/respond", "tasks/result", "sampling/createMessage"} {
			c.Request(method, `"id":`+harness.Quote(id)+`,"name":"order_approve","arguments":`+args+`,"action":"accept","content":{"approve":true}`).Unknown(t, way+": "+method)
		}
		if list := c.Request("tools/list", ""); strings.Contains(list.Raw, "order_approve") || strings.Contains(list.Raw, "order_reject") || !strings.Contains(list.Raw, "order_cancel") {
			t.Errorf("%s: got %s, want no operation that decides", way, list.Raw)
		}
	}
	if got := g.State(t, id); got != "pending" {
		t.Errorf("got %s, want pending", got)
	}
	g.Unharmed(t, "at the end", 0)
}

// TestAttackByAmounts gives amounts and counts that are none.
func TestAttackByAmounts(t *testing.T) {
	t.Parallel()
	g := newTarget(t, harness.LoopbackConfig)
	number := g.Lots(t, 1)[0].Number
	before := len(g.Market.Requests())
	c := g.Assistant(t, true, harness.Approve)
	amounts := []string{"-1", "NaN", "Infinity", "∞", "1e400", "1e", "1e-99", "0x10", "1,5", "+1", "١", "1.2.3", strings.Repeat("9", 400)}
	for _, a := range amounts {
		for _, tool := range []string{"did_search", "did_overview"} {
			c.Call(tool, `{"max_monthly_fee":`+harness.Quote(a)+`}`).Refused(t, tool+" up to "+a, "invalid", "max_monthly_fee must be an amount")
		}
		if r := g.Shell(t, "did", "search", "--max-setup-fee="+a, "--json"); r.Code != 2 || r.Error.Field != "max_setup_fee" {
			t.Errorf("search up to %s: got exit %d and %s, want 2", a, r.Code, r.Out)
		}
	}
	c.Request("tools/call", harness.Params("did_purchase", `{"numbers":[`+harness.Quote(number)+`],"billing_account":1e400}`)).Unknown(t, "account 1e400") // no JSON reader takes it
	counts := []string{`"-"`, `"NaN"`, `"∞"`, `"1e400"`, `"0x10"`, `1.5`, `99999999999999999999`, `-99999999999999999999`, `[1]`, `{"a":1}`, `true`}
	for _, n := range counts {
		c.Call("did_purchase", `{"numbers":[`+harness.Quote(number)+`],"billing_account":`+n+`}`).Refused(t, "account "+n, "invalid", "billing_account must be a whole number")
		c.Call("order_get", `{"id":"o-none","wait_seconds":`+n+`}`).Refused(t, "wait "+n, "invalid", "wait_seconds must be a whole number")
		c.Call("did_search", `{"limit":`+n+`}`).Refused(t, "limit "+n, "invalid", "limit must be a whole number")
	}
	for _, n := range []string{"-1", "2", "9007199254740993"} { // numbers, but no account of ours
		c.Call("did_purchase", `{"numbers":[`+harness.Quote(number)+`],"billing_account":`+n+`}`).Refused(t, "account "+n, "forbidden", "may not be billed")
		if r := g.Shell(t, "did", "purchase", number, "--billing-account="+n, "--json"); r.Code != 1 || r.Error.Code != "forbidden" {
			t.Errorf("account %s: got exit %d and %s, want forbidden", n, r.Code, r.Out)
		}
	}
	for _, n := range []string{"-1", "101", "51"} {
		name, tool := "limit", "did_search"
		if n == "51" {
			name, tool = "wait_seconds", "order_get"
		}
		c.Call(tool, map[string]string{"did_search": `{"limit":` + n + `}`, "order_get": `{"id":"o-none","wait_seconds":51}`}[tool]).Refused(t, name+" "+n, "invalid", name)
	}
	if got := len(g.Market.Requests()); got != before {
		t.Errorf("got %d requests to the exchange, want none", got-before)
	}
}

// TestAttackByConfiguration gives limits that are none: the program must not
// run without a limit that somebody meant to set.
func TestAttackByConfiguration(t *testing.T) {
	t.Parallel()
	g := newTarget(t, "")
	number := g.Lots(t, 1)[0].Number
	before := len(g.Market.Requests())
	amounts := []string{`"-1"`, `"NaN"`, `"inf"`, `"∞"`, `"1e400"`, `"0x10"`, `"1,5"`, `" 5"`, `"5 USD"`, `nan`, `inf`, `-1.5`, `5`, `5.0`, `true`, `["5"]`, `"` + strings.Repeat("9", 400) + `"`}
	counts := []string{`-1`, `nan`, `inf`, `1.5`, `"5"`, `1e400`, `99999999999999999999`, `true`, `"∞"`}
	settings := map[string][]string{
		"limits.max_monthly_fee": amounts, "limits.max_setup_fee": amounts, "limits.max_order_total": amounts, "limits.max_day_total": amounts,
		"approval.elicitation_limit": amounts, "approval.elicitation_day_limit": amounts,
		"limits.max_numbers_per_order": counts, "limits.max_unsubscribes_per_day": counts, "limits.max_open_orders": counts,
		"approval.approvals_needed": append(counts, `0`), "approval.expires_after": {`"-1m"`, `"0s"`, `"∞"`, `15`, `"NaN"`},
		"limits.countries":               {`["XX"]`, `[""]`, `"AE"`, `["AE","AE"]`, `[1]`},
		"approval.requester_may_approve": {`"false"`, `0`, `""`}, "approval.elicitation": {`"On"`, `true`, `"always"`, `""`}, "approval.terminal": {`true`, `"OFF"`},
		"approval.confirm": {`true`}, "limits.max_day_totl": {`"1.00"`},
	}
	for setting, values := range settings {
		section, key, _ := strings.Cut(setting, ".")
		for _, value := range values {
			g.Configure(t, "["+section+"]\n"+key+" = "+value+"\n")
			for _, command := range [][]string{{"config", "check"}, {"did", "purchase", number}} {
				r := g.AtTerminal(t, harness.Typing("y"), command...)
				if r.Code != 2 || !strings.Contains(r.Err, "config.toml:14: ") {
					t.Errorf("%s = %s, %v: got exit %d and %q, want 2 and the line", setting, value, command, r.Code, r.Err)
				}
			}
		}
	}
	if got := len(g.Market.Requests()); got != before {
		t.Errorf("got %d requests to the exchange, want none", got-before)
	}
}

// inTexts joins numbers, so many to a text.
func inTexts(numbers []string, each int) []string {
	var list []string
	for part := range slices.Chunk(numbers, each) {
		list = append(list, strings.Join(part, ","))
	}
	return list
}

// TestAttackByNumbers gives lists of numbers that are too long, empty or the
// same number in several spellings.
func TestAttackByNumbers(t *testing.T) {
	t.Parallel()
	g := newTarget(t, "[limits]\nmax_numbers_per_order = 0\n") // no limit but that of the operation
	lots := g.Lots(t, 2)
	before := len(g.Market.Requests())
	c := g.Assistant(t, true, harness.Approve)
	long := make([]string, 1001)
	for i := range long {
		long[i] = fmt.Sprintf("+9715%08d", i)
	}
	quotedList := func(list ...string) string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = harness.Quote(s)
		}
		return "[" + strings.Join(out, ",") + "]"
	}
	digits := lots[0].Digits()
	twice := []string{
		digits, "00" + digits, "+" + digits[:3] + " " + digits[3:], "+" + digits[:3] + "-(" + digits[3:5] + ")" + digits[5:],
		" " + digits + " ", strings.Map(func(r rune) rune { return r - '0' + '٠' }, digits), strings.Map(func(r rune) rune { return r - '0' + '０' }, digits),
	}
	lists := map[string]string{
		"1001": quotedList(long...), "1001 with commas": harness.Quote(strings.Join(long, ",")), "none": `[]`, "null": `null`, "an empty one": `[""]`,
		"a text of commas": `",,,"`, "an object": `{"0":"` + digits + `"}`, "nested": `[["` + digits + `"]]`, "a wildcard": `["*"]`, "with a wildcard": quotedList(digits[:5] + "*"),
		"a range": quotedList(digits + "-" + lots[1].Digits()), "long": quotedList(strings.Repeat("9", 60_000)), "very long": quotedList(strings.Repeat("9", 70_000)),
		"hexadecimal": quotedList("0x" + digits), "with an exponent": `["9.715e11"]`, "a fraction": `[971501234567.5]`, "a negative one": `[-971501234567]`,
		"1001 in a few texts": quotedList(inTexts(long, 30)...), "a decimal": quotedList(digits + ".0"), "a range with spaces": quotedList("+" + digits + " - +" + lots[1].Digits()),
		"a parameter":         quotedList(digits + "&unsubscribe=1"),
		"a line break within": quotedList(digits[:6] + "\r\n" + digits[6:] + "\r\nX: y"), "an extension": quotedList(digits + " ext. 5"), "true": `[true]`,
	}
	for _, other := range twice {
		lists["twice, as "+other] = quotedList(lots[0].Number, lots[1].Number, other)
	}
	for name, list := range lists {
		for _, tool := range []string{"did_purchase", "did_unsubscribe"} {
			a := c.Call(tool, `{"numbers":`+list+`}`)
			a.Refused(t, tool+" of "+name, "invalid", "")
			if len(a.Raw) > 4<<10 {
				t.Errorf("%s of %s: got an answer of %d bytes", tool, name, len(a.Raw))
			}
		}
	}
	for name, value := range map[string]string{"64 KiB": strings.Repeat("x", 64<<10), "600": strings.Repeat("x", 600)} {
		for _, param := range []string{"contact", "smpp_contact", "reason"} {
			c.Call("did_purchase", `{`+harness.NumbersArg(lots[0])+`,"`+param+`":`+harness.Quote(value)+`}`).Refused(t, param+" of "+name, "invalid", "")
			if r := g.Shell(t, "did", "purchase", lots[0].Number, "--"+strings.ReplaceAll(param, "_", "-"), value); r.Code != 2 {
				t.Errorf("%s of %s: got exit %d, want 2", param, name, r.Code)
			}
		}
	}
	if r := g.Shell(t, "did", "purchase", strings.Join(long, ",")); r.Code != 2 {
		t.Errorf("1001 in the shell: got exit %d: %s", r.Code, r.Err)
	}
	if r := g.Shell(t, append([]string{"did", "purchase", lots[0].Number}, twice[0])...); r.Code != 2 || !strings.Contains(r.Err, "is there twice") {
		t.Errorf("twice in the shell: got exit %d: %s", r.Code, r.Err)
	}
	if got := len(g.Market.Requests()); got != before || len(c.Asked) > 0 {
		t.Errorf("got %d requests to the exchange and the questions %q, want none", got-before, c.Asked)
	}
}
