package app

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/identity"
	"didops/internal/render"
	"didops/internal/view"
	"didops/tools"
)

// labels are what the text calls what the JSON has as fields: a field, or
// several of which one is there.
func labels() map[string][]string {
	return map[string][]string{
		"Number": {"number"}, "Country": {"country", "by_country", "name"}, "Type": {"type", "by_type"}, "Feature": {"by_feature"},
		"Vendor": {"vendor", "by_vendor"}, "Features": {"features"}, "Docs": {"documents_required"}, "Documents": {"documents_required"},
		"Monthly USD": {"monthly_fee"}, "Set-up USD": {"setup_fee"}, "Monthly fee": {"monthly_fee"}, "Description": {"description"},
		"Per minute": {"per_minute"}, "Per SMS": {"sms_price"}, "At once": {"capacity"}, "Calls at once": {"capacity"},
		"Numbers": {"count", "numbers"}, "Monthly from": {"lowest_monthly_fee"}, "Median": {"median_monthly_fee"}, "Set-up from": {"lowest_setup_fee"},
		"State": {"state"}, "Paid until": {"billed_to", "paid_until"}, "Calls to": {"contact", "calls_to"}, "Messages to": {"smpp_contact", "messages_to"}, "Notes": {"notes"},
		"Subject": {"subject"}, "Text": {"text"}, "Account": {"account"}, "Due now": {"due_now"}, "Quoted": {"due_now"}, "Due now USD": {"due_now"}, "Each month": {"monthly_fee"}, "Quoted a month": {"monthly_fee"},
		"Asked by": {"requested_by"}, "Reason given": {"reason"}, "Decided": {"decided_by"}, "Decided by": {"decided_by"}, "Decision until": {"expires_at"},
		"Order": {"id"}, "Kind": {"kind"}, "Asked at": {"created_at"}, "Outcome": {"state"}, "Why": {"message", "changed"},
		"What": {"calls_to", "messages_to", "what"}, "Now": {"calls_to", "messages_to"}, "After": {"calls_to", "messages_to"},
		"Week of": {"week"}, "Came": {"came"}, "Went": {"went"}, "Other fee": {"repriced"}, "Looked at": {"days_looked_at"},
		"When": {"at"}, "Monthly": {"monthly_fee"}, "Set-up": {"setup_fee", "offer_setup_fee"}, "Besides": {"changed", "last_seen", "what"},
		"Name": {"name"}, "What fits": {"filter"}, "Until": {"until"}, "At most": {"per_day"}, "Channel": {"channel"}, "Quiet": {"quiet"}, "As of": {"as_of"},
		"Compares to": {"compares_to"}, "Month": {"month"}, "A month": {"monthly_fee"}, "Share": {"share_percent"}, "Fee not known": {"without_fee"}, "New": {"new"}, "Gone": {"gone"},
		"Raised": {"raised"}, "Lowered": {"lowered"}, "Fees": {"monthly_fee"}, "Projected": {"projected"}, "Fees projected": {"projected_monthly_fee"},
		"Offer": {"offer"}, "Its fee": {"offer_monthly_fee"}, "Saves a month": {"saves"}, "Seller": {"vendor", "name"}, "Fee": {"monthly_fee"},
		"Found (UTC)": {"found"}, "Watch": {"watch"},
		"Set-up fee": {"setup_fee"}, "Since": {"since"}, "Owner": {"owner"}, "Tags": {"tags"}, "Cost centre": {"cost_centre"}, "Note": {"note"}, "First seen": {"first_seen"},
		"Use": {"use"}, "Same kind now": {"same_kind_now"}, "Changes": {"changes"}, "By": {"by"}, "Labels": {"labels"},
	}
}

// form is a result in both forms, taken apart.
type form struct {
	tb     testing.TB
	what   string
	text   string // without escapes
	names  map[string]bool
	leaves []string // of the JSON, as the text writes them
}

