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
			picked, err := a.offered(catalog)
			if err != nil {
				return err
			}
			if a.flags.JSON {
				return a.writeJSON(map[string]any{"tools": toolList(catalog, picked)})
			}
			return render.Plain(a.Out, toolsDoc(catalog, picked), render.PlainOptions{Width: a.Width, Color: a.colors(a.OutTTY)})
		},
	}
}

// offered returns what is offered over MCP, by default where there is no
// configuration that can be read: the list is there for who is at a loss.
func (a *app) offered(catalog *tools.Catalog) (map[string]bool, error) {
	c, err := a.config()
	if err != nil {
		return catalog.Picked(nil)
	}
	return catalog.Picked(c.MCP.Operations)
}

// toolEntry is one operation as "didops tools --json" prints it.
type toolEntry struct {
	Name         string          `json:"name"`
	Title        string          `json:"title"`
	Description  string          `json:"description"`
	Risk         string          `json:"risk"`
	Role         string          `json:"role"`
	Faces        []string        `json:"faces"`
	Group        string          `json:"group"` // by which [mcp] operations picks it
	Offered      bool            `json:"offered_over_mcp"`
	InputSchema  json.RawMessage `json:"input_schema"`
	OutputSchema json.RawMessage `json:"output_schema"`
}

func toolList(catalog *tools.Catalog, picked map[string]bool) []toolEntry {
	list := []toolEntry{}
	for _, t := range catalog.Tools() {
		list = append(list, toolEntry{
			Name: t.Name().String(), Title: t.Title(), Description: strings.TrimSpace(t.Summary() + " " + t.Doc()),
			Risk: t.Risk().String(), Role: t.Needs().String(), Faces: faces(t),
			Group: string(t.Group()), Offered: picked[t.Name().String()],
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

// toolsDoc is the table of operations, here and in the README. What is not
// picked is offered over MCP only where the configuration does.
func toolsDoc(catalog *tools.Catalog, picked map[string]bool) view.Doc {
	table := view.Table{Columns: []view.Column{
		{Title: "Operation"},
		{Title: "Risk"},
		{Title: "Role"},
		{Title: "Offered in"},
		{Title: "Group"},
		{Title: "What it does", Loose: true},
		{Title: "Parameters", Loose: true, Extra: true},
	}}
	var notes []view.Block
	apart := []view.Block{view.Text("(" + identity.FrontMCP.String() + "): only where [mcp] operations picks it, by its name or its group.")}
	for _, t := range catalog.Tools() {
		var params []string
		for _, p := range t.Params() {
			name := p.Name
			if p.Required {
				name += "*"
			}
			params = append(params, name)
		}
		offered := strings.Join(faces(t), " ")
		if name := identity.FrontMCP.String(); t.Through(identity.FrontMCP) && !picked[t.Name().String()] {
			offered, notes = strings.Replace(offered, name, "("+name+")", 1), apart
		}
		table.Rows = append(table.Rows, []string{
			t.Name().String(), t.Risk().String(), t.Needs().String(), offered, string(t.Group()),
			t.Summary(), strings.Join(params, ", "),
		})
	}
	return view.Doc{Title: "Operations", Blocks: append([]view.Block{table}, notes...)}
}
