package discord

import (
	"bytes"
	"strings"

	"didops/bots/csvout"
	"didops/internal/render"
	"didops/internal/view"
	"didops/tools"
)

// maxFile is the most bytes of a file, below what every server takes.
const maxFile = 9 << 20

func isTable(b view.Block) bool {
	_, is := b.(view.Table)
	return is
}

// attachment is a result in full, for what a message has no room for: its
// rows as CSV, or its text if it has none. There is none of what is larger
// than Discord takes.
func (b *Bot) attachment(t *tools.Tool, r tools.Result) []file {
	name := strings.ReplaceAll(t.Name().String(), "_", "-")
	var rows bytes.Buffer
	if len(t.Tables()) > 0 && csvout.Write(&rows, t, r) == nil {
		return fitting(file{name + ".csv", "text/csv", rows.Bytes()})
	}
	return fitting(asText(name, r.Doc))
}

// asText is a Doc as a text file.
func asText(name string, d view.Doc) file {
	var buf bytes.Buffer
	_ = render.Plain(&buf, d, render.PlainOptions{}) // a buffer takes everything
	return file{name + ".txt", "text/plain", buf.Bytes()}
}

func fitting(f file) []file {
	if len(f.data) == 0 || len(f.data) > maxFile {
		return nil
	}
	return []file{f}
}
