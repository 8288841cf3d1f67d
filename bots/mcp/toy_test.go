package mcp_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/bots/mcp"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// TestMain looks for goroutines left behind. A server that refuses a body
// closes its side and waits for half a second before it lets go (net/http's
// rstAvoidanceDelay), which is longer than goleak does.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

const secret = "hunter2-hunter2"

type searchIn struct {
	Query string   `json:"query" jsonschema_description:"Text to look for"`
	Kind  string   `json:"kind,omitempty" jsonschema:"enum=any,enum=mobile,enum=national,default=any" jsonschema_description:"Kind of number"`
	Tags  []string `json:"tags,omitempty" jsonschema:"maxItems=3" jsonschema_description:"Tags that must all be there"`
	Limit int      `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,default=10" jsonschema_description:"Rows at most"`
}

type searchOut struct {
	tools.Envelope
	Query   string    `json:"query" jsonschema_description:"What was looked for"`
	Numbers []toyRow  `json:"numbers" jsonschema_description:"The rows"`
	Client  string    `json:"client,omitempty" jsonschema_description:"Who asked, by its own name"`
	At      time.Time `json:"at" jsonschema_description:"When"`
}

type toyRow struct {
	Number string `json:"number" jsonschema_description:"E.164"`
	Fee    string `json:"fee" jsonschema_description:"Each month"`
}

func search(ctx context.Context, in searchIn) (searchOut, error) {
	request.Report(ctx, request.Progress{Done: 1, Total: 2, Text: "1 page read"})
	request.Report(ctx, request.Progress{Done: 2, Total: 2, Text: "2 pages read"}) // too soon to be told
	out := searchOut{Query: in.Query, Numbers: []toyRow{}, At: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	for i := range min(in.Limit, 2) {
		out.Numbers = append(out.Numbers, toyRow{fmt.Sprintf("+97150000000%d", i), "9007199254740993.10"})
	}
	return out, nil
}

type failIn struct {
	Code string `json:"code" jsonschema_description:"Which way to fail"`
}

type markOnly struct{ tools.Envelope }

func fail(_ context.Context, in failIn) (markOnly, error) {
	cause := errors.New("upstream said " + secret)
	switch in.Code {
	case "panic":
		panic(secret)
	case "plain":
		return markOnly{}, cause
	}
	return markOnly{}, &fault.Error{
		Code: fault.Code(in.Code), Message: "it is " + in.Code, Hint: "do something else",
		Field: "code", RetryAfter: 1500 * time.Millisecond, Err: cause,
	}
}

type noneIn struct{}

// toy is a gate in front of a small catalogue.
type toy struct {
	gate    *tools.Gate
	waiting chan struct{} // toy_wait sends when it waits
	ended   chan error    // toy_wait sends why it ended
	calls   chan tools.Call
}

func newToy(tb testing.TB) *toy {
	tb.Helper()
	return toyOf(tb, nil)
}

// toyOf is a toy with more operations, and a desk for those that need one.
func toyOf(tb testing.TB, d order.Service, more ...tools.Declaration) *toy {
	tb.Helper()
	y := &toy{waiting: make(chan struct{}, 256), ended: make(chan error, 256)}
	draw := func(_ noneIn, _ markOnly) view.Doc { return view.Doc{Title: "Done"} }
	wait := func(ctx context.Context, _ noneIn) (markOnly, error) {
		y.waiting <- struct{}{}
		<-ctx.Done()
		y.ended <- context.Cause(ctx)
		return markOnly{}, ctx.Err()
	}
	catalog, err := tools.NewCatalog(append(more,
		tools.Operation[searchIn, searchOut]{
			Name: tools.Name{Noun: "toy", Verb: "search"}, Title: "Search", Summary: "Find toys.", Doc: "Cheapest first.",
			Risk: risk.Read, Run: search,
			View: func(in searchIn, out searchOut) view.Doc {
				if in.Query == "draw "+secret {
					panic(secret)
				}
				doc := view.Doc{Title: "Toys", Blocks: []view.Block{view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "Fee", Right: true}}}}}
				table, _ := doc.Blocks[0].(view.Table)
				for _, n := range out.Numbers {
					table.Rows = append(table.Rows, []string{n.Number, n.Fee})
				}
				doc.Blocks[0] = table
				return doc
			},
		},
		tools.Operation[failIn, markOnly]{
			Name: tools.Name{Noun: "toy", Verb: "fail"}, Title: "Fail", Summary: "Fail in a given way.",
			Risk: risk.Read, Run: fail, View: func(failIn, markOnly) view.Doc { return view.Doc{} },
		},
		tools.Operation[noneIn, markOnly]{
			Name: tools.Name{Noun: "toy", Verb: "wait"}, Title: "Wait", Summary: "Wait until cancelled.",
			Risk: risk.Read, Run: wait, View: draw,
		},
		tools.Operation[noneIn, markOnly]{
			Name: tools.Name{Noun: "toy", Verb: "note"}, Title: "Note", Summary: "Keep a record.",
			Risk: risk.Local, Run: func(context.Context, noneIn) (markOnly, error) { return markOnly{}, nil }, View: draw,
		},
		tools.Operation[noneIn, markOnly]{
			Name: tools.Name{Noun: "toy", Verb: "approve"}, Title: "Approve", Summary: "For people.",
			Risk: risk.Local, People: true, Run: func(context.Context, noneIn) (markOnly, error) { return markOnly{}, nil }, View: draw,
		},
	)...)
	if err != nil {
		tb.Fatal(err)
	}
	y.calls = make(chan tools.Call, 4096)
	y.gate, err = tools.NewGate(tools.GateConfig{Catalog: catalog, Orders: d, Sandbox: true, Now: time.Now, Observe: func(_ context.Context, e tools.Event) {
		select {
		case y.calls <- e.Call:
		default:
		}
	}})
	if err != nil {
		tb.Fatal(err)
	}
	return y
}

func (y *toy) server(tb testing.TB, log zerolog.Logger) *mcp.Server {
	tb.Helper()
	s, err := mcp.New(mcp.Config{Gate: y.gate, Version: "1.2.3", Log: log, Now: time.Now})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func alice() identity.Principal {
	return identity.Principal{Surface: "os", ID: "alice", Name: "alice", Role: identity.Requester}
}

func bob() identity.Principal {
	return identity.Principal{Surface: "os", ID: "bob", Name: "bob", Role: identity.Reader}
}
