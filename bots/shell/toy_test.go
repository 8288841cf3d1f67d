package shell_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/goleak"

	"didops/bots/shell"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The toy catalogue is a shop of phone lines: every type of parameter, rows
// and tables, required parameters of one value and of several, and an
// operation that fails as it is told to.

type findIn struct {
	Town   string       `json:"town,omitempty" jsonschema_description:"Name of the town"`
	Kind   string       `json:"kind,omitempty" jsonschema:"enum=any,enum=fixed,enum=mobile" jsonschema_description:"Kind of line"`
	Text   *bool        `json:"text,omitempty" jsonschema_description:"true: must take messages; false: must not"`
	MaxFee money.Amount `json:"max_monthly_fee,omitzero" jsonschema_description:"At most this per month"`
	Tags   []string     `json:"tags,omitempty" jsonschema:"maxItems=3" jsonschema_description:"Words that the line is tagged with"`
	Limit  int          `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,default=2" jsonschema_description:"Rows"`
}

type row struct {
	Number   string       `json:"number" jsonschema_description:"Number"`
	Town     string       `json:"town,omitempty" jsonschema_description:"Town"`
	Kind     string       `json:"kind" jsonschema_description:"Kind"`
	Features []string     `json:"features" jsonschema_description:"What it does"`
	Setup    money.Amount `json:"setup_fee,omitzero" jsonschema_description:"Once"`
	Fee      money.Amount `json:"monthly_fee,omitzero" jsonschema_description:"Per month"`
	Papers   bool         `json:"documents_required" jsonschema_description:"Papers"`
	Channels *int         `json:"channels,omitempty" jsonschema_description:"Calls at once"`
	Vendor   string       `json:"vendor" jsonschema_description:"Seller"`
	Note     string       `json:"description,omitempty" jsonschema_description:"The seller's words"`
}

type findOut struct {
	tools.Envelope
	Numbers  []row `json:"numbers" jsonschema_description:"Rows"`
	Complete bool  `json:"complete" jsonschema_description:"All were read"`
}

func stock() []row {
	two := 2
	return []row{
		{"+971501234567", "Dubai", "mobile", []string{"voice", "sms"}, money.MustParse("1"), money.MustParse("4.50"), false, &two, "Gulf Numbers", "=HYPERLINK(\"https://example.net\")"},
		{"+97142345678", "Dubai", "fixed", []string{"voice"}, money.MustParse("0"), money.MustParse("6.2055"), true, nil, "海湾电信", "+ bonus, with \"quotes\"\u009b31m"},
		{"+97123456789", "Abu Dhabi", "fixed", []string{}, money.MustParse("1500"), money.MustParse("250"), false, nil, "-1 Telecom", "@all"},
	}
}

func find(ctx context.Context, in findIn) (findOut, error) {
	all, _ := findAll(ctx, in)
	all.Numbers = all.Numbers[:min(in.Limit, len(all.Numbers))]
	return all, nil
}

func findAll(ctx context.Context, in findIn) (findOut, error) {
	out := findOut{Numbers: []row{}}
	for i, r := range stock() {
		request.Report(ctx, request.Progress{Done: i + 1, Total: 3, Text: fmt.Sprintf("%d numbers read", i+1)})
		if (in.Kind == "" || in.Kind == "any" || in.Kind == r.Kind) && (in.Town == "" || strings.EqualFold(in.Town, r.Town)) {
			out.Numbers = append(out.Numbers, r)
		}
	}
	return out, nil
}

func viewFind(_ findIn, out findOut) view.Doc {
	table := view.Table{Columns: []view.Column{
		{Title: "Number"},
		{Title: "Town", Loose: true},
		{Title: "Type"},
		{Title: "Features"},
		{Title: "Setup", Right: true},
		{Title: "Monthly", Right: true},
		{Title: "Vendor", Loose: true},
		{Title: "Docs"},
		{Title: "Channels", Right: true, Extra: true},
		{Title: "Description", Loose: true, Extra: true},
	}}
	for _, r := range out.Numbers {
		papers, channels := "", ""
		if r.Papers {
			papers = "needed"
		}
		if r.Channels != nil {
			channels = fmt.Sprint(*r.Channels)
		}
		table.Rows = append(table.Rows, []string{
			r.Number, r.Town, r.Kind, strings.Join(r.Features, " "), r.Setup.String(), r.Fee.String(), r.Vendor, papers, channels, r.Note,
		})
	}
	return view.Doc{
		Title: "Lines for sale", Summary: fmt.Sprintf("%d lines, amounts in USD.", len(out.Numbers)),
		Blocks: []view.Block{table, view.Notice{Warning: true, Text: "Not complete: the shop closed."}, view.Text("More rows with a higher limit.")},
	}
}

