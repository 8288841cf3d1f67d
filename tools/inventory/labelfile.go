package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/numberlist"
	"didops/internal/sanitize"
	"didops/internal/view"
	"didops/tools"
)

// The columns of labels, as results and parameters call them.
const (
	columnOwner      = "owner"
	columnCostCentre = "cost_centre"
	columnTags       = "tags"
	columnNote       = "note"
)

// wanted are the columns of labels in a table. What the exchange notes of a number
// is called notes, and is no label.
func wanted() []numberlist.Wanted {
	return []numberlist.Wanted{
		{Key: columnOwner, Names: []string{"owner", "owned by", "whose", "team", "holder", "Besitzer", "Inhaber", "propriétaire", "propietario", "proprietario", "владелец", "المالك", "负责人", "所有者"}},
		{Key: columnCostCentre, Names: []string{"cost_centre", "cost center", "cost code", "costcentre code", "cost center code", "Kostenstelle", "centre de coût", "centre de coûts", "centro de coste", "centro de costos", "centro di costo", "центр затрат", "مركز التكلفة", "成本中心"}},
		{Key: columnTags, Names: []string{"tags", "tag", "labels", "label", "Schlagwörter", "étiquettes", "etiquetas", "метки", "标签"}},
		{Key: columnNote, Names: []string{"note", "our note", "remark", "remarks", "comment", "comments", "Bemerkung", "Notiz", "remarque", "nota", "примечание", "备注"}},
	}
}

// labelFile labels the numbers in a file: each by the columns of its row, and all
// by what is given besides. An empty cell leaves a label as it is. A table is only
// shown unless it is asked for.
func (c Config) labelFile(ctx context.Context, in LabelIn, d tools.Document) (LabelOut, error) {
	table, err := numberlist.ReadTable(d.Data, d.Name, d.Sheet, wanted())
	if err != nil {
		return LabelOut{}, err
	}
	file := sanitize.Clean(d.Name, 80)
	if err := c.fits(in, file, &table); err != nil {
		return LabelOut{}, err
	}
	rows := make([]row, len(table.Rows))
	for i, r := range table.Rows {
		if rows[i], err = c.row(in, r); err != nil {
			return LabelOut{}, err
		}
	}
	out, err := c.relabel(ctx, rows, in.dry(len(table.Columns) > 0), func(bad []row) error { return refused(file, bad, len(rows)) })
	out.from = table.From
	if len(table.Columns) > 0 {
		out.Ignored = table.Ignored
	}
	return out, err
}

// fits refuses a table that says nothing of labels while nothing is given besides,
// and what would be said twice.
func (c Config) fits(in LabelIn, file string, t *numberlist.Table) error {
	wish := in.wish()
	if len(t.Columns) == 0 && wish.Empty() {
		return fault.New(fault.Invalid, "%s has no column of labels", file).WithField("numbers").
			WithHint("write owner, cost_centre, tags or note above them, or give these besides the file")
	}
	for column, given := range map[string]bool{
		columnOwner: in.Owner != nil, columnCostCentre: in.CostCentre != nil, columnTags: in.Tags != nil, columnNote: in.Note != nil,
	} {
		if given && slices.Contains(t.Columns, column) {
			return fault.New(fault.Invalid, "%s stands in a column of %s, and is given besides", column, file).WithField(column).WithHint("leave one of both out")
		}
	}
	_, err := wish.Patch(c.Secret)
	return err
}

// row reads a row of a table.
func (c Config) row(in LabelIn, r numberlist.Record) (row, error) {
	out := row{place: r.Place, digits: strings.TrimPrefix(r.Number, "+"), problem: r.Problem}
	if r.Problem != "" {
		return out, nil
	}
	wish := in.wish()
	for column, into := range map[string]**string{columnOwner: &wish.Owner, columnCostCentre: &wish.CostCentre, columnNote: &wish.Note} {
		if text := r.Cells[column]; text != "" {
			*into = &text
		}
	}
	if text := r.Cells[columnTags]; text != "" {
		wish.Tags = []string{text}
	}
	if wish.Empty() {
		return out, nil
	}
	var err error
	if out.patch, err = wish.Patch(c.Secret); err == nil {
		return out, nil
	}
	f, ok := fault.As(err)
	if !ok {
		return out, err
	}
	out.problem, out.patch = f.Message, inventory.Patch{}
	return out, nil
}

