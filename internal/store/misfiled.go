package store

import (
	"fmt"
	"slices"
	"strings"

	"didops/internal/order"
)

// The columns in the order of orderColumns and lineColumns.
const (
	orderNames = `exchange, kind, state, requester, request_key, created_us, due_us, send_us, nudge_us, entry_seq, entry_hash`
	lineNames  = `exchange, number, state, holds, reserved, operation, day, due, dialog, look_us`

	selectOrderColumns = `SELECT ` + orderNames + ` FROM orders WHERE id = $1`
	selectLineColumns  = `SELECT ` + lineNames + ` FROM lines WHERE order_id = $1 ORDER BY n`
)

// Misfiled implements [order.VerifyTx].
func (t orderTx) Misfiled(r order.Record) (string, error) {
	var rev int64
	var body string
	if err := t.one("check order "+r.ID, []any{&rev, &body}, selectOrder, r.ID); err != nil {
		return "", err
	}
	if kept, err := decode(body); err != nil || kept.Rev != rev {
		return "rev", err
	}
	column, err := t.misfiled(selectOrderColumns, orderNames, r.ID, [][]any{orderColumns(r)})
	if err != nil || column != "" {
		return column, err
	}
	lines := make([][]any, 0, len(r.Lines))
	for n := range r.Lines {
		lines = append(lines, lineColumns(r, n))
	}
	column, err = t.misfiled(selectLineColumns, lineNames, r.ID, lines)
	if column != "" {
		column = "lines, " + column
	}
	return column, err
}

// misfiled compares the rows of a query with what they should be.
func (t orderTx) misfiled(query, names, id string, want [][]any) (string, error) {
	columns := strings.Split(names, ", ")
	got, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range got {
		dest[i] = &got[i]
	}
	rows, bad := 0, ""
	err := t.each("check order "+id, dest, func() error {
		if rows < len(want) && bad == "" {
			i := slices.IndexFunc(columns, func(c string) bool {
				i := slices.Index(columns, c)
				return fmt.Sprint(got[i]) != fmt.Sprint(want[rows][i])
			})
			if i >= 0 {
				bad = columns[i]
			}
		}
		rows++
		return nil
	}, query, id)
	if err == nil && bad == "" && rows != len(want) {
		bad = "number"
	}
	return bad, err
}
