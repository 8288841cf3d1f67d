package discord

import (
	"context"
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"

	"didops/internal/identity"
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
func (b *Bot) rowOperations(source *tools.Tool) []rowOperation {
	var list []rowOperation
	for _, a := range source.RowActions() {
		target, ok := b.Gate.Catalog().Tool(a.Operation)
		if !ok || !target.Through(identity.FrontDiscord) {
			continue
		}
		if p, ok := target.Param(a.Param); ok {
			list = append(list, rowOperation{a, target, p})
		}
	}
	return list
}

// takes reports whether the operation can be called with so many values.
func (k rowOperation) takes(n int) bool {
	if k.param.Type != tools.ParamList {
		return n == 1
	}
	return k.param.Max == nil || int64(n) <= *k.param.Max
}

// rowMenu is a menu of the rows shown, by which something can be ordered for
// them; none where the member may not ask, or no operation takes the rows.
func (t *interaction) rowMenu(tool *tools.Tool, r tools.Result, d drawing) []discordgo.MessageComponent {
	if !t.who.requests || d.shown == 0 {
		return nil
	}
	for _, action := range t.rowOperations(tool) {
		if options := rowOptions(r, action.RowAction, d); len(options) > 0 {
			return menu("pick", tool.Name().String(), options)
		}
	}
	return nil
}

func menu(action, ref string, options []discordgo.SelectMenuOption) []discordgo.MessageComponent {
	least := 1
	return []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.SelectMenu{
		MenuType: discordgo.StringSelectMenu, CustomID: prefix + action + ":" + ref, Options: options,
		Placeholder: "Choose one or more, to buy or manage", MinValues: &least, MaxValues: len(options),
	}}}}
}

// rowOptions are the rows that are shown as options of a menu: the value of
// the column, and what else the row says.
func rowOptions(r tools.Result, a tools.RowAction, d drawing) []discordgo.SelectMenuOption {
	rows := slices.Collect(r.Rows(a.Table))
	if len(rows) != d.total {
		return nil
	}
	var table view.Table
	if i := slices.IndexFunc(r.Doc.Blocks, isTable); i >= 0 {
		table, _ = r.Doc.Blocks[i].(view.Table)
	}
	var list []discordgo.SelectMenuOption
	for n := d.first; n < min(d.first+d.shown, len(rows), len(table.Rows)) && len(list) < maxSelect; n++ {
		value := rows[n].Text(a.Column)
		if value == "" || size(value) > maxName100 {
			continue
		}
		if slices.ContainsFunc(list, func(o discordgo.SelectMenuOption) bool { return o.Value == value }) {
			continue
		}
		list = append(list, discordgo.SelectMenuOption{Label: value, Value: value, Description: aboutRow(table, table.Rows[n])})
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
	return cut(strings.Join(parts, " · "), maxName100)
}

// rowsSelected offers what can be asked for with the rows that were chosen.
func (t *interaction) rowsSelected(ctx context.Context, source string, values []string) {
	if err := t.mayRequest(); err != nil {
		t.refuse(ctx, err)
		return
	}
	var actions []rowOperation
	if tool, ok := t.Gate.Catalog().Tool(source); ok {
		actions = slices.DeleteFunc(t.rowOperations(tool), func(k rowOperation) bool { return !k.takes(len(values)) })
	}
	if len(values) == 0 || len(actions) == 0 {
		t.refuse(ctx, errUnknown)
		return
	}
	if !t.later(ctx) {
		return
	}
	var lines []string
	for _, v := range values {
		lines = append(lines, "**"+escaped(v)+"**")
	}
	m := message{title: "What is to be done?", body: cut(strings.Join(lines, "\n"), room), colour: grey}
	var buttons []discordgo.Button
	for _, k := range actions {
		buttons = append(buttons, t.rowActionButton(k, values))
	}
	for some := range slices.Chunk(buttons[:min(len(buttons), maxSelect)], 5) {
		m.rows = append(m.rows, row(some...)...)
	}
	t.show(ctx, m)
}
