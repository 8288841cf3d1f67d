package chat

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"didops/internal/fault"
	"didops/internal/view"
	"didops/tools"
)

// rowOperation is an operation that takes what stands in a column of another
// one's result.
type rowOperation struct {
	tools.RowAction
	tool  *tools.Tool
	param tools.Param
}

// rowOperations returns what the rows of a result of the operation can be
// handed to, as it declares.
func (s *Service) rowOperations(source *tools.Tool) []rowOperation {
	var list []rowOperation
	for _, a := range source.RowActions() {
		target, ok := s.c.Gate.Catalog().Tool(a.Operation)
		if !ok || !target.Through(s.c.Frontend) {
			continue
		}
		if p, ok := target.Param(a.Param); ok {
			list = append(list, rowOperation{a, target, p})
		}
	}
	return list
}

// allowed are those of some operations that the member may call.
func (t *session) allowed(list []rowOperation) []rowOperation {
	return slices.DeleteFunc(list, func(k rowOperation) bool { return t.mayCall(k.tool) != nil })
}

// most returns how many values an order of the operation takes.
func (s *Service) most(k rowOperation) int {
	if k.param.Type != tools.ParamList {
		return 1
	}
	most := math.MaxInt
	if k.param.Max != nil {
		most = int(min(*k.param.Max, math.MaxInt32))
	}
	if limit := s.c.OrderNumbers(); limit > 0 && k.tool.Orders() {
		most = min(most, limit)
	}
	return most
}

// rowMenu is a menu of the rows shown, by which something can be ordered for
// several of them at once; none where there are not several, or no order takes
// them. No more can be chosen than an order takes.
func (t *session) rowMenu(id string, tool *tools.Tool, r tools.Result, d Drawing) *Menu {
	actions := t.rowOperations(tool)
	for _, action := range actions {
		options := t.rowOptions(r, action.RowAction, d)
		if len(options) < 2 {
			continue
		}
		most := 1
		for _, k := range actions {
			most = max(most, t.most(k))
		}
		if most < 2 {
			return nil
		}
		m := &Menu{ID: id, Prompt: "Several at once…", Options: options, Most: min(most, len(options))}
		if m.Most < len(options) {
			m.Prompt = fmt.Sprintf("Several at once, up to %d…", m.Most)
		}
		return m
	}
	return nil
}

// rowOptions are the rows that are shown as options of a menu: the value of
// the column, and what else the row says.
func (s *Service) rowOptions(r tools.Result, a tools.RowAction, d Drawing) []Option {
	rows := slices.Collect(r.Rows(a.Table))
	if len(rows) != d.Total {
		return nil
	}
	var table view.Table
	if i := slices.IndexFunc(r.Doc.Blocks, isTable); i >= 0 {
		table, _ = r.Doc.Blocks[i].(view.Table)
	}
	var list []Option
	for n := d.First; n < min(d.First+d.Shown, len(rows), len(table.Rows)) && len(list) < s.c.Limits.Options; n++ {
		value := rows[n].Text(a.Column)
		if value == "" || s.c.Limits.Size(value) > s.c.Limits.Value {
			continue
		}
		if !slices.ContainsFunc(list, func(o Option) bool { return o.Value == value }) {
			list = append(list, Option{Value: value, About: aboutRow(table, table.Rows[n])})
		}
	}
	return list
}

// aboutRow is a row but for its first cell, in a line of plain text.
func aboutRow(t view.Table, row []string) string {
	var parts []string
	for i, c := range t.Columns {
		if i == 0 || i >= len(row) || row[i] == "" || c.Extra {
			continue
		}
		if c.Right {
			parts = append(parts, c.Title+" "+row[i])
		} else {
			parts = append(parts, row[i])
		}
	}
	return strings.Join(parts, " · ")
}

// rowsSelected offers what can be asked for with the rows that were chosen.
func (t *session) rowsSelected(ctx context.Context, source string, values []string) {
	if err := t.mayRequest(); err != nil {
		t.refuse(ctx, err)
		return
	}
	var actions []rowOperation
	if tool, ok := t.c.Gate.Catalog().Tool(source); ok {
		actions = t.rowOperations(tool)
	}
	if len(values) == 0 || len(actions) == 0 {
		t.refuse(ctx, ErrUnknown)
		return
	}
	most := 0
	for _, k := range actions {
		most = max(most, t.most(k))
	}
	if len(values) > most { // it was more when the menu was made
		t.refuse(ctx, fault.New(fault.Forbidden, "an order takes %d at most now, not %d", most, len(values)).WithHint("choose fewer, or ask for them in several orders"))
		return
	}
	actions = slices.DeleteFunc(actions, func(k rowOperation) bool { return len(values) > t.most(k) })
	if !t.begin(ctx, false) {
		return
	}
	chosen := view.Table{Columns: []view.Column{{}}}
	for _, v := range values {
		chosen.Rows = append(chosen.Rows, []string{v})
	}
	m := Message{Title: "What is to be done?", Body: t.c.Port.Draw(view.Doc{Blocks: []view.Block{chosen}}, 0).Text}
	for _, k := range actions {
		m.Buttons = append(m.Buttons, t.rowActionButton(ctx, k, values))
	}
	t.show(ctx, m)
}
