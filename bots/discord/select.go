package discord

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/internal/view"
	"didops/tools"
)

// fitsWithin bounds how long it is looked for what can be done with a choice.
const fitsWithin = 2 * time.Second

// rowOperation is an operation that makes an order of what stands in a column.
type rowOperation struct {
	tool  *tools.Tool
	param tools.Param
}

// rowOperations returns the operations that make an order and need nothing but a
// value of the column: the one required parameter is called like the column,
// or like several of it.
func (b *Bot) rowOperations(column string) []rowOperation {
	var list []rowOperation
	for _, t := range offered(b.Gate) {
		required := slices.DeleteFunc(t.Params(), func(p tools.Param) bool { return !p.Required })
		if !t.Orders() || len(required) != 1 {
			continue
		}
		p := required[0]
		if p.Type == tools.ParamString && p.Name == column || p.Type == tools.ParamList && p.Name == column+"s" {
			list = append(list, rowOperation{t, p})
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
	for _, table := range tool.Tables() {
		for _, column := range table.Columns {
			if len(t.rowOperations(column)) == 0 {
				continue
			}
			if options := rowOptions(r, table.Field, column, d); len(options) > 0 {
				return menu("pick", column, options)
			}
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
func rowOptions(r tools.Result, field, column string, d drawing) []discordgo.SelectMenuOption {
	var held map[string]json.RawMessage
	var rows []map[string]json.RawMessage
	if json.Unmarshal(r.Data, &held) != nil || json.Unmarshal(held[field], &rows) != nil || len(rows) != d.total {
		return nil
	}
	var table view.Table
	if i := slices.IndexFunc(r.Doc.Blocks, isTable); i >= 0 {
		table, _ = r.Doc.Blocks[i].(view.Table)
	}
	var list []discordgo.SelectMenuOption
	for n := d.first; n < min(d.first+d.shown, len(rows), len(table.Rows)) && len(list) < maxSelect; n++ {
		var value string
		if json.Unmarshal(rows[n][column], &value) != nil || value == "" || size(value) > maxName100 {
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

// rowsSelected offers what can be ordered for the rows that were chosen.
func (t *interaction) rowsSelected(ctx context.Context, column string, values []string) {
	if err := t.mayRequest(); err != nil {
		t.refuse(ctx, err)
		return
	}
	takers := slices.DeleteFunc(t.rowOperations(column), func(k rowOperation) bool { return !k.takes(len(values)) })
	if len(values) == 0 || len(takers) == 0 {
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
	for _, k := range t.fitting(ctx, takers, values[0]) {
		buttons = append(buttons, t.rowActionButton(k, values))
	}
	for some := range slices.Chunk(buttons[:min(len(buttons), maxSelect)], 5) {
		m.rows = append(m.rows, row(some...)...)
	}
	t.show(ctx, m)
}

// fitting leaves the operations that would suggest the value themselves: what
// is for sale is not what can be given up. Where none does, nothing is known,
// and all are left.
func (t *interaction) fitting(ctx context.Context, takers []rowOperation, value string) []rowOperation {
	ctx, cancel := context.WithTimeout(ctx, fitsWithin)
	defer cancel()
	fits := make([]bool, len(takers))
	var wg sync.WaitGroup
	for i, k := range takers {
		wg.Go(func() {
			choices := t.complete(ctx, t.call(k.tool.Name().String()), k.param.Name, value)
			fits[i] = slices.ContainsFunc(choices, func(c tools.Choice) bool { return c.Value == value })
		})
	}
	wg.Wait()
	var list []rowOperation
	for i, k := range takers {
		if fits[i] {
			list = append(list, k)
		}
	}
	if len(list) == 0 {
		return takers
	}
	return list
}
