package tools_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

// toyIn has a parameter of every kind.
type toyIn struct {
	Word    string       `json:"word" jsonschema_description:"A needed text"`
	Kind    string       `json:"kind,omitempty" jsonschema:"enum=any,enum=mobile,enum=tollfree" jsonschema_description:"One of a few"`
	Limit   int          `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,default=10" jsonschema_description:"Rows"`
	Flag    *bool        `json:"flag,omitempty" jsonschema_description:"Yes or no"`
	Fee     money.Amount `json:"fee,omitzero" jsonschema_description:"An amount"`
	Numbers []string     `json:"numbers,omitempty" jsonschema:"minItems=1,maxItems=3" jsonschema_description:"A list"`
}

// Validate refuses one word, as a rule that no schema can express.
func (in toyIn) Validate() error {
	if in.Word == "forbidden" && in.Limit > 10 {
		return fault.New(fault.Invalid, "that word goes with at most 10 rows").WithField("word")
	}
	return nil
}

type toyOut struct {
	tools.Envelope
	In   toyIn    `json:"in" jsonschema_description:"What came in"`
	Rows []toyRow `json:"rows" jsonschema_description:"Rows"`
}

type toyRow struct {
	Name string `json:"name" jsonschema_description:"Name"`
	Fee  string `json:"fee,omitempty" jsonschema_description:"Fee"`
}

func toy() tools.Operation[toyIn, toyOut] {
	return tools.Operation[toyIn, toyOut]{
		Name: tools.Name{Noun: "toy", Verb: "echo"}, Title: "Echo", Summary: "Return what came in.", Risk: risk.Read,
		Run: func(ctx context.Context, in toyIn) (toyOut, error) {
			request.Report(ctx, request.Progress{Done: 1, Text: "one"})
			switch in.Word {
			case "panic":
				panic("key=SECRET")
			case "plain":
				return toyOut{}, errors.New("dial with SECRET")
			case "coded":
				return toyOut{}, fault.New(fault.RateLimited, "slow down").WithCause(errors.New("SECRET"))
			case "slow":
				<-ctx.Done()
				return toyOut{}, ctx.Err()
			}
			return toyOut{In: in, Rows: []toyRow{{Name: in.Word}}}, nil
		},
		View: func(in toyIn, _ toyOut) view.Doc { return view.Doc{Title: in.Word} },
		Complete: map[string]tools.Completer{
			"word": func(_ context.Context, partial string) []tools.Choice {
				return []tools.Choice{{Value: partial + "ab", Label: "a word"}}
			},
		},
	}
}

func gate(tb testing.TB, c tools.GateConfig, more ...tools.Declaration) *tools.Gate {
	tb.Helper()
	catalog, err := tools.NewCatalog(append([]tools.Declaration{toy()}, more...)...)
	if err != nil {
		tb.Fatal(err)
	}
	c.Catalog, c.Now = catalog, time.Now
	g, err := tools.NewGate(c)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

var reader = identity.Principal{Surface: "os", ID: "alice", Role: identity.Reader} //nolint:gochecknoglobals // test data

func call(args string) tools.Call {
	return tools.Call{Tool: "toy_echo", Args: []byte(args), Frontend: identity.FrontShell, Principal: reader}
}
