package render

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"didops/internal/chart"
	"didops/internal/money"
	"didops/internal/view"
)

// PlainOptions says what the terminal is like.
type PlainOptions struct {
	Width int  // columns; 0 = no bound, for what is no terminal
	Color bool // emphasis by escape sequences
}

// Plain writes d for a terminal: a title line that begins with SANDBOX where
// d is from the sandbox, the summary, then the blocks. No line of a table is
// wider than o.Width (of at least 40): see [view.Column] for what gives way;
// a table that still does not fit is written as a list of records, and
// nothing else is ever cut. The only control characters written are line
// feeds and, with o.Color, the renderer's own emphasis. The error is w's.
func Plain(w io.Writer, d view.Doc, o PlainOptions) error {
	p := &plain{PlainOptions: o}
	p.heading(d)
	for _, b := range d.Blocks {
		p.block(b)
	}
	if _, err := io.WriteString(w, p.out.String()); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

type plain struct {
	PlainOptions
	out strings.Builder
}

// style is an emphasis of the terminal, by its escape sequence.
type style string

const (
	bold   style = "\x1b[1m"
	dim    style = "\x1b[2m"
	alarm  style = "\x1b[1;35m" // bold magenta: to be read on light and on dark
	normal style = "\x1b[0m"
)

func (p *plain) styled(s style, text string) string {
	if !p.Color || s == "" || text == "" {
		return text
	}
	return string(s) + text + string(normal)
}

func (p *plain) line(s string) {
	p.out.WriteString(s)
	p.out.WriteByte('\n')
}

// gap puts an empty line between the parts.
func (p *plain) gap() {
	if p.out.Len() > 0 {
		p.out.WriteByte('\n')
	}
}

// text writes a paragraph, each line in the given style.
func (p *plain) text(s style, text string) {
	for _, l := range wrap(text, p.Width) {
		p.line(p.styled(s, l))
	}
}

func (p *plain) heading(d view.Doc) {
	for i, l := range wrap(title(d), p.Width) {
		rest, marked := strings.CutPrefix(l, sandbox)
		switch {
		case l == "":
		case i == 0 && d.Sandbox && marked:
			p.line(p.styled(alarm, sandbox) + p.styled(bold, rest))
		default:
			p.line(p.styled(bold, l))
		}
	}
	if s := line(d.Summary); s != "" {
		p.text("", s)
	}
}

func (p *plain) block(b view.Block) {
	switch b := b.(type) {
	case view.Table:
		p.table(clean(b))
	case view.Fields:
		p.fields(b)
	case view.Notice:
		p.notice(b)
	case view.More:
		p.gap()
		p.text(dim, "More rows: --all, or the next page with --cursor "+word(b.Cursor))
	case view.Further:
		parts := []string{line(b.Says) + ": didops", strings.ReplaceAll(word(b.Operation), "_", " ")}
		for _, a := range b.Args {
			parts = append(parts, "--"+strings.ReplaceAll(word(a.Label), "_", "-"), word(a.Value))
		}
		p.gap()
		p.text(dim, strings.Join(parts, " "))
	case view.Image:
		p.image(b)
	case view.Agenda: // for a calendar
	case view.Text:
		if s := line(string(b)); s != "" {
			p.gap()
			p.text("", s)
		}
	}
}

// sparks is how many blocks a line of a picture is drawn with at most.
const sparks = 60

// image writes what is to be seen on a picture, each line of it as blocks with
// what it begins, lies between and ends with.
func (p *plain) image(i view.Image) {
	if len(i.Bars.Rows) > 0 {
		p.bars(i.Bars)
		return
	}
	var labels, values []string
	for _, l := range i.Steps.Lines {
		most := sparks
		if p.Width > 0 {
			most = max(8, min(sparks, p.Width-columns(l.Name)-40))
		}
		if s := chart.Spark(l, most); s != "" {
			labels, values = append(labels, line(l.Name)), append(values, s+"  "+chart.Told(l))
		}
	}
	if len(labels) > 0 {
		p.gap()
		p.text(dim, line(i.Steps.Title))
		p.record(labels, values, wrap)
	}
}

// barWidth is how many characters the longest bar has at most.
const barWidth = 40

// bars writes amounts as bars of blocks, each with what stands at its end.
func (p *plain) bars(b view.Bars) {
	var labels, values []string
	var largest money.Amount
	widest, ends := 0, 0
	for _, r := range b.Rows {
		if r.Value.Cmp(largest) > 0 {
			largest = r.Value
		}
		widest, ends = max(widest, columns(line(r.Name))), max(ends, columns(end(r)))
	}
	width := barWidth
	if p.Width > 0 {
		width = max(8, min(barWidth, p.Width-widest-ends-6))
	}
	for _, r := range b.Rows {
		labels = append(labels, line(r.Name))
		values = append(values, strings.TrimSpace(chart.Blocks(r.Value, largest, width)+" "+end(r)))
	}
	p.gap()
	p.text(dim, line(b.Title))
	p.record(labels, values, wrap)
}

// end is what stands at the end of a bar.
func end(b view.Bar) string { return line(cmp.Or(b.Label, b.Value.String(), "not known")) }

func (p *plain) notice(n view.Notice) {
	p.gap()
	word, s := notice(n), bold
	if n.Warning {
		s = alarm
	}
	for i, l := range wrap(word+" "+line(n.Text), p.Width) {
		if rest, ok := strings.CutPrefix(l, word); ok && i == 0 {
			l = p.styled(s, word) + rest
		}
		p.line(l)
	}
}

func (p *plain) fields(f view.Fields) {
	if len(f) == 0 {
		return
	}
	p.gap()
	labels, values := make([]string, len(f)), make([]string, len(f))
	for i, field := range f {
		labels[i], values[i] = line(field.Label), line(field.Value)
	}
	p.record(labels, values, wrap)
}

// record writes labelled values, a line or more for each.
func (p *plain) record(labels, values []string, broken func(string, int) []string) {
	widest := 0
	for _, l := range labels {
		widest = max(widest, columns(l))
	}
	room := 0
	if p.Width > 0 {
		widest = min(widest, p.Width/2)
		room = p.Width - widest - 2
	}
	for i, label := range labels {
		label = pad(shorten(label, widest), widest, false)
		for _, l := range broken(values[i], room) {
			p.line(strings.TrimRight(p.styled(dim, label)+"  "+l, " "))
			label = strings.Repeat(" ", widest)
		}
	}
}
