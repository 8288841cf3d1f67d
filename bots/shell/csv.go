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
	aside := view.Doc{Sandbox: r.Doc.Sandbox}
	for _, b := range r.Doc.Blocks {
		switch b := b.(type) {
		case view.Notice, view.More, view.Text:
			aside.Blocks = append(aside.Blocks, b)
		case view.Table, view.Fields, view.Image:
		}
	}
	return written(render.Plain(s.Err, aside, render.PlainOptions{}))
}
