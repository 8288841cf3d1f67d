package mcp

import (
	"encoding/json"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"

	"didops/internal/risk"
	"didops/tools"
)

// describe is the tool as clients see it. The schemas are passed on as they
// are: mcp-go's own schema type would keep only parts of them.
func describe(t *tools.Tool) (mcp.Tool, error) {
	output, err := alsoForErrors(t.CompactSchema())
	if err != nil {
		return mcp.Tool{}, fmt.Errorf("mcp: output schema of %s: %w", t.Name(), err)
	}
	text := t.Summary()
	if t.Doc() != "" {
		text += " " + t.Doc()
	}
	return mcp.Tool{
		Name:            t.Name().String(),
		Title:           t.Title(),
		Description:     text,
		RawInputSchema:  t.InputSchema(),
		RawOutputSchema: output,
		Annotations:     hints(t),
		Meta:            searchHint(t.Hint()),
	}, nil
}

// searchHint is what hosts that keep tools out of the prompt find one by:
// Claude Code matches the words of a search against it, in place of the
// description.
func searchHint(text string) *mcp.Meta {
	if text == "" {
		return nil
	}
	return &mcp.Meta{AdditionalFields: map[string]any{"anthropic/searchHint": text}}
}

// hints sets all four hints, because each has a default that is wrong for
// somebody, and the title, which some hosts show from here alone. The world is
// open where the outside market is reached, or what was bought there: hosts
// have been seen to refuse to take an order back in an open one.
func hints(t *tools.Tool) mcp.ToolAnnotation {
	a := hintsOf(t.Risk(), !t.Inward())
	a.Title = t.Title()
	return a
}

func hintsOf(r risk.Level, open bool) mcp.ToolAnnotation {
	set := func(readOnly, destructive, idempotent bool) mcp.ToolAnnotation {
		return mcp.ToolAnnotation{
			ReadOnlyHint: &readOnly, DestructiveHint: &destructive,
			IdempotentHint: &idempotent, OpenWorldHint: &open,
		}
	}
	switch r {
	case risk.Read:
		return set(true, false, true)
	case risk.Local:
		return set(false, false, true)
	case risk.Change, risk.Spend, risk.Destroy:
		return set(false, true, false)
	}
	return set(false, true, false)
}

// alsoForErrors returns the schema without the list of fields that a result
// always has. The TypeScript SDK of the handshake era (1.32) holds the
// structured content of an error against the output schema too, and throws
// the error away when it does not fit: the model would never read why its
// call failed.
func alsoForErrors(schema json.RawMessage) (json.RawMessage, error) {
	var root struct {
		Type       json.RawMessage `json:"type"`
		Properties json.RawMessage `json:"properties,omitempty"`
	}
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, err
	}
	if string(root.Type) != `"object"` {
		return nil, fmt.Errorf("the type is %s, not object", root.Type)
	}
	return json.Marshal(root)
}