func formOf(tb testing.TB, what string, r tools.Result) *form {
	tb.Helper()
	data, err := r.Compact()
	if err != nil {
		tb.Fatal(err)
	}
	text := strings.NewReplacer(`\`, "", "&lt;", "<", "&gt;", ">", "&#64;", "@").Replace(render.Markdown(r.Doc))
	f := &form{tb: tb, what: what, text: text, names: map[string]bool{}}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		tb.Fatal(err)
	}
	if strings.Contains(string(data), "null") || strings.Contains(string(data), `"i_did"`) {
		tb.Errorf("%s: got %s, want neither null nor an id that nothing takes", what, data)
	}
	f.walk("", v)
	return f
}

func (f *form) walk(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for n := range v {
			f.names[n] = true
		}
		columns, _ := v["columns"].([]any)
		for _, n := range columns {
			f.names[n.(string)] = true
		}
		delete(v, "columns")
		for n, e := range v {
			f.walk(n, e)
		}
	case []any:
		for _, e := range v {
			f.walk(name, e)
		}
	case json.Number:
		n, _ := v.Int64()
		if n == 0 {
			return // that nothing fits is said in words
		}
		f.leaves = append(f.leaves, view.Count(int(n)))
	case string:
		f.leaf(name, v)
	}
}

// leaf adds a text as people read it.
func (f *form) leaf(name, v string) {
	at, err := time.Parse(time.RFC3339, v)
	switch {
	case name == "quoted_fields" || name == "currency" || v == "":
	case err == nil && f.names["billed_to"]:
		f.leaves = append(f.leaves, at.Format(time.DateOnly))
	case err == nil && f.names["created_at"]:
		f.leaves = append(f.leaves, at.Format(time.DateTime))
	case err == nil:
		f.leaves = append(f.leaves, at.Format("2006-01-02 15:04:05 UTC"))
	case name == "next" && strings.HasSuffix(v, ": approve_at."): // it says where in the JSON that stands
	case name == "surface":
		f.leaves = append(f.leaves, identity.RealmOf(v).Name)
	case v == "for_sale":
		f.leaves = append(f.leaves, "for sale")
	case v == "pending_documents":
		f.leaves = append(f.leaves, "docs pending")
	default:
		f.leaves = append(f.leaves, strings.Join(strings.Fields(v), " "))
	}
}

// labels returns the labels of the text: of fields, of what rows share and of
// columns.
func (f *form) labels() (list, rest []string) {
	lines := strings.Split(strings.TrimSpace(f.text), "\n")
	for i, l := range lines[1:] {
		field := regexp.MustCompile(`^- ([^:]+): `).FindStringSubmatch(l)
		shared, all := strings.CutPrefix(l, "All: ")
		switch {
		case field != nil:
			list = append(list, field[1])
		case all:
			for one := range strings.SplitSeq(shared, "; ") {
				label, _, _ := strings.Cut(one, ": ")
				list = append(list, label)
			}
		case strings.HasPrefix(l, "|") && i+2 < len(lines) && strings.HasPrefix(lines[i+2], "|-"):
			list = append(list, strings.Split(strings.Trim(l, "|"), "|")...)
		case l != "" && !strings.HasPrefix(l, "|"):
			rest = append(rest, l)
		}
	}
	return list, rest
}

// check holds that both say the same.
func (f *form) check() {
	f.tb.Helper()
	list, rest := f.labels()
	for _, label := range list {
		fields := labels()[label]
		if !slices.ContainsFunc(fields, func(n string) bool { return f.names[n] }) {
			f.tb.Errorf("%s: the text has %q, and the JSON none of %q", f.what, label, fields)
		}
	}
	for _, sentence := range rest {
		sentence = strings.TrimPrefix(strings.TrimPrefix(sentence, "> Note: "), "> Warning: ")
		if !slices.ContainsFunc(f.leaves, func(leaf string) bool {
			return strings.Contains(leaf, sentence) || strings.Contains(sentence, leaf)
		}) {
			f.tb.Errorf("%s: the text says %q, of which the JSON says nothing: %q", f.what, sentence, f.leaves)
		}
	}
	for _, leaf := range f.leaves {
		if !strings.Contains(f.text, leaf) {
			f.tb.Errorf("%s: the JSON says %q, and the text does not:\n%s", f.what, leaf, f.text)
		}
	}
}

// TestBothFormsSayTheSame holds every label of the text against a field of the
// JSON that models are given, and every value of that against the text, for
// every operation that they are offered.
func TestBothFormsSayTheSame(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.env["DIDOPS_CONFIG"] = filepath.Join(m.env["HOME"], "config.toml")
	if err := os.WriteFile(m.env["DIDOPS_CONFIG"], []byte("[exchange]\nmessages = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newApp(Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, Out: io.Discard, Err: io.Discard})
	defer a.close()
	gate, err := a.gate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	who := a.person(t.Context())
	seen := map[string]bool{}
	call := func(tool, args string) tools.Result {
		t.Helper()
		seen[tool] = true
		r, err := gate.Call(t.Context(), tools.Call{Tool: tool, Args: json.RawMessage(args), Frontend: identity.FrontShell, Principal: who})
		if err != nil {
			t.Fatalf("%s %s: %v", tool, args, err)
		}
		formOf(t, tool+" "+args, r).check()
		return r
	}
	approve := func(r tools.Result) {
		t.Helper()
		q := r.Question
		if q == nil {
			t.Fatal("got no question")
		}
		done, err := gate.Decide(t.Context(), q.Order, tools.Call{Tool: "order_approve", Frontend: identity.FrontShell, Principal: who}, tools.Answer{Reply: tools.Yes, Typed: q.Want})
		if err != nil {
			t.Fatal(err)
		}
		formOf(t, "done", done).check()
	}
	call("did_list", `{}`)
	call("did_search", `{"country":"UAE","type":"mobile","sms":true}`)
	call("did_search", `{"sort":"number","limit":40}`)
	call("did_search", `{"type":"tollfree","voice":false}`)
	call("did_search", `{"country":"Peru","video":true,"type":"tollfree"}`)
	call("did_overview", `{}`)
	call("did_overview", `{"country":"Tuvalu"}`)
	call("did_history", `{"country":"UAE","type":"mobile"}`)
	call("did_history", `{"number":"+971520545433"}`)
	call("did_history", `{"number":"+12025550123"}`)
	one := call("did_purchase", `{"numbers":["+971520545433"],"reason":"for the desk","owner":"Support","tags":"pool,desk","note":"first floor"}`)
	call("order_get", `{"id":"`+one.Order.ID+`"}`)
	several := call("did_purchase", `{"numbers":["+971565518312","+971537235432"],"contact":"sip:9@sip.elsewhere.example:5061"}`)
	gone := call("did_purchase", `{"numbers":["+971507041447"]}`)
	call("order_cancel", `{"id":"`+gone.Order.ID+`"}`)
	approve(one)
	approve(several)
	call("order_list", `{}`)
	call("order_list", `{"state":"failed"}`)
	call("did_list", `{}`)
	call("did_report", `{}`)
	call("did_report", `{"by":"vendor"}`)
	call("did_report", `{"by":"month","since":"1y"}`)
	call("did_changes", `{}`)
	call("did_changes", `{"kind":"gone"}`)
	call("did_label", `{"numbers":["+971565518312","+971520545433"],"owner":"Support","tags":"desk,pool","dry_run":true}`)
	call("did_label", `{"numbers":["+971565518312"],"owner":"Sales","cost_centre":"4711","tags":"+pool"}`)
	call("did_list", `{"owner":"sales"}`)
	call("did_list", `{"tag":"nobody"}`)
	call("did_show", `{"number":"+971520545433"}`)
	call("did_show", `{"number":"+971565518312"}`)
	letter := call("did_message", `{"numbers":["+971520545433"],"subject":"Documents for {number}","text":"Which are missing?"}`)
	call("order_cancel", `{"id":"`+letter.Order.ID+`"}`)
	call("did_update", `{"numbers":["+971520545433"],"contact":"sip:new@sip.example.net:5060"}`)
	call("did_update", `{"numbers":["+971565518312"],"contact":"template","smpp_contact":"smpp:login:hunter2hunter2:{number}@smpp.example.net:2776"}`)
	call("watch_list", `{}`)
	for range 2 { // what was bought is not for sale, as two readings prove
		call("did_search", `{"country":"AE","fresh":true}`)
	}
	call("watch_add", `{"name":"the Gulf","country":"AE,SA","type":"mobile","quiet":"22:00-07:00"}`)
	call("watch_add", `{"name":"all of it"}`)
	up := call("did_unsubscribe", `{"numbers":["+971537235432"]}`)
	approve(up)
	call("order_get", `{"id":"`+up.Order.ID+`"}`)
	call("did_search", `{"country":"AE","fresh":true}`)
	if r := call("watch_list", `{}`); !strings.Contains(string(r.Data), "+971537235432") {
		t.Errorf("got %s, want the number that was given up", r.Data)
	}
	call("watch_remove", `{"name":"all of it"}`)
	for _, tool := range gate.Tools(identity.FrontMCP, who) {
		if name := tool.Name().String(); !seen[name] {
			t.Errorf("%s is not looked at", name)
		}
	}
}
