package discord

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"

	"didops/internal/render"
	"didops/tools"
	"didops/tools/view"
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
	if data, ok := sheet(t.Tables(), r.Data); ok {
		return fitting(file{name + ".csv", "text/csv", data})
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

// sheet is the rows of a result as CSV with a line of heads, the tables one
// below the other. Not ok if there are none.
func sheet(tables []tools.Rows, data json.RawMessage) ([]byte, bool) {
	var held map[string]json.RawMessage
	if json.Unmarshal(data, &held) != nil {
		return nil, false
	}
	var columns []string
	var rows []map[string]json.RawMessage
	for _, t := range tables {
		var list []map[string]json.RawMessage
		if json.Unmarshal(held[t.Field], &list) != nil {
			continue
		}
		for _, c := range t.Columns {
			if !slices.Contains(columns, c) && slices.ContainsFunc(list, func(r map[string]json.RawMessage) bool { return cell(r[c]) != "" }) {
				columns = append(columns, c)
			}
		}
		for _, r := range list {
			if len(tables) > 1 {
				r["table"] = quote(t.Field)
			}
			rows = append(rows, r)
		}
	}
	if len(tables) > 1 {
		columns = append([]string{"table"}, columns...)
	}
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	lines := [][]string{columns}
	for _, r := range rows {
		var line []string
		for _, c := range columns {
			line = append(line, cell(r[c]))
		}
		lines = append(lines, line)
	}
	if len(rows) == 0 || w.WriteAll(lines) != nil {
		return nil, false
	}
	return buf.Bytes(), true
}

// cell is a value as a spreadsheet may read it: a list's values between
// spaces, nothing for an object, no text that begins a formula, and phone
// numbers as digits.
func cell(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	var text string
	switch raw[0] {
	case '{':
		return ""
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return ""
		}
		var parts []string
		for _, item := range list {
			parts = append(parts, cell(item))
		}
		return strings.TrimSpace(strings.Join(parts, " "))
	case '"':
		if json.Unmarshal(raw, &text) != nil {
			return ""
		}
	default:
		return string(raw)
	}
	if digits, ok := strings.CutPrefix(text, "+"); ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
		return digits
	}
	if text != "" && strings.IndexByte("=+-@\t\r", text[0]) >= 0 {
		return "'" + text
	}
	return text
}
