package csvout

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"didops/internal/order"
	"didops/tools"
)

// An order as CSV is a receipt: a row for each of its lines, which says what
// order it belongs to. A list of orders is the same one below the other, so
// that a spreadsheet can add up what numbers cost.

// ofOrder are the columns that all rows of an order share, ofLine those of a
// line.
func ofOrder() []string {
	return []string{"order", "kind", "order_state", "created_at", "requested_by", "decided_at", "decided_by", "reason", "currency"}
}

func ofLine() []string {
	return []string{"number", "i_did", "state", "setup_fee", "monthly_fee", "documents_required", "message"}
}

// ordered reports whether an operation's results hold an order as order or
// several as orders.
func ordered(t *tools.Tool) bool {
	var schema struct {
		Properties record `json:"properties"`
	}
	if json.Unmarshal(t.OutputSchema(), &schema) != nil {
		return false
	}
	return schema.Properties["order"] != nil || schema.Properties["orders"] != nil
}

// receipt returns the orders of a result as a sheet.
func receipt(data json.RawMessage) (sheet, error) {
	var held struct {
		Order  record   `json:"order"`
		Orders []record `json:"orders"`
	}
	if err := json.Unmarshal(data, &held); err != nil {
		return sheet{}, fmt.Errorf("read result: %w", err)
	}
	if held.Order != nil {
		held.Orders = append(held.Orders, held.Order)
	}
	return sheet{slices.Concat(ofOrder(), ofLine()), func(take func(record) error) error {
		for _, o := range held.Orders {
			if err := linesOf(o, take); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

func linesOf(o record, take func(record) error) error {
	return rows(o["lines"], func(l record) error {
		for _, c := range ofOrder() {
			l[c] = o[c]
		}
		l["order"], l["order_state"] = o["id"], o["state"]
		l["requested_by"], l["decided_by"] = names(o["requested_by"]), names(o["decided_by"])
		return take(l)
	})
}

// names returns who is named in an object or a list of them.
func names(parties json.RawMessage) json.RawMessage {
	var one order.PartyView
	var list []order.PartyView
	if json.Unmarshal(parties, &list) != nil && json.Unmarshal(parties, &one) == nil {
		list = append(list, one)
	}
	var said []string
	for _, p := range list {
		said = append(said, p.Name)
	}
	return quoted(strings.Join(said, ", "))
}