type count struct {
	Name  string `json:"name" jsonschema_description:"Name"`
	Count int    `json:"count" jsonschema_description:"Lines"`
}

type countOut struct {
	tools.Envelope
	ByTown []count `json:"by_town" jsonschema_description:"By town"`
	ByKind []count `json:"by_kind" jsonschema_description:"By kind"`
}

type orderIn struct {
	Numbers []string `json:"numbers" jsonschema:"minItems=1,maxItems=3" jsonschema_description:"Lines to keep"`
	Reason  string   `json:"reason,omitempty" jsonschema_description:"Why"`
}

type echoOut struct {
	tools.Envelope
	Got string `json:"got" jsonschema_description:"What was asked"`
}

type noteIn struct {
	ID   string `json:"id" jsonschema_description:"The note's id"`
	Wait int    `json:"wait_seconds,omitempty" jsonschema:"minimum=0,maximum=50" jsonschema_description:"How long to wait"`
}

type copyIn struct {
	Text string `json:"text" jsonschema_description:"Text to copy"`
}

type copied struct {
	Text string   `json:"text" jsonschema_description:"The text"`
	List []string `json:"list" jsonschema_description:"The text twice"`
}

type copyOut struct {
	tools.Envelope
	Rows []copied `json:"rows" jsonschema_description:"One row"`
}

type failIn struct {
	Code string `json:"code,omitempty" jsonschema_description:"Code to fail with"`
}

func fail(ctx context.Context, in failIn) (echoOut, error) {
	switch in.Code {
	case "":
		return echoOut{}, errors.New("the disk is on fire")
	case "wait":
		<-ctx.Done()
		return echoOut{}, ctx.Err()
	}
	e := fault.New(fault.Code(in.Code), "it is %s", in.Code).WithHint("do something else").WithField("code").WithCause(errors.New("not for people"))
	e.RetryAfter = 1500 * time.Millisecond
	return echoOut{}, e
}

func viewEcho[In any](_ In, out echoOut) view.Doc {
	return view.Doc{Title: "Done", Blocks: []view.Block{view.Fields{{Label: "Got", Value: out.Got}}}}
}

func numbers(_ context.Context, partial string) []tools.Choice {
	var list []tools.Choice
	for _, r := range stock() {
		if strings.Contains(r.Number, strings.TrimPrefix(partial, "+")) {
			list = append(list, tools.Choice{Value: r.Number, Label: r.Town})
		}
	}
	return append(list, tools.Choice{Value: "+9710000\n00", Label: "not fit for a shell"})
}

func towns(context.Context, string) []tools.Choice {
	return []tools.Choice{{Value: "Dubai", Label: "7 lines,\tby the sea"}, {Value: "Abu Dhabi"}}
}

