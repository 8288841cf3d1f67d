package approval

import (
	"reflect"
	"slices"
)

// Relation is how what one policy needs stands to what another one does.
type Relation string

// The relations, of a second policy to a first one.
const (
	Same     Relation = "same"
	Stricter Relation = "stricter"
	Laxer    Relation = "laxer"
	Mixed    Relation = "mixed" // stricter in one thing and laxer in another
	Refused  Relation = "refused"
)

// Relations returns all relations.
func Relations() []Relation { return []Relation{Same, Stricter, Laxer, Mixed, Refused} }

// Compare returns how needs stand to earlier ones: who is reminded, and what
// rules are called, is no part of it.
func Compare(before, after Needs) Relation {
	switch {
	case after.Refused() && !before.Refused():
		return Refused
	case after.Refused() && before.Refused():
		return Same
	case before.Refused():
		return Laxer
	}
	b, a := before.effect(), after.effect()
	both := before.Join(after).effect()
	switch {
	case reflect.DeepEqual(a, b):
		return Same
	case reflect.DeepEqual(both, a):
		return Stricter
	case reflect.DeepEqual(both, b):
		return Laxer
	}
	return Mixed
}

// effect returns the needs without what does not change who must approve, and
// without groups that follow from others.
func (n Needs) effect() Needs {
	n.Rules, n.Remind, n.Escalate = nil, nil, nil
	n.Eligible, n.Including = narrowest(n.Eligible), narrowest(n.Including)
	return n
}

// narrowest leaves out each group that has everybody of another.
func narrowest(list []Group) []Group {
	var left []Group
	for i, g := range list {
		if !slices.ContainsFunc(slices.Delete(slices.Clone(list), i, i+1), func(o Group) bool { return g.has(o) }) {
			left = append(left, g)
		}
	}
	return left
}

// has reports whether everybody of another group is of the group, at any time.
func (g Group) has(o Group) bool {
	now := func(w Who) bool { return slices.Contains(g.Of, w) }
	late := func(w Who) bool { return now(w) || g.After <= o.After && slices.Contains(g.Later, w) }
	return !slices.ContainsFunc(o.Of, func(w Who) bool { return !now(w) }) &&
		!slices.ContainsFunc(o.Later, func(w Who) bool { return !late(w) })
}
