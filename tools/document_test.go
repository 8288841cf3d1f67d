package tools_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/risk"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/internal/view"
	"didops/tools"
)

// TestReadList holds who may have a file read, for what, and that whatever
// goes wrong there leaves the gate as it leaves a call.
func TestReadList(t *testing.T) {
	t.Parallel()
	orders := fakeorders.New(fakeorders.Config{Handlers: fixture.Handlers(fixture.Options{}), Now: fixture.Moment})
	var seen []tools.Event
	g, err := tools.NewGate(tools.GateConfig{
		Catalog: fixture.Catalog(t, fixture.Options{Orders: orders}), Orders: orders, Now: fixture.Moment,
		Observe: func(_ context.Context, e tools.Event) { seen = append(seen, e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, tool, param, text string
		role                    identity.Role
		want                    fault.Code
	}{
		{"a list", "line_buy", "numbers", "1 2 3", identity.Requester, ""},
		{"another operation's", "line_drop", "numbers", "1 2 3", identity.Requester, ""},
		{"a bad one", "line_buy", "numbers", "1 bad 3", identity.Requester, fault.Invalid},
		{"too many", "line_buy", "numbers", "1 2 3 4 5 6", identity.Requester, fault.Invalid},
		{"a panic", "line_buy", "numbers", "panic", identity.Requester, fault.Internal},
		{"a text", "line_move", "number", "1", identity.Requester, fault.Invalid},
		{"a list that is typed only", "line_keep", "numbers", "1", identity.Requester, fault.Invalid},
		{"no parameter", "line_buy", "lines", "1", identity.Requester, fault.Invalid},
		{"no operation", "line_sell", "numbers", "1", identity.Requester, fault.NotFound},
		{"who may not ask", "line_buy", "numbers", "1", identity.Reader, fault.Forbidden},
	} {
		seen = nil
		c := tools.Call{Tool: tt.tool, Frontend: identity.FrontShell, Principal: fixture.Principal("alice", tt.role)}
		got, err := g.ReadList(t.Context(), c, tt.param, tools.Document{Name: "list", Data: []byte(tt.text), Sheet: "!"})
		if fault.CodeOf(err) != tt.want {
			t.Errorf("%s: got %v, want code %q", tt.name, err, tt.want)
		}
		if err == nil {
			if diff := cmp.Diff(tools.Listed{Items: []string{"1", "2", "3"}, From: "its words!"}, got); diff != "" || len(seen) > 0 {
				t.Errorf("%s: got %d events (-want +got):\n%s", tt.name, len(seen), diff)
			}
			continue
		}
		f, _ := fault.As(err)
		if len(got.Items) > 0 || len(seen) != 1 || seen[0].Err == nil || strings.Contains(f.Message+f.Hint, fixture.Secret) {
			t.Errorf("%s: got %v, %v and %d events, want no item, one event and no secret", tt.name, got, err, len(seen))
		}
		if len(seen) == 1 && (seen[0].Reference != "") != (tt.want == fault.Internal) {
			t.Errorf("%s: got reference %q", tt.name, seen[0].Reference)
		}
	}
	if n := len(orders.Refusals()); n != 1 || len(orders.All()) > 0 {
		t.Errorf("got %d refusals and %d orders, want that of who may not ask and none", n, len(orders.All()))
	}
}

// TestListsAreOfLists holds that a declaration which reads a file for anything
// else is refused.
func TestListsAreOfLists(t *testing.T) {
	t.Parallel()
	read := func(tools.Document, int) (tools.Listed, error) { return tools.Listed{}, nil }
	for _, param := range []string{"word", "nothing"} {
		w := buy().(tools.Write[buyIn])
		w.Lists = map[string]tools.ListReader{param: read}
		if _, err := tools.NewCatalog(w); err == nil || !strings.Contains(err.Error(), "is no list") {
			t.Errorf("%s: got %v, want it refused", param, err)
		}
	}
}

type markIn struct {
	Lines []string `json:"lines" jsonschema:"minItems=1,maxItems=2" jsonschema_description:"Lines"`
	Word  *string  `json:"word,omitempty" blank:"true" jsonschema_description:"A word"`
	Tags  []string `json:"tags,omitempty" blank:"true" jsonschema_description:"Words"`
}

type markOut struct {
	tools.Envelope
	Got string `json:"got"`
}

// mark takes a file in place of its lines.
func mark() tools.Operation[markIn, markOut] {
	run := func(in markIn, file string) markOut {
		word := "not given"
		if in.Word != nil {
			word = strconv.Quote(*in.Word)
		}
		return markOut{Got: fmt.Sprintf("%d lines%s, word %s, tags %v", len(in.Lines), file, word, in.Tags != nil)}
	}
	return tools.Operation[markIn, markOut]{
		Name: tools.Name{Noun: "toy", Verb: "mark"}, Title: "Mark", Summary: "Mark lines.", Risk: risk.Local,
		Run: func(_ context.Context, in markIn) (markOut, error) { return run(in, ""), nil },
		File: &tools.FileRun[markIn, markOut]{Param: "lines", Run: func(_ context.Context, in markIn, d tools.Document) (markOut, error) {
			return run(in, " and "+d.Name), nil
		}},
		View: func(markIn, markOut) view.Doc { return view.Doc{} },
	}
}

// TestFileGoesWithTheCall holds what stands for a list as a whole, and that an
// empty text counts where it means something, unless a model wrote it.
func TestFileGoesWithTheCall(t *testing.T) {
	t.Parallel()
	catalog, err := tools.NewCatalog(mark(), tools.Operation[struct{}, markOut]{
		Name: tools.Name{Noun: "toy", Verb: "look"}, Title: "Look", Summary: "Look.", Risk: risk.Read,
		Run: func(context.Context, struct{}) (markOut, error) { return markOut{}, nil }, View: func(struct{}, markOut) view.Doc { return view.Doc{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	g, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Now: fixture.Moment})
	if err != nil {
		t.Fatal(err)
	}
	d := &tools.Document{Name: "list.csv", Data: []byte("x")}
	for _, tt := range []struct {
		name, tool, args string
		file             *tools.Document
		front            identity.Frontend
		want             string // in the result, or in the error behind its code
	}{
		{"lines", "toy_mark", `{"lines":["a","b"]}`, nil, identity.FrontShell, `2 lines, word not given, tags false`},
		{"a file", "toy_mark", `{}`, d, identity.FrontShell, `0 lines and list.csv, word not given`},
		{"a file and a word", "toy_mark", `{"word":"w"}`, d, identity.FrontDiscord, `0 lines and list.csv, word "w"`},
		{"both", "toy_mark", `{"lines":["a"]}`, d, identity.FrontShell, `invalid: lines are given besides the file`},
		{"neither", "toy_mark", `{}`, nil, identity.FrontShell, `invalid: lines is missing`},
		{"what takes none", "toy_look", `{}`, d, identity.FrontShell, `invalid: toy_look takes no file`},
		{"nothing as a word", "toy_mark", `{"lines":"a","word":"","tags":""}`, nil, identity.FrontShell, `word "", tags true`},
		{"of a model", "toy_mark", `{"lines":"a","word":"","tags":""}`, nil, identity.FrontMCP, `word not given, tags false`},
		{"null", "toy_mark", `{"lines":"a","word":null}`, nil, identity.FrontShell, `word not given`},
	} {
		got := ""
		r, err := g.Call(t.Context(), tools.Call{Tool: tt.tool, Args: []byte(tt.args), File: tt.file, Frontend: tt.front, Principal: fixture.Principal("alice", identity.Requester)})
		if got = string(r.Data); err != nil {
			got = string(fault.CodeOf(err)) + ": " + err.Error()
		}
		if got = strings.ReplaceAll(got, `\"`, `"`); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	p, _ := mustTool(t, catalog, "toy_mark").Param("lines")
	if !p.Whole || !p.Document {
		t.Errorf("got %+v, want a list that a file may stand for", p)
	}
	if _, err := g.ReadList(t.Context(), tools.Call{Tool: "toy_mark", Frontend: identity.FrontShell, Principal: fixture.Principal("alice", identity.Requester)}, "lines", *d); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("got %v, want no list read of a file that goes with the call", err)
	}
	bad := mark()
	bad.File.Param = "word"
	if _, err := tools.NewCatalog(bad); err == nil || !strings.Contains(err.Error(), "is no list") {
		t.Errorf("got %v, want a file for what is no list refused", err)
	}
}

func mustTool(t *testing.T, c *tools.Catalog, name string) *tools.Tool {
	t.Helper()
	tool, ok := c.Tool(name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return tool
}
