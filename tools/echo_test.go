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

// echoIn has a parameter of every kind.
type echoIn struct {
	Word    string       `json:"word" jsonschema_description:"A needed text"`
	Kind    string       `json:"kind,omitempty" jsonschema:"enum=any,enum=mobile,enum=tollfree" jsonschema_description:"One of a few"`
	Limit   int          `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,default=10" jsonschema_description:"Rows"`
	Flag    *bool        `json:"flag,omitempty" jsonschema_description:"Yes or no"`
	Fee     money.Amount `json:"fee,omitzero" jsonschema_description:"An amount"`
	Numbers []string     `json:"numbers,omitempty" jsonschema:"minItems=1,maxItems=3" jsonschema_description:"A list"`
}

// Validate refuses one word, as a rule that no schema can express.
func (in echoIn) Validate() error {
	if in.Word == "forbidden" && in.Limit > 10 {
		return fault.New(fault.Invalid, "that word goes with at most 10 rows").WithField("word")
	}
	return nil
}

type echoOut struct {
	tools.Envelope
	In   echoIn    `json:"in" jsonschema_description:"What came in"`
	Rows []echoRow `json:"rows" jsonschema_description:"Rows"`
}

type echoRow struct {
	Name string `json:"name" jsonschema_description:"Name"`
	Fee  string `json:"fee,omitempty" jsonschema_description:"Fee"`
}

func echo() tools.Operation[echoIn, echoOut] {
	return tools.Operation[echoIn, echoOut]{
		Name: tools.Name{Noun: "toy", Verb: "echo"}, Title: "Echo", Summary: "Return what came in.", Risk: risk.Read,
		Run: func(ctx context.Context, in echoIn) (echoOut, error) {
			request.Report(ctx, request.Progress{Done: 1, Text: "one"})
			switch in.Word {
			case "panic":
				panic("key=SECRET")
			case "plain":
				return echoOut{}, errors.New("dial with SECRET")
			case "coded":
				return echoOut{}, fault.New(fault.RateLimited, "slow down").WithCause(errors.New("SECRET"))
			case "slow":
				<-ctx.Done()
				return echoOut{}, ctx.Err()
			}
			return echoOut{In: in, Rows: []echoRow{{Name: in.Word}}}, nil
		},
		View: func(in echoIn, _ echoOut) view.Doc { return view.Doc{Title: in.Word} },
		Complete: map[string]tools.Completer{
			"word": func(_ context.Context, partial string) []tools.Choice {
				return []tools.Choice{{Value: partial + "ab", Label: "a word"}}
			},
		},
	}
}

func gate(tb testing.TB, c tools.GateConfig, more ...tools.Declaration) *tools.Gate {
	tb.Helper()
	catalog, err := tools.NewCatalog(append([]tools.Declaration{echo()}, more...)...)
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

var reader = identity.Principal{Realm: "os", ID: "alice", Role: identity.Reader} //nolint:gochecknoglobals // test data

func call(args string) tools.Call {
	return tools.Call{Tool: "toy_echo", Args: []byte(args), Frontend: identity.FrontShell, Principal: reader}
}
