package chat

import (
	"bytes"
	"strings"

	"didops/bots/csvout"
	"didops/internal/chart"
	"didops/internal/render"
	"didops/internal/view"
	"didops/tools"
)

func isTable(b view.Block) bool {
	_, is := b.(view.Table)
	return is
}

// attachment is a result in full, for what a message has no room for: its
// rows as CSV, or its text if it has none. There is none of what is larger
// than the chat takes.
func (s *Service) attachment(t *tools.Tool, r tools.Result) []File {
	var rows bytes.Buffer
	if len(t.Tables()) > 0 && csvout.Write(&rows, t, r) == nil {
		return s.fitting(File{Name: fileName(t) + ".csv", Kind: "text/csv", Data: rows.Bytes()})
	}
	return s.fitting(asText(fileName(t), r.Doc))
}

// fileName is what a file with a result is called, without what it ends in.
func fileName(t *tools.Tool) string { return strings.ReplaceAll(t.Name().String(), "_", "-") }

// asText is a Doc as a text file.
func asText(name string, d view.Doc) File {
	var buf bytes.Buffer
	_ = render.Plain(&buf, d, render.PlainOptions{}) // a buffer takes everything
	return File{Name: name + ".txt", Kind: "text/plain", Data: buf.Bytes()}
}

// pictures are those of a Doc. One that can't be drawn is left out: what it
// shows is said beside it, too.
func (s *Service) pictures(d view.Doc) []File {
	var list []File
	for _, i := range d.Images() {
		if data, err := chart.PNG(i, chart.Dark); err == nil {
			list = append(list, s.fitting(File{Name: i.Name + ".png", Kind: "image/png", Data: data, Alt: i.Alt})...)
		}
	}
	return list
}

func (s *Service) fitting(f File) []File {
	if len(f.Data) == 0 || len(f.Data) > s.c.Limits.FileBytes {
		return nil
	}
	return []File{f}
}
