package tools

import (
	"slices"
	"strings"

	"didops/internal/didyoumean"
	"didops/internal/fault"
	"didops/internal/identity"
)

// Group is a word for several operations, by which a configuration picks what
// is offered over MCP: a model pays for each of them with every request.
type Group string

// The groups. Usual are those that nobody has set apart.
const (
	GroupMarket  Group = "market"  // what is for sale, and to buy it
	GroupNumbers Group = "numbers" // own numbers
	GroupOrders  Group = "orders"
	GroupWatches Group = "watches"
	GroupTalk    Group = "talk" // what is said of orders before they are decided
	GroupUsual   Group = "usual"
	GroupAll     Group = "all"
)

// groupOf returns the group of operations on something that name none.
func groupOf(noun string) Group {
	switch noun {
	case "did":
		return GroupNumbers
	case "order":
		return GroupOrders
	case "watch":
		return GroupWatches
	}
	return Group(noun)
}

// Picked returns the names of the operations that are offered over MCP where a
// configuration picks these names and groups; none = the usual ones. What makes
// orders brings what they are followed by. A word that is neither is Invalid, and
// so is an operation for people only.
func (c *Catalog) Picked(words []string) (map[string]bool, error) {
	if len(words) == 0 {
		words = []string{string(GroupUsual)}
	}
	known := []string{string(GroupUsual), string(GroupAll)}
	picked := map[string]bool{}
	for _, t := range c.tools {
		name := t.name.String()
		if t.people {
			if slices.Contains(words, name) {
				return nil, fault.New(fault.Invalid, "[mcp] operations: %s is for people only, never over MCP", name).WithField("mcp.operations").
					WithHint("leave it out; in the shell and on Discord it is there")
			}
			continue
		}
		known = append(known, name, string(t.Group()))
		if t.pickedBy(words) {
			picked[name] = true
		}
	}
	for _, w := range words {
		if !slices.Contains(known, w) {
			err := fault.New(fault.Invalid, "[mcp] operations: there is no operation and no group %s", shown(w)).WithField("mcp.operations")
			return nil, err.WithHint("%s", picks(w, known))
		}
	}
	if slices.ContainsFunc(c.tools, func(t *Tool) bool { return t.places && picked[t.name.String()] }) {
		for _, t := range c.tools {
			if t.holdsOrders && t.resource != nil {
				picked[t.name.String()] = true
			}
		}
	}
	return picked, nil
}

// pickedBy reports whether words pick an operation by itself.
func (t *Tool) pickedBy(words []string) bool {
	by := []string{t.name.String(), string(t.Group()), string(GroupAll)}
	if !t.apart {
		by = append(by, string(GroupUsual))
	}
	return slices.ContainsFunc(by, func(word string) bool { return slices.Contains(words, word) })
}

func picks(word string, known []string) string {
	if near := didyoumean.Words(word, known); len(near) > 0 {
		return didyoumean.Question(near)
	}
	slices.Sort(known)
	return "there are " + strings.Join(slices.Compact(known), ", ")
}

// unpicked refuses an operation that there is, but that the configuration does
// not offer over MCP; nil for any other.
func (g *Gate) unpicked(t *Tool, face identity.Frontend) error {
	if !face.Model() || t.people || g.picked[t.name.String()] || g.readOnly && !t.reads() {
		return nil
	}
	words := slices.Clone(g.operations)
	if len(words) == 0 {
		words = []string{string(GroupUsual)}
	}
	return fault.New(fault.Forbidden, "%s is not offered over MCP by this configuration", t.name).WithField("mcp.operations").
		WithHint(`a person can have it offered: [mcp] operations = ["%s"]; in the shell and on Discord it is there`, strings.Join(append(words, t.name.String()), `", "`))
}
