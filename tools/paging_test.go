package tools_test

import (
	"context"
	"strings"
	"testing"

	"didops/internal/risk"
	"didops/internal/testing/fixture"
	"didops/internal/view"
	"didops/tools"
)

// pagedIn has what a result can be paged and sorted by.
type pagedIn struct {
	Sort   string `json:"sort,omitempty" jsonschema:"enum=a,enum=b" jsonschema_description:"Order"`
	Cursor string `json:"cursor,omitempty" programs:"true" jsonschema_description:"Next page"`
}

type pagedOut struct{ tools.Envelope }

func paged(p tools.Paging) error {
	_, err := tools.NewCatalog(tools.Operation[pagedIn, pagedOut]{
		Name: tools.Name{Noun: "page", Verb: "turn"}, Title: "Turn", Summary: "Turn pages", Risk: risk.Read, Paging: p,
		Run:  func(context.Context, pagedIn) (pagedOut, error) { return pagedOut{}, nil },
		View: func(pagedIn, pagedOut) view.Doc { return view.Doc{} },
	})
	return err
}

// TestPagingNamesParameters holds that a front end can go by what is declared.
func TestPagingNamesParameters(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		paging tools.Paging
		want   string // "" = it is taken
	}{
		"none":           {},
		"both":           {paging: tools.Paging{Sort: "sort", Cursor: "cursor"}},
		"no such sort":   {tools.Paging{Sort: "by"}, "pages by by, which is no parameter"},
		"no such cursor": {tools.Paging{Cursor: "after"}, "pages by after"},
		"no such limit":  {tools.Paging{Limit: "limit"}, "pages by limit"},
		"no choices":     {tools.Paging{Sort: "cursor"}, "sorts by cursor, which has no choices"},
	} {
		err := paged(tt.paging)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// TestParametersOfPrograms holds that what people have another way for is
// marked, and nothing else.
func TestParametersOfPrograms(t *testing.T) {
	t.Parallel()
	tool, ok := fixture.Catalog(t, fixture.Options{}).Tool("line_find")
	if !ok {
		t.Fatal("got no tool")
	}
	for _, p := range tool.Params() {
		if p.Programs != (p.Name == "cursor") {
			t.Errorf("%s: got %t", p.Name, p.Programs)
		}
	}
}
