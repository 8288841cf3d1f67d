package app

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"didops/internal/identity"
	"didops/internal/render"
	"didops/internal/view"
	"didops/tools"
)

func (a *app) toolsCommand(catalog *tools.Catalog) *cobra.Command {
	return &cobra.Command{
		Use:   "tools",
		Short: "List every operation, its risk and who may call it; --json prints the schemas",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if a.flags.JSON {
				return a.writeJSON(map[string]any{"tools": toolList(catalog)})
			}
			return render.Plain(a.Out, toolsDoc(catalog), render.PlainOptions{Width: a.Width, Color: a.colors(a.OutTTY)})
		},
	}
}

// toolEntry is one operation as "didops tools --json" prints it.
type toolEntry struct {
	Name         string          `json:"name"`
	Title        string          `json:"title"`
	Description  string          `json:"description"`
	Risk         string          `json:"risk"`
	Role         string          `json:"role"`
	Faces        []string        `json:"faces"`
	InputSchema  json.RawMessage `json:"input_schema"`
	OutputSchema json.RawMessage `json:"output_schema"`
}

func toolList(catalog *tools.Catalog) []toolEntry {
	list := []toolEntry{}
	for _, t := range catalog.Tools() {
		list = append(list, toolEntry{
			Name: t.Name().String(), Title: t.Title(), Description: strings.TrimSpace(t.Summary() + " " + t.Doc()),
			Risk: t.Risk().String(), Role: t.Needs().String(), Faces: faces(t),
			InputSchema: t.InputSchema(), OutputSchema: t.OutputSchema(),
		})
	}
	return list
}

func faces(t *tools.Tool) []string {
	list := []string{}
	for _, f := range identity.Frontends() {
		if t.Through(f) {
			list = append(list, f.String())
		}
	}
	return list
}

// toolsDoc is the table of operations, here and in the README.
func toolsDoc(catalog *tools.Catalog) view.Doc {
	table := view.Table{Columns: []view.Column{
		{Title: "Operation"},
		{Title: "Risk"},
		{Title: "Role"},
		{Title: "Offered in"},
		{Title: "What it does", Loose: true},
		{Title: "Parameters", Loose: true, Extra: true},
	}}
	for _, t := range catalog.Tools() {
		var params []string
		for _, p := range t.Params() {
			name := p.Name
			if p.Required {
				name += "*"
			}
			params = append(params, name)
		}
		table.Rows = append(table.Rows, []string{
			t.Name().String(), t.Risk().String(), t.Needs().String(), strings.Join(faces(t), " "),
			t.Summary(), strings.Join(params, ", "),
		})
	}
	return view.Doc{Title: "Operations", Blocks: []view.Block{table}}
}