// told is how many rows a refusal names.
const told = 20

// refused says why nothing was done with a file.
func refused(file string, bad []row, of int) error {
	lines := []string{fmt.Sprintf("%s is not used: %s of its %s can't be done, and a part of it is not asked for", file, view.Count(len(bad)), view.Plural(of, "row"))}
	for _, r := range bad[:min(told, len(bad))] {
		lines = append(lines, r.place+": "+r.problem)
	}
	if more := len(bad) - told; more > 0 {
		lines = append(lines, fmt.Sprintf("and %s more", view.Count(more)))
	}
	return fault.New(fault.Invalid, "%s", strings.Join(lines, "\n")).WithField("numbers").WithHint("correct or delete these rows; nothing was done about the others")
}

// shownRows is how many rows people are shown.
const shownRows = 50

func viewLabel(_ LabelIn, out LabelOut) view.Doc {
	doc := view.Doc{Title: "Labels", Summary: out.summary()}
	file := out.from != ""
	if out.DryRun && out.Refused > 0 {
		doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: fmt.Sprintf("%s can't be done, and nothing is done with a part: correct them or leave them out.", view.Plural(out.Refused, rowsOr(file)))})
		doc.Blocks = append(doc.Blocks, out.table(resultRefused, file, view.Column{Title: "Why", Prose: true}, func(l *Labelled) string { return l.Reason }))
	}
	if out.Changed > 0 {
		doc.Blocks = append(doc.Blocks, out.table("", file, view.Column{Title: "Changes", Prose: true}, func(l *Labelled) string { return l.Changes }))
	}
	if len(out.Ignored) > 0 {
		doc.Blocks = append(doc.Blocks, view.Text("Columns that are not read: "+strings.Join(view.QuotedAll(out.Ignored), ", ")+"."))
	}
	return doc
}

func rowsOr(file bool) string {
	if file {
		return "row"
	}
	return "number"
}

// table shows the rows of one result; "" = those that change.
func (o *LabelOut) table(result string, file bool, last view.Column, of func(*Labelled) string) view.Table {
	t := view.Table{Columns: []view.Column{{Title: "Number"}, last}}
	if file {
		t.Columns = append([]view.Column{{Title: "Row"}}, t.Columns...)
	}
	for i := range o.Numbers {
		l := &o.Numbers[i]
		if l.Result != result && (result != "" || l.Changes == "") {
			continue
		}
		if t.Total++; len(t.Rows) == shownRows {
			continue
		}
		cells := []string{l.Number, of(l)}
		if file {
			cells = append([]string{l.Line}, cells...)
		}
		t.Rows = append(t.Rows, cells)
	}
	if t.Total > len(t.Rows) {
		t.Title = fmt.Sprintf("The first %d of %s", len(t.Rows), view.Count(t.Total))
	}
	return t
}

func (o *LabelOut) summary() string {
	var s string
	switch {
	case o.DryRun:
		s = fmt.Sprintf("The labels of %s would change", view.Plural(o.Changed, "number"))
	default:
		s = fmt.Sprintf("The labels of %s were changed", view.Plural(o.Changed, "number"))
	}
	if o.Unchanged > 0 {
		s += fmt.Sprintf("; of %s they stay", view.Count(o.Unchanged))
	}
	if o.Refused > 0 {
		s += fmt.Sprintf("; %s can't be done", view.Count(o.Refused))
	}
	if s += "."; o.DryRun {
		s += " Nothing was changed"
		if o.Changed > 0 && o.Refused == 0 {
			s += ": the same with dry_run false (in a shell --dry-run=false) does it"
		}
		s += "."
	}
	return s
}
