package mcp

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"didops/internal/order"
	"didops/internal/render"
	"didops/internal/sanitize"
	"didops/tools"
)

const (
	// maxForm is the most bytes of the text of a dialog. What is longer is not
	// asked there: nobody should approve what a client cuts off.
	maxForm = 8 << 10

	// maxTyped is the most bytes of what a person types into a dialog.
	maxTyped = 40
)

// formOf is the dialog by which a client asks a person for a decision: the
// question, the terms, and until when an answer counts. Not ok if the terms
// are too long for one.
//
// Most clients show the text as it is, some as Markdown. The terms are
// indented, so that those, too, show every character and keep the columns,
// and nothing in them hides or strikes out what follows it.
func formOf(q *order.Question, until, now time.Time) (mcp.ElicitationParams, bool) {
	var terms, b strings.Builder
	if err := render.Plain(&terms, q.Card, render.PlainOptions{}); err != nil {
		return mcp.ElicitationParams{}, false
	}
	b.WriteString(plain(q.Text) + "\n\n")
	for line := range strings.Lines(terms.String()) {
		if line != "\n" {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	b.WriteString("\nAn answer here counts until " + clock(until, now) + ".")
	return mcp.ElicitationParams{Message: b.String(), RequestedSchema: fields(q)}, b.Len() <= maxForm
}

// fields is the schema of what a person fills in. Digits are not required: who
// says no has none to type, and a yes without them decides nothing.
func fields(q *order.Question) map[string]any {
	properties := map[string]any{"approve": map[string]any{
		"type": "boolean", "title": "Approve",
		"description": "Yes: it is carried out as shown. No: the order is rejected.",
	}}
	if q.Want != "" {
		properties["last4"] = map[string]any{
			"type": "string", "title": "Digits", "maxLength": maxTyped,
			"description": "To approve, type " + plain(q.Where),
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": []string{"approve"}}
}

// clock is a moment as a person near it reads it.
func clock(at, now time.Time) string {
	layout := time.TimeOnly
	if at.Sub(now) >= 12*time.Hour {
		layout = time.DateTime
	}
	return at.UTC().Format(layout) + " UTC"
}

func plain(s string) string { return sanitize.Clean(s, math.MaxInt) }

// said reads what came back from a dialog. Only a form that was filled in and
// says exactly true or false is a decision; whatever else it is, somebody may
// have closed the dialog, or nobody may have seen it.
func said(result json.RawMessage) tools.Answer {
	filled := members(result)
	if typed(filled["action"]) != string(mcp.ElicitationResponseActionAccept) {
		return tools.Answer{}
	}
	content := members(filled["content"])
	switch string(content["approve"]) {
	case "true":
		return tools.Answer{Reply: tools.Yes, Typed: typed(content["last4"])}
	case "false":
		return tools.Answer{Reply: tools.No}
	}
	return tools.Answer{}
}

// members returns the members of a JSON object by their exact names: struct
// fields would also take "Approve". There are none if it is anything else, or if
// a name stands there twice: of two answers neither counts.
func members(object json.RawMessage) map[string]json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(object))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	list := map[string]json.RawMessage{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil
		}
		key, _ := name.(string)
		var value json.RawMessage
		if _, twice := list[key]; twice || dec.Decode(&value) != nil {
			return nil
		}
		list[key] = value
	}
	return list
}

// typed is a short JSON string; "" if it is anything else.
func typed(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil || len(s) > maxTyped {
		return ""
	}
	return s
}
