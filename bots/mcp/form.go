package mcp

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"didops/internal/order"
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
// question, until when an answer counts, and the terms, each row by itself. Not
// ok if what must be read has no room in the rows that all clients show, or the
// terms are too long.
//
// The choice is one of three that has to be made, the first of which decides
// nothing: clients have been seen to preselect "true" of a boolean, so that a
// second Enter bought, and to send back a default that nobody had looked at.
func formOf(q *order.Question, until, now time.Time, version string) (mcp.ElicitationParams, bool) {
	rows, ok := headline(q)
	if !ok {
		return mcp.ElicitationParams{}, false
	}
	rows = append(rows, "An answer here counts until "+clock(until, now)+".")
	text := strings.Join(append(rows, details(q.Card)...), "\n")
	return mcp.ElicitationParams{Message: text, RequestedSchema: fields(q, version)}, len(text) <= maxForm
}

// The choices of a dialog.
const (
	chooseLater   = "later"
	chooseApprove = "approve"
	chooseReject  = "reject"
)

// fields is the schema of what a person fills in. Digits are not required: who
// says no has none to type, and a yes without them decides nothing.
func fields(q *order.Question, version string) map[string]any {
	decision := choice(version, [][2]string{
		{chooseLater, "Not now: decide elsewhere"},
		{chooseApprove, visible(q.Outcome)},
		{chooseReject, "Say no: nothing is done"},
	})
	decision["title"] = "Decision"
	properties := map[string]any{"decision": decision}
	if q.Want != "" {
		properties["last4"] = map[string]any{
			"type": "string", "title": "Digits", "maxLength": maxTyped,
			"description": "To approve, type " + plain(q.Where),
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": []string{"decision"}}
}

// choice is the schema of one of several values with titles, as the version of
// the protocol has it. Clients have been seen to refuse a schema that has both.
func choice(version string, options [][2]string) map[string]any {
	if version != "" && version < mcp.ProtocolVersion20251125 {
		var values, names []string
		for _, o := range options {
			values, names = append(values, o[0]), append(names, o[1])
		}
		return map[string]any{"type": "string", "enum": values, "enumNames": names}
	}
	var list []map[string]string
	for _, o := range options {
		list = append(list, map[string]string{"const": o[0], "title": o[1]})
	}
	return map[string]any{"type": "string", "oneOf": list}
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
// holds one of the choices, exactly, is a decision; whatever else it is,
// somebody may have closed the dialog, or nobody may have seen it. That goes for
// the boolean "approve" of earlier forms as well: alone it decides nothing, and
// where it contradicts the choice, neither counts.
func said(result json.RawMessage) tools.Answer {
	filled := members(result)
	if typed(filled["action"]) != string(mcp.ElicitationResponseActionAccept) {
		return tools.Answer{}
	}
	content := members(filled["content"])
	decision := typed(content["decision"])
	if old, given := content["approve"]; given && string(old) != strconv.FormatBool(decision == chooseApprove) {
		return tools.Answer{}
	}
	switch decision {
	case chooseApprove:
		return tools.Answer{Reply: tools.Yes, Typed: typed(content["last4"])}
	case chooseReject:
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
