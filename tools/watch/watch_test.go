package watch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/render"
	"didops/internal/testing/golden"
	"didops/tools"
	watchops "didops/tools/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type args = map[string]any

// inputBytes bounds what a model is sent of the three with every request,
// outputBytes the same with what results are described by.
const (
	inputBytes  = 1270
	outputBytes = 1970
)

// TestSchemas holds what clients are told of the operations, and what that
// costs.
func TestSchemas(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if err := d.gate.Catalog().Compile(); err != nil {
		t.Error(err)
	}
	input, output := 0, 0
	for _, tool := range d.gate.Catalog().Tools() {
		for kind, schema := range map[string]json.RawMessage{"input": tool.InputSchema(), "output": tool.OutputSchema(), "compact": tool.CompactSchema()} {
			var b bytes.Buffer
			if err := json.Indent(&b, schema, "", "  "); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, "schema/"+tool.Name().String()+"_"+kind+".json", append(b.Bytes(), '\n'))
		}
		data, err := json.Marshal(map[string]any{
			"name": tool.Name().String(), "description": strings.TrimSpace(tool.Summary() + " " + tool.Doc()), "inputSchema": tool.InputSchema(),
		})
		if err != nil {
			t.Fatal(err)
		}
		input += len(data)
		output += len(data) + len(tool.CompactSchema())
	}
	t.Logf("%d bytes, %d with output schemas", input, output)
	if input > inputBytes || output > outputBytes {
		t.Errorf("got %d bytes and %d with output schemas, want at most %d and %d", input, output, inputBytes, outputBytes)
	}
}

// gulf is what most tests watch.
func gulf() args {
	return args{"name": "Gulf mobile", "country": "AE", "type": "mobile", "max_monthly_fee": "5", "until": "60d", "quiet": "Europe/London 22:00-07:00", "per_day": 3}
}

// TestViews holds what people see, as Markdown and on a terminal.
func TestViews(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put("971500000001", "4", "971500000002", "6.50", "971500000003", "9")
	results := map[string]tools.Result{"list_nothing": d.must("watch_list", nil), "add": d.must("watch_add", gulf())}
	results["add_nothing_fits"] = d.must("watch_add", args{"name": "none", "country": "AE", "vendor": "Nobody", "sms": false})
	d.put("971500000002", "4.50", "971500000004", "3")
	d.read()
	d.must("watch_list", nil)
	delete(d.shop.rows, "971500000004")
	d.read()
	d.now = d.now.Add(40*24*time.Hour - time.Hour)
	d.read()
	results["list"] = d.must("watch_list", nil)
	results["remove"] = d.must("watch_remove", args{"name": "gulf MOBILE"})
	for name, r := range results {
		golden.Check(t, "view/"+name+".md", []byte(render.Markdown(r.Doc)))
		var b bytes.Buffer
		if err := render.Plain(&b, r.Doc, render.PlainOptions{Width: 120}); err != nil {
			t.Fatal(err)
		}
		golden.Check(t, "view/"+name+".txt", b.Bytes())
	}
}