func catalog(tb testing.TB) *tools.Catalog {
	tb.Helper()
	c, err := tools.NewCatalog(
		tools.Operation[findIn, findOut]{
			Name: tools.Name{Noun: "line", Verb: "find"}, Title: "Find lines", Summary: "Find lines for sale, cheapest first",
			Doc: "Filters narrow the whole shop, not one page. Amounts are in the shop's currency, and a fee that is not known is left out.", Risk: risk.Read,
			Examples: []tools.Example{
				{Says: "mobile lines in Dubai", Args: map[string]any{"town": "Dubai", "kind": "mobile"}},
				{Says: "without messages, tagged, in a town of two words", Args: map[string]any{"town": "Abu Dhabi", "text": false, "tags": []string{"a", "b"}, "limit": 5}},
				{Says: "with messages, in a town that begins with a quote", Args: map[string]any{"town": "'s-Graveland*", "text": true, "max_monthly_fee": "10"}},
			},
			Run: find, All: findAll, View: viewFind, Complete: map[string]tools.Completer{"town": towns, "tags": towns},
		},
		tools.Operation[struct{}, countOut]{
			Name: tools.Name{Noun: "line", Verb: "count"}, Title: "Count lines", Summary: "Count lines by town and kind", Risk: risk.Read,
			Run: func(context.Context, struct{}) (countOut, error) {
				return countOut{ByTown: []count{{"Dubai", 2}, {"Abu Dhabi", 1}}, ByKind: []count{{"=fixed", 2}}}, nil
			},
			View: func(struct{}, countOut) view.Doc { return view.Doc{Title: "Counts"} },
		},
		tools.Operation[orderIn, echoOut]{
			Name: tools.Name{Noun: "line", Verb: "keep"}, Title: "Keep lines", Summary: "Keep lines for a day", Risk: risk.Local,
			Examples: []tools.Example{{Says: "two lines", Args: map[string]any{"numbers": []any{"+971501234567", "+97142345678"}, "reason": "a new office"}}},
			Run: func(_ context.Context, in orderIn) (echoOut, error) {
				return echoOut{Got: strings.Join(in.Numbers, "|") + " " + in.Reason}, nil
			},
			View: viewEcho[orderIn], Complete: map[string]tools.Completer{"numbers": numbers},
		},
		tools.Operation[noteIn, echoOut]{
			Name: tools.Name{Noun: "note", Verb: "read"}, Title: "Read a note", Summary: "Read a note", Risk: risk.Read,
			Examples: []tools.Example{{Args: map[string]any{"id": "o-7k3f"}}},
			Run:      func(_ context.Context, in noteIn) (echoOut, error) { return echoOut{Got: in.ID}, nil },
			View:     viewEcho[noteIn],
		},
		tools.Operation[copyIn, copyOut]{
			Name: tools.Name{Noun: "note", Verb: "copy"}, Title: "Copy a text", Summary: "Copy a text", Risk: risk.Read,
			Run: func(_ context.Context, in copyIn) (copyOut, error) {
				return copyOut{Rows: []copied{{in.Text, []string{in.Text, in.Text}}}}, nil
			},
			View: func(copyIn, copyOut) view.Doc { return view.Doc{Title: "Copy"} },
		},
		tools.Operation[failIn, echoOut]{
			Name: tools.Name{Noun: "note", Verb: "fail"}, Title: "Fail", Summary: "Fail as told", Risk: risk.Read,
			Run: fail, View: viewEcho[failIn],
		},
	)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// session is one run of the program.
type session struct {
	shell.Config
	out, err bytes.Buffer
	clock    *clock
	opened   int
	gateErr  error
}

func newSession(tb testing.TB) *session {
	tb.Helper()
	c := catalog(tb)
	clock := &clock{step: time.Millisecond}
	s := &session{clock: clock}
	s.Config = shell.Config{
		Tools: c.Tools(), Nouns: map[string]string{"line": "Phone lines: the shop and your own"},
		Gate: func(context.Context) (*tools.Gate, error) {
			s.opened++
			if s.gateErr != nil {
				return nil, s.gateErr
			}
			return tools.NewGate(tools.GateConfig{Catalog: c, Sandbox: true, Now: s.Now})
		},
		Principal: func(context.Context) identity.Principal {
			return identity.Principal{Surface: "os", ID: "alice", Role: identity.Requester}
		},
		Globals: &shell.Globals{}, Now: clock.now, Out: &s.out, Err: &s.err,
	}
	return s
}

// run executes a command line as main does and returns the exit code.
func (s *session) run(tb testing.TB, args ...string) int {
	tb.Helper()
	return shell.Report(s.Config, args, s.program(args).ExecuteContext(tb.Context()))
}

func (s *session) program(args []string) *cobra.Command {
	root := &cobra.Command{Use: "didops", Short: "Buy and run phone lines"}
	shell.Prepare(root, s.Config)
	root.AddCommand(shell.Commands(s.Config)...)
	root.SetArgs(append([]string{}, args...))
	return root
}

// clock goes on each time that it is asked: by the first steps, then by step.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	first []time.Duration
	step  time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	step := c.step
	if len(c.first) > 0 {
		step, c.first = c.first[0], c.first[1:]
	}
	c.at = c.at.Add(step)
	return c.at
}
