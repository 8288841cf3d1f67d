package shell

import (
	"didops/bots/csvout"
	"didops/internal/render"
	"didops/internal/view"
	"didops/tools"
)

// writeCSV writes the rows of a result. What a person must know besides, the
// mark of the sandbox and why the result is not complete, goes to Err.
func (s *shell) writeCSV(t *tools.Tool, r tools.Result) error {
	if err := csvout.Write(s.Out, t, r); err != nil {
		return written(err)
	}
	return written(render.Plain(s.Err, aside(r.Doc), render.PlainOptions{}))
}

// aside is what a person must know of a result besides its rows.
func aside(d view.Doc) view.Doc {
	said := view.Doc{Sandbox: d.Sandbox}
	for _, b := range d.Blocks {
		switch b := b.(type) {
		case view.Notice, view.More, view.Further, view.Text:
			said.Blocks = append(said.Blocks, b)
		case view.Table, view.Fields, view.Image, view.Agenda:
		}
	}
	return said
}