// TestFromAddToList holds that what comes up is found with what it compares to,
// and that nothing is asked of the exchange for it.
func TestFromAddToList(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put("971500000001", "4", "971500000002", "6", "971500000003", "9")
	var added watchops.AddOut
	if err := json.Unmarshal(d.must("watch_add", gulf()).Data, &added); err != nil {
		t.Fatal(err)
	}
	if added.Fit != 1 || !added.Complete || added.Channel != "200000000000000001" || len(added.Cheapest) != 1 || added.Cheapest[0].Number != "+971500000001" {
		t.Errorf("got %+v, want the one that fits, and this channel", added)
	}
	d.now = d.now.Add(40 * 24 * time.Hour)
	d.put("971500000002", "2", "971500000004", "5", "971500000005", "5.01")
	d.read()
	delete(d.shop.rows, "971500000002")
	d.must("watch_list", nil)
	d.read()
	if out := d.listed(); out.Watches[0].Fit != 3 || out.Watches[0].Waiting != 2 {
		t.Errorf("got %+v of a number that one reading missed, want it to be waited for", out.Watches[0])
	}
	d.read()
	asked := d.shop.asked
	out := d.listed()
	if d.shop.asked != asked {
		t.Errorf("got %d requests to the exchange, want none", d.shop.asked-asked)
	}
	var got []string
	for _, f := range out.Found {
		got = append(got, strings.Join([]string{f.Number, f.State, f.MonthlyFee.String(), f.MedianMonthlyFee.String(), f.LowestMonthlyFee.String()}, " "))
	}
	if want := []string{"+971500000002 gone 2.00 5.005 2.00", "+971500000004 waiting 5.00 5.005 2.00"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if w := out.Watches[0]; w.Fit != 2 || w.Found != 2 || w.Waiting != 1 || w.Over || out.Found[0].LowestDays != 30 {
		t.Errorf("got %+v and %d days", w, out.Found[0].LowestDays)
	}
}

// TestRefused holds what is no watch, in words that name the parameter.
func TestRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put("971500000001", "4")
	for field, list := range map[string][]args{
		"max_monthly_fee": {{"max_monthly_fee": "0"}, {"max_monthly_fee": "0.00", "country": "AE"}},
		"prefix":          {{"country": "AE", "prefix": "49"}},
		"country":         {{"country": "Atlantis"}},
		"pattern":         {{"country": "AE", "pattern": "49*"}, {"prefix": "97150", "pattern": "*12345678901"}, {"pattern": "*"}},
		"until":           {{"until": "2026-06-30"}, {"until": "0d"}, {"until": "soon"}},
		"quiet":           {{"quiet": "22-7"}, {"quiet": "Mars/Base 22:00-07:00"}},
		"channel":         {{"channel": "numbers"}, {"channel": "<@123456789012345678>"}},
		"vendor":          {{"vendor": "Gulf *Number*"}},
		"name":            {{"name": " \u200b"}},
		"per_day":         {{"per_day": 0}, {"per_day": 101}},
		"type":            {{"type": "satellite"}},
		"documents":       {{"documents": "some"}},
	} {
		for _, a := range list {
			if a["name"] == nil {
				a["name"] = "x"
			}
			_, err := d.call("watch_add", a)
			if f, _ := fault.As(err); fault.CodeOf(err) != fault.Invalid || f.Field != field {
				t.Errorf("%v: got %v, want it refused by %s", a, err, field)
			}
		}
	}
	if out := d.listed(); len(out.Watches) != 0 {
		t.Errorf("got %+v, want nothing kept", out.Watches)
	}
}

// TestWhereItIsTold holds which channel a watch has.
func TestWhereItIsTold(t *testing.T) {
	t.Parallel()
	const here, all, other, approvals, audit = "200000000000000001", "300000000000000001", "400000000000000001", "500000000000000001", "500000000000000002"
	type table []struct{ name, realm, here, channel, want string }
	check := func(d *desk, cases table) {
		t.Helper()
		for _, tt := range cases {
			r, err := d.callAs(principal(tt.realm, "team"), tt.here, "watch_add", args{"name": tt.name, "channel": tt.channel})
			var out watchops.AddOut
			if err == nil {
				err = json.Unmarshal(r.Data, &out)
			}
			got := out.Channel
			if f, ok := fault.As(err); ok {
				got = string(f.Code) + " " + f.Field
			}
			if got != tt.want {
				t.Errorf("%s: got %q %v, want %q", tt.name, got, err, tt.want)
			}
		}
	}
	d := newDesk(t)
	d.places, d.closed = all, []string{approvals, audit}
	d.stop()
	d.start()
	check(d, table{
		{"on Discord", identity.Discord, here, "", here},
		{"this channel, named", identity.Discord, here, "<#" + here + ">", here},
		{"that of all", identity.Discord, here, all, all},
		{"another on Discord", identity.Discord, here, "<#" + other + ">", "forbidden channel"},
		{"among approvals", identity.Discord, approvals, "", "forbidden channel"},
		{"a program", identity.HTTP, "", "", all},
		{"a program, that of all", identity.HTTP, "", all, all},
		{"a program, another", identity.HTTP, "", other, "forbidden channel"},
		{"a program, the trail", identity.HTTP, "", audit, "forbidden channel"},
		{"the machine", identity.OS, "", "<#" + other + ">", other},
		{"the machine, elsewhere", identity.OS, "", "", all},
		{"the machine, approvals", identity.OS, "", approvals, "forbidden channel"},
		{"the machine, the trail", identity.OS, "", audit, "forbidden channel"},
	})
	silent := newDesk(t)
	silent.places, silent.silent = all, true
	silent.stop()
	silent.start()
	check(silent, table{
		{"no bot", identity.OS, "", "", ""},
		{"no bot, named", identity.OS, "", other, "invalid channel"},
		{"no bot, a program", identity.HTTP, "", all, "invalid channel"},
	})
	if out := d.listed(); len(out.Watches) != 0 {
		t.Errorf("got %+v, want nothing of another's", out.Watches)
	}
	r, err := d.callAs(identity.Principal{Realm: identity.OS, ID: "root", Role: identity.Approver}, "", "watch_list", nil)
	if err != nil || !strings.Contains(string(r.Data), `"owner":"http:team"`) {
		t.Errorf("got %s %v, want all, and whose they are", r.Data, err)
	}
}

// TestWithoutTheExchange holds that a watch can be added to what is remembered,
// whose age is said.
func TestWithoutTheExchange(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put("971500000001", "4")
	d.read()
	d.now = d.now.Add(3 * time.Hour)
	d.shop.fails = fault.New(fault.Unavailable, "the exchange is down")
	var out watchops.AddOut
	if err := json.Unmarshal(d.must("watch_add", args{"name": "x"}).Data, &out); err != nil {
		t.Fatal(err)
	}
	if out.Fit != 1 || !out.Complete || !strings.Contains(out.Known, "as of 2026-07-01 13:00") {
		t.Errorf("got %+v, want what is remembered, with its age", out)
	}
}

// TestProgramsAreNotToldOfTheServer holds that what Discord says of a channel
// reaches who is a member of the server, or at the machine.
func TestProgramsAreNotToldOfTheServer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.places = "300000000000000001"
	d.stop()
	d.start()
	team, alice := principal(identity.HTTP, "team"), principal(identity.Discord, "1")
	for _, who := range []identity.Principal{team, alice} {
		if _, err := d.callAs(who, "", "watch_add", args{"name": "gulf"}); err != nil {
			t.Fatal(err)
		}
	}
	d.put("971500000001", "4")
	d.read()
	if err := d.watches.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	due, err := d.watches.Due(t.Context())
	for _, w := range due {
		n, _, err := d.watches.Begin(t.Context(), w.ID)
		if err == nil {
			err = d.watches.Refused(t.Context(), n, "it is of the server 900000000000000009")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err != nil || len(due) != 2 {
		t.Fatalf("got %v %v, want both to be told", due, err)
	}
	for who, want := range map[*identity.Principal]bool{&team: false, &alice: true, {Realm: identity.OS, ID: "root", Role: identity.Reader}: true} {
		r, err := d.callAs(*who, "", "watch_list", nil)
		if got := strings.Contains(string(r.Data), "900000000000000009"); err != nil || got != want || !strings.Contains(string(r.Data), `"problem"`) {
			t.Errorf("%s: got %s %v", who, r.Data, err)
		}
	}
}

// TestAddThatIsCutShort holds that what ends while the market is read is an error,
// and keeps no watch.
func TestAddThatIsCutShort(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	d.ctx, d.after = ctx, cancel
	if r, err := d.call("watch_add", args{"name": "x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %s %v, want it cancelled", r.Data, err)
	}
	d.ctx = nil
	if out := d.listed(); len(out.Watches) != 0 {
		t.Errorf("got %+v, want nothing kept", out.Watches)
	}
}

// TestWhatReachesTheExchange holds what hosts are told of it.
func TestWhatReachesTheExchange(t *testing.T) {
	t.Parallel()
	for _, tool := range newDesk(t).gate.Catalog().Tools() {
		if got, want := !tool.Inward(), tool.Name().Verb == "add"; got != want {
			t.Errorf("%s: got %v, want %v", tool.Name(), got, want)
		}
	}
}
